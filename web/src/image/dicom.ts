/**
 * DICOM files: the first frame of what they show, as grey levels, and in words how it came about. The elements are found
 * by dicom-parser; what the numbers mean is read here. JPEG frames are decoded by the function that the caller passes.
 */

import type { DataSet } from "dicom-parser";
import { damaged, parse, PIXELS } from "./dicomfile";
import { readDisplay, readRescale, type Display } from "./display";
import { readFacts } from "./facts";
import { blank, type Grey, luma, UNIT } from "./grey";
import { PictureError } from "./header";
import { saysYcc, standalone } from "./jpeg";
import { type Layout, readLayout } from "./layout";
import type { Picture } from "./picture";
import { encapsulatedFrame, readStored } from "./pixels";
import { isColour } from "./quality";
import { between, BORDER, innerWindow, mapToGrey, TAIL, type Mapped, type Window } from "./window";
import { percent, real } from "../format";

/** Decodes a whole JPEG file to grey levels of 8 bits, and says which share of its pixels has a colour. */
export type DecodeJpeg = (jpeg: Uint8Array) => Promise<{ grey: Grey; coloured: number }>;

/** Reads a DICOM file; `window` replaces the file's. Throws a {@link PictureError} for whatever this page does not read. */
export async function readDicom(bytes: Uint8Array, decodeJpeg: DecodeJpeg, window: Window | null = null): Promise<Picture> {
  try {
    return await read(bytes, decodeJpeg, window);
  } catch (error) {
    throw damaged(error);
  }
}

async function read(bytes: Uint8Array, decodeJpeg: DecodeJpeg, window: Window | null): Promise<Picture> {
  const { data, syntax } = await parse(bytes);
  const layout = readLayout(data);
  const element = data.elements[PIXELS];
  if (!element) throw new PictureError("This DICOM file has no picture in it (no pixel data).");
  const frames = data.intString("x00280008") ?? 1;
  const { columns, rows, bitsStored, photometric } = layout;
  const steps = [`DICOM, ${syntax.name}: ${columns} × ${rows} pixels, ${bitsStored} bits, ${photometric}.`];
  const facts = readFacts(data);
  const type = "DICOM";
  const warnings = frames > 1 ? [`The file has ${frames} frames: the model reads the first alone.`] : [];
  const monochrome = layout.samples === 1;
  if (!syntax.jpeg) {
    const stored = readStored(data, element, layout, syntax.littleEndian);
    if (monochrome) return { type, ...map(data, stored, layout, window, steps, warnings), facts, coloured: 0 };
    return { type, ...colour(stored, layout), steps: [...steps, COLOUR], warnings, scale: null, facts };
  }
  const frame = encapsulatedFrame(data, element, frames);
  const rgb = photometric === "RGB";
  const contradicts = rgb && saysYcc(frame);
  if (contradicts) warnings.push("The file's header says that its colours are RGB, and its JPEG data that they are YCbCr: the latter was believed.");
  const { grey, coloured } = await decodeJpeg(standalone(frame, rgb && !contradicts));
  if (grey.width !== columns || grey.height !== rows) {
    throw new PictureError(
      `This DICOM file is damaged: it announces ${columns} × ${rows} pixels, and its JPEG frame has ${grey.width} × ${grey.height}.`,
    );
  }
  if (!monochrome) return { type, grey, coloured, steps: [...steps, COLOUR], warnings, scale: null, facts };
  const stored = grey.levels.map((level) => Math.round(level / UNIT));
  return { type, ...map(data, stored, layout, window, steps, warnings), facts, coloured };
}

const COLOUR = "Colours become grey: 0.299 red + 0.587 green + 0.114 blue (ITU-R BT.601).";

