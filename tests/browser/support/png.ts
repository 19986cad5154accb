/** Writes PNG files: grey of 8 or 16 bits, or RGBA. */

import { deflateSync } from "node:zlib";

export interface PngOptions {
  width: number;
  height: number;
  /** Samples row after row; four for each pixel when `colour` is "rgba". */
  samples: number[];
  bits?: 8 | 16;
  colour?: "grey" | "rgba";
}

export function png({ width, height, samples, bits = 8, colour = "grey" }: PngOptions): Buffer {
  const perRow = width * (colour === "rgba" ? 4 : 1);
  const rows = Array.from({ length: height }, (_, y) => {
    const row = samples.slice(y * perRow, (y + 1) * perRow);
    const bytes = bits === 8 ? Buffer.from(row) : Buffer.concat(row.map((value) => Buffer.from([value >> 8, value & 255])));
    // Filter 0: as they are.
    return Buffer.concat([Buffer.from([0]), bytes]);
  });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([bits, colour === "rgba" ? 6 : 0, 0, 0, 0], 8);
  const signature = Buffer.from("89504e470d0a1a0a", "hex");
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", deflateSync(Buffer.concat(rows))), chunk("IEND", Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
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
