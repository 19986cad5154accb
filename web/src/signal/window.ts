/** Which part of a longer signal the model reads, and whether it can be read. */

import type { SignalInput } from "../card";
import { real } from "../format";
import { SignalError } from "./csv";
import { median, type Peak } from "./peaks";

type Shape = Pick<SignalInput, "length" | "marker">;

/** What spreads over less is a flat line, in millivolts. */
const FLAT = 0.05;

/** Refuses a signal that is too short. */
export function checkLength(values: ArrayLike<number>, { length, sample_rate }: SignalInput): void {
  if (values.length >= length) return;
  const duration = real((1000 * length) / sample_rate, 3);
  throw new SignalError(
    `This signal is too short: ${values.length} values at ${real(sample_rate)} per second. The model reads ${length}, ` +
      `that is ${duration} ms.`,
  );
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
    return (
      `This part has a gap: ${count} of its ${values.length} values, from the ${ordinal(gap + 1)} on, ` +
      `${count === 1 ? "is missing" : "are missing"} in the file, or would be made of missing ones. Choose another part.`
    );
  }
  const index = values.findIndex((value) => !(value >= min && value <= max));
  if (index >= 0) {
    return (
      `Value ${index + 1} of this part is ${real(values[index]!)}, and the model takes ${real(min)} to ${real(max)} ${unit}. ` +
      "Perhaps the file counts in another unit."
    );
  }
  const height = Math.max(...values) - Math.min(...values);
  if (unit === "mV" ? height >= FLAT : height > 0) return null;
  return `This part is a flat line: its values spread over ${real(height, 2)} ${unit}. There is no heartbeat to be seen.`;
}

function ordinal(n: number): string {
  const suffix = n % 100 >= 11 && n % 100 <= 13 ? "th" : (["th", "st", "nd", "rd"][n % 10] ?? "th");
  return `${n}${suffix}`;
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
  if (values.length === length) return `All ${length} values are used.`;
  const at = `values ${start + 1} to ${start + length} of ${values.length}, from ${real((1000 * start) / sample_rate, 4)} ms on`;
  const mark = markOf(input);
  const place = marker ? `the mark “${marker.label}”` : "the middle";
  const peak = peaks.findIndex(({ index }) => index === start + mark);
  const isDefault = start === byDefault;
  if (peak >= 0) {
    const height = `${real(peaks[peak]!.height, 3)} ${unit} from the median around it`;
    const which = `R peak ${peak + 1} of ${peaks.length}, ${height}, lies at ${place}: ${at}.`;
    return isDefault ? `Chosen as the farthest from its median: ${which}` : `Chosen by you: ${which}`;
  }
  if (!isDefault) return `Chosen by you: ${at}.`;
  return `Chosen so that the value farthest from the median, ${real(values[start + mark]!, 4)} ${unit}, lies at ${place}: ${at}.`;
}
