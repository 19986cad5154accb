/** The numbers of one frame of an uncompressed DICOM picture, out of bytes of either order. */

import type { DataSet, Element } from "dicom-parser";
import { PictureError } from "./header";
import type { Layout } from "./layout";
import { interleaved, room, type Stored } from "./stored";
import { fileTexts } from "../texts/files";

/** The numbers of frame `index`, from 0, as they are stored, pixel after pixel. */
export function readStored(data: DataSet, element: Element, layout: Layout, littleEndian: boolean, frames: number, index: number): Stored {
  const { columns, rows, samples, bitsAllocated, photometric, planar } = layout;
  if (element.hadUndefinedLength) {
    throw new PictureError(fileTexts.refusals.dicom.compressed);
  }
  // Two chroma values for two pixels.
  const subsampled = photometric === "YBR_FULL_422";
  const count = columns * rows * (subsampled ? 2 : samples);
  const there = Math.min(element.length, data.byteArray.length - element.dataOffset);
  if (there < element.length) {
    throw new PictureError(fileTexts.refusals.dicom.cutAnnounced(element.length, Math.max(there, 0)));
  }
  // Some files say that colours are subsampled, and have all of them.
  const whole = (frames * columns * rows * samples * bitsAllocated) / 8;
  if (subsampled && element.length >= whole) return readStored(data, element, { ...layout, photometric: "YBR_FULL" }, littleEndian, frames, index);
  const wanted = Math.ceil(((index + 1) * count * bitsAllocated) / 8);
  if (there < wanted) {
    throw new PictureError(fileTexts.refusals.dicom.cutNeeded(wanted, Math.max(there, 0)));
  }
  const view = new DataView(data.byteArray.buffer, data.byteArray.byteOffset + element.dataOffset, there);
  const [stored, from] = [room(count, bitsAllocated), index * count];
  // Bytes in words of 16 bits (OW) change places with the byte order; an odd last one has its partner as padding.
  const swap = !littleEndian && element.vr === "OW" ? 1 : 0;
  const byte = (i: number): number => ((i ^ swap) < there ? view.getUint8(i ^ swap) : 0);
  for (let i = 0; i < count; i += 1) {
    const at = from + i;
    if (bitsAllocated === 32) stored[i] = view.getUint32(4 * at, littleEndian);
    else if (bitsAllocated === 16) stored[i] = view.getUint16(2 * at, littleEndian);
    else if (bitsAllocated === 8) stored[i] = byte(at);
    // The first pixel is the lowest bit.
    else stored[i] = (byte(at >> 3) >> (at & 7)) & 1;
  }
  if (subsampled) return spread(stored, columns * rows);
  return planar ? interleaved(stored, samples) : stored;
}

/** Y Y Cb Cr to Y Cb Cr of each of two pixels. */
function spread(stored: Stored, pixels: number): Stored {
  return Int32Array.from({ length: 3 * pixels }, (_, i) => {
    const [pixel, value] = [Math.floor(i / 3), i % 3];
    const pair = 4 * (pixel >> 1);
    return stored[pair + (value === 0 ? pixel & 1 : 1 + value)]!;
  });
}
