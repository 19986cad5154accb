/** Writes small DICOM files: as much of the format as the tests of its reader need, by a hand of its own. */

import { deflateRawSync } from "node:zlib";

export const SYNTAX = {
  implicit: "1.2.840.10008.1.2",
  explicit: "1.2.840.10008.1.2.1",
  deflated: "1.2.840.10008.1.2.1.99",
  bigEndian: "1.2.840.10008.1.2.2",
  jpeg: "1.2.840.10008.1.2.4.50",
} as const;

/** Syntaxes of compressed pictures. */
export const CODED = {
  jpeg: SYNTAX.jpeg,
  extended: "1.2.840.10008.1.2.4.51",
  lossless: "1.2.840.10008.1.2.4.70",
  jpegLs: "1.2.840.10008.1.2.4.80",
  jpeg2000: "1.2.840.10008.1.2.4.90",
  runLengths: "1.2.840.10008.1.2.5",
} as const;

export interface DicomOptions {
  syntax?: string;
  columns: number;
  rows: number;
  /** The numbers of all frames as they are stored; or the frames, compressed. */
  pixels: number[] | Buffer[];
  bitsAllocated?: number;
  bitsStored?: number;
  highBit?: number;
  signed?: boolean;
  photometric?: string;
  samples?: number;
  planar?: number;
  /** VR of uncompressed pixels. */
  vr?: "OW" | "OB";
  /** Further elements by tag, "00281050": ["DS", "40"]: text, bytes as they are, or the items of a sequence. */
  more?: Elements;
  /** Written as the length of the item that ends a compressed picture; 0 by the standard. */
  delimiter?: number;
}

export type Elements = { [tag: string]: [vr: string, value: string | Buffer | Elements[]] };

interface Format {
  explicit: boolean;
  little: boolean;
}

const LONG = ["OB", "OW", "SQ", "UN"];

/** A Part 10 file. */
export function dicom(options: DicomOptions): Buffer {
  const { syntax = SYNTAX.explicit } = options;
  const format = { explicit: syntax !== SYNTAX.implicit, little: syntax !== SYNTAX.bigEndian };
  const meta = element("00020010", "UI", text(syntax, "\0"), { explicit: true, little: true });
  const length = element("00020000", "UL", number(4, meta.length, true), { explicit: true, little: true });
  const data = dataSet(options, format, (Object.values(CODED) as string[]).includes(syntax));
  const body = syntax === SYNTAX.deflated ? even(deflateRawSync(data)) : data;
  return Buffer.concat([Buffer.alloc(128), Buffer.from("DICM"), length, meta, body]);
}

function dataSet(options: DicomOptions, format: Format, compressed: boolean): Buffer {
  const { columns, rows, pixels, bitsAllocated = 16, samples = 1, planar, photometric = "MONOCHROME2" } = options;
  const { bitsStored = bitsAllocated, highBit = bitsStored - 1, signed = false, more = {}, vr = "OW" } = options;
  const short = (value: number): [string, Buffer] => ["US", number(2, value, format.little)];
  const elements: Record<string, [string, Buffer]> = {
    "00280002": short(samples),
    "00280004": ["CS", text(photometric, " ")],
    ...(planar === undefined ? {} : { "00280006": short(planar) }),
    "00280010": short(rows),
    "00280011": short(columns),
    "00280100": short(bitsAllocated),
    "00280101": short(bitsStored),
    "00280102": short(highBit),
    "00280103": short(signed ? 1 : 0),
    ...further(more, format),
  };
  const sorted = Object.entries(elements).sort(([a], [b]) => (a < b ? -1 : 1));
  const written = sorted.map(([tag, [kind, value]]) => element(tag, kind, value, format));
  const picture = compressed ? encapsulated(pixels as Buffer[], options.delimiter ?? 0) : element("7fe00010", vr, stored(pixels as number[], bitsAllocated, vr, format), format);
  return Buffer.concat([...written, picture]);
}

function stored(pixels: number[], bits: number, vr: string, { little }: Format): Buffer {
  if (bits === 32) return Buffer.concat(pixels.map((value) => number(4, value, little)));
  if (bits === 16) return Buffer.concat(pixels.map((value) => number(2, value & 0xffff, little)));
  const bytes = even(Buffer.from(pixels));
  // Bytes in words follow the byte order.
  return !little && vr === "OW" ? Buffer.from(bytes).swap16() : bytes;
}

function further(more: Elements, format: Format): Record<string, [string, Buffer]> {
  const bytes = (value: string | Buffer | Elements[]): Buffer => {
    if (typeof value === "string") return text(value, " ");
    return Buffer.isBuffer(value) ? value : Buffer.concat(value.map((item) => sequenceItem(item, format)));
  };
  return Object.fromEntries(Object.entries(more).map(([tag, [kind, value]]) => [tag, [kind, bytes(value)]]));
}

function sequenceItem(elements: Elements, format: Format): Buffer {
  const sorted = Object.entries(further(elements, format)).sort(([a], [b]) => (a < b ? -1 : 1));
  const content = Buffer.concat(sorted.map(([tag, [kind, value]]) => element(tag, kind, value, format)));
  return Buffer.concat([number(2, 0xfffe, format.little), number(2, 0xe000, format.little), number(4, content.length, format.little), content]);
}

function encapsulated(frames: Buffer[], delimiter: number): Buffer {
  const item = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from("feff00e0", "hex"), number(4, bytes.length, true), bytes]);
  const head = Buffer.concat([Buffer.from("e07f1000", "hex"), Buffer.from("OB\0\0"), number(4, 0xffffffff, true)]);
  const end = Buffer.concat([Buffer.from("feffdde0", "hex"), number(4, delimiter, true)]);
  return Buffer.concat([head, item(Buffer.alloc(0)), ...frames.map((frame) => item(even(frame))), end]);
}

function element(tag: string, vr: string, value: Buffer, { explicit, little }: Format): Buffer {
  const head = Buffer.concat([number(2, parseInt(tag.slice(0, 4), 16), little), number(2, parseInt(tag.slice(4), 16), little)]);
  if (!explicit) return Buffer.concat([head, number(4, value.length, little), value]);
  const length = LONG.includes(vr) ? Buffer.concat([Buffer.alloc(2), number(4, value.length, little)]) : number(2, value.length, little);
  return Buffer.concat([head, Buffer.from(vr), length, value]);
}

function number(bytes: number, value: number, little: boolean): Buffer {
  const buffer = Buffer.alloc(bytes);
  if (little) buffer.writeUIntLE(value, 0, bytes);
  else buffer.writeUIntBE(value, 0, bytes);
  return buffer;
}

function text(value: string, fill: string): Buffer {
  return Buffer.from(value.length % 2 === 0 ? value : value + fill, "latin1");
}

function even(buffer: Buffer): Buffer {
  return buffer.length % 2 === 0 ? buffer : Buffer.concat([buffer, Buffer.alloc(1)]);
}
