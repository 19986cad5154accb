/** Converting a picture file, as the page sees it. */

import { offload } from "../offload";
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

/** Converts a file. Rejects as {@link offload} does. */
export function convertFile(message: ConvertFile, signal: AbortSignal): Promise<Converted> {
  return offload(() => new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "sotto picture" }), message, signal);
}
