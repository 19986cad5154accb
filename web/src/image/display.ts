/**
 * How a DICOM file wants its numbers shown: rescaling, windows, VOI look-up tables, wherever they stand. Enhanced files have
 * them in functional groups, of the frame or shared by all.
 */

import type { DataSet } from "dicom-parser";
import { real } from "../format";
import { viewOf } from "../bytes";
import { PictureError } from "./header";
import { entryOf, type Modality, type Table, type Window } from "./window";
import { fileTexts } from "../texts/files";

/** The first item of a sequence. */
export function item(data: DataSet | null | undefined, tag: string): DataSet | null {
  return data?.elements[tag]?.items?.[0]?.dataSet ?? null;
}

/** Where to look for what a macro of functional groups may hold: the frame's group, the shared one, the file itself. */
function places(data: DataSet, macro: string, frame: number): DataSet[] {
  const own = data.elements["x52009230"]?.items?.[frame]?.dataSet ?? null;
  const groups = [own, item(data, "x52009229")].map((group) => item(group, macro));
  return [...groups.filter((group) => group !== null), data];
}

/** What stored numbers mean, and in words what is done to them, if anything is. */
export interface Rescale {
  meaning: Modality;
  words: string | null;
}

/** A look-up table, or slope and intercept. `signed`: whether stored numbers can be negative. */
export function readRescale(data: DataSet, frame: number, signed: boolean, littleEndian: boolean): Rescale {
  const sources = places(data, "x00289145", frame);
  const tabled = sources.find(({ elements }) => elements["x00283000"]?.items?.[0]?.dataSet);
  if (tabled) {
    const table = readTable(item(tabled, "x00283000")!, signed, littleEndian, "meaning (modality LUT)");
    return { meaning: (stored) => entryOf(table, stored), words: fileTexts.steps.modality };
  }
  const source = sources.find(({ elements }) => elements["x00281053"] ?? elements["x00281052"]) ?? data;
  const slope = source.floatString("x00281053") ?? 1;
  const intercept = source.floatString("x00281052") ?? 0;
  if (!Number.isFinite(slope) || !Number.isFinite(intercept) || slope === 0) {
    throw new PictureError(fileTexts.refusals.dicom.rescale);
  }
  if (slope === 1 && intercept === 0) return { meaning: (stored) => stored, words: null };
  const sign = intercept < 0 ? "−" : "+";
  const words = fileTexts.steps.rescaled(real(slope), sign, real(Math.abs(intercept)));
  return { meaning: (stored) => stored * slope + intercept, words };
}

/** A window that a file offers. */
export interface Offer {
  /** The file's own words for it, or numbers. */
  name: string;
  window: Window;
}

/** What the file says about its display; with a table and a window the table counts, being the more exact of the two. */
export interface Display {
  /** The first of the windows. */
  window: Window | null;
  table: Table | null;
  /** All windows that can be chosen from. */
  offers: Offer[];
  /** Whether there are tables besides the first. */
  several: boolean;
  /** Whether a window was passed over that has no width. */
  empty: boolean;
}

/** `signed`: whether the numbers after rescaling can be negative. */
export function readDisplay(data: DataSet, frame: number, signed: boolean, littleEndian: boolean): Display {
  let empty = false;
  for (const source of places(data, "x00289132", frame)) {
    const tables = source.elements["x00283010"]?.items ?? [];
    const table = tables[0]?.dataSet ? readTable(tables[0].dataSet, signed, littleEndian, "display (VOI LUT)") : null;
    const { offers, passed } = readWindows(source);
    empty ||= passed;
    if (table) return { window: null, table, offers, several: tables.length > 1, empty: false };
    const window = offers[0]?.window ?? null;
    if (window) return { window, table: null, offers, several: false, empty: false };
  }
  return { window: null, table: null, offers: [], several: false, empty };
}

/** All windows with a width, and whether one without was passed over. */
function readWindows(data: DataSet): { offers: Offer[]; passed: boolean } {
  const count = Math.min(data.numStringValues("x00281050") ?? 0, data.numStringValues("x00281051") ?? 0);
  const shape = data.string("x00281056")?.trim() || "LINEAR";
  if (count > 0 && !["LINEAR", "LINEAR_EXACT", "SIGMOID"].includes(shape)) {
    throw new PictureError(fileTexts.refusals.dicom.windowShape(shape));
  }
  const [exact, sigmoid] = [shape !== "LINEAR", shape === "SIGMOID"];
  const named = data.elements["x00281055"] ? (data.string("x00281055") ?? "").split("\\") : [];
  const offers: Offer[] = [];
  let passed = false;
  for (let i = 0; i < count; i += 1) {
    const [centre, width] = [data.floatString("x00281050", i), data.floatString("x00281051", i)];
    if (centre === undefined || width === undefined || !Number.isFinite(centre) || !Number.isFinite(width) || width < 0) {
      throw new PictureError(fileTexts.refusals.dicom.window);
    }
    if (width < (exact ? Number.MIN_VALUE : 1)) passed = true;
    else offers.push({ name: named[i]?.trim() || `${real(centre)} / ${real(width)}`, window: { centre, width, exact, sigmoid } });
  }
  return { offers, passed };
}

/** A look-up table (PS3.3, C.11.1 and C.11.2). */
function readTable(data: DataSet, signed: boolean, littleEndian: boolean, what: string): Table {
  const descriptor = data.elements["x00283002"];
  const content = data.elements["x00283006"];
  const [count, bits] = [data.uint16("x00283002", 0), data.uint16("x00283002", 2)];
  const negative = descriptor?.vr === undefined ? signed : descriptor.vr === "SS";
  const first = negative ? data.int16("x00283002", 1) : data.uint16("x00283002", 1);
  const entries = count === 0 ? 65_536 : count;
  // Entries of 8 bits may be packed, two in a word.
  const packed = entries !== undefined && bits === 8 && content !== undefined && content.length < 2 * entries;
  const wrong = !content || entries === undefined || first === undefined || bits === undefined || bits < 1 || bits > 16;
  if (wrong || content.length < (packed ? entries : 2 * entries)) {
    throw new PictureError(fileTexts.refusals.dicom.table(what));
  }
  const bytes = data.byteArray.subarray(content.dataOffset, content.dataOffset + content.length);
  const view = viewOf(bytes);
  const values = Array.from({ length: entries }, (_, i) => (packed ? bytes[i]! : view.getUint16(2 * i, littleEndian)));
  return { first, entries: Uint16Array.from(values), bits };
}
