/** A DICOM picture's first frame: its numbers, out of bytes of either order and widths of 8 or 16 bits, or its JPEG file. */

import type { DataSet, Element } from "dicom-parser";
import { PictureError, viewOf } from "./header";
import type { Layout } from "./layout";

/** The stored numbers of the first frame, as they lie in the file: pixel by pixel, or plane by plane. */
export function readStored(data: DataSet, element: Element, layout: Layout, littleEndian: boolean): Int32Array {
  const { columns, rows, samples, bitsAllocated, photometric } = layout;
  if (element.hadUndefinedLength) {
    throw new PictureError("This DICOM file contradicts itself: it says that its pixels are uncompressed, and they are not.");
  }
  // Two chroma values for two pixels.
  if (photometric === "YBR_FULL_422") throw new PictureError("This DICOM picture has subsampled colours (YBR_FULL_422), which are not read here.");
  const count = columns * rows * samples;
  const wanted = (count * bitsAllocated) / 8;
  const there = Math.min(element.length, data.byteArray.length - element.dataOffset);
  if (there < element.length) {
    throw new PictureError(`This DICOM file is cut off: it announces ${element.length} bytes of pixels, and ${Math.max(there, 0)} are there.`);
  }
  if (there < wanted) {
    throw new PictureError(`This DICOM file is cut off: its picture needs ${wanted} bytes of pixels, and ${Math.max(there, 0)} are there.`);
  }
  const view = new DataView(data.byteArray.buffer, data.byteArray.byteOffset + element.dataOffset, there);
  const stored = new Int32Array(count);
  if (bitsAllocated === 16) {
    for (let i = 0; i < count; i += 1) stored[i] = view.getUint16(2 * i, littleEndian);
  } else {
    // Bytes in words of 16 bits (OW) change places with the byte order; an odd last one has its partner as padding.
    const swap = !littleEndian && element.vr === "OW" ? 1 : 0;
    for (let i = 0; i < count; i += 1) stored[i] = (i ^ swap) < there ? view.getUint8(i ^ swap) : 0;
  }
  return meaning(stored, layout);
}

/** Cuts the stored bits out of the allocated ones, and reads their sign. */
function meaning(stored: Int32Array, { bitsStored, highBit, signed }: Layout): Int32Array {
  const down = highBit + 1 - bitsStored;
  const mask = 2 ** bitsStored - 1;
  const sign = 2 ** (bitsStored - 1);
  for (let i = 0; i < stored.length; i += 1) {
    const value = (stored[i]! >> down) & mask;
    stored[i] = signed && value >= sign ? value - 2 * sign : value;
  }
  return stored;
}

/**
 * The bytes of the first frame of a compressed picture (PS3.5, A.4). Read here, since files in the wild end the list of
 * fragments in ways that the parser takes for damage; whether the frame is whole, its own end tells.
 */
export function encapsulatedFrame({ byteArray }: DataSet, element: Element, frames: number): Uint8Array {
  if (!element.hadUndefinedLength) {
    throw new PictureError("This DICOM file contradicts itself: it says that its pixels are compressed, and they are not.");
  }
  const view = new DataView(byteArray.buffer, byteArray.byteOffset, byteArray.byteLength);
  const items: { offset: number; bytes: Uint8Array }[] = [];
  let start = element.dataOffset;
  while (start + 8 <= byteArray.length && view.getUint32(start, true) === ITEM) {
    const length = view.getUint32(start + 4, true);
    const from = start + 8;
    if (from + length > byteArray.length) throw new PictureError("This DICOM file is cut off: its compressed picture is not all there.");
    items.push({ offset: start, bytes: byteArray.subarray(from, from + length) });
    start = from + length;
  }
  const [table, ...fragments] = items;
  const [first] = fragments;
  if (!table || !first) throw new PictureError("This DICOM file is damaged: its compressed picture has no frames.");
  if (frames === 1) return joined(fragments);
  // Offsets count from the first fragment on. Without a table a frame ends where a JPEG file does.
  const second = table.bytes.length >= 8 ? viewOf(table.bytes).getUint32(4, true) + first.offset : null;
  const end = second === null ? fragments.findIndex(({ bytes }) => endsJpeg(bytes)) + 1 : fragments.filter(({ offset }) => offset < second).length;
  return joined(fragments.length === frames ? [first] : fragments.slice(0, Math.max(1, end)));
}

/** The tag FFFE,E000 in little endian. */
const ITEM = 0xe000fffe;

function joined(fragments: { bytes: Uint8Array }[]): Uint8Array {
  const whole = new Uint8Array(fragments.reduce((sum, { bytes }) => sum + bytes.length, 0));
  fragments.reduce((offset, { bytes }) => (whole.set(bytes, offset), offset + bytes.length), 0);
  return whole;
}

/** Whether the end marker is at the end, but for a byte that makes the length even. */
function endsJpeg(bytes: Uint8Array): boolean {
  return [2, 3].some((back) => bytes.at(-back) === 0xff && bytes.at(1 - back) === 0xd9);
}
