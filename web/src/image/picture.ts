/** What is made of a picture file before it is fitted to a model, whatever the file's type. */

import type { Pixels } from "./colour";
import type { Offer } from "./display";
import type { Window } from "./window";

/** What a file's header says that its picture shows; `null` where it says nothing. */
export interface Facts {
  /** DICOM (0008,0060), (0018,0015) and (0018,5101). */
  modality: string | null;
  bodyPart: string | null;
  view: string | null;
  /** Age in completed years. */
  age: number | null;
}

/** The window that was applied, and the smallest and largest number that it was applied to. */
export interface Scale {
  window: Window;
  least: number;
  most: number;
  /** Windows that the file offers, by the names that it gives them. */
  offers: Offer[];
}

/** How to read a file. */
export interface Reading {
  /** In place of the file's own. */
  window?: Window | null;
  /** Which of several pictures, from 0. */
  frame?: number;
  /** Whether to keep colours; otherwise they become grey. */
  colours?: boolean;
}

export interface Picture {
  type: "PNG" | "JPEG" | "DICOM";
  pixels: Pixels;
  /** What was done up to here, in words. */
  steps: string[];
  /** What speaks against using it, in sentences. */
  warnings: string[];
  /** `null` when the file fixes how its numbers become levels. */
  scale: Scale | null;
  /** `null` for types of files that cannot say. */
  facts: Facts | null;
  /** Share of the pixels that have a colour. */
  coloured: number;
  /** Pictures in the file. */
  frames: number;
}
