/** From the numbers of a medical picture to grey levels: rescaling, window or table, inversion (DICOM PS3.3, C.11 and C.7.6.3). */

import { blank, type Grey, WHITE } from "./grey";

export interface Window {
  centre: number;
  width: number;
  /** Whether the window is LINEAR_EXACT, where centre and width are taken without the half-unit shift of LINEAR. */
  exact: boolean;
}

/** A look-up table: entry i stands for the number first + i, and numbers beyond the ends for the ends. */
export interface Table {
  first: number;
  entries: Uint16Array;
  /** Bits of an entry: 2^bits − 1 is white. */
  bits: number;
}

export interface Mapping {
  /** A stored number v means slope · v + intercept. */
  slope?: number;
  intercept?: number;
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

/** Maps stored numbers of at most 16 bits, row after row, to grey levels. */
export function mapToGrey(stored: Int32Array, width: number, height: number, mapping: Mapping): Mapped {
  const { slope = 1, intercept = 0, window, table = null, inverted = false } = mapping;
  const [least, most] = extent(stored);
  const [low, high] = table ? [table.first, table.first + table.entries.length - 1] : windowEnds(window);
  // Every number once, not every pixel: there are at most 2^16 of them.
  const levels = Int32Array.from({ length: most - least + 1 }, (_, i) => {
    const value = (least + i) * slope + intercept;
    const level = Math.round(WHITE * (table ? lookUp(table, value) : share(value, low, high)));
    return inverted ? WHITE - level : level;
  });
  const grey = blank(width, height);
  for (let i = 0; i < grey.levels.length; i += 1) grey.levels[i] = levels[stored[i]! - least]!;
  const ends = [least, most].map((value) => value * slope + intercept);
  return { grey, low, high, least: Math.min(...ends), most: Math.max(...ends) };
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

function lookUp({ first, entries, bits }: Table, value: number): number {
  const index = Math.min(Math.max(Math.round(value) - first, 0), entries.length - 1);
  return Math.min(1, entries[index]! / (2 ** bits - 1));
}

function extent(values: Int32Array): [number, number] {
  let [least, most] = [values[0] ?? 0, values[0] ?? 0];
  for (let i = 1; i < values.length; i += 1) {
    const value = values[i]!;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return [least, most];
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
  stored: Int32Array,
  width: number,
  height: number,
  { slope, intercept, skip }: { slope: number; intercept: number; skip: (value: number) => boolean },
): Window {
  const [least, most] = extent(stored);
  const counts = new Uint32Array(most - least + 1);
  let total = 0;
  const [dx, dy] = [Math.floor(width * BORDER), Math.floor(height * BORDER)];
  for (let y = dy; y < height - dy; y += 1) {
    for (let x = dx; x < width - dx; x += 1) {
      const value = stored[y * width + x]!;
      if (skip(value)) continue;
      counts[value - least]! += 1;
      total += 1;
    }
  }
  if (total === 0) return between(least * slope + intercept, most * slope + intercept);
  const ranked = (rank: number): number => {
    let value = 0;
    for (let below = counts[0]!; below <= rank; below += counts[value]!) value += 1;
    return (least + value) * slope + intercept;
  };
  return between(ranked(Math.floor(TAIL * (total - 1))), ranked(Math.ceil((1 - TAIL) * (total - 1))));
}
