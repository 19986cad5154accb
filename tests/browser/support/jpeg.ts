/**
 * Writes JPEG files (ITU-T T.81), baseline and progressive, whose Huffman codes all have eight bits: the code of a symbol is
 * its place in the table. Pictures are flat blocks with a little texture; what they look like matters only to a browser.
 */

export interface JpegOptions {
  width: number;
  height: number;
  /** Level of each block of 8 × 8, row after row, for each component; as many blocks as fill the last MCU up. */
  components: { h: number; v: number; levels: number[] }[];
  progressive?: boolean;
  /** MCUs between restart markers, in scans of several components or of a single one. */
  restart?: number;
  /** Segments after the start marker. */
  before?: Buffer[];
}

const SYMBOLS = [0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x10, 0x11, 0x12, 0xf0, 0x21];

export function segment(marker: number, content: ArrayLike<number>): Buffer {
  const body = Buffer.from(Array.from(content));
  return Buffer.concat([Buffer.from([0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255]), body]);
}

/** Adobe's segment: 0 says that three components are red, green and blue, 1 YCbCr. */
export function adobe(transform: number): Buffer {
  return segment(0xee, [...Buffer.from("Adobe"), 0, 100, 0, 0, 0, 0, transform]);
}

export const JFIF = segment(0xe0, [...Buffer.from("JFIF\0"), 1, 1, 0, 0, 1, 0, 1, 0, 0]);

class Bits {
  #bits: number[] = [];
  #bytes: number[] = [];

  put(value: number, length: number): void {
    for (let i = length - 1; i >= 0; i -= 1) this.#bits.push((value >> i) & 1);
  }

  symbol(symbol: number): void {
    this.put(SYMBOLS.indexOf(symbol), 8);
  }

  /** A number with its size before it. */
  signed(value: number, run = 0): void {
    const size = value === 0 ? 0 : 32 - Math.clz32(Math.abs(value));
    this.symbol((run << 4) | size);
    this.put(value < 0 ? value + 2 ** size - 1 : value, size);
  }

  /** Fills the byte up with ones. */
  flush(...marker: number[]): void {
    while (this.#bits.length % 8 !== 0) this.#bits.push(1);
    for (let i = 0; i < this.#bits.length; i += 8) {
      const byte = this.#bits.slice(i, i + 8).reduce((sum, bit) => 2 * sum + bit, 0);
      this.#bytes.push(...(byte === 0xff ? [0xff, 0] : [byte]));
    }
    this.#bits = [];
    this.#bytes.push(...marker);
  }

  bytes(): Buffer {
    return Buffer.from(this.#bytes);
  }
}

export function jpeg(options: JpegOptions): Buffer {
  const { width, height, components, progressive = false, restart = 0, before = [] } = options;
  // First coefficients have sizes of at most 11.
  const tables = [0x00, 0x10].map((table) => {
    const symbols = table === 0 ? SYMBOLS.slice(0, 12) : SYMBOLS;
    return segment(0xc4, [table, 0, 0, 0, 0, 0, 0, 0, symbols.length, 0, 0, 0, 0, 0, 0, 0, 0, ...symbols]);
  });
  const frame = segment(progressive ? 0xc2 : 0xc0, [
    8, height >> 8, height & 255, width >> 8, width & 255, components.length,
    ...components.flatMap(({ h, v }, i) => [i + 1, (h << 4) | v, 0]),
  ]);
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    ...before,
    // Quantised by 8, so that the first coefficient is the distance of the level from 128.
    segment(0xdb, [0, ...new Array<number>(64).fill(8)]),
    frame,
    ...tables,
    ...(restart ? [segment(0xdd, [0, restart])] : []),
    ...(progressive ? progressiveScans(options) : [interleaved(options, 0, 63, 0, true)]),
    Buffer.from([0xff, 0xd9]),
  ]);
}

