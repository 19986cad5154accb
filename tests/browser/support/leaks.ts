/** Searching sent bytes for the values that must not be in them, in every encoding that a mistake could produce. */

import type { Bundle } from "./cards";

export interface Needle {
  what: string;
  bytes: Buffer;
}

/** Everything that would give a person's values away. Patterns short enough to turn up in random bytes are left out. */
export function needles(model: Bundle, values: number[], quantised: number[]): Needle[] {
  const all = [
    ...values.flatMap((value, i) => wide(`value ${i} (${value})`, value)),
    ...quantised.flatMap((value, i) => wide(`integer ${i} (${value})`, value)),
    ...pairs("values", values),
    ...pairs("integers", quantised),
    ...packed(quantised, model.program.input.bits),
  ];
  // Megabytes of random bytes hold short patterns by chance.
  const shortest = values.length > 64 ? 7 : 5;
  return distinct(all.filter(({ bytes }) => bytes.length >= shortest && new Set(bytes).size > 1));
}

/** The needles that occur in the haystack, in one pass: candidates are looked up by their first four bytes. */
export function found(haystack: Buffer, patterns: Needle[]): string[] {
  const byStart = new Map<number, Needle[]>();
  for (const pattern of patterns) {
    const start = pattern.bytes.readUInt32LE(0);
    byStart.set(start, [...(byStart.get(start) ?? []), pattern]);
  }
  const hits = new Set<string>();
  for (let at = 0; at + 4 <= haystack.length; at += 1) {
    for (const { what, bytes } of byStart.get(haystack.readUInt32LE(at)) ?? []) {
      if (haystack.subarray(at, at + bytes.length).equals(bytes)) hits.add(what);
    }
  }
  return [...hits];
}

/** Each sequence of bytes once: many values of a picture are the same. */
function distinct(patterns: Needle[]): Needle[] {
  return [...new Map(patterns.map((pattern) => [pattern.bytes.toString("latin1"), pattern])).values()];
}

/** One value in the encodings of eight bytes, and as text. */
function wide(what: string, value: number): Needle[] {
  const encodings: Needle[] = [
    { what: `${what} as text`, bytes: Buffer.from(String(value), "latin1") },
    { what: `${what} as f64 LE`, bytes: write(8, (b) => b.writeDoubleLE(value)) },
    { what: `${what} as f64 BE`, bytes: write(8, (b) => b.writeDoubleBE(value)) },
  ];
  if (!Number.isInteger(value)) return encodings;
  return [
    ...encodings,
    { what: `${what} as i64 LE`, bytes: write(8, (b) => b.writeBigInt64LE(BigInt(value))) },
    { what: `${what} as i64 BE`, bytes: write(8, (b) => b.writeBigInt64BE(BigInt(value))) },
  ];
}

/** Neighbouring values in the encodings of four bytes: alone, four bytes are too short to mean anything. */
function pairs(what: string, values: number[]): Needle[] {
  return values.slice(1).flatMap((second, i) => {
    const both = [values[i]!, second] as const;
    const at = `${what} ${i} and ${i + 1}`;
    const floats: Needle[] = [
      { what: `${at} as f32 LE`, bytes: write(8, (b) => both.forEach((v, k) => b.writeFloatLE(v, 4 * k))) },
      { what: `${at} as f32 BE`, bytes: write(8, (b) => both.forEach((v, k) => b.writeFloatBE(v, 4 * k))) },
    ];
    if (!both.every(Number.isInteger)) return floats;
    return [
      ...floats,
      { what: `${at} as i32 LE`, bytes: write(8, (b) => both.forEach((v, k) => b.writeInt32LE(v | 0, 4 * k))) },
      { what: `${at} as i32 BE`, bytes: write(8, (b) => both.forEach((v, k) => b.writeInt32BE(v | 0, 4 * k))) },
    ];
  });
}

/** The input as the protocol packs ring elements, `bits` each, at every bit offset within a byte. */
function packed(values: number[], bits: number): Needle[] {
  return Array.from({ length: 8 }, (_, offset) => {
    const all = values.reduce((sum, v, i) => sum | (BigInt.asUintN(bits, BigInt(v)) << BigInt(i * bits + offset)), 0n);
    const length = Math.ceil((values.length * bits) / 8);
    const bytes = Buffer.from(Array.from({ length }, (_, i) => Number((all >> BigInt(8 * i)) & 255n)));
    // Without the first byte, whose low bits belong to something else.
    return { what: `the input packed to ${bits} bits, ${offset} bits in`, bytes: bytes.subarray(1, 10) };
  });
}

function write(length: number, fill: (buffer: Buffer) => void): Buffer {
  const buffer = Buffer.alloc(length);
  fill(buffer);
  return buffer;
}
