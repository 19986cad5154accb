/** What about a picture speaks against a diagnosis from it: nothing in it, little contrast, clipping, colours, its shape. */

import type { Fitted } from "./fit";
import type { Grey } from "./grey";
import { PictureError } from "./header";
import { percent } from "../format";

/**
 * Levels that are as good as white and black, and shares of the picture from which it counts as clipped. Of the 5,856 chest
 * X-rays of PneumoniaMNIST none has more than 4 % white or 38 % black, and none fewer than 44 levels between its ends.
 */
const CLIPPED = { white: 254, black: 1, whiteShare: 0.05, blackShare: 0.4 };
const CONTRAST = 40;
/** Distance between the channels, in levels, from which a pixel has a colour: compression leaves a few. */
const COLOUR = 32;
/** Share of pixels with a colour from which a picture counts as coloured. */
const COLOURED = 0.01;

export function isColour(red: number, green: number, blue: number): boolean {
  return Math.max(red, green, blue) - Math.min(red, green, blue) >= COLOUR;
}

/** Warnings about a picture and what was made of it. Throws a {@link PictureError} when there is nothing to see. */
export function judge(grey: Grey, coloured: number, fitted: Fitted, { width, height }: { width: number; height: number }): string[] {
  const { values, crop } = fitted;
  const [least, most] = values.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [255, 0]);
  if (least === most) {
    throw new PictureError(
      grey.levels.every((level) => level === grey.levels[0])
        ? "This picture is empty: all of it has the same brightness."
        : "This picture is empty where the model looks: the part that is used has the same brightness everywhere.",
    );
  }
  const share = (wanted: (value: number) => boolean): number => values.filter(wanted).length / values.length;
  const [white, black] = [share((value) => value >= CLIPPED.white), share((value) => value <= CLIPPED.black)];
  const warnings: string[] = [];
  if (coloured > COLOURED) {
    warnings.push(`The picture has colours (${percent(coloured)} of its pixels), and the model was made for grey pictures: is it the right one?`);
  }
  if (white >= CLIPPED.whiteShare) warnings.push(`${percent(white)} of what the model reads is plain white: details there are lost (overexposed, or a window too narrow).`);
  if (black >= CLIPPED.blackShare) warnings.push(`${percent(black)} of what the model reads is plain black: details there are lost, or the picture has a wide border.`);
  if (most - least < CONTRAST) warnings.push(`The picture has hardly any contrast: what the model reads lies between the levels ${least} and ${most} of 255.`);
  if (crop.width < width || crop.height < height) {
    warnings.push(`The picture is smaller than what the model reads (${grey.width} × ${grey.height} pixels, and ${width} × ${height} are needed).`);
  }
  const used = (crop.width * crop.height) / (grey.width * grey.height);
  if (used < 0.5) warnings.push(`Only ${percent(used)} of the picture is used: it is much longer than wide, or wider than high, than what the model reads.`);
  return warnings;
}
