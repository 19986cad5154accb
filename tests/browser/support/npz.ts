/** Reads arrays out of NumPy's `.npz`: a ZIP archive of `.npy` files, stored or deflated. */

import { readFileSync } from "node:fs";
import { inflateRawSync } from "node:zlib";

export interface NpyArray {
  shape: number[];
  data: Uint8Array | Int16Array | Int32Array | Float32Array | Float64Array;
}

const TYPES: Record<string, new (buffer: ArrayBuffer) => NpyArray["data"]> = {
  "|u1": Uint8Array,
  "|b1": Uint8Array,
  "<i2": Int16Array,
  "<i4": Int32Array,
  "<f4": Float32Array,
  "<f8": Float64Array,
};

/** One array of an archive. */
export function npz(path: string, name: string): NpyArray {
  return npy(entry(readFileSync(path), `${name}.npy`));
}

/** A member of a ZIP archive, found through the central directory. */
function entry(zip: Buffer, name: string): Buffer {
  const end = zip.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  let at = zip.readUInt32LE(end + 16);
  for (let n = zip.readUInt16LE(end + 10); n > 0; n -= 1) {
    const [method, size] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20)];
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset)) as [number, number, number];
    if (zip.toString("latin1", at + 46, at + 46 + nameLength) === name) {
      const local = zip.readUInt32LE(at + 42);
      const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
      const bytes = zip.subarray(start, start + size);
      return method === 0 ? bytes : inflateRawSync(bytes);
    }
    at += 46 + nameLength + extra + comment;
  }
  throw new Error(`the archive has no ${name}`);
}

function npy(bytes: Buffer): NpyArray {
  const wide = bytes[6]! >= 2;
  const start = (wide ? 12 : 10) + (wide ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8));
  const header = bytes.toString("latin1", 10, start);
  const [, type] = /'descr': '([^']+)'/.exec(header) ?? [];
  const [, shape] = /'shape': \(([^)]*)\)/.exec(header) ?? [];
  const make = TYPES[type ?? ""];
  if (!make || shape === undefined || header.includes("'fortran_order': True")) throw new Error(`cannot read an array with ${header}`);
  const copy = new Uint8Array(bytes.subarray(start)).buffer;
  return { shape: shape.split(",").filter((part) => part.trim() !== "").map(Number), data: new make(copy) };
}
