/**
 * How a DICOM file wants its numbers shown: rescaling, windows, VOI look-up tables, wherever they stand. Enhanced files have
 * them in functional groups, of the frame or shared by all.
 */

import type { DataSet } from "dicom-parser";
import { PictureError } from "./header";
import type { Table, Window } from "./window";

/** The first item of a sequence. */
export function item(data: DataSet | null | undefined, tag: string): DataSet | null {
  return data?.elements[tag]?.items?.[0]?.dataSet ?? null;
}

/** Where to look for what a macro of functional groups may hold: the first frame's group, the shared one, the file itself. */
function places(data: DataSet, macro: string): DataSet[] {
  const groups = ["x52009230", "x52009229"].map((groups) => item(item(data, groups), macro));
  return [...groups.filter((group) => group !== null), data];
}

export interface Rescale {
  slope: number;
  intercept: number;
}

/** Slope and intercept. */
export function readRescale(data: DataSet): Rescale {
  const sources = places(data, "x00289145");
  if (sources.some(({ elements }) => elements["x00283000"])) {
    throw new PictureError("This DICOM picture needs a modality look-up table (0028,3000), which is not applied here.");
  }
  const source = sources.find(({ elements }) => elements["x00281053"] ?? elements["x00281052"]) ?? data;
  const slope = source.floatString("x00281053") ?? 1;
  const intercept = source.floatString("x00281052") ?? 0;
  if (!Number.isFinite(slope) || !Number.isFinite(intercept) || slope === 0) {
    throw new PictureError("This DICOM file is damaged: its rescale slope and intercept are no usable numbers.");
  }
  return { slope, intercept };
}

/** What the file says about its display; with a table and a window the table counts, being the more exact of the two. */
export interface Display {
  window: Window | null;
  table: Table | null;
  /** Whether there were several to choose from. */
  several: boolean;
  /** Whether a window was passed over that has no width. */
  empty: boolean;
}

/** `signed`: whether the numbers after rescaling can be negative. */
export function readDisplay(data: DataSet, signed: boolean): Display {
  let empty = false;
  for (const source of places(data, "x00289132")) {
    const tables = source.elements["x00283010"]?.items ?? [];
    const table = tables[0]?.dataSet ? readTable(tables[0].dataSet, signed) : null;
    if (table) return { window: null, table, several: tables.length > 1, empty: false };
    const window = readWindow(source);
    if (window === "empty") empty = true;
    else if (window) return { window, table: null, several: (source.numStringValues("x00281050") ?? 1) > 1, empty: false };
  }
  return { window: null, table: null, several: false, empty };
}

function readWindow(data: DataSet): Window | null | "empty" {
  const [centre, width] = [data.floatString("x00281050", 0), data.floatString("x00281051", 0)];
  if (centre === undefined || width === undefined) return null;
  const shape = data.string("x00281056")?.trim() || "LINEAR";
  if (shape !== "LINEAR" && shape !== "LINEAR_EXACT") {
    throw new PictureError(`This DICOM picture asks for a window of the form ${shape}. Only linear windows are applied here.`);
  }
  if (!Number.isFinite(centre) || !Number.isFinite(width) || width < 0) {
    throw new PictureError("This DICOM file is damaged: its window centre and width are no usable numbers.");
  }
  const exact = shape === "LINEAR_EXACT";
  return width < (exact ? Number.MIN_VALUE : 1) ? "empty" : { centre, width, exact };
}

/** A VOI look-up table (PS3.3, C.11.2). */
function readTable(data: DataSet, signed: boolean): Table {
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
    throw new PictureError("This DICOM file is damaged: its look-up table for display (VOI LUT) makes no sense.");
  }
  const bytes = data.byteArray.subarray(content.dataOffset, content.dataOffset + entries);
  const values = packed ? bytes : Array.from({ length: entries }, (_, i) => data.uint16("x00283006", i) ?? 0);
  return { first, entries: Uint16Array.from(values), bits };
}
