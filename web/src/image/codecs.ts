/** Decoders for what browsers do not decode, each loaded when a file needs it. */

import { checkDecoder } from "../code";
import { PictureError } from "./header";
import type { Layout } from "./layout";
import { decodeRle } from "./rle";
import { interleaved, room, type Stored } from "./stored";
import { fileTexts } from "../texts/files";

export type Codec = "rle" | "lossless" | "jpeg-ls" | "jpeg-2000";

/** The numbers of a frame, pixel after pixel. Of JPEG 2000 colours are red, green and blue, where the file says how to make these. */
export async function decodeFrame(codec: Codec, frame: Uint8Array, layout: Layout): Promise<Stored> {
  if (codec === "rle") return decodeRle(frame, layout);
  try {
    return await DECODERS[codec](frame, layout);
  } catch (error) {
    if (error instanceof PictureError) throw error;
    const why = error instanceof Error ? ` (${error.message})` : "";
    throw new PictureError(fileTexts.refusals.dicom.frame(NAMES[codec], why));
  }
}

const NAMES = { lossless: "lossless JPEG", "jpeg-ls": "JPEG-LS", "jpeg-2000": "JPEG 2000" } as const;

const DECODERS = {
  async lossless(frame: Uint8Array, layout: Layout): Promise<Stored> {
    const { Decoder } = await jpegLossless();
    const bytes = frame.slice();
    const decoder = new Decoder(bytes.buffer, 0);
    const values = decoder.decode();
    checkShape("lossless", layout, decoder.xDim, decoder.yDim, decoder.numComp);
    return Int32Array.from(values);
  },

  async "jpeg-ls"(frame: Uint8Array, layout: Layout): Promise<Stored> {
    const { JpegLSDecoder } = await charls();
    const decoder = new JpegLSDecoder();
    try {
      const stored = run("jpeg-ls", decoder, frame, layout);
      // Planes one after the other, unless values or lines are interleaved, which the decoder hands out pixel by pixel.
      return decoder.getInterleaveMode() === 0 ? interleaved(stored, layout.samples) : stored;
    } finally {
      decoder.delete();
    }
  },

  async "jpeg-2000"(frame: Uint8Array, layout: Layout): Promise<Stored> {
    const { J2KDecoder } = await openjpeg();
    const decoder = new J2KDecoder();
    try {
      return run("jpeg-2000", decoder, frame, layout);
    } finally {
      decoder.delete();
    }
  },
};

/** Decodes with one of the modules, and copies the numbers out of its memory. */
function run(codec: keyof typeof NAMES, decoder: Decoder, frame: Uint8Array, layout: Layout): Stored {
  decoder.getEncodedBuffer(frame.length).set(frame);
  decoder.decode();
  const { width, height, componentCount, bitsPerSample, isSigned = false } = decoder.getFrameInfo();
  checkShape(codec, layout, width, height, componentCount);
  const decoded = decoder.getDecodedBuffer();
  const count = width * height * componentCount;
  const stored = room(count, bitsPerSample);
  const view = new DataView(decoded.buffer, decoded.byteOffset, decoded.byteLength);
  if (decoded.byteLength < count * (bitsPerSample > 8 ? 2 : 1)) throw new Error("some of it is missing");
  for (let i = 0; i < count; i += 1) {
    const wide = bitsPerSample > 8;
    if (isSigned) stored[i] = wide ? view.getInt16(2 * i, true) : view.getInt8(i);
    else stored[i] = wide ? view.getUint16(2 * i, true) : view.getUint8(i);
  }
  return stored;
}

function checkShape(codec: keyof typeof NAMES, { columns, rows, samples }: Layout, width: number, height: number, components: number): void {
  if (width === columns && height === rows && components === samples) return;
  throw new PictureError(fileTexts.refusals.dicom.shape(`${columns} × ${rows}`, samples, NAMES[codec], `${width} × ${height}`, components));
}

const jpegLossless = once(async () => {
  await checkDecoder("lossless");
  return import("jpeg-lossless-decoder-js");
});

const charls = once(async () => {
  const module = await moduleOf("charls", () => import("@cornerstonejs/codec-charls/decodewasm?url"));
  const { default: factory } = await import("@cornerstonejs/codec-charls/decodewasmjs");
  return factory(module);
});

const openjpeg = once(async () => {
  const module = await moduleOf("openjpeg", () => import("@cornerstonejs/codec-openjpeg/decodewasm?url"));
  const { default: factory } = await import("@cornerstonejs/codec-openjpeg/decodewasmjs");
  return factory(module);
});

/** A decoder's module; what it would write to the console stays out of it. The development server has no hashes, and so no checked bytes. */
async function moduleOf(name: string, url: () => Promise<{ default: string }>): Promise<Parameters<Factory<unknown>>[0]> {
  const checked = await checkDecoder(name);
  const wasmBinary = checked ?? (await (await fetch((await url()).default)).arrayBuffer());
  return { wasmBinary, print: () => undefined, printErr: () => undefined };
}

/** What `make` loads, once; a failure is no fault of the file, and is not kept. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  const failed = (error: unknown): never => {
    made = null;
    const why = error instanceof Error ? ` (${error.message})` : "";
    throw new PictureError(fileTexts.refusals.decoder(why));
  };
  return () => (made ??= make().catch(failed));
}
