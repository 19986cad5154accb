/** The outer layer of a DICOM file: its transfer syntax, and its elements by dicom-parser. */

import * as parserModule from "dicom-parser";
import { checkDecoder } from "../code";
import type { Codec } from "./codecs";
import { at, joined, PictureError } from "./header";
import { MAX_INFLATED } from "./inflate";
import { fileTexts } from "../texts/files";

// The library is CommonJS: bundlers and Node put its exports in different places.
const parser = (parserModule as { default?: typeof parserModule }).default ?? parserModule;

export { parser };

export interface Syntax {
  name: string;
  littleEndian: boolean;
  /** How frames are coded; "raw" for numbers as they are. */
  coding: "raw" | "jpeg" | Codec;
}

const DEFLATED = "1.2.840.10008.1.2.1.99";
const [IMPLICIT, EXPLICIT, BIG] = ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"] as const;

const raw = (name: string, littleEndian = true): Syntax => ({ name, littleEndian, coding: "raw" });
const coded = (name: string, coding: "jpeg" | Codec): Syntax => ({ name, littleEndian: true, coding });

const READ: Record<string, Syntax> = {
  [IMPLICIT]: raw("implicit little endian"),
  [EXPLICIT]: raw("explicit little endian"),
  [DEFLATED]: raw("deflated little endian"),
  [BIG]: raw("explicit big endian", false),
  "1.2.840.10008.1.2.4.50": coded("JPEG baseline", "jpeg"),
  "1.2.840.10008.1.2.4.51": coded("JPEG extended", "jpeg"),
  "1.2.840.10008.1.2.4.57": coded("lossless JPEG", "lossless"),
  "1.2.840.10008.1.2.4.70": coded("lossless JPEG", "lossless"),
  "1.2.840.10008.1.2.4.80": coded("JPEG-LS", "jpeg-ls"),
  "1.2.840.10008.1.2.4.81": coded("JPEG-LS, near-lossless", "jpeg-ls"),
  "1.2.840.10008.1.2.4.90": coded("JPEG 2000, lossless", "jpeg-2000"),
  "1.2.840.10008.1.2.4.91": coded("JPEG 2000", "jpeg-2000"),
  "1.2.840.10008.1.2.5": coded("run-length coding", "rle"),
};

/** What others are called, so that the message can say how to convert the file. */
const OTHERS: [prefix: string, name: string][] = [
  ["1.2.840.10008.1.2.4.92", "JPEG 2000, multi-component"],
  ["1.2.840.10008.1.2.4.93", "JPEG 2000, multi-component"],
  ["1.2.840.10008.1.2.4.20", "High-Throughput JPEG 2000"],
  ["1.2.840.10008.1.2.4.10", "MPEG video"],
  ["1.2.840.10008.1.2.4.11", "JPEG XL"],
];

/** Where the pixels are. */
export const PIXELS = "x7fe00010";

/** The data set of a DICOM file, with the meta header's elements, and its transfer syntax. */
export async function parse(bytes: Uint8Array): Promise<{ data: parserModule.DataSet; syntax: Syntax }> {
  const file = startsWithMeta(bytes) ? part10(bytes) : bytes;
  const meta = at(file, PREAMBLE, "DICM") ? parser.readPart10Header(file) : null;
  const uid = meta?.string("x00020010")?.trim() || null;
  // Without a header that says how the rest is coded, its first element tells.
  const rest = meta ? file.subarray(endOf(meta)) : file;
  const known = uid ?? guessed(rest);
  const syntax = READ[known];
  if (!syntax) {
    const other = OTHERS.find(([prefix]) => known.startsWith(prefix))?.[1];
    throw new PictureError(fileTexts.refusals.dicom.coding(other ? `${other} (${known})` : known));
  }
  // Nothing behind the picture is needed, and some files end in something that is no DICOM.
  const options = { untilTag: PIXELS };
  // Some files of compressed pictures leave out the VRs that their header announces.
  const bare = uid !== null && uid !== IMPLICIT && uid !== DEFLATED && guessed(rest) === IMPLICIT;
  if (uid === null || bare) {
    return { data: parser.parseDicom(rest, { ...options, ...coding(bare ? IMPLICIT : known) }), syntax };
  }
  // The library takes what the inflater returns as the data set from its first byte on.
  const inflated = meta && known === DEFLATED ? await inflateRest(file.subarray(endOf(meta))) : null;
  return { data: parser.parseDicom(file, { ...options, ...(inflated ? { inflater: () => inflated } : {}) }), syntax };
}

/** Bytes before "DICM". */
const PREAMBLE = 128;

/** Whether the meta header stands where the preamble should. */
function startsWithMeta(bytes: Uint8Array): boolean {
  return !at(bytes, PREAMBLE, "DICM") && (at(bytes, 0, "DICM") || at(bytes, 0, "\x02\0\0\0UL"));
}

/** With the preamble that is missing. */
function part10(bytes: Uint8Array): Uint8Array {
  const magic = at(bytes, 0, "DICM") ? "" : "DICM";
  const whole = new Uint8Array(PREAMBLE + magic.length + bytes.length);
  whole.set(new TextEncoder().encode(magic), PREAMBLE);
  whole.set(bytes, PREAMBLE + magic.length);
  return whole;
}

/** For a file that does not say how it is coded; the library's types do not have it. */
function coding(TransferSyntaxUID: string): object {
  return { TransferSyntaxUID };
}

/** By the first element: a length of four bytes, or the two letters of a VR; and which byte of the group comes first. */
function guessed(bytes: Uint8Array): string {
  if (bytes.length < 8) throw new PictureError(fileTexts.refusals.dicom.nothing);
  const vr = String.fromCharCode(bytes[4]!, bytes[5]!);
  if (!/^[A-Z]{2}$/.test(vr)) return IMPLICIT;
  return bytes[0] === 0 && bytes[1] !== 0 ? BIG : EXPLICIT;
}

/**
 * A {@link PictureError} for whatever was thrown. The library throws strings; when it fails half-way, an object that holds
 * one beside what it has read.
 */
export function damaged(error: unknown): PictureError {
  if (error instanceof PictureError) return error;
  const inner = typeof error === "object" && error !== null && "exception" in error ? error.exception : error;
  const words = inner instanceof Error ? inner.message : String(inner);
  return new PictureError(fileTexts.refusals.dicom.damaged(words));
}

/** Where the meta header ends. */
function endOf(meta: parserModule.DataSet): number {
  const { position } = meta as unknown as { position: number };
  return position;
}

/** Inflates the data set. Bytes may follow the compressed data, which browsers' own inflaters refuse. */
async function inflateRest(deflated: Uint8Array): Promise<Uint8Array> {
  await checkDecoder("fflate");
  const { Inflate } = await import("fflate");
  const pieces: Uint8Array[] = [];
  let length = 0;
  const stream = new Inflate((piece) => {
    pieces.push(piece);
    length += piece.length;
  });
  try {
    // In parts, so that what becomes too large is noticed on the way.
    for (let at = 0; at < deflated.length && length <= MAX_INFLATED; at += PART) {
      stream.push(deflated.subarray(at, at + PART), at + PART >= deflated.length);
    }
  } catch (error) {
    const why = error instanceof Error ? ` (${error.message})` : "";
    throw new PictureError(fileTexts.refusals.dicom.deflated(why));
  }
  if (length > MAX_INFLATED) throw new PictureError(fileTexts.refusals.dicom.large);
  return joined(pieces);
}

/** Bytes that are inflated at a time: they become at most a thousand times as many. */
const PART = 1 << 15;
