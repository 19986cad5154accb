/** The numbers of a DICOM picture's first frame, out of bytes of either order and widths of 8 or 16 bits. */

import type { DataSet, Element } from "dicom-parser";
import type { Layout } from "./dicom";
import { parser } from "./dicomfile";
import { PictureError } from "./header";

/** The stored numbers of the first frame, as they lie in the file: pixel by pixel, or plane by plane. */
export function readStored(data: DataSet, element: Element, layout: Layout, littleEndian: boolean): Int32Array {
  const { columns, rows, samples, bitsAllocated, photometric } = layout;
  if (element.encapsulatedPixelData || element.fragments) {
    throw new PictureError("This DICOM file contradicts itself: it says that its pixels are uncompressed, and they are not.");
  }
  // Two chroma values for two pixels.
  if (photometric === "YBR_FULL_422") throw new PictureError("This DICOM picture has subsampled colours (YBR_FULL_422), which are not read here.");
  const count = columns * rows * samples;
  const wanted = (count * bitsAllocated) / 8;
  const there = Math.min(element.length, data.byteArray.length - element.dataOffset);
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

/** The bytes of the first frame of a compressed picture. */
export function encapsulatedFrame(data: DataSet, element: Element, frames: number): Uint8Array {
  const { fragments } = element;
  if (!fragments || fragments.length === 0) throw new PictureError("This DICOM file is damaged: its compressed picture has no frames.");
  const table = element.basicOffsetTable ?? [];
  if (frames === 1) return parser.readEncapsulatedPixelDataFromFragments(data, element, 0, fragments.length);
  if (table.length === 0 && fragments.length === frames) return parser.readEncapsulatedPixelDataFromFragments(data, element, 0, 1);
  const offsets = table.length > 0 ? table : parser.createJPEGBasicOffsetTable(data, element);
  return parser.readEncapsulatedImageFrame(data, element, 0, offsets);
}
