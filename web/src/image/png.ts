/**
 * PNG files (PNG Specification, third edition), decoded here: browsers reduce 16 bits to 8 and blend transparency each in
 * its own way. Every chunk's checksum has to be right, and the end chunk there. Colour profiles and gamma are not applied.
 */

import { type Collected, Collector, isGrey, lumaStep, type Pixels } from "./colour";
import { viewOf } from "../bytes";
import { at, checkSize, PictureError } from "./header";
import { inflate } from "./inflate";
import type { Picture, Reading, Scale } from "./picture";
import { mapToGrey } from "./window";
import { percent } from "../format";
import { fileTexts } from "../texts/files";
import { t } from "../texts/texts";

interface Chunks {
  width: number;
  height: number;
  bits: number;
  /** 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha. */
  colour: number;
  interlaced: boolean;
  palette: Uint8Array | null;
  /** tRNS and sBIT. */
  transparency: Uint8Array | null;
  significant: number | null;
  data: Uint8Array[];
}

const CHANNELS: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const DEPTHS: Record<number, number[]> = { 0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16] };
/** Adam7: origin and distance of each pass's pixels. */
const PASSES = [[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]] as const;


const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

function checksum(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i += 1) crc = TABLE[(crc ^ bytes[i]!) & 255]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** Takes the file apart. Throws a {@link PictureError} unless it is whole and of a size that is read here. */
function readChunks(bytes: Uint8Array): Chunks {
  const view = viewOf(bytes);
  if (bytes.length < 33 || !at(bytes, 12, "IHDR")) throw new PictureError(fileTexts.refusals.png.damaged(fileTexts.refusals.png.noHeader));
  const [bits, colour, interlace] = [bytes[24]!, bytes[25]!, bytes[28]!];
  const chunks: Chunks = {
    width: view.getUint32(16),
    height: view.getUint32(20),
    bits,
    colour,
    interlaced: interlace === 1,
    palette: null,
    transparency: null,
    significant: null,
    data: [],
  };
  checkSize(chunks.width, chunks.height);
  if (!DEPTHS[colour]?.includes(bits) || interlace > 1) throw new PictureError(fileTexts.refusals.png.damaged(fileTexts.refusals.png.oddHeader));
  for (let p = 8; ; ) {
    if (p + 12 > bytes.length) throw new PictureError(fileTexts.refusals.png.damaged(fileTexts.refusals.png.noEnd));
    const length = view.getUint32(p);
    if (p + 12 + length > bytes.length) throw new PictureError(fileTexts.refusals.png.damaged(fileTexts.refusals.png.noEnd));
    const type = String.fromCharCode(...bytes.subarray(p + 4, p + 8));
    const data = bytes.subarray(p + 8, p + 8 + length);
    if (checksum(bytes.subarray(p + 4, p + 8 + length)) !== view.getUint32(p + 8 + length)) {
      throw new PictureError(fileTexts.refusals.png.damaged(fileTexts.refusals.png.checksum(/^[A-Za-z]{4}$/.test(type) ? type : fileTexts.refusals.png.unnamed)));
    }
    if (type === "IDAT") chunks.data.push(data);
    else if (type === "PLTE") chunks.palette = data;
    else if (type === "tRNS") chunks.transparency = data;
    else if (type === "sBIT") chunks.significant = data.length > 0 ? Math.max(...data.subarray(0, colour === 0 || colour === 4 ? 1 : 3)) : null;
    else if (type === "IEND") break;
    else if (/^[A-Z]/.test(type) && type !== "IHDR") throw new PictureError(fileTexts.refusals.png.part(type));
    p += 12 + length;
  }
  if (colour === 3 && !chunks.palette) throw new PictureError(fileTexts.refusals.png.damaged(fileTexts.refusals.png.noColours));
  return chunks;
}

/** The samples of all pixels, row after row, a value for each channel; of a palette the index. */
async function readSamples(chunks: Chunks): Promise<Uint8Array | Uint16Array> {
  const { width, height, bits, colour, interlaced } = chunks;
  const channels = CHANNELS[colour]!;
  const passes = (interlaced ? PASSES : ([[0, 0, 1, 1]] as const)).map(([x, y, dx, dy]) => {
    const [w, h] = [Math.max(0, Math.ceil((width - x) / dx)), Math.max(0, Math.ceil((height - y) / dy))];
    return { x, y, dx, dy, w, h: w === 0 ? 0 : h, stride: 1 + Math.ceil((w * channels * bits) / 8) };
  });
  const wanted = passes.reduce((sum, { h, stride }) => sum + h * stride, 0);
  const raw = await inflate(chunks.data, "deflate", wanted);
  if (raw === "too large") throw new PictureError(fileTexts.refusals.png.large);
  if (!raw) throw new PictureError(fileTexts.refusals.png.damaged(fileTexts.refusals.png.cutPixels));
  const count = width * height * channels;
  const samples = bits === 16 ? new Uint16Array(count) : new Uint8Array(count);
  let start = 0;
  for (const { x, y, dx, dy, w, h, stride } of passes) {
    unfilter(raw.subarray(start, start + h * stride), h, stride, Math.max(1, (channels * bits) / 8));
    for (let row = 0; row < h; row += 1) {
      const from = start + row * stride + 1;
      for (let i = 0; i < w * channels; i += 1) {
        const pixel = (y + row * dy) * width + x + Math.floor(i / channels) * dx;
        samples[pixel * channels + (i % channels)] = sample(raw, from, i, bits);
      }
    }
    start += h * stride;
  }
  return samples;
}

function sample(raw: Uint8Array, from: number, i: number, bits: number): number {
  if (bits === 8) return raw[from + i]!;
  if (bits === 16) return (raw[from + 2 * i]! << 8) | raw[from + 2 * i + 1]!;
  const bit = i * bits;
  return (raw[from + (bit >> 3)]! >> (8 - bits - (bit & 7))) & ((1 << bits) - 1);
}

