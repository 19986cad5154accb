/**
 * JPEG files (ITU-T T.81) before the browser decodes them: size and kind, whether all of the picture is there, and how
 * colours are meant inside DICOM. Browsers differ in what they do about a file that ends early.
 */

import { viewOf } from "../bytes";
import { at, checkSize, exifOrientation, PictureError } from "./header";
import { fileTexts } from "../texts/files";

interface Segment {
  marker: number;
  /** From the marker to behind the segment. */
  start: number;
  end: number;
}

export interface JpegHeader {
  width: number;
  height: number;
  /** Bits per channel. */
  bits: number;
  components: number;
  /** EXIF orientation, 1 to 8; 1 is upright. */
  orientation: number;
}

/** Kinds of frames that no browser decodes, by the marker that starts them. */
const KINDS: Record<number, string> = { 0xc3: "lossless", 0xc5: "hierarchical", 0xc6: "hierarchical", 0xc7: "hierarchical" };

/** The next marker's segment from `p` on; `null` when none follows. */
function segmentAt(bytes: Uint8Array, p: number): Segment | null {
  while (bytes[p] === 0xff && bytes[p + 1] === 0xff) p += 1;
  if (bytes[p] !== 0xff || p + 2 > bytes.length) return null;
  const marker = bytes[p + 1]!;
  if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd9)) return { marker, start: p, end: p + 2 };
  if (p + 4 > bytes.length) return null;
  const end = p + 2 + viewOf(bytes).getUint16(p + 2);
  return end >= p + 4 && end <= bytes.length ? { marker, start: p, end } : null;
}

/** Start of frame: C0 to CF without DHT, JPG and DAC. */
function startsFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

/** Segments up to the frame header, which is the last of them. */
function head(bytes: Uint8Array): Segment[] {
  const segments: Segment[] = [];
  for (let p = 2; ; ) {
    const segment = segmentAt(bytes, p);
    if (!segment || segment.marker === 0xda || segment.marker === 0xd9) break;
    segments.push(segment);
    if (startsFrame(segment.marker) && segment.end - segment.start >= 10) return segments;
    p = segment.end;
  }
  throw new PictureError(fileTexts.refusals.jpeg.cut(fileTexts.refusals.jpeg.noHeader));
}

/** The header of a JPEG file: its first frame, and the orientation in its EXIF data. */
export function jpegHeader(bytes: Uint8Array): JpegHeader {
  const segments = head(bytes);
  const { start } = segments.at(-1)!;
  const view = viewOf(bytes);
  const exif = segments.findLast((segment) => segment.marker === 0xe1 && at(bytes, segment.start + 4, "Exif\0\0"));
  return {
    width: view.getUint16(start + 7),
    height: view.getUint16(start + 5),
    bits: bytes[start + 4]!,
    components: bytes[start + 9]!,
    orientation: exif ? exifOrientation(bytes.subarray(exif.start + 10, exif.end)) : 1,
  };
}

/**
 * Reads every scan symbol by symbol up to the end marker, and throws the end of a sentence unless the whole picture is there: the
 * client module's, which the command line uses, too.
 */
export type CheckScans = (bytes: Uint8Array) => void;

/** Decodes a grey file of 12 bits, and throws the end of a sentence if that cannot be: the client module's. */
export type DecodeGrey = (bytes: Uint8Array) => ArrayLike<number>;

/** The values of a grey file of 12 bits, which browsers do not decode; `null` for any other. Checks the size before. */
export function decodeTwelveBits(bytes: Uint8Array, decodeGrey: DecodeGrey): { header: JpegHeader; values: ArrayLike<number> } | null {
  const header = jpegHeader(bytes);
  checkSize(header.width, header.height);
  if (header.bits !== 12 || header.components !== 1) return null;
  try {
    return { header, values: decodeGrey(bytes) };
  } catch (error) {
    throw new PictureError(fileTexts.refusals.jpeg.cut(error instanceof Error ? error.message : String(error)));
  }
}

/** Refuses a file that browsers would not decode, or that does not hold the whole picture. Checks the size before. */
export function checkJpeg(bytes: Uint8Array, checkScans: CheckScans): JpegHeader {
  const header = jpegHeader(bytes);
  checkSize(header.width, header.height);
  const marker = bytes[head(bytes).at(-1)!.start + 1]!;
  if (marker > 0xc2) {
    const kind = KINDS[marker] ?? "arithmetic";
    throw new PictureError(fileTexts.refusals.jpeg.kind(kind));
  }
  if (header.bits !== 8) throw new PictureError(fileTexts.refusals.jpeg.bits(header.bits));
  if (header.components !== 1 && header.components !== 3) {
    throw new PictureError(fileTexts.refusals.jpeg.channels(header.components));
  }
  try {
    checkScans(bytes);
  } catch (error) {
    throw new PictureError(fileTexts.refusals.jpeg.cut(error instanceof Error ? error.message : String(error)));
  }
  return header;
}

/** What a JPEG frame inside DICOM says about its colours. */
export function saysYcc(bytes: Uint8Array): boolean {
  const segments = head(bytes);
  const adobe = segments.find((segment) => segment.marker === 0xee && at(bytes, segment.start + 4, "Adobe"));
  const jfif = segments.some((segment) => segment.marker === 0xe0 && at(bytes, segment.start + 4, "JFIF\0"));
  // One that is too short does not say how colours are transformed.
  return jfif || (adobe !== undefined && adobe.end - adobe.start >= 16 && bytes[adobe.start + 15] !== 0);
}

/** Adobe's segment with transform 0: three components are red, green and blue. */
const RGB_SEGMENT = [0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, 0];

/**
 * A frame inside DICOM as a file for the browser: without EXIF data, which DICOM knows nothing of, and with a note that its
 * colours are red, green and blue if `rgb`, since decoders take YCbCr for granted.
 */
export function standalone(bytes: Uint8Array, rgb: boolean): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0xff, 0xd8, ...(rgb ? RGB_SEGMENT : []))];
  let p = 2;
  for (const { marker, start, end } of head(bytes)) {
    if (marker !== 0xe1 && !(rgb && marker === 0xee)) parts.push(bytes.subarray(start, end));
    p = end;
  }
  parts.push(bytes.subarray(p));
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((offset, part) => (whole.set(part, offset), offset + part.length), 0);
  return whole;
}
