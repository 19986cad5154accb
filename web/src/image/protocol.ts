/** Messages between the page and the worker that converts picture files. */

import type { Rect } from "./grey";
import type { Facts, Scale } from "./picture";
import type { Window } from "./window";

export interface ConvertFile {
  file: File;
  width: number;
  height: number;
  /** In place of the file's own. */
  window: Window | null;
}

export interface Converted {
  /** What the model reads: whole grey levels, row after row. */
  values: number[];
  /** Size of the original, and the part of it that is used. */
  width: number;
  height: number;
  crop: Rect;
  /** The original, reduced. */
  preview: { width: number; height: number; levels: number[] };
  /** What was done, and what speaks against using it, in words. */
  steps: string[];
  warnings: string[];
  scale: Scale | null;
  facts: Facts | null;
  /** "PNG". */
  type: string;
}