/** Undoes the filters of `rows` rows, in place. `step` is the distance to the pixel on the left, in bytes. */
function unfilter(raw: Uint8Array, rows: number, stride: number, step: number): void {
  for (let y = 0; y < rows; y += 1) {
    const row = y * stride;
    const filter = raw[row]!;
    if (filter > 4) throw new PictureError(fileTexts.refusals.png.damaged(fileTexts.refusals.png.oddPixels));
    if (filter === 0) continue;
    for (let i = row + 1; i < row + stride; i += 1) {
      const left = i - row > step ? raw[i - step]! : 0;
      const above = y > 0 ? raw[i - stride]! : 0;
      if (filter === 1) raw[i]! += left;
      else if (filter === 2) raw[i]! += above;
      else if (filter === 3) raw[i]! += (left + above) >> 1;
      else raw[i]! += paeth(left, above, y > 0 && i - row > step ? raw[i - stride - step]! : 0);
    }
  }
}

function paeth(left: number, above: number, corner: number): number {
  const [a, b, c] = [Math.abs(above - corner), Math.abs(left - corner), Math.abs(left + above - 2 * corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? above : corner;
}

/** Reads a PNG file; a window replaces the scale of a grey picture of 16 bits. */
export async function readPng(bytes: Uint8Array, { window = null, colours = false }: Reading = {}): Promise<Picture> {
  const chunks = readChunks(bytes);
  const { width, height, bits, colour, transparency } = chunks;
  const samples = await readSamples(chunks);
  const steps = [fileTexts.steps.png(`${width} × ${height}`, bits, colour === 3)];
  const warnings: string[] = [];
  const depth = bits === 16 ? depthOf(samples, chunks, warnings) : bits;
  let pixels: Pixels;
  let scale: Scale | null = null;
  let coloured = 0;
  if (colour === 0 && bits === 16 && !transparency) {
    const whole = { centre: (2 ** depth - 1) / 2, width: 2 ** depth - 1, exact: true };
    const mapped = mapToGrey(Int32Array.from(samples), width, height, { window: window ?? whole });
    pixels = mapped.grey;
    scale = { window: window ?? whole, least: mapped.least, most: mapped.most, offers: [] };
    const { low, high } = mapped;
    steps.push(fileTexts.steps.ofSixteen(low, high));
  } else {
    const grey = colour === 0 || colour === 4;
    const blended = blend(samples, chunks, depth, colours && !grey);
    ({ pixels, coloured } = blended);
    if (bits === 16) {
      steps.push(isGrey(pixels) ? fileTexts.steps.scaled(depth) : fileTexts.steps.rounded(depth));
    }
    if (isGrey(pixels) && !grey) steps.push(lumaStep());
    if (blended.transparent > 0) {
      warnings.push(t.image.warnings.transparent(percent(Math.max(blended.transparent, 0.001))));
    }
  }
  return { type: "PNG", pixels, steps, warnings, scale, facts: null, coloured, frames: 1 };
}

/** Bits that 16-bit samples hold: what the file says, or else the least usual number that the largest sample fits. */
function depthOf(samples: ArrayLike<number>, { colour, significant, transparency }: Chunks, warnings: string[]): number {
  const channels = CHANNELS[colour]!;
  const alpha = channels % 2 === 0 ? channels - 1 : -1;
  let most = 0;
  for (let i = 0; i < samples.length; i += 1) if (i % channels !== alpha && samples[i]! > most) most = samples[i]!;
  // PNG wants fewer significant bits scaled up to the whole range; who writes them as they are, rarely says sBIT.
  const fits = [8, 10, 12, 14, 15].find((bits) => most < 2 ** bits);
  if (fits === undefined || (significant !== null && significant >= 16)) return 16;
  const adjust = colour === 0 && !transparency ? t.image.warnings.adjust : "";
  warnings.push(t.image.warnings.depth(most, fits, 2 ** fits - 1) + adjust);
  return fits;
}

/** Colours, palettes and transparency, on black. Alpha is blended in linear proportion. */
function blend(
  samples: ArrayLike<number>,
  chunks: Chunks,
  depth: number,
  colours: boolean,
): Collected & { transparent: number } {
  const { width, height, bits, colour, palette, transparency } = chunks;
  const collector = new Collector(width, height, colours);
  const channels = CHANNELS[colour]!;
  const opaque = 2 ** bits - 1;
  const white = colour === 3 ? 255 : 2 ** depth - 1;
  // Without an alpha channel one colour may be transparent; of a palette each entry by a share.
  const key = transparency && channels % 2 === 1 && colour !== 3 ? Array.from({ length: channels }, (_, i) => (transparency[2 * i]! << 8) | transparency[2 * i + 1]!) : null;
  let transparent = 0;
  for (let i = 0; i < width * height; i += 1) {
    const first = samples[i * channels]!;
    const at = colour === 3 ? 3 * first : i * channels;
    const source: ArrayLike<number> = colour === 3 ? palette! : samples;
    const [red, green, blue] = channels < 3 && colour !== 3 ? [first, first, first] : [source[at] ?? 0, source[at + 1] ?? 0, source[at + 2] ?? 0];
    let share = 1;
    if (colour === 3) share = (transparency?.[first] ?? 255) / 255;
    else if (channels % 2 === 0) share = samples[i * channels + channels - 1]! / opaque;
    else if (key && key[0] === red && (channels === 1 || (key[1] === green && key[2] === blue))) share = 0;
    if (share < 1) transparent += 1;
    collector.add(i, red, green, blue, white, share);
  }
  return { ...collector.collected(), transparent: transparent / (width * height) };
}
