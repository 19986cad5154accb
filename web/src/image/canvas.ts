/** Grey levels on the page. */

import { h, s } from "../dom";
import { average, type Grey, type Rect } from "./grey";

/** A canvas with one pixel per level, 0 to 255, enlarged by the style sheet without smoothing. */
export function levelsCanvas(levels: ArrayLike<number>, width: number, height: number, label: string | null): HTMLCanvasElement {
  const canvas = h("canvas", {
    class: "levels",
    width,
    height,
    ...(label === null ? { "aria-hidden": "true" } : { role: "img", "aria-label": label }),
  });
  const context = canvas.getContext("2d");
  if (!context) return canvas;
  const image = context.createImageData(width, height);
  for (let i = 0; i < width * height; i += 1) image.data.set([levels[i] ?? 0, levels[i] ?? 0, levels[i] ?? 0, 255], 4 * i);
  context.putImageData(image, 0, 0);
  return canvas;
}

/** Longest side of a preview, in pixels. */
const PREVIEW = 480;

/** The whole picture, reduced, with what is cut off dimmed and the rest outlined. */
export function cropPreview(grey: Grey, crop: Rect): HTMLElement {
  const scale = Math.min(1, PREVIEW / Math.max(grey.width, grey.height));
  const [width, height] = [grey.width, grey.height].map((side) => Math.max(1, Math.round(side * scale))) as [number, number];
  const whole = { x: 0, y: 0, width: grey.width, height: grey.height };
  const canvas = levelsCanvas(average(grey, whole, width, height), width, height, null);
  canvas.classList.add("preview");
  const { x, y } = crop;
  const outside = `M0 0H${grey.width}V${grey.height}H0zM${x} ${y}v${crop.height}h${crop.width}v${-crop.height}z`;
  const overlay = s(
    "svg",
    {
      class: "crop",
      viewBox: `0 0 ${grey.width} ${grey.height}`,
      preserveAspectRatio: "none",
      role: "img",
      "aria-label": `Your picture, ${grey.width} × ${grey.height} pixels, with the part that is used outlined`,
    },
    s("path", { class: "outside", d: outside }),
    s("rect", { class: "outline dark", x, y, width: crop.width, height: crop.height }),
    s("rect", { class: "outline", x, y, width: crop.width, height: crop.height }),
  );
  return h("div", { class: "crop-preview" }, canvas, overlay);
}
