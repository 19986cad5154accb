/** Marks of beats. They are found by the client's code, which the command line has, too: docs/decisions/0017. */

export interface Peak {
  index: number;
  /** How far the peak lies from the median of the second around it: negative where it points down. */
  height: number;
}

/** The value in the middle of those that are numbers. */
export function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values)
    .filter((value) => !Number.isNaN(value))
    .sort();
  return sorted.length === 0 ? 0 : sorted[sorted.length >> 1]!;
}
