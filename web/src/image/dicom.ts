/**
 * DICOM files: one frame of what they show, as levels, and in words how it came about. The elements are found
 * by dicom-parser; what the numbers mean is read here. JPEG frames are decoded by the function that the caller passes.
 */

import type { DataSet } from "dicom-parser";
import { decodeFrame } from "./codecs";
import { damaged, parse, PIXELS, type Syntax } from "./dicomfile";
import { readDisplay, readRescale, type Display } from "./display";
import { readFacts } from "./facts";
import { encapsulatedFrame } from "./frames";
import { type Collected, Collector, isGrey, lumaStep } from "./colour";
import { UNIT } from "./grey";
import { PictureError } from "./header";
import { type DecodeGrey, decodeTwelveBits, saysYcc, standalone } from "./jpeg";
import { type Layout, readLayout } from "./layout";
import type { Picture, Reading } from "./picture";
import { lookUpColours, readPalette } from "./palette";
import { readStored } from "./pixels";
import { meaning, type Stored } from "./stored";
import { between, BORDER, innerWindow, mapToGrey, TAIL, type Mapped, type Window } from "./window";
import { percent, real } from "../format";
import { fileTexts } from "../texts/files";
import { t } from "../texts/texts";

/** What decodes JPEG files. */
export interface JpegDecoders {
  /** A whole file to levels of 8 bits, in colour if asked to, and which share of its pixels has a colour. */
  decode(jpeg: Uint8Array, colours: boolean): Promise<Collected>;
  /** A grey file of 12 bits. */
  grey: DecodeGrey;
}

/** Reads a DICOM file. Throws a {@link PictureError} for whatever this page does not read. */
export async function readDicom(bytes: Uint8Array, jpegs: JpegDecoders, how: Reading = {}): Promise<Picture> {
  try {
    return await read(bytes, jpegs, how);
  } catch (error) {
    throw damaged(error);
  }
}

async function read(bytes: Uint8Array, jpegs: JpegDecoders, how: Reading): Promise<Picture> {
  const { window = null, colours = false } = how;
  const { data, syntax } = await parse(bytes);
  const layout = readLayout(data);
  const element = data.elements[PIXELS];
  if (!element) throw new PictureError(fileTexts.refusals.dicom.noPicture);
  const frames = Math.max(1, data.intString("x00280008") ?? 1);
  const frame = Math.min(how.frame ?? 0, frames - 1);
  const { columns, rows, bitsStored, photometric, samples } = layout;
  const steps = [`DICOM, ${syntax.name}: ${columns} × ${rows} pixels, ${bitsStored} bits, ${photometric}.`];
  if (frames > 1) steps.push(fileTexts.steps.severalPictures(frames, frame + 1));
  const facts = readFacts(data);
  const type = "DICOM";
  const warnings: string[] = [];
  const common = { type, warnings, scale: null, facts, frames } as const;
  const grey = (stored: Stored): Picture => ({ ...common, ...map(data, stored, layout, syntax, frame, window, steps, warnings), coloured: 0 });
  const coloured = (collected: Collected): Picture => ({ ...common, ...collected, steps: colours ? steps : [...steps, lumaStep()] });
  if (syntax.coding !== "jpeg") {
    const stored =
      syntax.coding === "raw"
        ? readStored(data, element, layout, syntax.littleEndian, frames, frame)
        : await decodeFrame(syntax.coding, encapsulatedFrame(data, element, frames, frame), layout);
    // Decoders give the bits that are stored, without those above.
    const own = syntax.coding === "raw" || syntax.coding === "rle" ? layout : { ...layout, highBit: bitsStored - 1 };
    const numbers = meaning(stored, own);
    if (photometric === "PALETTE COLOR") {
      steps.push(fileTexts.steps.palette);
      const found = lookUpColours(numbers, readPalette(data, syntax.littleEndian, layout.signed));
      return coloured(colour(found, { ...layout, photometric: "RGB", bitsStored: 8 }, colours));
    }
    return samples === 1 ? grey(numbers) : coloured(colour(numbers, layout, colours));
  }
  const jpeg = encapsulatedFrame(data, element, frames, frame);
  const rgb = photometric === "RGB";
  const contradicts = rgb && saysYcc(jpeg);
  if (contradicts) warnings.push(t.image.warnings.colourModel);
  const check = ({ width, height }: { width: number; height: number }): void => {
    if (width === columns && height === rows) return;
    throw new PictureError(fileTexts.refusals.dicom.jpegShape(`${columns} × ${rows}`, `${width} × ${height}`));
  };
  const twelve = samples === 1 ? decodeTwelveBits(jpeg, jpegs.grey) : null;
  if (twelve) {
    check(twelve.header);
    return grey(meaning(Int32Array.from(twelve.values), { ...layout, highBit: bitsStored - 1 }));
  }
  const decoded = await jpegs.decode(standalone(jpeg, rgb && !contradicts), colours && samples !== 1);
  const { pixels } = decoded;
  check(pixels);
  if (samples !== 1 || !isGrey(pixels)) return coloured(decoded);
  return { ...grey(pixels.levels.map((level) => Math.round(level / UNIT))), coloured: decoded.coloured };
}