/** Rescaling, window or table, and inversion of a monochrome frame. */
function map(
  data: DataSet,
  stored: Int32Array,
  layout: Layout,
  chosen: Window | null,
  steps: string[],
  warnings: string[],
): Pick<Picture, "grey" | "steps" | "warnings" | "scale"> {
  const { slope, intercept } = readRescale(data);
  const { columns, rows, bitsStored } = layout;
  const range = storedRange(layout).map((value) => value * slope + intercept) as [number, number];
  const display = readDisplay(data, Math.min(...range) < 0);
  const guessed = !display.window && !display.table && bitsStored > 8;
  const fallback = guessed
    ? innerWindow(stored, columns, rows, { slope, intercept, skip: padding(data, layout) })
    : between(...range);
  const table = chosen ? null : display.table;
  const window = chosen ?? display.window ?? (display.table ? tableRange(display.table) : fallback);
  const inverted = layout.photometric === "MONOCHROME1";
  const mapped = mapToGrey(stored, columns, rows, { slope, intercept, window, table, inverted });
  const words = [...steps];
  if (slope !== 1 || intercept !== 0) words.push(`Rescaled as the file says: stored number × ${real(slope)} ${intercept < 0 ? "−" : "+"} ${real(Math.abs(intercept))}.`);
  words.push(scaleWords(display, chosen, mapped, bitsStored));
  if (display.several && !chosen) words.push(`The file names several ${table ? "look-up tables" : "windows"}: the first is taken.`);
  if (inverted) words.push("MONOCHROME1 stores the picture as a negative: black and white are exchanged.");
  const said = [...warnings];
  if (guessed && !chosen) said.push(`The file does not say which numbers are black and white${display.empty ? " (its window has no width)" : ""}: the page guessed. Look at the picture, and adjust the window if it is too dark or too bright.`);
  return { grey: mapped.grey, steps: words, warnings: said, scale: { window, least: mapped.least, most: mapped.most } };
}

/** The smallest and largest number that fit the stored bits. */
function storedRange({ bitsStored, signed }: Layout): [number, number] {
  return signed ? [-(2 ** (bitsStored - 1)), 2 ** (bitsStored - 1) - 1] : [0, 2 ** bitsStored - 1];
}

function tableRange({ first, entries }: { first: number; entries: Uint16Array }): Window {
  return between(first, first + entries.length - 1);
}

/** Whether a stored number means "no pixel here": a value, or with a limit all values between the two. */
function padding(data: DataSet, { signed }: Layout): (value: number) => boolean {
  const [value, limit] = ["x00280120", "x00280121"].map((tag) => (signed ? data.int16(tag) : data.uint16(tag)));
  if (value === undefined) return () => false;
  const [from, to] = [Math.min(value, limit ?? value), Math.max(value, limit ?? value)];
  return (number) => number >= from && number <= to;
}

function scaleWords(display: Display, chosen: Window | null, { low, high }: Mapped, bitsStored: number): string {
  const range = `${real(low)} and below become black, ${real(high)} and above white`;
  if (chosen) return `Window ${real(chosen.centre)}/${real(chosen.width)} (centre/width), as you set it: ${range}.`;
  if (display.table) return `The file's look-up table for display (VOI LUT) is applied: it goes from ${real(low)} to ${real(high)}.`;
  if (display.window) return `Window ${real(display.window.centre)}/${real(display.window.width)} (centre/width): ${range}.`;
  if (bitsStored <= 8) return `The file names no window: the ends of its ${bitsStored} bits, ${real(low)} and ${real(high)}, become black and white.`;
  const why = display.empty ? "The file's window has no width, so it counts as none" : "The file names no window";
  return (
    `${why}: ${range}. These are the percentiles ${100 * TAIL} and ${100 - 100 * TAIL} of the picture ` +
    `without ${percent(BORDER)} at each side.`
  );
}

/** Grey of three values per pixel; with YBR the first is the luma already. */
function colour(stored: Int32Array, { columns, rows, photometric, planar }: Layout): Pick<Picture, "grey" | "coloured"> {
  const grey = blank(columns, rows);
  const pixels = columns * rows;
  const [pixel, plane] = planar ? [1, pixels] : [3, 1];
  const rgb = photometric === "RGB";
  let coloured = 0;
  for (let i = 0; i < pixels; i += 1) {
    const [a, b, c] = [stored[i * pixel]!, stored[i * pixel + plane]!, stored[i * pixel + 2 * plane]!];
    grey.levels[i] = rgb ? luma(a, b, c) : a * UNIT;
    // Chroma lies around 128; a distance of 16 makes channels differ by about 30.
    if (rgb ? isColour(a, b, c) : Math.max(Math.abs(b - 128), Math.abs(c - 128)) >= 16) coloured += 1;
  }
  return { grey, coloured: coloured / pixels };
}
