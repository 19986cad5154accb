/** Converts picture files: large ones take seconds. */

import { serve } from "../offload";
import type { Converted, ConvertFile } from "./convert";
import { fit } from "./fit";
import { average } from "./grey";
import { loadPicture } from "./load";

/** Longest side of a preview, in pixels. */
const PREVIEW = 480;

serve(async ({ file, width, height }: ConvertFile): Promise<Converted> => {
  const { grey, steps } = await loadPicture(file);
  const fitted = fit(grey, { width, height });
  const scale = Math.min(1, PREVIEW / Math.max(grey.width, grey.height));
  const [w, h] = [grey.width, grey.height].map((side) => Math.max(1, Math.round(side * scale))) as [number, number];
  const whole = { x: 0, y: 0, width: grey.width, height: grey.height };
  return {
    values: fitted.values,
    crop: fitted.crop,
    width: grey.width,
    height: grey.height,
    preview: { width: w, height: h, levels: average(grey, whole, w, h) },
    steps: [...steps, ...fitted.steps],
  };
});
