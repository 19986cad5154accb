/** Numbers of a picture as its file stores them. */

import type { Layout } from "./layout";

/** Pixel after pixel, each with all its values; numbers of 32 bits do not fit the former. */
export type Stored = Int32Array | Float64Array;

/** Room for so many numbers of so many bits. */
export function room(count: number, bits: number): Stored {
  return bits > 16 ? new Float64Array(count) : new Int32Array(count);
}

/** Cuts the stored bits out of the allocated ones, above which other things may lie (overlays), and reads their sign. */
export function meaning(stored: Stored, { bitsStored, highBit, signed }: Layout): Stored {
  const below = 2 ** (highBit + 1 - bitsStored);
  const [all, sign] = [2 ** bitsStored, 2 ** (bitsStored - 1)];
  for (let i = 0; i < stored.length; i += 1) {
    const value = Math.floor(stored[i]! / below) % all;
    // What a decoder has found to be below zero is, if the header says so, too.
    stored[i] = signed ? (value >= sign ? value - all : value) : value < 0 ? value + all : value;
  }
  return stored;
}

/** Pixel after pixel, of numbers that lie in planes. */
export function interleaved(planes: Stored, samples: number): Stored {
  if (samples === 1) return planes;
  const pixels = planes.length / samples;
  const stored = planes.slice();
  for (let plane = 0; plane < samples; plane += 1) {
    for (let i = 0; i < pixels; i += 1) stored[i * samples + plane] = planes[plane * pixels + i]!;
  }
  return stored;
}

/** The smallest and largest of them. */
export function extent(values: ArrayLike<number>): [number, number] {
  let [least, most] = [values[0] ?? 0, values[0] ?? 0];
  for (let i = 1; i < values.length; i += 1) {
    const value = values[i]!;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return [least, most];
}
