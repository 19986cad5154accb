/**
 * Grey pictures and how one is fitted to a model. All of it is arithmetic on integers, so that every machine arrives at
 * the same levels: a level is kept in thousandths, which the luma's weights are whole numbers of, and the one rounding is
 * at the end.
 */

/** Thousandths of a grey level: 0 is black, 255000 white. */
export const UNIT = 1000;
export const WHITE = 255 * UNIT;

export interface Grey {
  width: number;
  height: number;
  /** Row after row, in thousandths. */
  levels: Int32Array;
}

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A black picture. */
export function blank(width: number, height: number): Grey {
  return { width, height, levels: new Int32Array(width * height) };
}

/** Whole grey levels, such as a sample's, as a picture. */
export function fromLevels(values: ArrayLike<number>, width: number, height: number): Grey {
  const grey = blank(width, height);
  for (let i = 0; i < grey.levels.length; i += 1) grey.levels[i] = Math.round((values[i] ?? 0) * UNIT);
  return grey;
}

/** Brightness of a colour after ITU-R BT.601: 0.299 R + 0.587 G + 0.114 B, in thousandths. */
export function luma(red: number, green: number, blue: number): number {
  return 299 * red + 587 * green + 114 * blue;
}

/** The largest centred rectangle of the ratio `ratioWidth : ratioHeight`, in whole pixels; an odd rest is cut from the far side. */
export function centreCrop(width: number, height: number, ratioWidth: number, ratioHeight: number): Rect {
  const wide = width * ratioHeight > height * ratioWidth;
  const cut = wide
    ? { width: Math.max(1, Math.floor((height * ratioWidth) / ratioHeight)), height }
    : { width, height: Math.max(1, Math.floor((width * ratioHeight) / ratioWidth)) };
  return { x: Math.floor((width - cut.width) / 2), y: Math.floor((height - cut.height) / 2), ...cut };
}

/**
 * Averages `area` over `width` × `height` equal areas and rounds to whole grey levels, halves up. A pixel that lies in
 * several areas counts in each by its share. Sums stay below 2^53 for pictures of up to 10^10 pixels.
 */
export function average(grey: Grey, area: Rect, width: number, height: number): number[] {
  const sums = new Float64Array(width * height);
  const row = new Float64Array(width);
  for (let y = 0; y < area.height; y += 1) {
    addUp(grey.levels.subarray((area.y + y) * grey.width + area.x), area.width, row);
    // In units of a `height`-th of a pixel, this row is y·height to (y + 1)·height, and area `to` is to·area.height and on.
    for (let to = Math.floor((y * height) / area.height); to < height; to += 1) {
      const share = Math.min((y + 1) * height, (to + 1) * area.height) - Math.max(y * height, to * area.height);
      if (share <= 0) break;
      for (let x = 0; x < width; x += 1) sums[to * width + x]! += share * row[x]!;
    }
  }
  const whole = UNIT * area.width * area.height;
  return Array.from(sums, (sum) => Math.floor((2 * sum + whole) / (2 * whole)));
}

/** Sums of one row of `length` levels over `row.length` equal parts, times `row.length`. */
function addUp(levels: Int32Array, length: number, row: Float64Array): void {
  const parts = row.length;
  for (let to = 0; to < parts; to += 1) {
    // In units of a `parts`-th of a pixel.
    const [start, end] = [to * length, (to + 1) * length];
    const [first, last] = [Math.floor(start / parts), Math.floor((end - 1) / parts)];
    if (first === last) {
      row[to] = (end - start) * levels[first]!;
      continue;
    }
    let inner = 0;
    for (let x = first + 1; x < last; x += 1) inner += levels[x]!;
    row[to] = ((first + 1) * parts - start) * levels[first]! + parts * inner + (end - last * parts) * levels[last]!;
  }
}

/** Pixels that one area averages over, along one side: `32.1`, `1`. */
export function factor(from: number, to: number): string {
  return String(Number((from / to).toFixed(from >= to ? 1 : 2)));
}
