/** Fits a picture to what the model reads, and says in numbers how. */

import type { ImageInput } from "../card";
import { isGrey, type Pixels } from "./colour";
import { average, centreCrop, factor, type Grey, type Rect, UNIT } from "./grey";

export interface Fitted {
  crop: Rect;
  /** Raw values of the card, in the order [channel, row, column]. */
  values: number[];
  steps: string[];
}

export function fit(pixels: Pixels, input: ImageInput): Fitted {
  const { width, height, channels, min, max, order } = input;
  const crop = centreCrop(pixels.width, pixels.height, width, height);
  const planes = reduce(pixels, crop, width, height);
  const read = channels === planes.length ? planes : Array.from({ length: channels }, () => planes[0]!);
  const values = (order === "bgr" ? read.toReversed() : read).flat().map((level) => min + (level * (max - min)) / 255);
  return { crop, values, steps: [cropWords(pixels, crop), averageWords(crop, input)] };
}

/** Averages an area of each channel. */
export function reduce(pixels: Pixels, area: Rect, width: number, height: number): number[][] {
  const planes = isGrey(pixels) ? [pixels] : [0, 1, 2].map((channel): Grey => {
    const { width, height, rgb } = pixels;
    return { width, height, levels: Int32Array.from({ length: width * height }, (_, i) => UNIT * rgb[3 * i + channel]!) };
  });
  return planes.map((plane) => average(plane, area, width, height));
}

function cropWords(grey: Pixels, crop: Rect): string {
  const shape = crop.width === crop.height ? "square" : "rectangle";
  if (crop.width === grey.width && crop.height === grey.height) return `The whole picture is used: nothing is cut off.`;
  return `Cut out: the largest ${shape} in the centre, ${crop.width} × ${crop.height} pixels from (${crop.x}, ${crop.y}).`;
}

function averageWords(crop: Rect, { width, height, channels }: ImageInput): string {
  if (crop.width === width && crop.height === height) return `Its ${width} × ${height} pixels are the model's, one to one.`;
  const share = `${factor(crop.width, width)} × ${factor(crop.height, height)} pixels`;
  return `Averaged over areas of ${share} to ${width} × ${height}, and rounded to whole ${channels === 1 ? "grey levels" : "levels"}.`;
}
