/** From the numbers of a medical picture to grey levels: rescaling, window or table, inversion (DICOM PS3.3, C.11 and C.7.6.3). */

import { blank, type Grey, WHITE } from "./grey";
import { extent, type Stored } from "./stored";

export interface Window {
  centre: number;
  width: number;
  /** Whether the window is LINEAR_EXACT, where centre and width are taken without the half-unit shift of LINEAR. */
  exact: boolean;
  /** Whether it is SIGMOID, which comes to black and white nowhere. */
  sigmoid?: boolean;
}

/** A look-up table: entry i stands for the number first + i, and numbers beyond the ends for the ends. */
export interface Table {
  first: number;
  entries: Uint16Array;
  /** Bits of an entry: 2^bits − 1 is white. */
  bits: number;
}

/** What a stored number means (modality look-up table, or slope and intercept). */
export type Modality = (stored: number) => number;

export interface Mapping {
  meaning?: Modality;
  window: Window;
  /** In place of the window. */
  table?: Table | null;
  /** MONOCHROME1: the smallest number is white. */
  inverted?: boolean;
}

export interface Mapped {
  grey: Grey;
  /** The numbers, after rescaling, that became the two ends of the grey scale. */
  low: number;
  high: number;
  /** The smallest and largest number of the picture, after rescaling. */
  least: number;
  most: number;
}

/** So many different numbers are mapped once each, not pixel by pixel. */
const FEW = 2 ** 17;

/** Maps stored numbers, row after row, to grey levels. */
export function mapToGrey(stored: Stored, width: number, height: number, mapping: Mapping): Mapped {
  const { meaning = (value) => value, window, table = null, inverted = false } = mapping;
  const [first, last] = extent(stored);
  const [low, high] = table ? [table.first, table.first + table.entries.length - 1] : windowEnds(window);
  const levelOf = (number: number): number => {
    const value = meaning(number);
    const level = Math.round(WHITE * (table ? lookUp(table, value) : window.sigmoid ? sigmoid(value, window) : share(value, low, high)));
    return inverted ? WHITE - level : level;
  };
  const grey = blank(width, height);
  if (last - first < FEW) {
    const levels = Int32Array.from({ length: last - first + 1 }, (_, i) => levelOf(first + i));
    for (let i = 0; i < grey.levels.length; i += 1) grey.levels[i] = levels[stored[i]! - first]!;
  } else {
    for (let i = 0; i < grey.levels.length; i += 1) grey.levels[i] = levelOf(stored[i]!);
  }
  const ends = [first, last].map(meaning);
  return { grey, low, high, least: Math.min(...ends), most: Math.max(...ends) };
}

function sigmoid(value: number, { centre, width }: Window): number {
  return 1 / (1 + Math.exp((-4 * (value - centre)) / width));
}

/** Where a window begins to be darker than white and brighter than black. */
function windowEnds({ centre, width, exact }: Window): [number, number] {
  if (exact) return [centre - width / 2, centre + width / 2];
  return [centre - 0.5 - (width - 1) / 2, centre - 0.5 + (width - 1) / 2];
}

/** Position between the ends, 0 to 1. A window of width 1 is a threshold; a picture of one number is black. */
function share(value: number, low: number, high: number): number {
  if (value <= low) return 0;
  return value > high ? 1 : (value - low) / (high - low);
}

function lookUp(table: Table, value: number): number {
  return Math.min(1, entryOf(table, value) / (2 ** table.bits - 1));
}

/** The entry that a number stands for. */
export function entryOf({ first, entries }: Table, value: number): number {
  return entries[Math.min(Math.max(Math.round(value) - first, 0), entries.length - 1)]!;
}

/** A window from one number to another. */
export function between(a: number, b: number): Window {
  return { centre: (a + b) / 2, width: Math.abs(b - a), exact: true };
}

/** Share of the numbers at each end that a default window leaves out, and of each side that it does not look at. */
export const TAIL = 0.01;
export const BORDER = 0.1;

/**
 * A default window: between the percentiles 1 and 99 of the picture without a tenth at each side, so that neither a marker
 * nor a border moves it. `skip` says which stored numbers do not count.
 */
export function innerWindow(
  stored: Stored,
  width: number,
  height: number,
  { meaning, skip }: { meaning: Modality; skip: (value: number) => boolean },
): Window {
  const [dx, dy] = [Math.floor(width * BORDER), Math.floor(height * BORDER)];
  const inner = new (stored.constructor as Float64ArrayConstructor)((width - 2 * dx) * (height - 2 * dy)) as Stored;
  let count = 0;
  for (let y = dy; y < height - dy; y += 1) {
    for (let x = dx; x < width - dx; x += 1) {
      const value = stored[y * width + x]!;
      if (!skip(value)) inner[count++] = value;
    }
  }
  if (count === 0) return between(...(extent(stored).map(meaning) as [number, number]));
  const sorted = inner.subarray(0, count).sort();
  const ranked = (rank: number): number => meaning(sorted[rank]!);
  return between(ranked(Math.floor(TAIL * (count - 1))), ranked(Math.ceil((1 - TAIL) * (count - 1))));
}
