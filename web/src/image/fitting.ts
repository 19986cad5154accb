/** What was done to a picture so that it has the model's shape, in words: the rule and the filter of the card. */

import type { Filter, ImageInput } from "../card";
import { real } from "../format";
import { isGrey, type Pixels } from "./colour";
import type { Rect } from "./protocol";
import { fileTexts } from "../texts/files";

const FILTERS: Record<Filter, string> = fileTexts.steps.filters;

/** `crop` is the part of the picture that is used. */
export function fittingSteps(pixels: Pixels, crop: Rect, input: ImageInput): string[] {
  const steps = ruleSteps(pixels, crop, input);
  if (isGrey(pixels)) return input.channels === 3 ? [fileTexts.steps.alike, ...steps] : steps;
  return input.channels === 1 ? [fileTexts.steps.lumaPillow, ...steps] : steps;
}

function ruleSteps(pixels: Pixels, crop: Rect, input: ImageInput): string[] {
  const { width, height, fit } = input;
  const [target, how] = [`${width} × ${height}`, FILTERS[input.filter]];
  // Where nothing is to do, the words are those of the simplest rule.
  const fits = pixels.width === width && pixels.height === height && crop.width === width && crop.height === height;
  if (fit === "centre-crop" || fits) return [cutWords(pixels, crop), resizeWords(crop, input)];
  if (fit === "stretch") return [fileTexts.steps.stretched(target, how)];
  if ("letterbox" in fit) return [fileTexts.steps.letterbox(target, how, fit.letterbox.fill)];
  const { size } = fit["shorter-side"];
  const words = fileTexts.steps.shorter;
  const shorter = Math.min(pixels.width, pixels.height);
  const resized = shorter === size ? words.already(size) : shorter > size ? words.reduced(size, how) : words.enlarged(size, how);
  return [words.cut(resized, target)];
}

function cutWords(pixels: Pixels, crop: Rect): string {
  if (crop.width === pixels.width && crop.height === pixels.height) return fileTexts.steps.whole;
  return fileTexts.steps.cut(crop.width === crop.height, `${crop.width} × ${crop.height}`, crop.x, crop.y);
}

function resizeWords(crop: Rect, { width, height, channels, filter }: ImageInput): string {
  if (crop.width === width && crop.height === height) return fileTexts.steps.oneToOne(`${width} × ${height}`);
  if (filter !== "area") return fileTexts.steps.resized(`${width} × ${height}`, FILTERS[filter]);
  const share = `${factor(crop.width, width)} × ${factor(crop.height, height)}`;
  return fileTexts.steps.averaged(share, `${width} × ${height}`, channels === 1);
}

/** Pixels that one becomes of, along one side: `32.1`, `1`. */
function factor(from: number, to: number): string {
  return real(Number((from / to).toFixed(from >= to ? 1 : 2)));
}
