/**
 * The entropy-coded part of JPEG (ITU-T T.81, annexes F and G), read for its length only: Huffman symbols and the bits
 * that follow them, sequential and progressive. Errors are `RangeError`s with the end of a sentence.
 */

export interface Component {
  id: number;
  /** Sampling factors. */
  h: number;
  v: number;
  /** For refinements of a progressive picture: which of the coefficients, 64 a block, are not nought yet. */
  nonzero: Uint8Array | null;
  /** Bits of each coefficient that are still to come; −1 for all. */
  open: Int8Array;
}

export interface Frame {
  width: number;
  height: number;
  progressive: boolean;
  components: Component[];
}

export interface Scan {
  /** With the tables of each: class and number, as DHT segments have them. */
  components: { component: Component; dc: number; ac: number }[];
  /** Coefficients, in zigzag order. */
  from: number;
  to: number;
  /** Whether it adds a bit to coefficients that an earlier scan began. */
  refines: boolean;
  /** Bits that later scans are to add. */
  low: number;
}

/** For each 16 bits the length of the code that they start with, times 256, plus its symbol; 0 if there is none. */
export type HuffmanTable = Uint16Array;

/** `null` when the lengths contradict each other. */
export function huffmanTable(lengths: Uint8Array, symbols: Uint8Array): HuffmanTable | null {
  const table = new Uint16Array(65536);
  let [next, from] = [0, 0];
  for (let length = 1; length <= 16; length += 1) {
    for (let i = 0; i < lengths[length - 1]!; i += 1) {
      const end = next + (1 << (16 - length));
      if (end > 65536) return null;
      table.fill((length << 8) | symbols[from]!, next, end);
      next = end;
      from += 1;
    }
  }
  return table;
}

const SHORT = "its picture ends before its last row";

