/** What the first bytes of a file tell before anything is decoded, and what all types of pictures have in common. */

import { viewOf } from "../bytes";
import { FileError } from "../offload";
import { fileTexts } from "../texts/files";

/** A picture cannot be used. */
export class PictureError extends FileError {}

export type FileType = "png" | "jpeg" | "dicom";

/** Other types that people are likely to try, by their first bytes. */
const OTHERS: [kind: keyof typeof fileTexts.refusals.others, offset: number, bytes: string][] = [
  ["gif", 0, "GIF8"],
  ["tiff", 0, "II*\0"],
  ["tiff", 0, "MM\0*"],
  ["webp", 8, "WEBP"],
  ["heic", 4, "ftyphe"],
  ["heic", 4, "ftypmif1"],
  ["avif", 4, "ftypavi"],
  ["video", 4, "ftyp"],
  ["bmp", 0, "BM"],
  ["pdf", 0, "%PDF"],
  ["zip", 0, "PK"],
  ["gzip", 0, "\x1f\x8b"],
  ["jp2", 4, "jP  "],
];

/** The type by content; names of files are not trusted. */
export function fileType(bytes: Uint8Array): FileType {
  if (at(bytes, 0, "\x89PNG\r\n\x1a\n")) return "png";
  if (at(bytes, 0, "\xff\xd8\xff")) return "jpeg";
  if (at(bytes, 128, "DICM") || isBareDicom(bytes)) return "dicom";
  const other = OTHERS.find(([, offset, magic]) => at(bytes, offset, magic));
  const { others, unknown, wanted, heic } = fileTexts.refusals;
  throw new PictureError(wanted(other ? others[other[0]] : unknown) + (other?.[0] === "heic" ? heic : ""));
}

/** Whether that is a DICOM data set without the header that files should have: by its first element, in a group that comes first. */
function isBareDicom(bytes: Uint8Array): boolean {
  if (bytes.length < 16) return false;
  if (at(bytes, 0, "DICM\x02\0") || at(bytes, 0, "\x02\0\0\0UL")) return true;
  const view = viewOf(bytes);
  const explicit = /^(AE|AS|CS|DA|DT|IS|LO|LT|OB|PN|SH|TM|UI|UL|US)$/.test(String.fromCharCode(bytes[4]!, bytes[5]!));
  const [group, element] = [view.getUint16(0, true), view.getUint16(2, true)];
  if (view.getUint16(0) === 8 && view.getUint16(2) <= 0x20) return explicit;
  if (group !== 8 || element > 0x20) return false;
  // Without VRs the length of a date, a time or an identifier follows.
  return explicit || (view.getUint32(4, true) <= 64 && view.getUint32(4, true) % 2 === 0);
}

/** Tag 0112 of the first directory; 1 when there is none, or none that makes sense. */
export function exifOrientation(tiff: Uint8Array): number {
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
  if (width === 0 || height === 0) throw new PictureError(fileTexts.refusals.noPixels);
  if (width > MAX_SIDE || height > MAX_SIDE || width * height > MAX_PIXELS) {
    throw new PictureError(fileTexts.refusals.manyPixels(`${width} × ${height}`, MAX_PIXELS / 1e6, MAX_SIDE));
  }
}

export function at(bytes: Uint8Array, offset: number, magic: string): boolean {
  if (bytes.length < offset + magic.length) return false;
  for (let i = 0; i < magic.length; i += 1) if (bytes[offset + i] !== magic.charCodeAt(i)) return false;
  return true;
}

/** All of them, one after the other. */
export function joined(pieces: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  pieces.reduce((offset, piece) => (whole.set(piece, offset), offset + piece.length), 0);
  return whole;
}
