/** What the first bytes of a file tell before anything is decoded: its type, size in pixels, bits, orientation. */

import { FileError } from "../offload";

/** A picture cannot be used. */
export class PictureError extends FileError {}

export type FileType = "png" | "jpeg" | "dicom";

/** Other types that people are likely to try, by their first bytes. */
const OTHERS: [name: string, offset: number, bytes: string][] = [
  ["a GIF picture", 0, "GIF8"],
  ["a TIFF picture", 0, "II*\0"],
  ["a TIFF picture", 0, "MM\0*"],
  ["a WebP picture", 8, "WEBP"],
  ["a HEIC or AVIF picture", 4, "ftyp"],
  ["a BMP picture", 0, "BM"],
  ["a PDF document", 0, "%PDF"],
  ["a ZIP archive", 0, "PK"],
  ["a gzip archive", 0, "\x1f\x8b"],
  ["a JPEG 2000 picture", 4, "jP  "],
];

/** The type by content; names of files are not trusted. */
export function fileType(bytes: Uint8Array): FileType {
  if (at(bytes, 0, "\x89PNG\r\n\x1a\n")) return "png";
  if (at(bytes, 0, "\xff\xd8\xff")) return "jpeg";
  if (at(bytes, 128, "DICM")) return "dicom";
  const other = OTHERS.find(([, offset, magic]) => at(bytes, offset, magic));
  const found = other ? `It is ${other[0]}` : "It is of an unknown type";
  throw new PictureError(`${found}. Pictures can be PNG, JPEG or DICOM files.`);
}

export interface Header {
  width: number;
  height: number;
  /** Bits per channel. */
  bits: number;
  /** Whether parts may be transparent. */
  transparent: boolean;
  /** EXIF orientation, 1 to 8; 1 is upright. */
  orientation: number;
}

/** The header of a PNG file. */
export function pngHeader(bytes: Uint8Array): Header {
  if (bytes.length < 33 || !at(bytes, 12, "IHDR")) throw new PictureError("This PNG file is cut off: it has no header.");
  const view = viewOf(bytes);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const [bits, colour] = [view.getUint8(24), view.getUint8(25)];
  return { width, height, bits: colour === 3 ? 8 : bits, transparent: colour >= 4 || hasChunk(view, "tRNS"), orientation: 1 };
}

function hasChunk(view: DataView, name: string): boolean {
  for (let p = 8; p + 8 <= view.byteLength; p += 12 + view.getUint32(p)) {
    const type = String.fromCharCode(...[4, 5, 6, 7].map((i) => view.getUint8(p + i)));
    if (type === name) return true;
    if (type === "IDAT") return false;
  }
  return false;
}

/** The header of a JPEG file: its first frame, and the orientation in its EXIF data. */
export function jpegHeader(bytes: Uint8Array): Header {
  const view = viewOf(bytes);
  let orientation = 1;
  for (let p = 2; p + 4 <= bytes.length; ) {
    if (bytes[p] !== 0xff) break;
    const marker = bytes[p + 1]!;
    // Filling bytes, and markers without a segment.
    if (marker === 0xff || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
      p += marker === 0xff ? 1 : 2;
      continue;
    }
    const length = view.getUint16(p + 2);
    const end = p + 2 + length;
    if (length < 2 || end > bytes.length) break;
    if (marker === 0xe1 && at(bytes, p + 4, "Exif\0\0")) orientation = exifOrientation(bytes.subarray(p + 10, end));
    // Start of frame: C0 to CF without DHT, JPG and DAC.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker) && length >= 8) {
      const [bits, height, width] = [view.getUint8(p + 4), view.getUint16(p + 5), view.getUint16(p + 7)];
      return { width, height, bits, transparent: false, orientation };
    }
    p = end;
  }
  throw new PictureError("This JPEG file is damaged or cut off: it has no frame header.");
}

/** Tag 0112 of the first directory; 1 when there is none, or none that makes sense. */
function exifOrientation(tiff: Uint8Array): number {
  const little = at(tiff, 0, "II*\0");
  if (tiff.length < 8 || !(little || at(tiff, 0, "MM\0*"))) return 1;
  const view = viewOf(tiff);
  const directory = view.getUint32(4, little);
  if (directory + 2 > tiff.length) return 1;
  const entries = view.getUint16(directory, little);
  for (let i = 0; i < entries; i += 1) {
    const entry = directory + 2 + 12 * i;
    if (entry + 12 > tiff.length) return 1;
    if (view.getUint16(entry, little) !== 0x0112) continue;
    const value = view.getUint16(entry + 8, little);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

const MAX_PIXELS = 40e6;
const MAX_SIDE = 16_384;

/** Refuses sizes that would take too much memory, before anything is decoded. */
export function checkSize(width: number, height: number): void {
  if (width === 0 || height === 0) throw new PictureError("This picture has no pixels.");
  if (width > MAX_SIDE || height > MAX_SIDE || width * height > MAX_PIXELS) {
    throw new PictureError(
      `This picture has ${width} × ${height} pixels. At most ${MAX_PIXELS / 1e6} million pixels are read here, ` +
        `and ${MAX_SIDE} along a side.`,
    );
  }
}

function at(bytes: Uint8Array, offset: number, magic: string): boolean {
  if (bytes.length < offset + magic.length) return false;
  for (let i = 0; i < magic.length; i += 1) if (bytes[offset + i] !== magic.charCodeAt(i)) return false;
  return true;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
