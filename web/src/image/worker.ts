/** Converts one picture file, away from the page's thread: large files take seconds. */

import { average } from "./grey";
import type { ConvertFile, FromConverter } from "./convert";
import { fit } from "./fit";
import { PictureError } from "./header";
import { loadPicture } from "./load";

/** Longest side of a preview, in pixels. */
const PREVIEW = 480;

const scope = self as unknown as DedicatedWorkerGlobalScope;

scope.addEventListener("message", ({ data }: MessageEvent<ConvertFile>) => {
  convert(data)
    .catch((error: unknown): FromConverter => {
      if (error instanceof PictureError) return { ok: false, why: error.message };
      return { ok: false, why: `The page could not read it (${String(error)}).` };
    })
    .then((answer) => scope.postMessage(answer));
});

async function convert({ file, width, height }: ConvertFile): Promise<FromConverter> {
  const { grey, steps } = await loadPicture(file);
  const fitted = fit(grey, { width, height });
  const scale = Math.min(1, PREVIEW / Math.max(grey.width, grey.height));
  const [w, h] = [grey.width, grey.height].map((side) => Math.max(1, Math.round(side * scale))) as [number, number];
  const whole = { x: 0, y: 0, width: grey.width, height: grey.height };
  return {
    ok: true,
    converted: {
      values: fitted.values,
      crop: fitted.crop,
      width: grey.width,
      height: grey.height,
      preview: { width: w, height: h, levels: average(grey, whole, w, h) },
      steps: [...steps, ...fitted.steps],
    },
  };
}
