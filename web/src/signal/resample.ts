/**
 * From one rate to another, through a low-pass: what the lower of both rates cannot hold goes before it could fold
 * down.
 *
 * The low-pass is a sinc under a Kaiser window (Kaiser 1974; Oppenheim and Schafer, Discrete-Time Signal Processing,
 * 7.6), evaluated where the new values lie (Smith, Digital Audio Resampling), linear in phase. Its weights add up to
 * exactly one for every new value, so that the baseline stays. Beyond the ends the signal goes on as its own reflection
 * in the point at the end, never as zeros. A gap spreads to every value whose weights reach into it.
 */

/** Zero crossings of the sinc on either side, counted at the lower rate. */
const CROSSINGS = 16;
/** Kaiser's parameter for 60 dB, and the width of the transition that it costs, in parts of the lower rate. */
const BETA = 5.653;
const TRANSITION = (60 - 7.95) / (14.36 * 2 * CROSSINGS);
/** Half of what the lower rate holds, less half of the transition: the stop band begins where folding would. */
const CUTOFF = 0.5 - TRANSITION / 2;
/** Places of new values between two old ones are rounded to this part of a step. */
const PHASES = 4096;

export interface LowPass {
  /** Values of the recording that one new value is made of. */
  taps: number;
  /** Hz that pass within 0.1 %, that pass by half, and from which on less than a thousandth does. */
  pass: number;
  half: number;
  stop: number;
}

/** What the low-pass between two rates does, to be named. */
export function lowPass(from: number, to: number): LowPass {
  const lower = Math.min(from, to);
  return {
    taps: 2 * Math.ceil((CROSSINGS * from) / lower),
    pass: (CUTOFF - TRANSITION / 2) * lower,
    half: CUTOFF * lower,
    stop: 0.5 * lower,
  };
}

/** Values at multiples of 1/`to` seconds, as far as the given ones reach, which are 1/`from` seconds apart. */
export function resample(values: ArrayLike<number>, from: number, to: number): Float64Array {
  const last = values.length - 1;
  // The tolerance keeps a last value that rounding puts a hair behind the end.
  const length = Math.floor((last * to) / from + 1e-9) + 1;
  const half = lowPass(from, to).taps / 2;
  const filter = weights(from, to, half);
  return Float64Array.from({ length }, (_, i) => {
    const place = Math.round(((i * from) / to) * PHASES);
    const left = Math.floor(place / PHASES);
    const taps = filter(place - left * PHASES);
    const inside = left >= half - 1 && left + half <= last;
    let sum = 0;
    for (let k = 0; k < taps.length; k += 1) {
      // A weight of zero must not carry a gap.
      if (taps[k] === 0) continue;
      const index = left - half + 1 + k;
      sum += taps[k]! * (inside ? values[index]! : at(values, index));
    }
    return sum;
  });
}

/** The value at an index, which may lie beyond the ends: there it is reflected in the point at the end. */
export function at(values: ArrayLike<number>, index: number): number {
  const last = values.length - 1;
  if (last === 0) return values[0]!;
  let [place, offset, sign] = [index, 0, 1];
  while (place < 0 || place > last) {
    const end = place < 0 ? 0 : last;
    offset += sign * 2 * values[end]!;
    sign = -sign;
    place = 2 * end - place;
  }
  return offset + sign * values[place]!;
}

/**
 * The weights of the `2·half` old values around a place that lies `phase` of {@link PHASES} behind the one in the
 * middle.
 */
function weights(from: number, to: number, half: number): (phase: number) => Float64Array {
  const scale = Math.min(from, to) / from;
  const known = new Map<number, Float64Array>();
  const make = (phase: number): Float64Array => {
    const taps = Float64Array.from({ length: 2 * half }, (_, k) => {
      const distance = (k - half + 1 - phase / PHASES) * scale;
      if (Math.abs(distance) >= CROSSINGS) return 0;
      return sinc(2 * CUTOFF * distance) * bessel(BETA * Math.sqrt(1 - (distance / CROSSINGS) ** 2));
    });
    const sum = taps.reduce((total, tap) => total + tap, 0);
    return taps.map((tap) => tap / sum);
  };
  return (phase) => {
    const taps = known.get(phase) ?? make(phase);
    known.set(phase, taps);
    return taps;
  };
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** The modified Bessel function of order zero, by its power series. */
function bessel(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > 1e-12 * sum; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
