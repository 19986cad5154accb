/** Converts picture files: large ones take seconds. */

import { serve } from "../offload";
import { fit, reduce } from "./fit";
import { loadPicture } from "./load";
import type { Converted, ConvertFile } from "./protocol";
import { judge } from "./quality";

/** Longest side of a preview, in pixels. */
const PREVIEW = 480;

serve(async ({ file, input, window }: ConvertFile): Promise<Converted> => {
  const { type, pixels, steps, warnings, scale, facts, coloured } = await loadPicture(file, { window, colours: input.channels === 3 });
  const { width, height } = pixels;
  const fitted = fit(pixels, input);
  const share = Math.min(1, PREVIEW / Math.max(width, height));
  const [w, h] = [width, height].map((side) => Math.max(1, Math.round(side * share))) as [number, number];
  const planes = reduce(pixels, { x: 0, y: 0, width, height }, w, h);
  return {
    values: fitted.values,
    crop: fitted.crop,
    width,
    height,
    preview: { width: w, height: h, channels: planes.length, levels: planes.flat() },
    steps: [...steps, ...fitted.steps],
    warnings: [...warnings, ...judge({ pixels, coloured }, fitted, input)],
    scale,
    facts,
    type,
  };
});
