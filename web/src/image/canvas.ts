/** Pictures on the page. */

import { h, s } from "../dom";
import type { Levels } from "./levels";
import type { Converted } from "./protocol";
import { t } from "../texts/texts";

/** Longest side of a picture whose pixels are to be seen as such when it is enlarged. */
const COARSE = 64;

/** A canvas with one pixel for each of the picture, which the style sheet enlarges or reduces. */
export function levelsCanvas({ width, height, channels, levels }: Levels, label: string | null): HTMLCanvasElement {
  const canvas = h("canvas", {
    class: Math.max(width, height) > COARSE ? "levels fine" : "levels",
    width,
    height,
    ...(label === null ? { "aria-hidden": "true" } : { role: "img", "aria-label": label }),
  });
  const context = canvas.getContext("2d");
  if (!context) return canvas;
  const image = context.createImageData(width, height);
  const plane = width * height;
  for (let i = 0; i < plane; i += 1) {
    for (let c = 0; c < 3; c += 1) image.data[4 * i + c] = levels[channels === 3 ? c * plane + i : i] ?? 0;
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

/** The whole picture, reduced, with what is cut off dimmed and the rest outlined. */
export function cropPreview({ width, height, crop, preview }: Converted): HTMLElement {
  const canvas = levelsCanvas(preview, null);
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
      "aria-label": t.image.outlined(`${width} × ${height}`),
    },
    s("path", { class: "outside", d: outside }),
    s("rect", { class: "outline dark", x, y, width: crop.width, height: crop.height }),
    s("rect", { class: "outline", x, y, width: crop.width, height: crop.height }),
  );
  return h("div", { class: "crop-preview" }, canvas, overlay);
}
