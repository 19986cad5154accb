/** The outer layer of a DICOM file: its transfer syntax, and its elements by dicom-parser. */

import * as parserModule from "dicom-parser";
import { PictureError } from "./header";
import { inflate } from "./inflate";

// The library is CommonJS: bundlers and Node put its exports in different places.
const parser = (parserModule as { default?: typeof parserModule }).default ?? parserModule;

export { parser };

export interface Syntax {
  name: string;
  littleEndian: boolean;
  /** Frames are baseline JPEG files. */
  jpeg: boolean;
}

const DEFLATED = "1.2.840.10008.1.2.1.99";

const READ: Record<string, Syntax> = {
  "1.2.840.10008.1.2": { name: "implicit little endian", littleEndian: true, jpeg: false },
  "1.2.840.10008.1.2.1": { name: "explicit little endian", littleEndian: true, jpeg: false },
  [DEFLATED]: { name: "deflated little endian", littleEndian: true, jpeg: false },
  "1.2.840.10008.1.2.2": { name: "explicit big endian", littleEndian: false, jpeg: false },
  "1.2.840.10008.1.2.4.50": { name: "JPEG baseline", littleEndian: true, jpeg: true },
};

/** What others are called, so that the message can say how to convert the file. */
const OTHERS: [prefix: string, name: string][] = [
  ["1.2.840.10008.1.2.4.51", "12-bit JPEG"],
  ["1.2.840.10008.1.2.4.57", "lossless JPEG"],
  ["1.2.840.10008.1.2.4.70", "lossless JPEG"],
  ["1.2.840.10008.1.2.4.80", "JPEG-LS"],
  ["1.2.840.10008.1.2.4.81", "JPEG-LS"],
  ["1.2.840.10008.1.2.4.9", "JPEG 2000"],
  ["1.2.840.10008.1.2.4.20", "High-Throughput JPEG 2000"],
  ["1.2.840.10008.1.2.4.10", "MPEG video"],
  ["1.2.840.10008.1.2.4.11", "JPEG XL"],
  ["1.2.840.10008.1.2.5", "run-length coding"],
];

/** Where the pixels are. */
export const PIXELS = "x7fe00010";

/** The data set of a DICOM Part 10 file, with the meta header's elements, and its transfer syntax. */
export async function parse(bytes: Uint8Array): Promise<{ data: parserModule.DataSet; syntax: Syntax }> {
  const meta = parser.readPart10Header(bytes);
  const uid = meta.string("x00020010")?.trim();
  if (!uid) throw new PictureError("This DICOM file does not say how it is coded (no transfer syntax).");
  const syntax = READ[uid];
  if (!syntax) {
    const other = OTHERS.find(([prefix]) => uid.startsWith(prefix))?.[1];
    throw new PictureError(
      `This DICOM file is coded as ${other ? `${other} (${uid})` : uid}, which is not read here. ` +
        "Uncompressed, deflated and baseline JPEG files are: most DICOM viewers can export one.",
    );
  }
  // The library takes what the inflater returns as the data set from its first byte on.
  const inflated = uid === DEFLATED ? await inflateRest(bytes.slice(endOf(meta))) : null;
  // Nothing behind the picture is needed, and some files end in something that is no DICOM.
  const data = parser.parseDicom(bytes, { untilTag: PIXELS, ...(inflated ? { inflater: () => inflated } : {}) });
  return { data, syntax };
}

/**
 * A {@link PictureError} for whatever was thrown. The library throws strings; when it fails half-way, an object that holds
 * one beside what it has read.
 */
export function damaged(error: unknown): PictureError {
  if (error instanceof PictureError) return error;
  const inner = typeof error === "object" && error !== null && "exception" in error ? error.exception : error;
  const words = inner instanceof Error ? inner.message : String(inner);
  return new PictureError(`This DICOM file is damaged or cut off (${words}).`);
}

/** Where the meta header ends. */
function endOf(meta: parserModule.DataSet): number {
  const { position } = meta as unknown as { position: number };
  return position;
}

/** Inflates the data set. A byte that fills it up to an even length may follow the compressed data. */
async function inflateRest(deflated: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const whole = await inflate([deflated], "deflate-raw");
  const inflated = whole ?? (deflated.at(-1) === 0 ? await inflate([deflated.subarray(0, -1)], "deflate-raw") : null);
  if (inflated === "too large") throw new PictureError("This DICOM file becomes larger than 256 MiB when it is inflated.");
  if (!inflated) throw new PictureError("This DICOM file is damaged or cut off: its deflated part cannot be read.");
  return inflated;
}
