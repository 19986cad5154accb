/** Words that depend on what a model reads. */

import type { Card, Tested } from "./card";
import { t } from "./texts/texts";

/** What a result is called: a photograph may show anything. */
export function resultNoun({ input }: Card): "answer" | "diagnosis" {
  return input.kind === "image" && input.channels === 3 ? "answer" : "diagnosis";
}

/** What the accuracy counts. */
export function heldOut({ input }: Tested): string {
  return t.result.heldOut[input.kind];
}

/** Why there is nothing to compare a result with. */
export function ownInput({ input }: Card): string {
  return t.result.ownInput[input.kind];
}

/** What was masked, for the panel of what left the page. */
export function masking({ input }: Card): string {
  const { fields, grey, colour, signal } = t.leaving.what;
  return { fields, image: input.kind === "image" && input.channels > 1 ? colour : grey, signal }[input.kind];
}
