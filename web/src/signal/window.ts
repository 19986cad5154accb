/** Which part of a longer signal the model reads. */

import type { SignalInput } from "../card";
import { real } from "../format";
import { SignalError } from "./csv";

/** Refuses a signal that is too short. */
export function checkLength(values: number[], { length, sample_rate }: SignalInput): void {
  if (values.length >= length) return;
  const duration = real((1000 * length) / sample_rate, 3);
  throw new SignalError(
    `This signal is too short: ${values.length} values at ${real(sample_rate)} per second. The model reads ${length}, ` +
      `that is ${duration} ms.`,
  );
}

/**
 * Where the window starts by default: the largest absolute value lies at the marker, among the places where the window fits
 * into the signal. Without a marker it lies in the middle.
 */
export function defaultStart(values: number[], { length, marker }: Pick<SignalInput, "length" | "marker">): number {
  const index = marker?.index ?? Math.floor(length / 2);
  const last = values.length - length;
  let best = 0;
  for (let start = 1; start <= last; start += 1) {
    if (Math.abs(values[start + index]!) > Math.abs(values[best + index]!)) best = start;
  }
  return best;
}

/** A value that the model does not take, and its place in the window. */
export function outOfRange(window: number[], { min, max, unit }: SignalInput): string | null {
  const index = window.findIndex((value) => !(value >= min && value <= max));
  if (index < 0) return null;
  return (
    `Value ${index + 1} of this part is ${real(window[index]!)}, and the model takes ${real(min)} to ${real(max)} ${unit}. ` +
    "Perhaps the file counts in another unit."
  );
}

/** What the choice of the window did, in words. */
export function windowWords(values: number[], start: number, input: SignalInput): string {
  const { length, marker, unit, sample_rate } = input;
  if (values.length === length) return `All ${length} values are used.`;
  const at = `values ${start + 1} to ${start + length} of ${values.length}, from ${real((1000 * start) / sample_rate, 4)} ms on`;
  if (start !== defaultStart(values, input)) return `Chosen by you: ${at}.`;
  const index = marker?.index ?? Math.floor(length / 2);
  const peak = `its largest absolute value, ${real(values[start + index]!, 4)} ${unit}`;
  return `Chosen so that ${peak}, lies at the ${marker ? `mark “${marker.label}”` : "middle"}: ${at}.`;
}