function header(components: number[], from: number, to: number, approximation: number): Buffer {
  return segment(0xda, [components.length, ...components.flatMap((i) => [i + 1, 0]), from, to, approximation]);
}

/** A scan of all components: their first coefficients, and in sequential files all others. */
function interleaved({ width, height, components, restart = 0 }: JpegOptions, from: number, to: number, approximation: number, texture: boolean): Buffer {
  const [h, v] = [Math.max(...components.map((c) => c.h)), Math.max(...components.map((c) => c.v))];
  const single = components.length === 1;
  const [across, down] = single ? [Math.ceil(width / 8), Math.ceil(height / 8)] : [Math.ceil(width / 8 / h), Math.ceil(height / 8 / v)];
  const [low, refines] = [approximation & 15, approximation >> 4 > 0];
  const bits = new Bits();
  let last = components.map(() => 0);
  for (let mcu = 0; mcu < across * down; mcu += 1) {
    if (restart && mcu > 0 && mcu % restart === 0) {
      bits.flush(0xff, 0xd0 + ((mcu / restart - 1) & 7));
      last = components.map(() => 0);
    }
    components.forEach((component, c) => {
      const [bh, bv] = single ? [1, 1] : [component.h, component.v];
      for (let block = 0; block < bh * bv; block += 1) {
        const x = (mcu % across) * bh + (block % bh);
        const y = Math.floor(mcu / across) * bv + Math.floor(block / bh);
        const level = (component.levels[y * across * bh + x] ?? 128) - 128;
        if (refines) bits.put(level & 1, 1);
        else {
          bits.signed((level >> low) - last[c]!);
          last[c] = level >> low;
        }
        if (!texture) continue;
        // A one at place 17 and one at place 20, then the end of the block.
        bits.symbol(0xf0);
        bits.signed(1, 0);
        bits.signed(-1, 2);
        bits.symbol(0);
      }
    });
  }
  bits.flush();
  return Buffer.concat([header(components.map((_, i) => i), from, to, approximation), bits.bytes()]);
}

/** First coefficients but for a bit, other coefficients of each component but for a bit, then both bits. */
function progressiveScans(options: JpegOptions): Buffer[] {
  const { width, height, components, restart = 0 } = options;
  const [h, v] = [Math.max(...components.map((c) => c.h)), Math.max(...components.map((c) => c.v))];
  const one = (c: number, refines: boolean): Buffer => {
    const { h: ch, v: cv } = components[c]!;
    const count = Math.ceil(Math.ceil((width * ch) / h) / 8) * Math.ceil(Math.ceil((height * cv) / v) / 8);
    const bits = new Bits();
    for (let block = 0; block < count; block += 1) {
      const start = restart > 0 && block > 0 && block % restart === 0;
      if (start) bits.flush(0xff, 0xd0 + ((block / restart - 1) & 7));
      const left = restart > 0 ? Math.min(restart - (block % restart), count - block) : count - block;
      if (!refines) {
        bits.signed(1, 1);
        // The ends of this block and of the next together, where there is a next; that one has nothing.
        if (left > 1) {
          bits.symbol(0x10);
          bits.put(0, 1);
          block += 1;
        } else bits.symbol(0);
        continue;
      }
      // Place 2 has a coefficient and gets a bit on the way to a new one at place 3; the next block has none.
      const had = restart > 0 ? (block % restart) % 2 === 0 : block % 2 === 0;
      bits.symbol(0x11);
      bits.put(1, 1);
      if (had) bits.put(1, 1);
      bits.symbol(0);
    }
    bits.flush();
    return Buffer.concat([header([c], 1, 63, refines ? 0x10 : 0x01), bits.bytes()]);
  };
  return [
    interleaved(options, 0, 0, 0x01, false),
    ...components.map((_, c) => one(c, false)),
    interleaved(options, 0, 0, 0x10, false),
    ...components.map((_, c) => one(c, true)),
  ];
}
