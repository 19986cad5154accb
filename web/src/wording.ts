/** Words that depend on what a model reads, and how steps are set. */

import type { Card } from "./card";
import { h } from "./dom";

/** What a result is called: a photograph may show anything. */
export function resultNoun({ input }: Card): "answer" | "diagnosis" {
  return input.kind === "image" && input.channels === 3 ? "answer" : "diagnosis";
}

/** What the accuracy counts. */
export function heldOut({ input }: Card): string {
  return { fields: "patients", image: "pictures", signal: "signals" }[input.kind];
}

/** Why there is nothing to compare a result with. */
export function ownInput({ input }: Card): string {
  const own = { fields: "These are your own values", image: "This is your own picture", signal: "This is your own signal" }[input.kind];
  const sample = input.kind === "fields" ? "sample patient" : "sample";
  return `${own}, so nobody holds a plain result to compare with. Load a ${sample} unchanged to see the comparison.`;
}

/** What was masked, for the panel of what left the page. */
export function masking({ input }: Card): string {
  const level = input.kind === "image" && input.channels > 1 ? "Each colour of each pixel" : "Each grey level";
  return { fields: "Each measurement", image: level, signal: "Each value of the signal" }[input.kind];
}

/** One step of what was done to a file. Sizes stay on one line. */
export function step(words: string): HTMLElement {
  return h("li", {}, words.replaceAll(" × ", "\u00a0×\u00a0"));
}
