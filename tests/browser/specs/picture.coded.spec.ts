/** DICOM pictures in codings that browsers do not decode: decoders are loaded when a file needs them, and are what was built. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { bundle } from "../support/cards";
import { CODED, dicom, type DicomOptions } from "../support/dicom";
import { expect, test } from "../support/fixtures";
import { pickModel } from "../support/page";

const MODEL = bundle("pneumonia");
const require = createRequire(import.meta.url);

/** Encoders, in the packages that the page's decoders are from. */
interface Encoder {
  getDecodedBuffer(info: object): Uint8Array;
  encode(): void;
  getEncodedBuffer(): Uint8Array;
}

async function encoded(name: "charls" | "openjpeg", pixels: number[], width: number, height: number): Promise<Buffer> {
  const factory = require(`@cornerstonejs/codec-${name}/wasmjs`) as (options: object) => Promise<Record<string, new () => Encoder>>;
  const wasmBinary = readFileSync(require.resolve(`@cornerstonejs/codec-${name}/wasm`));
  const module = await factory({ wasmBinary, print: () => undefined, printErr: () => undefined });
  const encoder = new module[name === "charls" ? "JpegLSEncoder" : "J2KEncoder"]!();
  const info = { width, height, bitsPerSample: 12, componentCount: 1, isSigned: false, isUsingColorTransform: false };
  encoder.getDecodedBuffer(info).set(new Uint8Array(Uint16Array.from(pixels).buffer));
  encoder.encode();
  return Buffer.from(encoder.getEncodedBuffer());
}

/** Lossless JPEG (ITU-T T.81, H) with the neighbour to the left as prediction, and codes of four bits for the lengths of differences. */
function lossless(pixels: number[], width: number, height: number): Buffer {
  const bits: number[] = [];
  const put = (value: number, count: number): void => {
    for (let i = count - 1; i >= 0; i -= 1) bits.push((value >> i) & 1);
  };
  for (const [i, value] of pixels.entries()) {
    const before = i === 0 ? 2 ** 11 : i % width === 0 ? pixels[i - width]! : pixels[i - 1]!;
    const difference = value - before;
    const size = difference === 0 ? 0 : 32 - Math.clz32(Math.abs(difference));
    put(size, 4);
    put(difference < 0 ? difference + 2 ** size - 1 : difference, size);
  }
  while (bits.length % 8 > 0) bits.push(1);
  const scan = Array.from({ length: bits.length / 8 }, (_, i) => parseInt(bits.slice(8 * i, 8 * i + 8).join(""), 2));
  const stuffed = scan.flatMap((byte) => (byte === 0xff ? [0xff, 0] : [byte]));
  const short = (value: number): number[] => [value >> 8, value & 255];
  const frame = [0xff, 0xc3, 0, 11, 12, ...short(height), ...short(width), 1, 1, 0x11, 0];
  const table = [0xff, 0xc4, 0, 19 + 14, 0, 0, 0, 0, 14, ...new Array<number>(12).fill(0), ...Array.from({ length: 14 }, (_, i) => i)];
  return Buffer.from([0xff, 0xd8, ...frame, ...table, 0xff, 0xda, 0, 8, 1, 1, 0, 1, 0, 0, ...stuffed, 0xff, 0xd9]);
}

const [WIDTH, HEIGHT] = [64, 48];
const PIXELS = Array.from({ length: WIDTH * HEIGHT }, (_, i) => (37 * (i % WIDTH) + 61 * Math.floor(i / WIDTH) + ((i * i) % 97)) % 4096);

test("each coding gives the numbers of the uncompressed picture, and loads its decoder alone", async ({ page, recording, server }) => {
  await pickModel(page, server.url, MODEL.id);
  const common: DicomOptions = {
    columns: WIDTH,
    rows: HEIGHT,
    pixels: PIXELS,
    bitsStored: 12,
    more: { "00281050": ["DS", "2048"], "00281051": ["DS", "4096"] },
  };
  const read = async (name: string, file: Buffer): Promise<ArrayLike<number>> => {
    const before = (await recording.pictures()).length;
    await page.locator("#picture-file").setInputFiles({ name, mimeType: "application/dicom", buffer: file });
    await expect(page.locator(".drop-status")).toContainText(`“${name}” was read`);
    const pictures = await recording.pictures();
    expect(pictures.length).toBe(before + 1);
    return pictures.at(-1)!.preview.levels;
  };
  const fetched = (part: string): boolean => recording.requests.some((request) => request.includes(part));
  const expected = await read("plain.dcm", dicom(common));
  expect(["charls", "openjpeg", "lossless"].some(fetched)).toBe(false);
  for (const [part, syntax, frame] of [
    ["lossless", CODED.lossless, lossless(PIXELS, WIDTH, HEIGHT)],
    ["charls", CODED.jpegLs, await encoded("charls", PIXELS, WIDTH, HEIGHT)],
    ["openjpeg", CODED.jpeg2000, await encoded("openjpeg", PIXELS, WIDTH, HEIGHT)],
  ] as const) {
    expect(fetched(part), part).toBe(false);
    expect(await read(`${part}.dcm`, dicom({ ...common, syntax, pixels: [frame] })), part).toEqual(expected);
    expect(fetched(part), part).toBe(true);
    // What is cut off is refused by the decoder or by its numbers.
    const cut = dicom({ ...common, syntax, pixels: [frame.subarray(0, 40)] });
    await page.locator("#picture-file").setInputFiles({ name: "cut.dcm", mimeType: "application/dicom", buffer: cut });
    await expect(page.getByRole("alert")).toContainText("cannot be used");
  }
  expect(recording.problems).toEqual([]);
});

test("of several pictures one can be chosen, and one of the file's windows", async ({ page, server }) => {
  await pickModel(page, server.url, MODEL.id);
  const second = PIXELS.map((value) => 4095 - value);
  const more: DicomOptions["more"] = {
    "00280008": ["IS", "2"],
    "00281050": ["DS", "2048\\1000"],
    "00281051": ["DS", "4096\\500"],
    "00281055": ["LO", "WHOLE\\SOFT TISSUE"],
  };
  const file = dicom({ columns: WIDTH, rows: HEIGHT, pixels: [...PIXELS, ...second], bitsStored: 12, more });
  await page.locator("#picture-file").setInputFiles({ name: "two.dcm", mimeType: "application/dicom", buffer: file });
  await expect(page.locator(".steps")).toContainText("the model reads number 1");
  await page.getByLabel("Which of the file's pictures").fill("2");
  await expect(page.locator(".steps")).toContainText("the model reads number 2");
  await page.getByLabel("From the file").selectOption("SOFT TISSUE");
  await expect(page.locator(".steps")).toContainText("Window 1000/500");
  await expect(page.locator(".steps")).toContainText("the model reads number 2");
});
