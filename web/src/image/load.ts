/** From a chosen file to grey levels, in a worker of the page: the browser decodes PNG and JPEG, `dicom` the rest. */

import type { Picture } from "./dicom";
import { blank, type Grey, lumaOf } from "./grey";
import { checkSize, type Header, fileType, jpegHeader, PictureError, pngHeader } from "./header";
import { bytes as shownBytes } from "../format";

const MAX_BYTES = 64e6;
/** Rows that are read back at a time: a whole picture as RGBA would take four times the memory of its grey levels. */
const STRIP = 64;

/** Reads a picture file. Throws a {@link PictureError} that says why when it cannot be used. */
export async function loadPicture(file: File): Promise<Picture> {
  if (file.size === 0) throw new PictureError("This file is empty.");
  if (file.size > MAX_BYTES) {
    throw new PictureError(`This file has ${shownBytes(file.size)}. At most ${shownBytes(MAX_BYTES)} are read here.`);
  }
  const bytes = await read(file);
  switch (fileType(bytes)) {
    case "png":
      return decodePicture(bytes, "PNG", pngHeader(bytes));
    case "jpeg":
      return decodePicture(bytes, "JPEG", jpegHeader(bytes));
    case "dicom": {
      const { readDicom } = await import("./dicom");
      return readDicom(bytes, (jpeg) => decode(jpeg, "JPEG", jpegHeader(jpeg)));
    }
  }
}

async function read(file: File): Promise<Uint8Array> {
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch {
    throw new PictureError("The browser could not read this file. It may have been moved, or be a folder.");
  }
}

async function decodePicture(bytes: Uint8Array, type: "PNG" | "JPEG", header: Header): Promise<Picture> {
  const grey = await decode(bytes, type, header);
  const steps = [`${type}: ${grey.width} × ${grey.height} pixels, decoded by the browser.`];
  if (header.orientation !== 1) steps.push("Turned upright, as the orientation in its EXIF data says.");
  if (header.bits > 8) steps.push(`Its ${header.bits} bits per channel were reduced to 8 by the browser.`);
  if (header.transparent) steps.push("Parts that are transparent count as black.");
  steps.push("Colours become grey: 0.299 red + 0.587 green + 0.114 blue (ITU-R BT.601).");
  return { grey, steps };
}

/** Decodes to grey levels of 8 bits. Colour profiles are not applied, so that screens make no difference. */
async function decode(bytes: Uint8Array, type: "PNG" | "JPEG", header: Header): Promise<Grey> {
  checkSize(header.width, header.height);
  checkCanvas();
  let bitmap: ImageBitmap;
  try {
    const blob = new Blob([bytes as Uint8Array<ArrayBuffer>], { type: `image/${type.toLowerCase()}` });
    bitmap = await createImageBitmap(blob, { colorSpaceConversion: "none", imageOrientation: "from-image" });
  } catch {
    throw new PictureError(`This ${type} file is damaged or of a kind that this browser does not decode.`);
  }
  const { width, height } = bitmap;
  checkSize(width, height);
  const grey = blank(width, height);
  const context = opaque(width, Math.min(STRIP, height));
  for (let y = 0; y < height; y += STRIP) {
    const rows = Math.min(STRIP, height - y);
    context.fillRect(0, 0, width, rows);
    context.drawImage(bitmap, 0, y, width, rows, 0, 0, width, rows);
    lumaOf(context.getImageData(0, 0, width, rows).data, grey.levels, y * width);
  }
  bitmap.close();
  return grey;
}

/** A canvas to read back from, black where nothing is drawn. */
function opaque(width: number, height: number): OffscreenCanvasRenderingContext2D {
  const canvas = "OffscreenCanvas" in globalThis ? new OffscreenCanvas(width, height) : null;
  const context = canvas?.getContext("2d", { alpha: false, willReadFrequently: true });
  if (!context) throw new PictureError("This browser gives no canvas to decode pictures with.");
  context.imageSmoothingEnabled = false;
  context.fillStyle = "#000";
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
    throw new PictureError(
      "This browser alters pictures that a page reads, as a protection against fingerprinting, so the model would not read " +
        "your picture. Allow this page to read canvas data, or take another browser.",
    );
  }
}
