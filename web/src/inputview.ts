/** What the page and the view of an input know of each other. */

import type { Sample } from "./card";

/** What a person put in: text of the fields, a shipped sample by its name, or files. */
export type Content = { entries: string[] } | { sample: string } | { files: File[] };

export interface InputView {
  readonly element: HTMLElement;
  /** Heading of the card that it stands in. */
  readonly title: string;
  /** Said beside the button when something is missing. */
  readonly incomplete: string;
  /** The values when all are there and valid; otherwise shows what is wrong, moves the focus there and gives `null`. */
  read(): number[] | null;
  /** The values when all are there and valid, without a word about what is not. */
  values(): number[] | null;
  /** What is under way before the values are known, such as a file that is being read; `null` when nothing is. */
  pending?(): Promise<void> | null;
  /** The shipped sample that the view holds unchanged. */
  sample(): Sample | null;
  /** What speaks against using what the model would read, in sentences; shown above the button. */
  warnings(): string[];
  /** Locks or unlocks everything while an inference runs. */
  lock(locked: boolean): void;
  /** Another model is chosen: what the view runs by itself ends. */
  leave?(): void;
  /** What would have to be filled in to have the same again; `null` when nothing is there. */
  content(): Content | null;
  /** Fills it in, as if by hand, or clears it. What a view has no place for is left alone. */
  fill(content: Content | null): void;
}

/** What a view asks the page to do. */
export interface InputEvents {
  /** What the model would read has changed. */
  changed(): void;
  /** Several inputs were chosen at once. */
  several(files: File[]): void;
}
