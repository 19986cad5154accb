/** Writes PNG files: all colour types and depths, filters, interlacing, further chunks. */

import { deflateSync } from "node:zlib";

export interface PngOptions {
  width: number;
  height: number;
  /** Samples row after row, a value for each channel; of a palette the index. */
  samples: number[];
  bits?: 1 | 2 | 4 | 8 | 16;
  colour?: "grey" | "rgb" | "palette" | "grey-alpha" | "rgba";
  /** Filter of each row, in turn. */
  filters?: number[];
  interlaced?: boolean;
  /** Chunks before the pixels. */
  before?: [type: string, data: number[]][];
}

const TYPES = { grey: [0, 1], rgb: [2, 3], palette: [3, 1], "grey-alpha": [4, 2], rgba: [6, 4] } as const;

export function png({ width, height, samples, bits = 8, colour = "grey", filters = [0], interlaced = false, before = [] }: PngOptions): Buffer {
  const [type, channels] = TYPES[colour];
  const passes = interlaced
    ? [[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]]
    : [[0, 0, 1, 1]];
  const data = passes.map(([x0, y0, dx, dy]) => {
    const rows: number[][] = [];
    for (let y = y0!; y < height; y += dy!) {
      const row: number[] = [];
      for (let x = x0!; x < width; x += dx!) row.push(...samples.slice((y * width + x) * channels, (y * width + x + 1) * channels));
      if (row.length > 0) rows.push(packed(row, bits));
    }
    return filtered(rows, filters, Math.max(1, (channels * bits) / 8));
  });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([bits, type, 0, 0, interlaced ? 1 : 0], 8);
  const signature = Buffer.from("89504e470d0a1a0a", "hex");
  const further = before.map(([name, content]) => chunk(name, Buffer.from(content)));
  return Buffer.concat([signature, chunk("IHDR", header), ...further, chunk("IDAT", deflateSync(Buffer.concat(data))), chunk("IEND", Buffer.alloc(0))]);
}

/** Samples as the bytes of a row. */
function packed(row: number[], bits: number): number[] {
  if (bits === 16) return row.flatMap((value) => [value >> 8, value & 255]);
  const bytes = new Array<number>(Math.ceil((row.length * bits) / 8)).fill(0);
  row.forEach((value, i) => (bytes[(i * bits) >> 3]! |= value << (8 - bits - ((i * bits) & 7))));
  return bytes;
}

function filtered(rows: number[][], filters: number[], step: number): Buffer {
  return Buffer.concat(
    rows.map((row, y) => {
      const filter = filters[y % filters.length]!;
      const above = rows[y - 1] ?? row.map(() => 0);
      const bytes = row.map((value, i) => {
        const [left, up, corner] = [row[i - step] ?? 0, above[i]!, above[i - step] ?? 0];
        const nearest = [left, up, corner].reduce((best, c) => (Math.abs(left + up - corner - c) < Math.abs(left + up - corner - best) ? c : best));
        return (value - [0, left, up, (left + up) >> 1, nearest][filter]!) & 255;
      });
      return Buffer.from([filter, ...bytes]);
    }),
  );
}

export function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
