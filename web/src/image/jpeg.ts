/**
 * JPEG files (ITU-T T.81) before the browser decodes them: size and kind, whether all of the picture is there, and how
 * colours are meant inside DICOM. Browsers differ in what they do about a file that ends early.
 */

import { at, checkSize, exifOrientation, PictureError, viewOf } from "./header";
import { type Component, type Frame, type HuffmanTable, huffmanTable, ScanReader } from "./scan";

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

const CUT = "This JPEG file is cut off or damaged";

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
  throw new PictureError(`${CUT}: it has no frame header.`);
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
 * Refuses a file that browsers would not decode, or that does not hold the whole picture: every scan is read to its end,
 * symbol by symbol, and the end marker has to follow. Checks the size before.
 */
export function checkJpeg(bytes: Uint8Array): JpegHeader {
  const header = jpegHeader(bytes);
  checkSize(header.width, header.height);
  const marker = bytes[head(bytes).at(-1)!.start + 1]!;
  if (marker > 0xc2) {
    const kind = KINDS[marker] ?? "arithmetic";
    throw new PictureError(`This JPEG file is of a kind that browsers do not decode (${kind} coding).`);
  }
  if (header.bits !== 8) throw new PictureError(`This JPEG file has ${header.bits} bits per channel. Browsers decode 8.`);
  if (header.components !== 1 && header.components !== 3) {
    throw new PictureError(`This JPEG file has ${header.components} colour channels. Grey and three colours are read here, not CMYK.`);
  }
  walk(bytes);
  return header;
}

/** Reads all tables and scans up to the end marker. */
function walk(bytes: Uint8Array): void {
  const tables = new Map<number, HuffmanTable>();
  let frame: Frame | null = null;
  let interval = 0;
  for (let p = 2; ; ) {
    const segment = segmentAt(bytes, p);
    if (!segment) throw new PictureError(`${CUT}: its end marker is missing.`);
    const content = bytes.subarray(segment.start + 4, segment.end);
    p = segment.end;
    if (segment.marker === 0xd9) break;
    if (segment.marker === 0xc4) readTables(content, tables);
    if (segment.marker === 0xdd && content.length >= 2) interval = viewOf(content).getUint16(0);
    if (startsFrame(segment.marker)) {
      if (frame) throw new PictureError(`${CUT}: it has more than one frame.`);
      frame = readFrame(content, segment.marker === 0xc2);
    }
    if (segment.marker !== 0xda) continue;
    if (!frame) throw new PictureError(`${CUT}: it has no frame header.`);
    const scan = readScan(content, frame);
    try {
      p = new ScanReader(bytes, p, frame, tables, interval).read(scan);
    } catch (error) {
      if (error instanceof RangeError) throw new PictureError(`${CUT}: ${error.message}.`);
      throw error;
    }
    for (const { component } of scan.components) component.open.fill(scan.low, scan.from, scan.to + 1);
  }
  if (!frame || frame.components.some(({ open }) => open.some((bits) => bits !== 0))) throw new PictureError(`${CUT}: a part of its picture is missing.`);
}

function readTables(content: Uint8Array, tables: Map<number, HuffmanTable>): void {
  for (let p = 0; p < content.length; ) {
    const lengths = content.subarray(p + 1, p + 17);
    const count = lengths.reduce((sum, n) => sum + n, 0);
    const table = lengths.length === 16 && p + 17 + count <= content.length && huffmanTable(lengths, content.subarray(p + 17, p + 17 + count));
    if (!table) throw new PictureError(`${CUT}: a table of its codes makes no sense.`);
    tables.set(content[p]!, table);
    p += 17 + count;
  }
}

function readFrame(content: Uint8Array, progressive: boolean): Frame {
  const view = viewOf(content);
  const count = content[5]!;
  if (content.length < 6 + 3 * count) throw new PictureError(`${CUT}: its frame header is too short.`);
  const components = Array.from({ length: count }, (_, i): Component => {
    const [id, sampling] = [content[6 + 3 * i]!, content[7 + 3 * i]!];
    return { id, h: sampling >> 4, v: sampling & 15, nonzero: null, open: new Int8Array(64).fill(-1) };
  });
  if (components.some(({ h, v }) => h < 1 || h > 4 || v < 1 || v > 4)) throw new PictureError(`${CUT}: its sampling factors make no sense.`);
  return { width: view.getUint16(3), height: view.getUint16(1), progressive, components };
}

function readScan(content: Uint8Array, frame: Frame): Parameters<ScanReader["read"]>[0] {
  const count = content[0] ?? 0;
  const rest = 1 + 2 * count;
  const components = Array.from({ length: count }, (_, i) => {
    const [id, tables] = [content[1 + 2 * i], content[2 + 2 * i] ?? 0];
    return { component: frame.components.find((component) => component.id === id), dc: tables >> 4, ac: 0x10 | (tables & 15) };
  });
  const [from, to, approximation] = [content[rest] ?? 0, content[rest + 1] ?? 63, content[rest + 2] ?? 0];
  const bounds = frame.progressive ? from <= to && to <= 63 && (from > 0 ? count === 1 : to === 0) : true;
  if (count < 1 || content.length < rest + 3 || !bounds || components.some(({ component }) => !component)) {
    throw new PictureError(`${CUT}: the header of a scan makes no sense.`);
  }
  const known = components as { component: Component; dc: number; ac: number }[];
  return frame.progressive
    ? { components: known, from, to, refines: approximation >> 4 > 0, low: approximation & 15 }
    : { components: known, from: 0, to: 63, refines: false, low: 0 };
}

/** What a JPEG frame inside DICOM says about its colours. */
export function saysYcc(bytes: Uint8Array): boolean {
  const segments = head(bytes);
  const adobe = segments.find((segment) => segment.marker === 0xee && at(bytes, segment.start + 4, "Adobe"));
  const jfif = segments.some((segment) => segment.marker === 0xe0 && at(bytes, segment.start + 4, "JFIF\0"));
  return jfif || (adobe !== undefined && bytes[adobe.start + 15] !== 0);
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
