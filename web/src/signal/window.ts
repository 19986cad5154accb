/** Which part of a longer signal the model reads, and whether it can be read. */

import type { SignalInput } from "../card";
import { real } from "../format";
import { SignalError } from "./csv";
import { median, type Peak } from "./peaks";
import { t } from "../texts/texts";

type Shape = Pick<SignalInput, "length" | "marker">;

/** What spreads over less is a flat line, in millivolts. */
const FLAT = 0.05;

/** Refuses a signal that is too short. */
export function checkLength(values: ArrayLike<number>, { length, sample_rate }: SignalInput): void {
  if (values.length >= length) return;
  const duration = real((1000 * length) / sample_rate, 3);
  throw new SignalError(t.signal.part.short(values.length, real(sample_rate), length, duration));
}

/** The place in the part that matters most: its mark, or the middle. */
export function markOf({ length, marker }: Shape): number {
  return marker?.index ?? Math.floor(length / 2);
}

/** Whether the model reads beats of an electrocardiogram, so that R peaks mean something. */
export function hasBeats({ marker, unit }: Pick<SignalInput, "marker" | "unit">): boolean {
  return marker !== null && unit === "mV";
}

/** Peaks that can lie at the mark of a part without gaps. */
export function peaksThatFit(values: ArrayLike<number>, peaks: Peak[], shape: Shape): Peak[] {
  const whole = wholeParts(values, shape.length);
  return peaks.filter(({ index }) => whole(index - markOf(shape)));
}

/**
 * Where the part starts by default: the R peak farthest from the median around it lies at the mark. Where no peak fits,
 * the value farthest from the median of all values does, among the parts that have no gap; 0 where every part has one.
 */
export function defaultStart(values: ArrayLike<number>, peaks: Peak[], shape: Shape): number {
  const mark = markOf(shape);
  const fitting = peaksThatFit(values, peaks, shape);
  const [first] = fitting;
  if (first)
    return (
      fitting.reduce((best, peak) => (Math.abs(peak.height) > Math.abs(best.height) ? peak : best), first).index - mark
    );
  const whole = wholeParts(values, shape.length);
  const level = median(values);
  let best = -1;
  for (let start = 0; start + shape.length <= values.length; start += 1) {
    if (!whole(start)) continue;
    if (best < 0 || Math.abs(values[start + mark]! - level) > Math.abs(values[best + mark]! - level)) best = start;
  }
  return Math.max(best, 0);
}

/** Tells which starts give a part that lies within the values and has no gap. */
function wholeParts(values: ArrayLike<number>, length: number): (start: number) => boolean {
  const gaps = new Uint32Array(values.length + 1);
  for (let i = 0; i < values.length; i += 1) gaps[i + 1] = gaps[i]! + (Number.isNaN(values[i]!) ? 1 : 0);
  return (start) => start >= 0 && start + length <= values.length && gaps[start + length] === gaps[start];
}

/** Why the model cannot read a part, or `null`. */
export function partProblem(
  part: ArrayLike<number>,
  { min, max, unit }: Pick<SignalInput, "min" | "max" | "unit">,
): string | null {
  const values = Array.from(part);
  const gap = values.findIndex(Number.isNaN);
  if (gap >= 0) {
    const count = values.filter(Number.isNaN).length;
    return t.signal.part.gap(count, values.length, gap + 1);
  }
  const index = values.findIndex((value) => !(value >= min && value <= max));
  if (index >= 0) {
    return t.signal.part.outside(index + 1, real(values[index]!), t.signal.range(real(min), real(max)), unit);
  }
  const height = Math.max(...values) - Math.min(...values);
  if (unit === "mV" ? height >= FLAT : height > 0) return null;
  return t.signal.part.flat(real(height, 2), unit);
}

/** What the choice of the part did, in words. */
export function windowWords(
  values: ArrayLike<number>,
  start: number,
  peaks: Peak[],
  input: SignalInput,
  byDefault = defaultStart(values, peaks, input),
): string {
  const { length, marker, unit, sample_rate } = input;
  if (values.length === length) return t.signal.part.all(length);
  const at = t.signal.part.at(start + 1, start + length, values.length, real((1000 * start) / sample_rate, 4));
  const mark = markOf(input);
  const place = marker ? t.signal.part.mark(marker.label) : t.signal.part.middle;
  const peak = peaks.findIndex(({ index }) => index === start + mark);
  const isDefault = start === byDefault;
  if (peak >= 0) {
    const which = t.signal.part.peak(peak + 1, peaks.length, real(peaks[peak]!.height, 3), unit, place, at);
    return isDefault ? t.signal.part.byDefault(which) : t.signal.part.byYou(which);
  }
  if (!isDefault) return t.signal.part.byYou(`${at}.`);
  return t.signal.part.farthest(real(values[start + mark]!, 4), unit, place, at);
}
