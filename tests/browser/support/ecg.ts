/** Electrocardiograms made of bell curves, for files of one's own: nobody's recordings. */

/** Waves of a beat: millivolts, centre and width (standard deviation) in seconds from the R peak. */
const WAVES = [
  [0.13, -0.16, 0.021],
  [-0.09, -0.03, 0.009],
  [1.2, 0, 0.0115],
  [-0.22, 0.031, 0.011],
  [0.27, 0.24, 0.041],
] as const;

export interface Ecg {
  /** Values per second. */
  rate: number;
  seconds: number;
  /** Seconds of the first R peak, and between two. */
  first?: number;
  beat?: number;
  /** Millivolts of the line between beats. */
  level?: number;
}

/** Millivolts; beats are alike, but for the third, which is a tenth higher, so that one is the highest. */
export function ecg({ rate, seconds, first = 0.5, beat = 0.8, level = -0.3 }: Ecg): number[] {
  return Array.from({ length: Math.round(seconds * rate) }, (_, i) => {
    let value = level;
    for (let n = 0; first + n * beat < seconds; n += 1) {
      const time = i / rate - first - n * beat;
      if (Math.abs(time) > 1) continue;
      for (const [height, centre, width] of WAVES) {
        value += (n === 2 ? 1.1 : 1) * height * Math.exp(-0.5 * ((time - centre) / width) ** 2);
      }
    }
    return value;
  });
}

/** A file with a column of times in seconds and one of values; `head` names them. */
export function withTimes(values: number[], rate: number, head = "time (s),II (mV)"): string {
  const lines = values.map((value, i) => `${(i / rate).toFixed(6)},${Number(value.toFixed(6))}`);
  return `${[head, ...lines].join("\n")}\n`;
}