export class ScanReader {
  /** Bits that were fetched and not used: the lowest `#count` of `#bits`, of which the last `#missing` are made up. */
  #bits = 0;
  #count = 0;
  #missing = 0;
  /** Blocks that are still to be skipped, because all of them end here (progressive). */
  #run = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private position: number,
    private readonly frame: Frame,
    private readonly tables: Map<number, HuffmanTable>,
    /** MCUs between restart markers; 0: none. */
    private readonly interval: number,
  ) {}

  /** Reads a scan, and returns the position of the marker behind it. */
  read(scan: Scan): number {
    const { width, height, components } = this.frame;
    const [h, v] = [Math.max(...components.map((c) => c.h)), Math.max(...components.map((c) => c.v))];
    const [across, down] = [Math.ceil(width / (8 * h)), Math.ceil(height / (8 * v))];
    const units = scan.components.map(({ component, dc, ac }) => {
      // Blocks in a row, with those that fill the last MCU up.
      const stride = across * component.h;
      if (this.frame.progressive && scan.to > 0) component.nonzero ??= new Uint8Array(64 * stride * down * component.v);
      return { component, stride, dc: this.tables.get(dc), ac: this.tables.get(ac) };
    });
    const [only] = units;
    const alone = units.length === 1 ? only! : null;
    const columns = alone ? Math.ceil(Math.ceil((width * alone.component.h) / h) / 8) : across;
    const rows = alone ? Math.ceil(Math.ceil((height * alone.component.v) / v) / 8) : down;
    let restarts = 0;
    for (let mcu = 0; mcu < columns * rows; mcu += 1) {
      if (this.interval > 0 && mcu > 0 && mcu % this.interval === 0) this.#restart(restarts++ & 7);
      if (alone) {
        const block = Math.floor(mcu / columns) * alone.stride + (mcu % columns);
        this.#block(scan, alone.dc, alone.ac, alone.component.nonzero, 64 * block);
        continue;
      }
      for (const { component, dc, ac } of units) {
        for (let i = 0; i < component.h * component.v; i += 1) this.#block(scan, dc, ac, null, 0);
      }
    }
    return this.#marker();
  }

  #block(scan: Scan, dc: HuffmanTable | undefined, ac: HuffmanTable | undefined, nonzero: Uint8Array | null, at: number): void {
    const { progressive } = this.frame;
    if (scan.from === 0) {
      if (scan.refines) this.#take(1);
      else this.#take(this.#symbol(dc) & 15);
    }
    if (scan.to === 0) return;
    if (!progressive) this.#sequential(ac);
    else if (scan.refines) this.#refine(scan, ac, nonzero!, at);
    else this.#first(scan, ac, nonzero!, at);
  }

  #sequential(ac: HuffmanTable | undefined): void {
    for (let k = 1; k < 64; k += 1) {
      const symbol = this.#symbol(ac);
      const [run, size] = [symbol >> 4, symbol & 15];
      if (size === 0 && run < 15) return;
      k += run;
      this.#take(size);
    }
  }

  #first({ from, to }: Scan, ac: HuffmanTable | undefined, nonzero: Uint8Array, at: number): void {
    if (this.#run > 0) {
      this.#run -= 1;
      return;
    }
    for (let k = from; k <= to; k += 1) {
      const symbol = this.#symbol(ac);
      const [run, size] = [symbol >> 4, symbol & 15];
      if (size === 0 && run < 15) {
        this.#run = (1 << run) + this.#take(run) - 1;
        return;
      }
      k += run;
      this.#take(size);
      if (size > 0 && k < 64) nonzero[at + k] = 1;
    }
  }

  #refine({ from, to }: Scan, ac: HuffmanTable | undefined, nonzero: Uint8Array, at: number): void {
    let k = from;
    while (this.#run === 0 && k <= to) {
      const symbol = this.#symbol(ac);
      let run = symbol >> 4;
      const size = symbol & 15;
      if (size === 0 && run < 15) {
        this.#run = (1 << run) + this.#take(run);
        break;
      }
      if (size > 0) this.#take(1);
      // Past `run` coefficients that are nought, and one bit for each that is not.
      for (; k <= to; k += 1) {
        if (nonzero[at + k] === 1) this.#take(1);
        else if (run === 0) break;
        else run -= 1;
      }
      if (size > 0 && k <= to) nonzero[at + k] = 1;
      k += 1;
    }
    if (this.#run === 0) return;
    for (; k <= to; k += 1) if (nonzero[at + k] === 1) this.#take(1);
    this.#run -= 1;
  }

  #symbol(table: HuffmanTable | undefined): number {
    if (!table) throw new RangeError("a table of its codes is missing");
    this.#fill();
    const entry = table[(this.#bits >>> (this.#count - 16)) & 0xffff]!;
    if (entry === 0) throw new RangeError(this.#missing > 0 ? SHORT : "its picture holds a code that does not exist");
    this.#use(entry >> 8);
    return entry & 0xff;
  }

  #take(bits: number): number {
    if (bits === 0) return 0;
    this.#fill();
    const value = (this.#bits >>> (this.#count - bits)) & ((1 << bits) - 1);
    this.#use(bits);
    return value;
  }

  #use(bits: number): void {
    this.#count -= bits;
    if (this.#count < this.#missing) throw new RangeError(SHORT);
  }

  /** At least 16 bits, noughts behind the end. */
  #fill(): void {
    while (this.#count <= 16) {
      const byte = this.bytes[this.position];
      let next = 0;
      if (byte === undefined || (byte === 0xff && this.bytes[this.position + 1] !== 0)) this.#missing += 8;
      else {
        next = byte;
        this.position += byte === 0xff ? 2 : 1;
      }
      this.#bits = ((this.#bits << 8) | next) & 0xffffff;
      this.#count += 8;
    }
  }

  #restart(expected: number): void {
    const marker = this.#marker();
    if (this.bytes[marker + 1] !== 0xd0 + expected) throw new RangeError(SHORT);
    this.position = marker + 2;
    this.#bits = this.#count = this.#missing = this.#run = 0;
  }

  /** The next marker from here on. Bytes before it are fill. */
  #marker(): number {
    let p = this.position;
    for (; p + 1 < this.bytes.length; p += 1) {
      if (this.bytes[p] === 0xff && this.bytes[p + 1] !== 0 && this.bytes[p + 1] !== 0xff) return p;
    }
    return this.bytes.length;
  }
}
