/** The part of the page where a person says what the model shall read: one view for each kind of input. */

import type { Card, Sample } from "./card";
import { MeasurementForm } from "./form";
import { PictureInput } from "./image/view";
import { SignalView } from "./signal/view";

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
  /** The shipped sample that the view holds unchanged. */
  sample(): Sample | null;
  /** What speaks against using what the model would read, in sentences; shown above the button. */
  warnings(): string[];
  /** Locks or unlocks everything while an inference runs. */
  lock(locked: boolean): void;
}

/** What a view asks the page to do. */
export interface InputEvents {
  /** What the model would read has changed. */
  changed(): void;
}

export function createInput(card: Card, events: InputEvents): InputView {
  const { input } = card;
  switch (input.kind) {
    case "fields":
      return new MeasurementForm(card, input.fields, events);
    case "image":
      return new PictureInput(card, input, events);
    case "signal":
      return new SignalView(card, input, events);
  }
}
