/** Grey levels on the page. */

import { h, s } from "../dom";
import type { Converted } from "./protocol";

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

/** The whole picture, reduced, with what is cut off dimmed and the rest outlined. */
export function cropPreview({ width, height, crop, preview }: Converted): HTMLElement {
  const canvas = levelsCanvas(preview.levels, preview.width, preview.height, null);
  canvas.classList.add("preview");
  const { x, y } = crop;
  const outside = `M0 0H${width}V${height}H0zM${x} ${y}v${crop.height}h${crop.width}v${-crop.height}z`;
  const overlay = s(
    "svg",
    {
      class: "crop",
      viewBox: `0 0 ${width} ${height}`,
      preserveAspectRatio: "none",
      role: "img",
      "aria-label": `Your picture, ${width} × ${height} pixels, with the part that is used outlined`,
    },
    s("path", { class: "outside", d: outside }),
    s("rect", { class: "outline dark", x, y, width: crop.width, height: crop.height }),
    s("rect", { class: "outline", x, y, width: crop.width, height: crop.height }),
  );
  return h("div", { class: "crop-preview" }, canvas, overlay);
}
