/** What was done to a picture so that it has the model's shape, in words: the rule and the filter of the card. */

import type { Filter, ImageInput } from "../card";
import { isGrey, type Pixels } from "./colour";
import type { Rect } from "./protocol";

const FILTERS: Record<Filter, string> = {
  area: "each the mean over its area",
  nearest: "nearest pixel as Pillow takes it",
  box: "box filter as Pillow has it",
  bilinear: "bilinear as Pillow does it",
  bicubic: "bicubic as Pillow does it",
  lanczos: "Lanczos as Pillow does it",
  linear: "linear between neighbours as TensorFlow does it",
};

/** `crop` is the part of the picture that is used. */
export function fittingSteps(pixels: Pixels, crop: Rect, input: ImageInput): string[] {
  const steps = ruleSteps(pixels, crop, input);
  if (isGrey(pixels)) return input.channels === 3 ? ["The picture is grey: red, green and blue are read from it alike.", ...steps] : steps;
  return input.channels === 1 ? ["Colours become grey: 0.299 red + 0.587 green + 0.114 blue, as Pillow rounds it.", ...steps] : steps;
}

function ruleSteps(pixels: Pixels, crop: Rect, input: ImageInput): string[] {
  const { width, height, fit } = input;
  const [target, how] = [`${width} × ${height}`, FILTERS[input.filter]];
  // Where nothing is to do, the words are those of the simplest rule.
  const fits = pixels.width === width && pixels.height === height && crop.width === width && crop.height === height;
  if (fit === "centre-crop" || fits) return [cutWords(pixels, crop), resizeWords(crop, input)];
  if (fit === "stretch") return [`Stretched to ${target}, whatever its shape, ${how}.`];
  if ("letterbox" in fit) return [`Resized until all of it fits into ${target}, ${how}; the rest is filled with level ${fit.letterbox.fill}.`];
  const { size } = fit["shorter-side"];
  const shorter = Math.min(pixels.width, pixels.height);
  const resized = shorter === size ? `Shorter side is ${size} already` : `Shorter side ${shorter > size ? "reduced" : "enlarged"} to ${size}, ${how}`;
  return [`${resized}; ${target} cut from the centre.`];
}

function cutWords(pixels: Pixels, crop: Rect): string {
  const shape = crop.width === crop.height ? "square" : "rectangle";
  if (crop.width === pixels.width && crop.height === pixels.height) return "The whole picture is used: nothing is cut off.";
  return `Cut out: the largest ${shape} in the centre, ${crop.width} × ${crop.height} pixels from (${crop.x}, ${crop.y}).`;
}

function resizeWords(crop: Rect, { width, height, channels, filter }: ImageInput): string {
  if (crop.width === width && crop.height === height) return `Its ${width} × ${height} pixels are the model's, one to one.`;
  if (filter !== "area") return `Resized to ${width} × ${height}, ${FILTERS[filter]}.`;
  const share = `${factor(crop.width, width)} × ${factor(crop.height, height)} pixels`;
  return `Averaged over areas of ${share} to ${width} × ${height}, and rounded to whole ${channels === 1 ? "grey levels" : "levels"}.`;
}

/** Pixels that one becomes of, along one side: `32.1`, `1`. */
function factor(from: number, to: number): string {
  return String(Number((from / to).toFixed(from >= to ? 1 : 2)));
}
