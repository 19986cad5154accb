/**
 * Grey pictures. A level is kept in thousandths, which the luma's weights are whole numbers of, so that nothing is rounded
 * before the model's pixels are made of them.
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
