/**
 * How many inferences are prepared ahead: one, and one more for whoever has had a result, where memory allows. Of a model that
 * takes much, none but what the person orders.
 */

/** Most memory of the protocol code, in bytes, at which one more is prepared. */
const MEMORY = 2 ** 29;
/** Of the machine's memory, the share that this may be. Browsers say up to 8 GiB, or nothing. */
const SHARE = 1 / 16;

export class Ahead {
  /** Whether only what is ordered is prepared. */
  sparing = false;
  #ordered = false;
  readonly #limit: number;
  /** Bytes that the preparation which took most has added. */
  #growth = 0;
  #results = 0;

  constructor(
    /** Bytes of the protocol code's memory. It never shrinks. */
    private readonly memory: () => number,
    /** GiB of the machine's memory, where the browser says so. */
    machine: number | undefined,
  ) {
    this.#limit = Math.min(MEMORY, (machine ?? 8) * 2 ** 30 * SHARE);
  }

  /** Whether to prepare one more when so many are prepared. */
  isWorthMore(prepared: number): boolean {
    if (this.#ordered) return true;
    if (this.sparing) return false;
    if (prepared === 0) return true;
    return prepared === 1 && this.#results > 0 && this.memory() + this.#growth <= this.#limit;
  }

  /** Has one more prepared, whatever it takes. */
  order(): void {
    this.#ordered = true;
  }

  /** Prepares one, and measures what it takes. */
  async measured(prepare: () => Promise<void>): Promise<void> {
    const before = this.memory();
    this.#ordered = false;
    await prepare();
    this.#growth = Math.max(this.#growth, this.memory() - before);
  }

  /** An inference gave a result: others may follow. */
  used(): void {
    this.#results += 1;
  }
}
