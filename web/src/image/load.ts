/** From a chosen file to levels, in a worker of the page: the browser decodes JPEG, `png` and `dicom` the rest. */

import type { JpegDecoders } from "./dicom";
import { Collector, isGrey, lumaStep } from "./colour";
import { fileType, PictureError } from "./header";
import { checkJpeg, type CheckScans, type DecodeGrey } from "./jpeg";
import type { Picture, Reading } from "./picture";
import { bytes as shownBytes } from "../format";
import { fileTexts } from "../texts/files";

const MAX_BYTES = 64e6;
/** Rows that are read back at a time: a whole picture as RGBA would take as much memory again. */
const STRIP = 64;

/** Reads a picture file. Throws a {@link PictureError} that says why when it cannot be used. */
export async function loadPicture(file: File, how: Reading, checkScans: CheckScans, grey: DecodeGrey): Promise<Picture> {
  if (file.size === 0) throw new PictureError(fileTexts.refusals.empty);
  if (file.size > MAX_BYTES) {
    throw new PictureError(fileTexts.refusals.large(shownBytes(file.size), shownBytes(MAX_BYTES)));
  }
  const bytes = await read(file);
  switch (fileType(bytes)) {
    case "png": {
      const { readPng } = await import("./png");
      return readPng(bytes, how);
    }
    case "jpeg":
      return readJpeg(bytes, how.colours ?? false, checkScans);
    case "dicom": {
      const { readDicom } = await import("./dicom");
      const checked = async (jpeg: Uint8Array, colours: boolean): ReturnType<JpegDecoders["decode"]> => {
        checkJpeg(jpeg, checkScans);
        return decode(jpeg, colours);
      };
      return readDicom(bytes, { decode: checked, grey }, how);
    }
  }
}

async function read(file: File): Promise<Uint8Array> {
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch {
    throw new PictureError(fileTexts.refusals.unreadable);
  }
}

async function readJpeg(bytes: Uint8Array, colours: boolean, checkScans: CheckScans): Promise<Picture> {
  const header = checkJpeg(bytes, checkScans);
  const { pixels, coloured } = await decode(bytes, colours && header.components > 1);
  const steps = [fileTexts.steps.jpeg(`${pixels.width} × ${pixels.height}`)];
  if (header.orientation !== 1) steps.push(fileTexts.steps.upright);
  if (isGrey(pixels) && header.components > 1) steps.push(lumaStep());
  return { type: "JPEG", pixels, steps, warnings: [], scale: null, facts: null, coloured, frames: 1 };
}

/** Decodes a JPEG file that was checked to levels of 8 bits. Colour profiles are not applied, so that screens make no difference. */
async function decode(bytes: Uint8Array, colours: boolean): ReturnType<JpegDecoders["decode"]> {
  checkCanvas();
  let bitmap: ImageBitmap;
  try {
    const blob = new Blob([bytes as Uint8Array<ArrayBuffer>], { type: "image/jpeg" });
    bitmap = await createImageBitmap(blob, { colorSpaceConversion: "none", imageOrientation: "from-image" });
  } catch {
    throw new PictureError(fileTexts.refusals.jpeg.undecodable);
  }
  const { width, height } = bitmap;
  const collector = new Collector(width, height, colours);
  const context = opaque(width, Math.min(STRIP, height));
  for (let y = 0; y < height; y += STRIP) {
    const rows = Math.min(STRIP, height - y);
    context.drawImage(bitmap, 0, y, width, rows, 0, 0, width, rows);
    readBack(context.getImageData(0, 0, width, rows).data, collector, y * width);
  }
  bitmap.close();
  return collector.collected();
}

/** Hands in RGBA pixels from `start` on. */
function readBack(rgba: Uint8ClampedArray, collector: Collector, start: number): void {
  for (let i = 0; 4 * i < rgba.length; i += 1) collector.add(start + i, rgba[4 * i]!, rgba[4 * i + 1]!, rgba[4 * i + 2]!);
}

/** A canvas to read back from. */
function opaque(width: number, height: number): OffscreenCanvasRenderingContext2D {
  const canvas = "OffscreenCanvas" in globalThis ? new OffscreenCanvas(width, height) : null;
  const context = canvas?.getContext("2d", { alpha: false, willReadFrequently: true });
  if (!context) throw new PictureError(fileTexts.refusals.noCanvas);
  context.imageSmoothingEnabled = false;
  return context;
}

/** Some browsers falsify what is read back from a canvas, against fingerprinting; the model would read that. */
function checkCanvas(): void {
  const context = opaque(16, 16);
  const written = context.createImageData(16, 16);
  written.data.forEach((_, i) => (written.data[i] = i % 4 === 3 ? 255 : (i * 37) & 255));
  context.putImageData(written, 0, 0);
  const { data } = context.getImageData(0, 0, 16, 16);
  if (data.some((value, i) => value !== written.data[i])) {
    throw new PictureError(fileTexts.refusals.altered);
  }
}
