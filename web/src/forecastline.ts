/** One line beside the button: what a result will take. */

import type { Cost } from "./api";
import { h } from "./dom";
import { forecast } from "./forecast";
import { bytes, roughly } from "./format";
import { t } from "./texts/texts";

export function forecastLine(cost: Cost | null): HTMLElement {
  if (!cost) return h("p", { class: "forecast", hidden: true });
  const { seconds, bytes: all } = forecast(cost);
  return h("p", { class: "forecast" }, t.run.forecast(roughly(seconds), bytes(all)));
}
