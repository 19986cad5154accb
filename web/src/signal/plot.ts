/** A signal as a drawing: grid, axes in milliseconds and the signal's unit, a marker. */

import type { Marker } from "../card";
import { h, s } from "../dom";
import { real } from "../format";
import { ticks } from "./ticks";

export interface PlotOptions {
  /** For those who do not see it. */
  label: string;
  values: ArrayLike<number>;
  sampleRate: number;
  unit: string;
  marker?: Marker | null;
  /** Indices of values to set a dot on, where there is room. */
  peaks?: number[];
}

const MARGIN = { left: 52, right: 12, top: 22, bottom: 36 };
const HEIGHT = 260;
/** Before the drawing is on the page and has a width of its own. */
const FIRST_WIDTH = 640;
/** Pixels between dots, at least. */
const DOT_ROOM = 7;

/** The drawing follows the width of its place, so that letters and lines keep their size. */
export function plot(options: PlotOptions): HTMLElement {
  const box = h("div", { class: "signal-box" }, draw(options, FIRST_WIDTH));
  let drawn = FIRST_WIDTH;
  new ResizeObserver(() => {
    const width = Math.round(box.clientWidth);
    if (width === drawn || width === 0) return;
    drawn = width;
    box.replaceChildren(draw(options, width));
  }).observe(box);
  return box;
}

function draw(
  { label, values, sampleRate, unit, marker, peaks = [] }: PlotOptions,
  width: number,
): SVGElement {
  const [bottom, top] = extent(values);
  const steps = Math.max(values.length - 1, 1);
  const right = width - MARGIN.right;
  const base = HEIGHT - MARGIN.bottom;
  const x = (index: number): number => MARGIN.left + (index / steps) * (right - MARGIN.left);
  const y = (value: number): number => MARGIN.top + ((top - value) / (top - bottom)) * (base - MARGIN.top);
  const at = (ms: number): number => x((ms * sampleRate) / 1000);
  const across = ticks(0, (1000 * steps) / sampleRate, Math.max(2, Math.floor((right - MARGIN.left) / 70)));
  const up = ticks(bottom, top, 6);
  const dots = peaks.length * DOT_ROOM <= right - MARGIN.left ? peaks : [];
  return s(
    "svg",
    {
      class: "signal-plot",
      viewBox: `0 0 ${width} ${HEIGHT}`,
      height: HEIGHT,
      role: "img",
      "aria-label": label,
    },
    ...across.map((ms) => s("line", { class: "grid", x1: at(ms), x2: at(ms), y1: MARGIN.top, y2: base })),
    ...up.map((value) =>
      s("line", { class: value === 0 ? "grid zero" : "grid", x1: MARGIN.left, x2: right, y1: y(value), y2: y(value) }),
    ),
    marker
      ? s("line", { class: "marker", x1: x(marker.index), x2: x(marker.index), y1: MARGIN.top - 4, y2: base })
      : null,
    s("path", { class: "signal", d: path(values, x, y, Math.ceil(width)) }),
    ...dots.map((index) =>
      s("circle", { class: "peak", cx: x(index).toFixed(1), cy: y(values[index]!).toFixed(1), r: 4 }),
    ),
    // A name must not reach beyond the drawing.
    ...across.map((ms) => text(Math.min(at(ms), width - 4 * real(ms).length), base + 15, "middle", real(ms))),
    ...up.map((value) => text(MARGIN.left - 6, y(value) + 4, "end", real(value))),
    marker ? text(x(marker.index), MARGIN.top - 8, "middle", marker.label, "marker-label") : null,
    text(right, HEIGHT - 4, "end", "ms", "axis-name"),
    unit ? text(MARGIN.left - 6, 12, "end", unit, "axis-name") : null,
  );
}

function text(x: number, y: number, anchor: string, words: string, kind = "tick"): SVGElement {
  return s("text", { class: kind, x: x.toFixed(1), y: y.toFixed(1), "text-anchor": anchor }, words);
}

/** A little room around the values, and some height for a flat line. */
function extent(values: ArrayLike<number>): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i += 1) {
    if (Number.isNaN(values[i]!)) continue;
    low = Math.min(low, values[i]!);
    high = Math.max(high, values[i]!);
  }
  if (low > high) return [-1, 1];
  const room = high - low > 0 ? 0.06 * (high - low) : Math.max(Math.abs(high) * 0.1, 0.5);
  return [low - room, high + room];
}

/** A line through all values, or, when there are many, through the extremes of each of `columns`; it breaks at gaps. */
function path(values: ArrayLike<number>, x: (i: number) => number, y: (v: number) => number, columns: number): string {
  let d = "";
  let broken = true;
  const add = (i: number): void => {
    const gap = Number.isNaN(values[i]!);
    if (!gap) d += `${broken ? "M" : "L"}${x(i).toFixed(1)} ${y(values[i]!).toFixed(1)}`;
    broken = gap;
  };
  if (values.length <= 2 * columns) {
    for (let i = 0; i < values.length; i += 1) add(i);
    return d;
  }
  for (let column = 0; column < columns; column += 1) {
    const from = Math.floor((column * values.length) / columns);
    const to = Math.floor(((column + 1) * values.length) / columns);
    let [least, most] = [from, from];
    for (let i = from; i < to; i += 1) {
      if (!(values[i]! >= values[least]!)) least = i;
      if (!(values[i]! <= values[most]!)) most = i;
    }
    [least, most].sort((a, b) => a - b).forEach(add);
  }
  return d;
}

/** A line alone, for a button. */
export function sparkline(values: ArrayLike<number>): SVGElement {
  const [bottom, top] = extent(values);
  const d = path(
    values,
    (i) => (64 * i) / Math.max(values.length - 1, 1),
    (v) => (32 * (top - v)) / (top - bottom),
    64,
  );
  return s(
    "svg",
    { class: "sparkline", viewBox: "0 0 64 32", "aria-hidden": "true" },
    s("path", { class: "signal", d }),
  );
}
