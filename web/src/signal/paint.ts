/** A stretch of a signal, painted on a canvas: as long as the canvas is wide, however many values there are. */

import { real } from "../format";
import type { ExtremesOf } from "./extremes";
import type { Peak } from "./peaks";
import type { Sight } from "./sight";
import { ticks } from "./ticks";

export interface Picture {
  values: Float64Array;
  extremes: ExtremesOf;
  sight: Sight;
  sampleRate: number;
  unit: string;
  /** What the model reads, and the place in it that matters. */
  part: { start: number; length: number; mark: number } | null;
  peaks: Peak[];
  /** What is known of peaks, by the value of their mark. */
  letters: Map<number, string>;
}

export const MARGIN = { left: 46, right: 10, top: 16, bottom: 24 };
/** Pixels between dots, at least. */
const DOT_ROOM = 9;

/** Colours by the names of the page's own, which follow the scheme, and forced ones. */
export type Colours = Record<"line" | "signal" | "text" | "mark" | "part" | "edge" | "surface", string>;

/** Where in the drawing a value lies, and the other way round. */
export function places(sight: Sight, width: number): { x(index: number): number; index(x: number): number } {
  const across = Math.max(1, width - MARGIN.left - MARGIN.right);
  return {
    x: (index) => MARGIN.left + ((index - sight.from) / Math.max(1, sight.width - 1)) * across,
    index: (x) => sight.from + ((x - MARGIN.left) / across) * Math.max(1, sight.width - 1),
  };
}

export function paint(context: CanvasRenderingContext2D, width: number, height: number, picture: Picture, colours: Colours, font: string): void {
  const { sight, extremes, values, sampleRate, unit, part, peaks, letters } = picture;
  const { x } = places(sight, width);
  const [left, right, base] = [MARGIN.left, width - MARGIN.right, height - MARGIN.bottom];
  const seen = extremes.within(Math.floor(sight.from), Math.ceil(sight.to)) ?? { low: -1, high: 1 };
  const room = 0.08 * (seen.high - seen.low) || 0.5;
  const [bottom, top] = [seen.low - room, seen.high + room];
  const y = (value: number): number => MARGIN.top + ((top - value) / (top - bottom)) * (base - MARGIN.top);
  context.clearRect(0, 0, width, height);
  context.font = `12px ${font}`;
  context.lineWidth = 1;
  if (part) {
    const [from, to] = [Math.max(left, x(part.start)), Math.min(right, x(part.start + part.length - 1))];
    if (to > left && from < right) {
      context.fillStyle = colours.part;
      context.fillRect(from, MARGIN.top, Math.max(2, to - from), base - MARGIN.top);
      context.strokeStyle = colours.edge;
      context.strokeRect(from, MARGIN.top, Math.max(2, to - from), base - MARGIN.top);
    }
  }
  context.fillStyle = colours.text;
  context.textBaseline = "middle";
  context.textAlign = "right";
  context.strokeStyle = colours.line;
  for (const value of ticks(bottom, top, 4)) {
    line(context, left, y(value), right, y(value));
    context.fillText(real(value), left - 6, y(value));
  }
  context.textBaseline = "alphabetic";
  context.fillText(unit, left - 6, height - 6);
  context.textAlign = "center";
  for (const second of ticks(sight.from / sampleRate, (sight.to - 1) / sampleRate, Math.max(2, Math.floor((right - left) / 80)))) {
    const at = x(second * sampleRate);
    line(context, at, MARGIN.top, at, base);
    const words = `${real(second)} s`;
    context.fillText(words, Math.min(Math.max(at, left + 3.2 * words.length), right - 3.2 * words.length), height - 6);
  }
  const mark = part && x(part.start + part.mark);
  if (mark !== null && mark >= left && mark <= right) {
    context.strokeStyle = colours.mark;
    context.setLineDash([5, 4]);
    line(context, mark, MARGIN.top, mark, base);
    context.setLineDash([]);
  }
  context.strokeStyle = colours.signal;
  context.lineWidth = 1.5;
  context.lineJoin = "round";
  trace(context, values, extremes, sight, x, y, right - left);
  const dots = peaks.filter(({ index }) => index >= sight.from && index < sight.to);
  if (dots.length * DOT_ROOM > right - left) return;
  context.strokeStyle = colours.mark;
  context.lineWidth = 2;
  for (const { index } of dots) {
    context.beginPath();
    context.arc(x(index), y(values[index]!), 3.5, 0, 2 * Math.PI);
    context.fillStyle = colours.surface;
    context.fill();
    context.stroke();
    context.fillStyle = colours.text;
    context.fillText(letters.get(index) ?? "", Math.max(x(index), left + 8), MARGIN.top - 2);
  }
}

function line(context: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  context.beginPath();
  context.moveTo(x1, Math.round(y1) + 0.5);
  context.lineTo(x2, Math.round(y2) + 0.5);
  context.stroke();
}

/** Through all values where there are few, else through least and greatest of each pixel; it breaks at gaps. */
function trace(
  context: CanvasRenderingContext2D,
  values: Float64Array,
  extremes: ExtremesOf,
  sight: Sight,
  x: (index: number) => number,
  y: (value: number) => number,
  columns: number,
): void {
  const [from, to] = [Math.max(0, Math.floor(sight.from)), Math.min(values.length, Math.ceil(sight.to))];
  context.beginPath();
  let broken = true;
  const add = (index: number, value: number | undefined): void => {
    if (value === undefined || Number.isNaN(value)) broken = true;
    else {
      if (broken) context.moveTo(x(index), y(value));
      else context.lineTo(x(index), y(value));
      broken = false;
    }
  };
  if (to - from <= 3 * columns) {
    for (let i = from; i < to; i += 1) add(i, values[i]);
  } else {
    const step = (to - from) / columns;
    for (let column = 0; column < columns; column += 1) {
      const [start, end] = [Math.floor(from + column * step), Math.floor(from + (column + 1) * step)];
      const seen = extremes.within(start, end);
      add(start, seen?.low);
      add(start, seen?.high);
    }
  }
  context.stroke();
}
