/** What the page's decoders make of files, for tests without a browser. */

import type { ImageInput } from "../../../web/src/card";
import { isGrey, type Pixels } from "../../../web/src/image/colour";
import { UNIT } from "../../../web/src/image/grey";

/** Grey levels as thousandths. */
export function greyOf({ pixels }: { pixels: Pixels }): Int32Array {
  if (!isGrey(pixels)) throw new Error("the picture is in colour");
  return pixels.levels;
}

/** Grey levels from 0 to 255. */
export function levelsOf(picture: { pixels: Pixels }): number[] {
  return [...greyOf(picture)].map((level) => level / UNIT);
}

/** Red, green and blue of each pixel. */
export function coloursOf({ pixels }: { pixels: Pixels }): number[] {
  if (isGrey(pixels)) throw new Error("the picture is grey");
  return [...pixels.rgb];
}

/** The input of a card whose values are levels. */
export function imageInput(width: number, height: number, more: Partial<ImageInput> = {}): ImageInput {
  const rest = { min: 0, max: 255, order: "rgb", fit: "centre-crop", filter: "area", help: "" } as const;
  return { kind: "image", label: "Picture", channels: 1, height, width, ...rest, ...more };
}
