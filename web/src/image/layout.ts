/** How the pixels of a DICOM picture lie in its file, as far as the page can show them. */

import type { DataSet } from "dicom-parser";
import { checkSize, PictureError } from "./header";
import { fileTexts } from "../texts/files";

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
    if (value === undefined) throw new PictureError(fileTexts.refusals.dicom.silent(name));
    return value;
  };
  const samples = data.uint16("x00280002") ?? 1;
  const bitsAllocated = number("x00280100", fileTexts.refusals.dicom.unsaid.bits);
  const bitsStored = data.uint16("x00280101") ?? bitsAllocated;
  const layout: Layout = {
    columns: number("x00280011", fileTexts.refusals.dicom.unsaid.width),
    rows: number("x00280010", fileTexts.refusals.dicom.unsaid.height),
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
    throw new PictureError(fileTexts.refusals.dicom.stored(photometric, samples));
  }
  const widths = photometric.startsWith("MONOCHROME") ? [1, 8, 16, 32] : photometric.startsWith("P") ? [8, 16] : [8, 16, 32];
  if (!widths.includes(bitsAllocated)) {
    throw new PictureError(fileTexts.refusals.dicom.bits(bitsAllocated, widths.join(", ")));
  }
  if (bitsStored < 1 || bitsStored > bitsAllocated || layout.highBit >= bitsAllocated || layout.highBit + 1 < bitsStored) {
    throw new PictureError(fileTexts.refusals.dicom.contradicts(bitsStored, bitsAllocated, layout.highBit));
  }
  return layout;
}
