/** Run-length coding as DICOM has it (PS3.5, Annex G): a plane of bytes for each byte of each value, packed one by one. */

import { viewOf } from "../bytes";
import { PictureError } from "./header";
import type { Layout } from "./layout";
import { interleaved, room, type Stored } from "./stored";
import { fileTexts } from "../texts/files";

const HEADER = 64;

/** The numbers of one frame, as they are stored. */
export function decodeRle(frame: Uint8Array, { columns, rows, samples, bitsAllocated }: Layout): Stored {
  if (frame.length < HEADER) throw cut();
  const view = viewOf(frame);
  const planes = view.getUint32(0, true);
  const each = bitsAllocated / 8;
  if (planes !== samples * each) {
    throw new PictureError(fileTexts.refusals.dicom.planes(samples, each, planes));
  }
  const pixels = columns * rows;
  const stored = room(samples * pixels, bitsAllocated);
  for (let plane = 0; plane < planes; plane += 1) {
    const start = view.getUint32(4 + 4 * plane, true);
    const end = plane + 1 < planes ? view.getUint32(8 + 4 * plane, true) : frame.length;
    if (start < HEADER || start > end || end > frame.length) throw cut();
    const bytes = unpack(frame.subarray(start, end), pixels);
    // The first plane of a value has its highest byte.
    const from = Math.floor(plane / each) * pixels;
    for (let i = 0; i < pixels; i += 1) stored[from + i] = stored[from + i]! * 256 + bytes[i]!;
  }
  return interleaved(stored, samples);
}

/** PackBits: a count of what follows as it is, or of copies of the next byte. */
function unpack(packed: Uint8Array, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let [from, to] = [0, 0];
  while (to < length) {
    const count = packed[from];
    if (count === undefined) throw cut();
    if (count < 128) {
      const literal = packed.subarray(from + 1, from + 2 + count);
      if (literal.length <= count) throw cut();
      bytes.set(literal.subarray(0, length - to), to);
      from += count + 2;
      to += count + 1;
    } else if (count > 128) {
      const value = packed[from + 1];
      if (value === undefined) throw cut();
      bytes.fill(value, to, to + 257 - count);
      from += 2;
      to += 257 - count;
    } else {
      from += 1;
    }
  }
  return bytes;
}

function cut(): PictureError {
  return new PictureError(fileTexts.refusals.dicom.runs);
}
