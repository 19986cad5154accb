/**
 * R peaks, found offline by two moving averages of the squared signal between 8 and 20 Hz: Elgendi, Fast QRS detection
 * with an optimized knowledge-based method, PLoS ONE 8(9), 2013, with that paper's widths and offset. It looks at no
 * direction: a complex may point down.
 */

import { at } from "./resample";

export interface Peak {
  index: number;
  /** How far the peak lies from the median of the second around it: negative where it points down. */
  height: number;
}

/** Hz between which most of a QRS complex lies. */
const BAND = [8, 20] as const;
/** Seconds of a QRS complex and of a beat. */
const COMPLEX = 0.097;
const BEAT = 0.611;
/** Part of the mean that is added to the threshold. */
const OFFSET = 0.08;
/** Two beats are not nearer, in seconds. */
const REFRACTORY = 0.2;
/** A complex whose energy is a smaller part of a usual one's is noise. */
const LEAST_ENERGY = 0.02;
/** Seconds around a complex that its own extreme is looked for in. */
const REACH = 0.06;

/** All R peaks in order. There are none in a gap or in a flat line. */
export function findPeaks(values: ArrayLike<number>, rate: number): Peak[] {
  const bridged = bridge(values);
  if (!bridged) return [];
  const energy = bandPass(bridged, rate).map((value) => value * value);
  const complex = average(energy, Math.round(COMPLEX * rate));
  const beat = average(energy, Math.round(BEAT * rate));
  const offset = OFFSET * mean(energy);
  if (offset < 1e-12) return [];
  const blocks: { from: number; to: number; energy: number }[] = [];
  for (let i = 0; i < complex.length; i += 1) {
    const over = complex[i]! > beat[i]! + offset;
    const open = blocks.at(-1);
    if (!over) continue;
    if (open && open.to === i) {
      open.to = i + 1;
      open.energy = Math.max(open.energy, complex[i]!);
    } else blocks.push({ from: i, to: i + 1, energy: complex[i]! });
  }
  const wide = blocks.filter(({ from, to }) => to - from >= (COMPLEX * rate) / 2);
  const usual = median(wide.map((block) => block.energy));
  const peaks: Peak[] = [];
  for (const block of wide) {
    if (block.energy < LEAST_ENERGY * usual) continue;
    const peak = extreme(bridged, block.from, block.to, rate);
    if (Number.isNaN(values[peak.index])) continue;
    const before = peaks.at(-1);
    if (!before || peak.index - before.index >= REFRACTORY * rate) peaks.push(peak);
    else if (Math.abs(peak.height) > Math.abs(before.height)) peaks[peaks.length - 1] = peak;
  }
  return peaks;
}

/** The value farthest from the median around a complex. */
function extreme(values: Float64Array, from: number, to: number, rate: number): Peak {
  const reach = Math.round(REACH * rate);
  const [start, end] = [Math.max(0, from - reach), Math.min(values.length, to + reach)];
  const level = median(values.subarray(Math.max(0, from - Math.round(rate / 2)), to + Math.round(rate / 2)));
  let best = start;
  for (let i = start; i < end; i += 1) if (Math.abs(values[i]! - level) > Math.abs(values[best]! - level)) best = i;
  return { index: best, height: values[best]! - level };
}

/** Gaps filled by straight lines, for looking only; `null` where there is nothing. */
function bridge(values: ArrayLike<number>): Float64Array | null {
  const bridged = Float64Array.from(values);
  const there = bridged.findIndex((value) => !Number.isNaN(value));
  if (there < 0) return null;
  bridged.fill(bridged[there]!, 0, there);
  for (let i = there + 1, last = there; i <= bridged.length; i += 1) {
    if (i < bridged.length && Number.isNaN(bridged[i])) continue;
    const next = i < bridged.length ? bridged[i]! : bridged[last]!;
    for (let k = last + 1; k < i; k += 1)
      bridged[k] = bridged[last]! + ((k - last) / (i - last)) * (next - bridged[last]!);
    last = i;
  }
  return bridged;
}

/** The difference of two low-passes of a quarter of a second, so that a level and a slow drift give nothing. */
function bandPass(values: Float64Array, rate: number): Float64Array {
  const half = Math.round(rate / 8);
  const kernel = (cutoff: number): number[] => {
    const taps = Array.from({ length: 2 * half + 1 }, (_, k) => {
      const x = ((k - half) * 2 * Math.PI * cutoff) / rate;
      return (x === 0 ? 1 : Math.sin(x) / x) * (0.5 + 0.5 * Math.cos((Math.PI * (k - half)) / (half + 1)));
    });
    const sum = taps.reduce((total, tap) => total + tap, 0);
    return taps.map((tap) => tap / sum);
  };
  const [low, high] = [kernel(BAND[0]), kernel(BAND[1])];
  const band = high.map((tap, k) => tap - low[k]!);
  return values.map((_, i) => {
    const inside = i >= half && i + half < values.length;
    let sum = 0;
    for (let k = -half; k <= half; k += 1) sum += band[k + half]! * (inside ? values[i + k]! : at(values, i + k));
    return sum;
  });
}

/** Means over `width` values around each; at the ends over those that are there. */
function average(values: Float64Array, width: number): Float64Array {
  const sums = new Float64Array(values.length + 1);
  for (let i = 0; i < values.length; i += 1) sums[i + 1] = sums[i]! + values[i]!;
  const half = Math.floor(width / 2);
  return values.map((_, i) => {
    const [from, to] = [Math.max(0, i - half), Math.min(values.length, i + half + 1)];
    return (sums[to]! - sums[from]!) / (to - from);
  });
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The value in the middle of those that are numbers. */
export function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values)
    .filter((value) => !Number.isNaN(value))
    .sort();
  return sorted.length === 0 ? 0 : sorted[sorted.length >> 1]!;
}
