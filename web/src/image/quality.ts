/** What about a picture speaks against a diagnosis from it: nothing in it, little contrast, clipping, colours, its shape. */

import type { ImageInput } from "../card";
import { type Collected, isGrey, type Pixels } from "./colour";
import { PictureError } from "./header";
import { type Levels, levelsOf } from "./levels";
import type { Rect } from "./protocol";
import { percent } from "../format";
import { fileTexts } from "../texts/files";
import { t } from "../texts/texts";

/**
 * Levels that are as good as white and black, and shares of the picture from which it counts as clipped. Of the 5,856 chest
 * X-rays of PneumoniaMNIST none has more than 4 % white or 38 % black, and none fewer than 44 levels between its ends. In a
 * photograph a white wall is no fault.
 */
const CLIPPED = { white: 254, black: 1, whiteShare: 0.05, blackShare: 0.4 };
const CONTRAST = 40;
/** Share of pixels with a colour from which a picture counts as coloured. */
const COLOURED = 0.01;

/** Warnings about a picture and what was made of it. Throws a {@link PictureError} when there is nothing to see. */
export function judge({ pixels, coloured }: Collected, { values, crop }: { values: number[]; crop: Rect }, input: ImageInput): string[] {
  const reads = levelsOf(values, input);
  if (isOneColour(pixels)) throw new PictureError(fileTexts.refusals.oneColour);
  if (isFlat(reads)) {
    throw new PictureError(fileTexts.refusals.flat);
  }
  const { width, height, channels, fit } = input;
  const warnings = channels === 1 ? greyWarnings(reads.levels, coloured) : [];
  const [least, largest] = ends(reads.levels);
  if (largest - least < CONTRAST) {
    warnings.push(t.image.warnings.contrast(Math.round(least), Math.round(largest)));
  }
  const [narrow, low] = [crop.width < width, crop.height < height];
  if (typeof fit === "object" && "letterbox" in fit ? narrow && low : narrow || low) {
    const used = `${Math.round(crop.width)} × ${Math.round(crop.height)}`;
    warnings.push(t.image.warnings.small(used, `${width} × ${height}`));
  }
  const used = (crop.width * crop.height) / (pixels.width * pixels.height);
  // Of a picture of the model's own shape the rule may leave a border.
  const most = typeof fit === "object" && "shorter-side" in fit ? (width * height) / fit["shorter-side"].size ** 2 : 1;
  if (used < 0.5 * most) {
    warnings.push(t.image.warnings.partly(percent(used)));
  }
  return warnings;
}

function greyWarnings(levels: ArrayLike<number>, coloured: number): string[] {
  let [white, black] = [0, 0];
  for (let i = 0; i < levels.length; i += 1) {
    if (levels[i]! >= CLIPPED.white) white += 1;
    if (levels[i]! <= CLIPPED.black) black += 1;
  }
  [white, black] = [white / levels.length, black / levels.length];
  const warnings: string[] = [];
  if (coloured > COLOURED) {
    warnings.push(t.image.warnings.coloured(percent(coloured)));
  }
  if (white >= CLIPPED.whiteShare) warnings.push(t.image.warnings.white(percent(white)));
  if (black >= CLIPPED.blackShare) warnings.push(t.image.warnings.black(percent(black)));
  return warnings;
}

/** The smallest and largest of numbers, from the first on in steps. */
function ends(numbers: ArrayLike<number>, from = 0, to = numbers.length, step = 1): [number, number] {
  let [least, most] = [numbers[from]!, numbers[from]!];
  for (let i = from; i < to; i += step) {
    least = Math.min(least, numbers[i]!);
    most = Math.max(most, numbers[i]!);
  }
  return [least, most];
}

/** Whether every pixel of a file is the same. */
function isOneColour(pixels: Pixels): boolean {
  const [numbers, step] = isGrey(pixels) ? [pixels.levels, 1] : [pixels.rgb, 3];
  return Array.from({ length: step }, (_, channel) => ends(numbers, channel, numbers.length, step)).every(([least, most]) => least === most);
}

/** Whether the model would read the same everywhere. */
function isFlat({ levels, channels }: Levels): boolean {
  const plane = levels.length / channels;
  return Array.from({ length: channels }, (_, channel) => ends(levels, channel * plane, (channel + 1) * plane)).every(([least, most]) => least === most);
}
