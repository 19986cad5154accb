/** Fits a picture to what the model reads, and says in numbers how. */

import type { ImageInput } from "../card";
import { average, centreCrop, factor, type Grey, type Rect } from "./grey";

export interface Fitted {
  crop: Rect;
  /** Whole grey levels, row after row. */
  values: number[];
  steps: string[];
}

export function fit(grey: Grey, { width, height }: Pick<ImageInput, "width" | "height">): Fitted {
  const crop = centreCrop(grey.width, grey.height, width, height);
  return { crop, values: average(grey, crop, width, height), steps: [cropWords(grey, crop), averageWords(crop, width, height)] };
}

function cropWords(grey: Grey, crop: Rect): string {
  const shape = crop.width === crop.height ? "square" : "rectangle";
  if (crop.width === grey.width && crop.height === grey.height) return `The whole picture is used: nothing is cut off.`;
  return `Cut out: the largest ${shape} in the centre, ${crop.width} × ${crop.height} pixels from (${crop.x}, ${crop.y}).`;
}

function averageWords(crop: Rect, width: number, height: number): string {
  if (crop.width === width && crop.height === height) return `Its ${width} × ${height} pixels are the model's, one to one.`;
  const share = `${factor(crop.width, width)} × ${factor(crop.height, height)} pixels`;
  return `Averaged over areas of ${share} to ${width} × ${height}, and rounded to whole grey levels.`;
}
