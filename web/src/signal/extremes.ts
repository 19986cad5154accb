/** Least and greatest values of any stretch of a long signal, without looking at each: what a drawing of few pixels needs. */

/** Values that a block of the first level has, and blocks of a level that one of the next has. */
const STEP = 16;

export interface Extremes {
  low: number;
  high: number;
}

export class ExtremesOf {
  /** Of blocks of STEP, STEP², … values; NaN for a block of gaps alone. */
  readonly #levels: { low: Float64Array; high: Float64Array }[] = [];

  constructor(private readonly values: Float64Array) {
    let [low, high] = [values, values];
    while (low.length > STEP) {
      const size = Math.ceil(low.length / STEP);
      const next = { low: new Float64Array(size).fill(NaN), high: new Float64Array(size).fill(NaN) };
      for (let i = 0; i < low.length; i += 1) {
        const block = Math.floor(i / STEP);
        // A comparison with NaN is false: a gap is never less, and anything takes a gap's place.
        if (!(low[i]! >= next.low[block]!) && !Number.isNaN(low[i])) next.low[block] = low[i]!;
        if (!(high[i]! <= next.high[block]!) && !Number.isNaN(high[i])) next.high[block] = high[i]!;
      }
      this.#levels.push(next);
      ({ low, high } = next);
    }
  }

  /** Of the values from `from` on and before `to`; `null` where all of them are gaps. */
  within(from: number, to: number): Extremes | null {
    let [low, high] = [Infinity, -Infinity];
    const take = (least: number, most: number): void => {
      if (least < low) low = least;
      if (most > high) high = most;
    };
    let [at, end] = [Math.max(0, from), Math.min(this.values.length, to)];
    while (at < end) {
      // The largest block that begins here and ends in time.
      let [level, size] = [-1, 1];
      while (level + 1 < this.#levels.length && at % (size * STEP) === 0 && at + size * STEP <= end) {
        level += 1;
        size *= STEP;
      }
      const block = this.#levels[level];
      if (block) take(block.low[at / size]!, block.high[at / size]!);
      else take(this.values[at]!, this.values[at]!);
      at += size;
    }
    return low > high ? null : { low, high };
  }
}
