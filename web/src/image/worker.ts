/** Converts picture files: large ones take seconds. */

import { serve } from "../offload";
import { fit } from "./fit";
import { average } from "./grey";
import { loadPicture } from "./load";
import type { Converted, ConvertFile } from "./protocol";
import { judge } from "./quality";

/** Longest side of a preview, in pixels. */
const PREVIEW = 480;

serve(async ({ file, width, height, window }: ConvertFile): Promise<Converted> => {
  const { type, grey, steps, warnings, scale, facts, coloured } = await loadPicture(file, window);
  const fitted = fit(grey, { width, height });
  const share = Math.min(1, PREVIEW / Math.max(grey.width, grey.height));
  const [w, h] = [grey.width, grey.height].map((side) => Math.max(1, Math.round(side * share))) as [number, number];
  const whole = { x: 0, y: 0, width: grey.width, height: grey.height };
  return {
    values: fitted.values,
    crop: fitted.crop,
    width: grey.width,
    height: grey.height,
    preview: { width: w, height: h, levels: average(grey, whole, w, h) },
    steps: [...steps, ...fitted.steps],
    warnings: [...warnings, ...judge(grey, coloured, fitted, { width, height })],
    scale,
    facts,
    type,
  };
});
