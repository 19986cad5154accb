/**
 * DICOM files: the first frame of what they show, as levels, and in words how it came about. The elements are found
 * by dicom-parser; what the numbers mean is read here. JPEG frames are decoded by the function that the caller passes.
 */

import type { DataSet } from "dicom-parser";
import { damaged, parse, PIXELS } from "./dicomfile";
import { readDisplay, readRescale, type Display } from "./display";
import { readFacts } from "./facts";
import { type Collected, Collector, isGrey, LUMA } from "./colour";
import { UNIT } from "./grey";
import { PictureError } from "./header";
import { saysYcc, standalone } from "./jpeg";
import { type Layout, readLayout } from "./layout";
import type { Picture, Reading } from "./picture";
import { encapsulatedFrame, readStored } from "./pixels";
import { between, BORDER, innerWindow, mapToGrey, TAIL, type Mapped, type Window } from "./window";
import { percent, real } from "../format";

/** Decodes a whole JPEG file to levels of 8 bits, in colour if asked to, and says which share of its pixels has a colour. */
export type DecodeJpeg = (jpeg: Uint8Array, colours: boolean) => Promise<Collected>;

/** Reads a DICOM file. Throws a {@link PictureError} for whatever this page does not read. */
export async function readDicom(bytes: Uint8Array, decodeJpeg: DecodeJpeg, how: Reading = {}): Promise<Picture> {
  try {
    return await read(bytes, decodeJpeg, how);
  } catch (error) {
    throw damaged(error);
  }
}

async function read(bytes: Uint8Array, decodeJpeg: DecodeJpeg, { window = null, colours = false }: Reading): Promise<Picture> {
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
  const common = { type, steps: colours ? steps : [...steps, LUMA], warnings, scale: null, facts } as const;
  if (!syntax.jpeg) {
    const stored = readStored(data, element, layout, syntax.littleEndian);
    if (monochrome) return { type, ...map(data, stored, layout, window, steps, warnings), facts, coloured: 0 };
    return { ...common, ...colour(stored, layout, colours) };
  }
  const frame = encapsulatedFrame(data, element, frames);
  const rgb = photometric === "RGB";
  const contradicts = rgb && saysYcc(frame);
  if (contradicts) warnings.push("The file's header says that its colours are RGB, and its JPEG data that they are YCbCr: the latter was believed.");
  const decoded = await decodeJpeg(standalone(frame, rgb && !contradicts), colours && !monochrome);
  const { pixels } = decoded;
  if (pixels.width !== columns || pixels.height !== rows) {
    throw new PictureError(
      `This DICOM file is damaged: it announces ${columns} × ${rows} pixels, and its JPEG frame has ${pixels.width} × ${pixels.height}.`,
    );
  }
  if (!monochrome || !isGrey(pixels)) return { ...common, ...decoded };
  const stored = pixels.levels.map((level) => Math.round(level / UNIT));
  return { type, ...map(data, stored, layout, window, steps, warnings), facts, coloured: decoded.coloured };
}

/** Rescaling, window or table, and inversion of a monochrome frame. */
function map(
  data: DataSet,
  stored: Int32Array,
  layout: Layout,
  chosen: Window | null,
  steps: string[],
  warnings: string[],
): Pick<Picture, "pixels" | "steps" | "warnings" | "scale"> {
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
  return { pixels: mapped.grey, steps: words, warnings: said, scale: { window, least: mapped.least, most: mapped.most } };
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

/** Three values per pixel. */
function colour(stored: Int32Array, { columns, rows, photometric, planar }: Layout, colours: boolean): Collected {
  const collector = new Collector(columns, rows, colours);
  const [pixel, plane] = planar ? [1, columns * rows] : [3, 1];
  const add = (photometric === "RGB" ? collector.add : collector.addYcc).bind(collector);
  for (let i = 0; i < columns * rows; i += 1) {
    add(i, stored[i * pixel]!, stored[i * pixel + plane]!, stored[i * pixel + 2 * plane]!);
  }
  return collector.collected();
}
