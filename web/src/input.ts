/** The part of the page where a person says what the model shall read: one view for each kind of input. */

import type { Model } from "./api";
import { MeasurementForm } from "./form";
import { PictureInput } from "./image/view";
import type { InputEvents, InputView } from "./inputview";
import { SignalView } from "./signal/view";

export function createInput(model: Model, events: InputEvents): InputView {
  const { card } = model;
  const { input } = card;
  switch (input.kind) {
    case "fields":
      return new MeasurementForm(card, input.fields, events);
    case "image":
      return new PictureInput(model, input, events);
    case "signal":
      return new SignalView(model, input, events);
  }
}