/** Rescaling, window or table, and inversion of a monochrome frame. */
function map(
  data: DataSet,
  stored: Stored,
  layout: Layout,
  { littleEndian }: Syntax,
  frame: number,
  chosen: Window | null,
  steps: string[],
  warnings: string[],
): Pick<Picture, "pixels" | "steps" | "warnings" | "scale"> {
  const { columns, rows, bitsStored, signed } = layout;
  const { meaning, words: rescaled } = readRescale(data, frame, signed, littleEndian);
  const range = storedRange(layout).map(meaning) as [number, number];
  const display = readDisplay(data, frame, Math.min(...range) < 0, littleEndian);
  const guessed = !display.window && !display.table && bitsStored > 8;
  const fallback = guessed ? innerWindow(stored, columns, rows, { meaning, skip: padding(data, layout) }) : between(...range);
  const table = chosen ? null : display.table;
  const window = chosen ?? display.window ?? (display.table ? tableRange(display.table) : fallback);
  const inverted = layout.photometric === "MONOCHROME1";
  const mapped = mapToGrey(stored, columns, rows, { meaning, window, table, inverted });
  const words = [...steps];
  if (rescaled) words.push(rescaled);
  words.push(scaleWords(display, chosen, mapped, bitsStored));
  if (display.several && !chosen) words.push(fileTexts.steps.severalTables);
  if (display.offers.length > 1 && !chosen && !table) words.push(fileTexts.steps.severalWindows(display.offers.length));
  if (inverted) words.push(fileTexts.steps.negative);
  const said = [...warnings];
  if (guessed && !chosen) said.push(t.image.warnings.guessed(display.empty));
  const scale = { window, least: mapped.least, most: mapped.most, offers: display.offers };
  return { pixels: mapped.grey, steps: words, warnings: said, scale };
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
  const range = fileTexts.steps.range(real(low), real(high));
  if (chosen) return fileTexts.steps.windowSet(`${real(chosen.centre)}/${real(chosen.width)}`, range);
  if (display.table) return fileTexts.steps.voi(real(low), real(high));
  if (display.window) {
    const { centre, width, sigmoid } = display.window;
    const window = `${real(centre)}/${real(width)}`;
    return sigmoid ? fileTexts.steps.sigmoid(window) : fileTexts.steps.window(window, range);
  }
  if (bitsStored <= 8) return fileTexts.steps.noWindowBits(bitsStored, real(low), real(high));
  return fileTexts.steps.noWindow(display.empty, range, 100 * TAIL, 100 - 100 * TAIL, percent(BORDER));
}

/** Three values per pixel, of any number of bits. */
function colour(stored: Stored, { columns, rows, photometric, bitsStored }: Layout, colours: boolean): Collected {
  const collector = new Collector(columns, rows, colours);
  const white = 2 ** bitsStored - 1;
  // JPEG 2000's decoder has made red, green and blue of its own colours.
  const ycc = photometric === "YBR_FULL" || photometric === "YBR_FULL_422";
  for (let i = 0; i < columns * rows; i += 1) {
    const [a, b, c] = [stored[3 * i]!, stored[3 * i + 1]!, stored[3 * i + 2]!];
    if (ycc) collector.addYcc(i, ...([a, b, c].map((value) => (value * 255) / white) as [number, number, number]));
    else collector.add(i, a, b, c, white);
  }
  return collector.collected();
}
