/** What a model reads of a picture file, with all that speaks against using it. */

import type { Model } from "../api";
import { type ImageInput, matchingSample } from "../card";
import { convertFile } from "./convert";
import { domainWarnings } from "./domain";
import type { Converted } from "./protocol";

export function pictureWarnings(model: Model, { values, warnings, facts, type }: Converted): string[] {
  // A shipped sample is what the model was made for, unless its file says otherwise.
  const known = facts === null && matchingSample(model.card, values) !== null;
  return [...(known ? [] : domainWarnings(model.card.domain, facts, type)), ...warnings];
}

/** The first picture of a file, in the window that it came with. */
export async function pictureReading(model: Model, input: ImageInput, file: File, signal: AbortSignal): Promise<{ values: number[]; warnings: string[] }> {
  const converted = await convertFile({ file, description: model.json, input, window: null, frame: 0 }, signal);
  return { values: converted.values, warnings: pictureWarnings(model, converted) };
}
