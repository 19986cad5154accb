/** Pictures as they are shown, and a card's raw values as such. */

import type { ImageInput } from "../card";
import { isGrey, type Pixels } from "./colour";
import { UNIT } from "./grey";

/** Levels from 0 to 255 in the order [channel, row, column]: one channel is grey, three are red, green and blue. */
export interface Levels {
  width: number;
  height: number;
  channels: number;
  levels: ArrayLike<number>;
}

/** What raw values look like: the card's least one is black, its largest white. */
export function levelsOf(values: ArrayLike<number>, input: ImageInput): Levels {
  const { width, height, channels, min, max, order } = input;
  const plane = width * height;
  const level = (_: unknown, i: number): number => {
    const channel = Math.floor(i / plane);
    const from = order === "bgr" ? channels - 1 - channel : channel;
    return (255 * (values[from * plane + (i % plane)]! - min)) / (max - min);
  };
  return { width, height, channels, levels: Float64Array.from({ length: channels * plane }, level) };
}

/** A picture to look at, no side longer than `longest`: each pixel the mean of those that begin under it. */
export function reduced(pixels: Pixels, longest: number): Levels {
  const { width: w, height: h } = pixels;
  const share = Math.min(1, longest / Math.max(w, h));
  const [width, height] = [w, h].map((side) => Math.max(1, Math.round(side * share))) as [number, number];
  const [channels, unit, from] = isGrey(pixels) ? [1, UNIT, pixels.levels] : [3, 1, pixels.rgb];
  const levels = new Float64Array(channels * width * height);
  for (let y = 0; y < height; y += 1) {
    const [top, bottom] = [Math.floor((y * h) / height), Math.floor(((y + 1) * h) / height)];
    for (let x = 0; x < width; x += 1) {
      const [left, right] = [Math.floor((x * w) / width), Math.floor(((x + 1) * w) / width)];
      const whole = unit * (bottom - top) * (right - left);
      for (let channel = 0; channel < channels; channel += 1) {
        let sum = 0;
        for (let row = top; row < bottom; row += 1) {
          for (let column = left; column < right; column += 1) sum += from[(row * w + column) * channels + channel]!;
        }
        levels[(channel * height + y) * width + x] = sum / whole;
      }
    }
  }
  return { width, height, channels, levels };
}
