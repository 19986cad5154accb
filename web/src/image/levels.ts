/** Pictures as they are shown, and a card's raw values as such. */

import type { ImageInput } from "../card";

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
