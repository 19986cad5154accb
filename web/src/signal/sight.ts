/** Which stretch of a signal is in sight, and how it moves: all numbers are of values, not of pixels. */

/** Values in sight, at least. */
const LEAST = 90;

export class Sight {
  from = 0;
  to: number;

  constructor(private readonly length: number) {
    this.to = length;
  }

  get width(): number {
    return this.to - this.from;
  }

  get isWhole(): boolean {
    return this.width >= this.length;
  }

  get isClosest(): boolean {
    return this.width <= Math.min(LEAST, this.length);
  }

  whole(): void {
    [this.from, this.to] = [0, this.length];
  }

  /** So many values around a place. */
  around(place: number, width: number): void {
    const wide = Math.min(this.length, Math.max(LEAST, width));
    this.#set(place - wide / 2, wide);
  }

  /** Closer for factors above 1; what lies at `place` stays where it is. */
  zoom(factor: number, place: number): void {
    const wide = Math.min(this.length, Math.max(Math.min(LEAST, this.length), this.width / factor));
    this.#set(place - ((place - this.from) / this.width) * wide, wide);
  }

  move(values: number): void {
    this.#set(this.from + values, this.width);
  }

  /** Brings a stretch into sight, if it is not. */
  show(start: number, end: number): void {
    if (start < this.from || end > this.to) this.around((start + end) / 2, Math.max(this.width, end - start));
  }

  #set(from: number, width: number): void {
    this.from = Math.max(0, Math.min(from, this.length - width));
    this.to = this.from + width;
  }
}
