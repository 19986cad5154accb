/** Messages between the page and the worker that converts picture files. */

import type { FittedPicture } from "@sotto/client/tools";
import type { ImageInput } from "../card";
import type { Levels } from "./levels";
import type { Facts, Scale } from "./picture";
import type { Window } from "./window";

/** A part of a picture, in its pixels. */
export type Rect = FittedPicture["crop"];

export interface ConvertFile {
  file: File;
  /** The server's JSON of the model, and what its card says of the input. */
  description: string;
  input: ImageInput;
  /** In place of the file's own. */
  window: Window | null;
  /** Which of several pictures, from 0. */
  frame: number;
}

export interface Converted {
  /** What the model reads: raw values of the card, in the order [channel, row, column]. */
  values: number[];
  /** Size of the original, and the part of it that is used. */
  width: number;
  height: number;
  crop: Rect;
  /** The original, reduced. */
  preview: Levels;
  /** What was done, and what speaks against using it, in words. */
  steps: string[];
  warnings: string[];
  scale: Scale | null;
  facts: Facts | null;
  /** "PNG". */
  type: string;
  /** Pictures in the file. */
  frames: number;
}
