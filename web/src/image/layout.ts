/** How the pixels of a DICOM picture lie in its file, as far as the page can show them. */

import type { DataSet } from "dicom-parser";
import { checkSize, PictureError } from "./header";

/** How the pixels lie in the file. */
export interface Layout {
  columns: number;
  rows: number;
  samples: number;
  bitsAllocated: number;
  bitsStored: number;
  highBit: number;
  signed: boolean;
  photometric: string;
  /** Colours in planes of their own, not pixel by pixel. */
  planar: boolean;
}

/** Reads the layout, and refuses what the page cannot show. */
export function readLayout(data: DataSet): Layout {
  const number = (tag: string, name: string): number => {
    const value = data.uint16(tag);
    if (value === undefined) throw new PictureError(`This DICOM file does not say its ${name}, so it cannot be read as a picture.`);
    return value;
  };
  const samples = data.uint16("x00280002") ?? 1;
  const bitsAllocated = number("x00280100", "bits per pixel");
  const bitsStored = data.uint16("x00280101") ?? bitsAllocated;
  const layout: Layout = {
    columns: number("x00280011", "width"),
    rows: number("x00280010", "height"),
    samples,
    bitsAllocated,
    bitsStored,
    highBit: data.uint16("x00280102") ?? bitsStored - 1,
    signed: data.uint16("x00280103") === 1,
    photometric: data.string("x00280004")?.trim() || "unknown",
    planar: data.uint16("x00280006") === 1,
  };
  checkSize(layout.columns, layout.rows);
  const { photometric } = layout;
  const single = samples === 1 && /^(MONOCHROME[12]|PALETTE COLOR)$/.test(photometric);
  const colours = samples === 3 && /^(RGB|YBR_FULL|YBR_FULL_422|YBR_RCT|YBR_ICT)$/.test(photometric);
  if (!single && !colours) {
    throw new PictureError(
      `This DICOM picture is stored as ${photometric} with ${samples} values per pixel. ` +
        "MONOCHROME1, MONOCHROME2, PALETTE COLOR, RGB and YBR_FULL can be read here.",
    );
  }
  const widths = photometric.startsWith("MONOCHROME") ? [1, 8, 16, 32] : photometric.startsWith("P") ? [8, 16] : [8, 16, 32];
  if (!widths.includes(bitsAllocated)) {
    throw new PictureError(`This DICOM picture has ${bitsAllocated} bits per value. ${widths.join(", ")} can be read here.`);
  }
  if (bitsStored < 1 || bitsStored > bitsAllocated || layout.highBit >= bitsAllocated || layout.highBit + 1 < bitsStored) {
    throw new PictureError(`This DICOM file contradicts itself: ${bitsStored} of ${bitsAllocated} bits, up to bit ${layout.highBit}.`);
  }
  return layout;
}
