/** Converts picture files: large ones take seconds. What the model reads of them is the client's work. */

import init, { checkJpegScans, decodeGreyJpeg, fitPicture } from "@sotto/client/tools";
import toolsUrl from "@sotto/client/sotto_tools_bg.wasm?url";
import { fetchTools } from "../code";
import { serve } from "../offload";
import { isGrey } from "./colour";
import { fittingSteps } from "./fitting";
import { reduced } from "./levels";
import { loadPicture } from "./load";
import type { Converted, ConvertFile } from "./protocol";
import { judge } from "./quality";

/** Longest side of a preview, in pixels. */
const PREVIEW = 480;

serve(async ({ file, description, input, window, frame }: ConvertFile): Promise<Converted> => {
  // Grey that is rounded as Pillow does it begins with the colours.
  const colours = input.channels === 3 || input.filter !== "area";
  await init({ module_or_path: fetchTools(toolsUrl) });
  const read = await loadPicture(file, { window, colours, frame }, checkJpegScans, decodeGreyJpeg);
  const { type, pixels, steps, warnings, scale, facts, coloured, frames } = read;
  const { width, height } = pixels;
  const [grey, rgb] = isGrey(pixels) ? [pixels.levels, undefined] : [undefined, pixels.rgb];
  const fitted = fitPicture(description, width, height, grey, rgb);
  const [values, crop] = [Array.from(fitted.values), fitted.crop];
  return {
    values,
    crop,
    width,
    height,
    preview: reduced(pixels, PREVIEW),
    steps: [...steps, ...fittingSteps(pixels, crop, input)],
    warnings: [...warnings, ...judge({ pixels, coloured }, { values, crop }, input)],
    scale,
    facts,
    type,
    frames,
  };
});
