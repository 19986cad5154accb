/**
 * DICOM files: the first frame of what they show, as grey levels, and in words how it came about. The elements are found
 * by dicom-parser; what the numbers mean is read here. JPEG frames are decoded by the function that the caller passes.
 */

import type { DataSet } from "dicom-parser";
import { damaged, parse } from "./dicomfile";
import { blank, type Grey, luma, UNIT } from "./grey";
import { checkSize, PictureError } from "./header";
import { encapsulatedFrame, readStored } from "./pixels";
import { type Mapped, mapToGrey, type Window } from "./window";
import { real } from "../format";

export interface Picture {
  grey: Grey;
  /** What was done up to here, in words. */
  steps: string[];
}

export type DecodeJpeg = (jpeg: Uint8Array) => Promise<Grey>;

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

/** Reads a DICOM file. Throws a {@link PictureError} for whatever this page does not read. */
export async function readDicom(bytes: Uint8Array, decodeJpeg: DecodeJpeg): Promise<Picture> {
  try {
    return await read(bytes, decodeJpeg);
  } catch (error) {
    throw damaged(error);
  }
}

async function read(bytes: Uint8Array, decodeJpeg: DecodeJpeg): Promise<Picture> {
  const { data, syntax } = await parse(bytes);
  const layout = readLayout(data);
  const element = data.elements["x7fe00010"];
  if (!element) throw new PictureError("This DICOM file has no picture in it (no pixel data).");
  const frames = data.intString("x00280008") ?? 1;
  const { columns, rows, bitsStored, photometric } = layout;
  const steps = [`DICOM, ${syntax.name}: ${columns} × ${rows} pixels, ${bitsStored} bits, ${photometric}.`];
  if (frames > 1) steps.push(`The file has ${frames} frames: the first is taken.`);
  const monochrome = layout.samples === 1;
  if (syntax.jpeg) {
    const grey = await decodeJpeg(encapsulatedFrame(data, element, frames));
    if (grey.width !== columns || grey.height !== rows) {
      throw new PictureError(
        `This DICOM file is damaged: it announces ${columns} × ${rows} pixels, and its JPEG frame has ${grey.width} × ${grey.height}.`,
      );
    }
    if (!monochrome) return { grey, steps: [...steps, COLOUR] };
    return map(data, grey.levels.map((level) => Math.round(level / UNIT)), layout, steps);
  }
  const stored = readStored(data, element, layout, syntax.littleEndian);
  if (monochrome) return map(data, stored, layout, steps);
  return { grey: colour(stored, layout), steps: [...steps, COLOUR] };
}

const COLOUR = "Colours become grey: 0.299 red + 0.587 green + 0.114 blue (ITU-R BT.601).";

/** Reads the layout, and refuses what the page cannot show. */
function readLayout(data: DataSet): Layout {
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
  const grey = samples === 1 && /^MONOCHROME[12]$/.test(photometric);
  const colours = samples === 3 && (photometric === "RGB" || photometric.startsWith("YBR_FULL"));
  if (!grey && !colours) {
    throw new PictureError(
      `This DICOM picture is stored as ${photometric} with ${samples} values per pixel. ` +
        "MONOCHROME1, MONOCHROME2 and RGB can be read here.",
    );
  }
  const widths = colours ? [8] : [8, 16];
  if (!widths.includes(bitsAllocated)) {
    throw new PictureError(`This DICOM picture has ${bitsAllocated} bits per value. ${widths.join(" and ")} can be read here.`);
  }
  if (bitsStored < 1 || bitsStored > bitsAllocated || layout.highBit >= bitsAllocated || layout.highBit + 1 < bitsStored) {
    throw new PictureError(`This DICOM file contradicts itself: ${bitsStored} of ${bitsAllocated} bits, up to bit ${layout.highBit}.`);
  }
  return layout;
}

/** Rescaling, window and inversion of a monochrome frame. */
function map(data: DataSet, stored: Int32Array, layout: Layout, steps: string[]): Picture {
  if (data.elements["x00283000"]) {
    throw new PictureError("This DICOM picture needs a modality look-up table (0028,3000), which is not applied here.");
  }
  const slope = data.floatString("x00281053") ?? 1;
  const intercept = data.floatString("x00281052") ?? 0;
  if (!Number.isFinite(slope) || !Number.isFinite(intercept) || slope === 0) {
    throw new PictureError("This DICOM file is damaged: its rescale slope and intercept are no usable numbers.");
  }
  const window = readWindow(data);
  const paddingTag = "x00280120";
  const padding = (layout.signed ? data.int16(paddingTag) : data.uint16(paddingTag)) ?? null;
  const inverted = layout.photometric === "MONOCHROME1";
  const mapped = mapToGrey(stored, layout.columns, layout.rows, { slope, intercept, window, inverted, padding });
  const words = [...steps];
  if (slope !== 1 || intercept !== 0) words.push(`Rescaled as the file says: stored number × ${real(slope)} ${intercept < 0 ? "−" : "+"} ${real(Math.abs(intercept))}.`);
  words.push(windowWords(window, mapped));
  if (window && (data.numStringValues("x00281050") ?? 1) > 1) words.push("The file names several windows: the first is taken.");
  if (data.elements["x00283010"]) words.push("The file's look-up table for display (VOI LUT) is not applied: viewers may show it differently.");
  if (inverted) words.push("MONOCHROME1 stores the picture as a negative: black and white are exchanged.");
  return { grey: mapped.grey, steps: words };
}

function readWindow(data: DataSet): Window | null {
  const [centre, width] = [data.floatString("x00281050", 0), data.floatString("x00281051", 0)];
  if (centre === undefined || width === undefined) return null;
  const shape = data.string("x00281056")?.trim() || "LINEAR";
  if (shape !== "LINEAR" && shape !== "LINEAR_EXACT") {
    throw new PictureError(`This DICOM picture asks for a window of the form ${shape}. Only linear windows are applied here.`);
  }
  const exact = shape === "LINEAR_EXACT";
  if (!Number.isFinite(centre) || !Number.isFinite(width) || width < (exact ? Number.MIN_VALUE : 1)) {
    throw new PictureError("This DICOM file is damaged: its window centre and width are no usable numbers.");
  }
  return { centre, width, exact };
}

function windowWords(window: Window | null, { low, high }: Mapped): string {
  const range = `${real(low)} and below become black, ${real(high)} and above white`;
  if (window) return `Window ${real(window.centre)}/${real(window.width)} (centre/width): ${range}.`;
  return low === high
    ? `All pixels have the same number, ${real(low)}: the picture is empty.`
    : `The file names no window: its smallest number, ${real(low)}, becomes black and its largest, ${real(high)}, white.`;
}

/** Grey of three values per pixel; with YBR the first is the luma already. */
function colour(stored: Int32Array, { columns, rows, photometric, planar }: Layout): Grey {
  const grey = blank(columns, rows);
  const pixels = columns * rows;
  const [pixel, plane] = planar ? [1, pixels] : [3, 1];
  for (let i = 0; i < pixels; i += 1) {
    const [a, b, c] = [stored[i * pixel]!, stored[i * pixel + plane]!, stored[i * pixel + 2 * plane]!];
    grey.levels[i] = photometric === "RGB" ? luma(a, b, c) : a * UNIT;
  }
  return grey;
}
