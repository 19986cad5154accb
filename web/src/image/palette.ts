/** Pictures whose numbers stand for colours of a palette (PS3.3, C.7.6.3.1.5 and C.7.9). */

import type { DataSet } from "dicom-parser";
import { viewOf } from "../bytes";
import { PictureError } from "./header";
import { fileTexts } from "../texts/files";

/** Red, green and blue of number first + i, from 0 to 255. */
export interface Palette {
  first: number;
  colours: [red: number, green: number, blue: number][];
}

const CHANNELS = [
  { descriptor: "x00281101", entries: "x00281201", segments: "x00281221" },
  { descriptor: "x00281102", entries: "x00281202", segments: "x00281222" },
  { descriptor: "x00281103", entries: "x00281203", segments: "x00281223" },
] as const;

export function readPalette(data: DataSet, littleEndian: boolean, signed: boolean): Palette {
  let first = 0;
  const channels = CHANNELS.map(({ descriptor, entries, segments }) => {
    const [count, bits] = [data.uint16(descriptor, 0), data.uint16(descriptor, 2)];
    const from = signed ? data.int16(descriptor, 1) : data.uint16(descriptor, 1);
    const [plain, packed] = [data.elements[entries], data.elements[segments]];
    const content = plain ?? packed;
    if (count === undefined || from === undefined || (bits !== 8 && bits !== 16) || !content) throw wrong();
    first = from;
    const length = count === 0 ? 65_536 : count;
    const bytes = data.byteArray.subarray(content.dataOffset, content.dataOffset + content.length);
    const view = viewOf(bytes);
    // Entries of 8 bits may be packed, two in a word.
    const narrow = bits === 8 && (plain ? bytes.length < 2 * length : true);
    const words = Array.from({ length: Math.floor(bytes.length / (narrow ? 1 : 2)) }, (_, i) =>
      narrow ? bytes[i]! : view.getUint16(2 * i, littleEndian),
    );
    const values = plain ? words : expand(words);
    if (values.length < length) throw wrong();
    const levels = values.slice(0, length);
    // Some files announce 16 bits and fill 8.
    const shift = bits === 16 && levels.some((value) => value > 255) ? 8 : 0;
    return levels.map((value) => value >> shift);
  });
  const [red, green, blue] = channels as [number[], number[], number[]];
  if (green.length !== red.length || blue.length !== red.length) throw wrong();
  return { first, colours: red.map((value, i) => [value, green[i]!, blue[i]!]) };
}

/** Red, green and blue of each pixel, where a palette has them. */
export function lookUpColours(stored: ArrayLike<number>, { first, colours }: Palette): Int32Array {
  const found = new Int32Array(3 * stored.length);
  for (let i = 0; i < stored.length; i += 1) {
    found.set(colours[Math.min(Math.max(stored[i]! - first, 0), colours.length - 1)]!, 3 * i);
  }
  return found;
}

/** Segments: entries as they are, lines to an entry, and segments from before. */
function expand(words: number[]): number[] {
  const values: number[] = [];
  const segment = (at: number, nested: boolean): number => {
    const [kind, length = 0] = [words[at], words[at + 1]];
    if (kind === 0) {
      if (at + 2 + length > words.length) throw wrong();
      values.push(...words.slice(at + 2, at + 2 + length));
      return at + 2 + length;
    }
    const last = values.at(-1);
    if (kind === 1 && last !== undefined && words[at + 2] !== undefined) {
      const end = words[at + 2]!;
      for (let i = 1; i <= length; i += 1) values.push(Math.round(last + ((end - last) * i) / length));
      return at + 3;
    }
    if (kind === 2 && !nested && words[at + 3] !== undefined) {
      let next = words[at + 2]! + 65_536 * words[at + 3]!;
      for (let i = 0; i < length; i += 1) next = segment(next, true);
      return at + 4;
    }
    throw wrong();
  };
  for (let at = 0; at + 1 < words.length && values.length <= 65_536; ) at = segment(at, false);
  return values;
}

function wrong(): PictureError {
  return new PictureError(fileTexts.refusals.dicom.palette);
}
