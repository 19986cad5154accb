/** From the numbers of a medical picture to grey levels: rescaling, window, inversion (DICOM PS3.3, C.11 and C.7.6.3). */

import { blank, type Grey, WHITE } from "./grey";

export interface Window {
  centre: number;
  width: number;
  /** Whether the file asks for LINEAR_EXACT, where centre and width are taken without the half-unit shift of LINEAR. */
  exact: boolean;
}

export interface Mapping {
  /** A stored number v means slope · v + intercept. */
  slope: number;
  intercept: number;
  /** `null`: from the smallest to the largest number of the picture. */
  window: Window | null;
  /** MONOCHROME1: the smallest number is white. */
  inverted: boolean;
  /** A stored number that means "no pixel here"; it does not count for the smallest and largest. */
  padding: number | null;
}

export interface Mapped {
  grey: Grey;
  /** The numbers, after rescaling, that became the two ends of the grey scale. */
  low: number;
  high: number;
}

/** Maps stored numbers of at most 16 bits, row after row, to grey levels. */
export function mapToGrey(stored: Int32Array, width: number, height: number, mapping: Mapping): Mapped {
  const [least, most] = extent(stored);
  const counted = mapping.padding === null ? [least, most] : extent(stored.filter((value) => value !== mapping.padding));
  const ends = counted.map((value) => value * mapping.slope + mapping.intercept);
  const [low, high] = mapping.window ? windowEnds(mapping.window) : [Math.min(...ends), Math.max(...ends)];
  // Every number once, not every pixel: there are at most 2^16 of them.
  const table = Int32Array.from({ length: most - least + 1 }, (_, i) => {
    const value = (least + i) * mapping.slope + mapping.intercept;
    const level = Math.round(WHITE * share(value, low, high));
    return mapping.inverted ? WHITE - level : level;
  });
  const grey = blank(width, height);
  for (let i = 0; i < grey.levels.length; i += 1) grey.levels[i] = table[stored[i]! - least]!;
  return { grey, low, high };
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

function extent(values: Int32Array): [number, number] {
  let [least, most] = [values[0] ?? 0, values[0] ?? 0];
  for (let i = 1; i < values.length; i += 1) {
    const value = values[i]!;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return [least, most];
}
