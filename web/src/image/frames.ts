/** The bytes of one frame of a compressed DICOM picture (PS3.5, A.4). */

import type { DataSet, Element } from "dicom-parser";
import { viewOf } from "../bytes";
import { joined, PictureError } from "./header";
import { fileTexts } from "../texts/files";

/**
 * Read here, since files in the wild end the list of fragments in ways that the parser takes for damage; whether the frame is whole,
 * its own end tells. `index` counts from 0.
 */
export function encapsulatedFrame({ byteArray }: DataSet, element: Element, frames: number, index: number): Uint8Array {
  if (!element.hadUndefinedLength) {
    throw new PictureError(fileTexts.refusals.dicom.notCompressed);
  }
  const view = viewOf(byteArray);
  const items: { offset: number; bytes: Uint8Array }[] = [];
  let start = element.dataOffset;
  while (start + 8 <= byteArray.length && view.getUint32(start, true) === ITEM) {
    const length = view.getUint32(start + 4, true);
    const from = start + 8;
    if (from + length > byteArray.length) throw new PictureError(fileTexts.refusals.dicom.cutFrames);
    items.push({ offset: start, bytes: byteArray.subarray(from, from + length) });
    start = from + length;
  }
  const [table, ...fragments] = items;
  const [first] = fragments;
  if (!table || !first) throw new PictureError(fileTexts.refusals.dicom.noFrames);
  if (frames === 1) return joined(fragments.map(({ bytes }) => bytes));
  if (fragments.length === frames) return fragments[index]!.bytes;
  // Offsets count from the first fragment on. Without a table a frame ends where its coding does.
  const offsets = viewOf(table.bytes);
  const listed = table.bytes.length >= 4 * frames;
  let frame = -1;
  let begins = true;
  const own = fragments.filter(({ offset, bytes }) => {
    const next = frame + 1;
    if (listed ? next < frames && offset - first.offset >= offsets.getUint32(4 * next, true) : begins) frame = next;
    begins = ends(bytes);
    return frame === index;
  });
  if (own.length === 0) throw new PictureError(fileTexts.refusals.dicom.frameMissing(frames, index + 1));
  return joined(own.map(({ bytes }) => bytes));
}

/** The tag FFFE,E000 in little endian. */
const ITEM = 0xe000fffe;

/** Whether the end marker of all kinds of JPEG is at the end, but for a byte that makes the length even. */
function ends(bytes: Uint8Array): boolean {
  return [2, 3].some((back) => bytes.at(-back) === 0xff && bytes.at(1 - back) === 0xd9);
}
