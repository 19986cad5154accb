/** Pictures to levels: what is said of it, file headers, DICOM. Exact, and without a browser. */

import { expect, test } from "@playwright/test";
import { type JpegDecoders, readDicom } from "../../../web/src/image/dicom";
import type { ImageInput } from "../../../web/src/card";
import type { Collected } from "../../../web/src/image/colour";
import { fittingSteps } from "../../../web/src/image/fitting";
import { blank, fromLevels, luma, UNIT } from "../../../web/src/image/grey";
import { checkSize, fileType } from "../../../web/src/image/header";
import { jpegHeader } from "../../../web/src/image/jpeg";
import { reduced } from "../../../web/src/image/levels";
import { between, mapToGrey } from "../../../web/src/image/window";
import { CODED, dicom, type DicomOptions, SYNTAX } from "../support/dicom";
import { adobe, JFIF, jpeg, segment } from "../support/jpeg";
import { greyOf, imageInput, levelsOf } from "../support/picture";
import { png } from "../support/png";

const plain = (text: string): string => text.replace(/\u00a0/g, " ");

test("colours become grey by their luma, and white stays white", () => {
  expect([luma(255, 255, 255), luma(255, 0, 0), luma(0, 255, 0), luma(0, 0, 255)]).toEqual([255_000, 76_245, 149_685, 29_070]);
});

test("what is done to a picture is said in numbers", () => {
  const steps = (width: number, height: number, more: Partial<ImageInput>, crop = { x: 0, y: 0, width, height }, grey = true): string[] => {
    const pixels = grey ? blank(width, height) : { width, height, rgb: new Uint8Array(3 * width * height) };
    return fittingSteps(pixels, crop, imageInput(28, 28, more));
  };
  const [shorter, letterbox] = [{ "shorter-side": { size: 32 } }, { letterbox: { fill: 114 } }];
  expect(steps(1024, 900, {}, { x: 62, y: 0, width: 900, height: 900 })).toEqual([
    "Cut out: the largest square in the centre, 900 × 900 pixels from (62, 0).",
    "Averaged over areas of 32.1 × 32.1 pixels to 28 × 28, and rounded to whole grey levels.",
  ]);
  const whole = ["The whole picture is used: nothing is cut off.", "Its 28 × 28 pixels are the model's, one to one."];
  for (const fit of ["centre-crop", "stretch", letterbox] as const) expect(steps(28, 28, { fit })).toEqual(whole);
  expect(steps(280, 280, { filter: "lanczos" })[1]).toBe("Resized to 28 × 28, Lanczos as Pillow does it.");
  const inner = { x: 2, y: 2, width: 24.5, height: 24.5 };
  expect(steps(28, 28, { fit: shorter, filter: "bicubic" }, inner)).toEqual(["Shorter side enlarged to 32, bicubic as Pillow does it; 28 × 28 cut from the centre."]);
  expect(steps(64, 90, { fit: shorter, filter: "linear" }, inner)).toEqual(["Shorter side reduced to 32, linear between neighbours as TensorFlow does it; 28 × 28 cut from the centre."]);
  expect(steps(32, 90, { fit: shorter }, inner)).toEqual(["Shorter side is 32 already; 28 × 28 cut from the centre."]);
  expect(steps(50, 90, { fit: letterbox })).toEqual(["Resized until all of it fits into 28 × 28, each the mean over its area; the rest is filled with level 114."]);
  expect(steps(50, 90, { fit: "stretch", filter: "nearest" })).toEqual(["Stretched to 28 × 28, whatever its shape, nearest pixel as Pillow takes it."]);
  expect(steps(28, 28, { channels: 3 })[0]).toBe("The picture is grey: red, green and blue are read from it alike.");
  expect(steps(28, 28, { filter: "box" }, undefined, false)[0]).toBe("Colours become grey: 0.299 red + 0.587 green + 0.114 blue, as Pillow rounds it.");
});

test("a picture is reduced to be looked at, each pixel the mean of its own", () => {
  const four = fromLevels([0, 10, 20, 255, 4, 6, 21, 0, 1, 1, 1, 1, 2, 2, 2, 2], 4, 4);
  expect(reduced(four, 2)).toEqual({ width: 2, height: 2, channels: 1, levels: Float64Array.of(5, 74, 1.5, 1.5) });
  expect(reduced(four, 9).levels).toEqual(Float64Array.from(four.levels, (level) => level / UNIT));
  const row = { width: 3, height: 1, rgb: Uint8Array.of(1, 2, 3, 40, 50, 60, 60, 70, 80) };
  expect(reduced(row, 2)).toEqual({ width: 2, height: 1, channels: 3, levels: Float64Array.of(1, 50, 2, 60, 3, 70) });
});

test("numbers are mapped to grey through a window", () => {
  const map = (stored: number[], more: Partial<Parameters<typeof mapToGrey>[3]>): number[] => {
    const mapping = { window: between(0, 100), ...more };
    return [...mapToGrey(Int32Array.from(stored), stored.length, 1, mapping).grey.levels];
  };
  expect(map([0, 50, 100], {})).toEqual([0, 127_500, 255_000]);
  expect(map([0, 50, 100], { inverted: true })).toEqual([255_000, 127_500, 0]);
  expect(map([0, 50, 100], { meaning: (stored) => 100 - stored })).toEqual([255_000, 127_500, 0]);
  // PS3.3 C.11.2.1.2: centre 2048, width 4096 maps 0 … 4095 to the whole scale; width 1 is a threshold.
  const window = { centre: 2048, width: 4096, exact: false };
  expect(map([0, 4095, 819], { window })).toEqual([0, 255_000, 51_000]);
  expect(map([-5, 0, 5, 9999], { window: { centre: 5, width: 10, exact: true } })).toEqual([0, 0, 127_500, 255_000]);
  expect(map([99, 100], { window: { centre: 100, width: 1, exact: false } })).toEqual([0, 255_000]);
  expect(map([0, 1424], { window: { centre: 40, width: 401, exact: false }, meaning: (stored) => stored - 1024 })).toEqual([0, 255_000]);
});

test("files are known by their first bytes", () => {
  const bytes = (text: string): Uint8Array => Buffer.from(text.padEnd(140, "\0"), "latin1");
  expect(fileType(png({ width: 1, height: 1, samples: [0] }))).toBe("png");
  expect(fileType(bytes("\xff\xd8\xff\xe0"))).toBe("jpeg");
  expect(fileType(bytes(`${"\0".repeat(128)}DICM`))).toBe("dicom");
  for (const [start, name] of [["GIF89a", "GIF"], ["II*\0", "TIFF"], ["RIFF....WEBP", "WebP"], ["....ftypheic", "a HEIC picture. Pictures can be PNG, JPEG or DICOM files. Most browsers cannot read"], ["....ftypmif1", "HEIC"], ["....ftypavif", "AVIF"], ["....ftypisom", "a video"], ["%PDF-1.7", "PDF"], ["PK\x03\x04", "ZIP"], ["hello", "unknown"]]) {
    expect(() => fileType(bytes(start!)), start).toThrow(name);
  }
  expect(() => fileType(new Uint8Array(2))).toThrow("unknown type");
});

test("sizes and bits are read before anything is decoded", () => {
  const exif = Buffer.from("ffe10022" + "457869660000" + "4d4d002a00000008" + "0001" + "0112000300000001" + "00060000" + "00000000", "hex");
  const frame = Buffer.from("ffc0000b" + "08" + "0384" + "0400" + "01" + "011100", "hex");
  const start = Buffer.from("ffd8", "hex");
  expect(jpegHeader(Buffer.concat([start, frame]))).toMatchObject({ width: 1024, height: 900, bits: 8, orientation: 1 });
  expect(jpegHeader(Buffer.concat([start, exif, frame]))).toMatchObject({ width: 1024, orientation: 6 });
  for (const length of [2, 5, 10]) expect(() => jpegHeader(Buffer.concat([start, frame]).subarray(0, length))).toThrow("cut off");
  expect(() => checkSize(0, 5)).toThrow("no pixels");
  expect(() => checkSize(20_000, 5)).toThrow("20000 × 5");
  expect(() => checkSize(8000, 8000)).toThrow("40 million");
});

const neverJpeg = (): never => {
  throw new Error("no JPEG in this file");
};
const none: JpegDecoders = { decode: neverJpeg, grey: () => [] };
const levels = async (options: DicomOptions): Promise<number[]> => levelsOf(await readDicom(dicom(options), none));
const SMALL = { columns: 3, rows: 2, pixels: [0, 100, 200, 300, 400, 510] };

for (const [name, syntax] of Object.entries(SYNTAX).filter(([name]) => name !== "jpeg")) {
  test(`DICOM, ${name}: numbers of 8 to 16 bits`, async () => {
    expect(await levels({ ...SMALL, syntax })).toEqual([0, 50, 100, 150, 200, 255]);
    expect(await levels({ ...SMALL, syntax, bitsStored: 12, photometric: "MONOCHROME1" })).toEqual([255, 205, 155, 105, 55, 0]);
    // Twelve bits above four that belong to something else.
    const shifted = SMALL.pixels.map((value) => (value << 4) | 9);
    expect(await levels({ ...SMALL, syntax, pixels: shifted, bitsStored: 12, highBit: 15 })).toEqual([0, 50, 100, 150, 200, 255]);
    const signed = { ...SMALL, syntax, signed: true, bitsStored: 12, pixels: [-255, 0, 255, -255, 0, 255].map((v) => v & 0xfff) };
    expect(await levels(signed)).toEqual([0, 127.5, 255, 0, 127.5, 255]);
    for (const vr of ["OB", "OW"] as const) {
      const pixels = [0, 51, 102, 153, 204, 255, 5, 5, 5];
      expect(await levels({ columns: 3, rows: 3, syntax, vr, bitsAllocated: 8, pixels })).toEqual(pixels);
    }
  });
}

test("DICOM: rescaling and windows are applied and named", async () => {
  const more = { "00281050": ["DS", "40"], "00281051": ["DS", "401"], "00281052": ["DS", "-1024"], "00281053": ["DS", "1"] } as DicomOptions["more"];
  const pixels = [0, 864, 864, 1063, 1264, 4095];
  const windowed = await readDicom(dicom({ ...SMALL, pixels, bitsStored: 12, more: more! }), none);
  const { steps } = windowed;
  // The window goes from −160.5 to 239.5 of the rescaled numbers −160, 39 and 240.
  expect([...greyOf(windowed)]).toEqual([0, 319, 319, 127_181, 255_000, 255_000]);
  expect(steps).toEqual([
    "DICOM, explicit little endian: 3 × 2 pixels, 12 bits, MONOCHROME2.",
    "Rescaled as the file says: stored number × 1 − 1024.",
    "Window 40/401 (centre/width): −160.5 and below become black, 239.5 and above white.",
  ]);
  const several = { "00281050": ["DS", "40\\100"], "00281051": ["DS", "401\\20"], } as DicomOptions["more"];
  expect((await readDicom(dicom({ ...SMALL, more: several! }), none)).steps.slice(1)).toEqual([
    "Window 40/401 (centre/width): −160.5 and below become black, 239.5 and above white.",
    "The file names 2 windows: the first is taken.",
  ]);
  const unnamed = await readDicom(dicom({ ...SMALL, more: { "00280008": ["IS", "2"] }, pixels: [...SMALL.pixels, ...SMALL.pixels] }), none);
  expect(unnamed.frames).toBe(2);
  expect(unnamed.steps.slice(1)).toEqual([
    "The file has 2 pictures: the model reads number 1.",
    "The file names no window: 0 and below become black, 510 and above white. These are the percentiles 1 and 99 of the picture without 10\u00a0% at each side.",
  ]);
  expect(unnamed.warnings[0]).toContain("does not say which numbers are black and white: the page guessed");
});

test("DICOM: colours, by pixel and by plane", async () => {
  const common = { columns: 2, rows: 1, samples: 3, bitsAllocated: 8, photometric: "RGB" };
  expect(await levels({ ...common, planar: 0, pixels: [255, 0, 0, 1, 2, 3] })).toEqual([76.245, 1.815]);
  expect(await levels({ ...common, planar: 1, pixels: [255, 1, 0, 2, 0, 3] })).toEqual([76.245, 1.815]);
  expect(await levels({ ...common, planar: 0, photometric: "YBR_FULL", pixels: [200, 128, 128, 7, 1, 2] })).toEqual([200, 7]);
});

const by = (decode: JpegDecoders["decode"]): JpegDecoders => ({ ...none, decode });
const FRAME = jpeg({ width: 3, height: 2, components: [{ h: 1, v: 1, levels: [90] }] });
const COLOURS = { width: 3, height: 2, components: [1, 2, 3].map(() => ({ h: 1, v: 1, levels: [90] })) };

test("DICOM: JPEG frames go to the browser's decoder, the first one only", async () => {
  const decoded: Buffer[] = [];
  const decode = (jpeg: Uint8Array): Promise<Collected> => {
    decoded.push(Buffer.from(jpeg));
    return Promise.resolve({ pixels: fromLevels([0, 10, 20, 30, 40, 51], 3, 2), coloured: 0 });
  };
  const common = { ...SMALL, syntax: SYNTAX.jpeg, bitsAllocated: 8, pixels: [FRAME] };
  const whole = await readDicom(dicom(common), by(decode));
  // Eight bits without a window: from 0 to 255.
  expect(levelsOf(whole)).toEqual([0, 10, 20, 30, 40, 51]);
  expect(whole.steps[0]).toContain("JPEG baseline");
  const colours = await readDicom(dicom({ ...common, samples: 3, photometric: "YBR_FULL_422" }), by(decode));
  expect(levelsOf(colours)).toEqual([0, 10, 20, 30, 40, 51]);
  await readDicom(dicom({ ...common, pixels: [FRAME, Buffer.from("2nd!")], more: { "00280008": ["IS", "2"] } }), by(decode));
  const pieces = [FRAME.subarray(0, 30), FRAME.subarray(30), FRAME, FRAME];
  await readDicom(dicom({ ...common, pixels: pieces, more: { "00280008": ["IS", "3"] } }), by(decode));
  for (const [i, bytes] of decoded.entries()) expect(bytes.subarray(0, FRAME.length), `frame ${i}`).toEqual(FRAME);
  expect(decoded.every(({ length }) => length <= FRAME.length + 1)).toBe(true);
  await expect(readDicom(dicom({ ...common, columns: 4 }), by(decode))).rejects.toThrow("announces 4 × 2 pixels");
  // What ends the fragments in an unusual way, or not at all, says nothing about the picture.
  const odd = dicom({ ...common, delimiter: 0xffffffff });
  for (const file of [odd, odd.subarray(0, odd.length - 8), Buffer.concat([odd, Buffer.from("and something behind it")])]) {
    expect((await readDicom(file, by(decode))).steps[0]).toContain("JPEG baseline");
  }
});

test("DICOM: colours of a JPEG frame are what the header says", async () => {
  const given: Buffer[] = [];
  const decode = (jpeg: Uint8Array): Promise<Collected> => {
    given.push(Buffer.from(jpeg));
    return Promise.resolve({ pixels: fromLevels([0, 10, 20, 30, 40, 51], 3, 2), coloured: 0 });
  };
  const file = (photometric: string, ...before: Buffer[]): Buffer =>
    dicom({ ...SMALL, syntax: SYNTAX.jpeg, bitsAllocated: 8, samples: 3, photometric, pixels: [jpeg({ ...COLOURS, before })] });
  const rgb = adobe(0);
  for (const [i, [bytes, marked]] of ([
    [file("RGB"), true],
    [file("RGB", rgb), true],
    [file("YBR_FULL_422"), false],
    [file("RGB", adobe(1)), false],
    [file("RGB", JFIF), false],
  ] as const).entries()) {
    const { warnings } = await readDicom(bytes, by(decode));
    expect(given.at(-1)!.subarray(2, 18).equals(rgb), `file ${i}`).toBe(marked);
    expect(given.at(-1)!.indexOf(rgb), `file ${i}`).toBe(given.at(-1)!.lastIndexOf(rgb));
    expect(warnings.join(), `file ${i}`).toContain(i < 3 ? "" : "the latter was believed");
  }
  // EXIF data would turn the picture, of which DICOM knows nothing.
  const exif = segment(0xe1, [...Buffer.from("Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0", "latin1")]);
  expect(jpegHeader(jpeg({ ...COLOURS, before: [exif] })).orientation).toBe(6);
  await readDicom(file("YBR_FULL_422", exif), by(decode));
  expect(jpegHeader(given.at(-1)!).orientation).toBe(1);
});

/** A run-length coded frame of these planes of bytes, each twice as it is and then as a run. */
function rle(planes: Buffer[], announced = planes.length): Buffer {
  const packed = planes.map((plane) => {
    const half = plane.length >> 1;
    const runs = [...plane.subarray(half)].flatMap((value) => [0x81 + 127, 0, value].slice(1));
    return Buffer.from([half - 1, ...plane.subarray(0, half), ...runs]);
  });
  const header = Buffer.alloc(64);
  header.writeUInt32LE(announced, 0);
  packed.reduce((at, part, i) => (header.writeUInt32LE(at, 4 + 4 * i), at + part.length), 64);
  return Buffer.concat([header, ...packed]);
}

test("DICOM: run lengths, in planes of bytes", async () => {
  const planes = [SMALL.pixels.map((value) => value >> 8), SMALL.pixels.map((value) => value & 255)].map((plane) => Buffer.from(plane));
  expect(await levels({ ...SMALL, syntax: CODED.runLengths, pixels: [rle(planes)] })).toEqual([0, 50, 100, 150, 200, 255]);
  const colours = [[255, 1], [0, 2], [0, 3]].map((plane) => Buffer.from(plane));
  const common = { columns: 2, rows: 1, samples: 3, bitsAllocated: 8, photometric: "RGB", syntax: CODED.runLengths };
  expect(await levels({ ...common, pixels: [rle(colours)] })).toEqual([76.245, 1.815]);
  // A run of as many as there can be, and what means nothing.
  const long = Buffer.concat([rle([]), Buffer.from([0x80, 0x81, 7])]);
  long.writeUInt32LE(1, 0);
  long.writeUInt32LE(64, 4);
  const one = { columns: 128, rows: 1, bitsAllocated: 8, syntax: CODED.runLengths, pixels: [long] };
  expect(new Set(await levels(one))).toEqual(new Set([7]));
});

test("DICOM: one bit, and 32, signed or not", async () => {
  const bits = { columns: 3, rows: 3, bitsAllocated: 1, vr: "OB" as const, pixels: [0b10100101, 1] };
  expect(await levels(bits)).toEqual([1, 0, 1, 0, 0, 1, 0, 1, 1].map((bit) => 255 * bit));
  for (const syntax of [SYNTAX.explicit, SYNTAX.bigEndian]) {
    const wide = { columns: 3, rows: 1, bitsAllocated: 32, syntax, pixels: [0, 2 ** 31, 2 ** 32 - 1] };
    const more: DicomOptions["more"] = { "00281050": ["DS", "2147483648"], "00281051": ["DS", "4294967296"], "00281056": ["CS", "LINEAR_EXACT"] };
    expect(await levels({ ...wide, more })).toEqual([0, 127.5, 255]);
    const below: DicomOptions["more"] = { ...more, "00281050": ["DS", "0"] };
    expect(await levels({ ...wide, more: below, signed: true, pixels: [2 ** 31, 0, 2 ** 31 - 1] })).toEqual([0, 127.5, 255]);
  }
});

test("DICOM: palettes, plain and in segments, and wide colours", async () => {
  const words = (...values: number[]): Buffer => Buffer.from(Uint16Array.from(values).buffer);
  const common = { columns: 3, rows: 1, bitsAllocated: 8, photometric: "PALETTE COLOR", pixels: [9, 10, 12] };
  const palette = (entries: string, red: Buffer, green: Buffer, blue: Buffer): DicomOptions["more"] => ({
    ...Object.fromEntries(["00281101", "00281102", "00281103"].map((tag) => [tag, ["US", words(3, 10, 16)]])),
    [`0028${entries}1`]: ["OW", red],
    [`0028${entries}2`]: ["OW", green],
    [`0028${entries}3`]: ["OW", blue],
  });
  const plain = palette("120", words(0xff00, 0, 0), words(0, 0xff00, 0), words(0, 0, 0xff00));
  // Numbers beyond the ends have the colours of the ends.
  expect(await levels({ ...common, more: plain! })).toEqual([76.245, 76.245, 29.07]);
  const segments = palette("122", words(0, 1, 0xff00, 1, 2, 0), words(0, 3, 0, 0xff00, 0), words(0, 2, 0, 0, 0, 1, 0xff00));
  expect(await levels({ ...common, pixels: [10, 11, 12], more: segments! })).toEqual([76.245, 187.658, 29.07]);
  const wide = { columns: 1, rows: 1, samples: 3, bitsAllocated: 16, photometric: "RGB", pixels: [65_535, 0, 0] };
  expect(await levels(wide)).toEqual([76.245]);
});

test("DICOM: subsampled colours that are not compressed", async () => {
  const pixels = [200, 7, 128, 128, 30, 40, 128, 128];
  expect(await levels({ columns: 4, rows: 1, samples: 3, bitsAllocated: 8, photometric: "YBR_FULL_422", pixels })).toEqual([200, 7, 30, 40]);
});

test("DICOM: a table for what numbers mean, and a window that is a curve", async () => {
  const words = (...values: number[]): Buffer => Buffer.from(Uint16Array.from(values).buffer);
  const table: DicomOptions["more"] = {
    "00283000": ["SQ", [{ "00283002": ["US", words(3, 0, 16)], "00283006": ["OW", words(1000, 500, 0)] }]],
    "00281050": ["DS", "500"],
    "00281051": ["DS", "1000"],
    "00281056": ["CS", "LINEAR_EXACT"],
  };
  expect(await levels({ columns: 4, rows: 1, pixels: [0, 1, 2, 9], more: table })).toEqual([255, 127.5, 0, 0]);
  const curve: DicomOptions["more"] = { "00281050": ["DS", "100"], "00281051": ["DS", "40"], "00281056": ["CS", "SIGMOID"] };
  const expected = [60, 100, 120].map((value) => Math.round(255_000 / (1 + Math.exp((-4 * (value - 100)) / 40))) / 1000);
  expect(await levels({ columns: 3, rows: 1, pixels: [60, 100, 120], more: curve })).toEqual(expected);
});

test("DICOM: any of several pictures can be read, and the windows of a file have names", async () => {
  const more: DicomOptions["more"] = {
    "00280008": ["IS", "2"],
    "00281050": ["DS", "255\\1"],
    "00281051": ["DS", "511\\2"],
    "00281055": ["LO", "WIDE\\NARROW"],
  };
  const file = dicom({ columns: 3, rows: 1, pixels: [0, 100, 200, 300, 400, 510], more });
  const second = await readDicom(file, none, { frame: 1 });
  expect(levelsOf(second).map(Math.round)).toEqual([150, 200, 255]);
  expect(second.scale!.offers.map(({ name }) => name)).toEqual(["WIDE", "NARROW"]);
  const planes = [Buffer.from([0, 0, 0]), Buffer.from([1, 2, 3])];
  const frames = [rle(planes), rle([planes[0]!, planes[0]!])];
  const common = { columns: 3, rows: 1, bitsStored: 8, more: { "00280008": ["IS", "2"] } satisfies DicomOptions["more"] };
  const coded = dicom({ ...common, syntax: CODED.runLengths, pixels: frames });
  expect(levelsOf(await readDicom(coded, none, { frame: 0 }))).toEqual([1, 2, 3]);
  expect(levelsOf(await readDicom(coded, none, { frame: 1 }))).toEqual([0, 0, 0]);
});

test("DICOM: files without the header that they should have, and with bytes behind what is deflated", async () => {
  const whole = dicom(SMALL);
  const expected = [0, 50, 100, 150, 200, 255];
  const meta = whole.indexOf(Buffer.from("0200000055", "hex"));
  const data = whole.indexOf(Buffer.from("28000200", "hex"));
  // A data set that begins as those do that begin at all: with a group that comes first.
  const first = Buffer.concat([Buffer.from("08000500", "hex"), Buffer.from("CS"), Buffer.from("0a00", "hex"), Buffer.from("ISO_IR 100")]);
  const bare = Buffer.concat([first, whole.subarray(data)]);
  const implicit = dicom({ ...SMALL, syntax: SYNTAX.implicit });
  const values = implicit.subarray(implicit.indexOf(Buffer.from("28000200", "hex")));
  const silent = Buffer.concat([Buffer.from("080005000a000000", "hex"), Buffer.from("ISO_IR 100"), values]);
  for (const file of [whole.subarray(meta), whole.subarray(128), bare, silent]) {
    expect(fileType(file)).toBe("dicom");
    expect(levelsOf(await readDicom(file, none))).toEqual(expected);
  }
  const deflated = dicom({ ...SMALL, syntax: SYNTAX.deflated });
  for (const behind of [Buffer.alloc(1), Buffer.from("and something else")]) {
    expect(levelsOf(await readDicom(Buffer.concat([deflated, behind]), none))).toEqual(expected);
  }
});

const REFUSED: [string, DicomOptions, RegExp][] = [
  ["a video", { ...SMALL, syntax: "1.2.840.10008.1.2.4.102" }, /MPEG video .*is not read here/],
  ["a palette without colours", { ...SMALL, photometric: "PALETTE COLOR" }, /palette of colours makes no sense/],
  ["64 bits", { ...SMALL, bitsAllocated: 64, pixels: [] }, /64 bits per value. 1, 8, 16, 32/],
  ["more bits stored than allocated", { ...SMALL, bitsStored: 17 }, /contradicts itself/],
  ["too few pixels", { ...SMALL, rows: 3 }, /18 bytes of pixels, and 12 are there/],
  ["no rows", { ...SMALL, rows: 0 }, /no pixels/],
  ["a picture too large", { ...SMALL, columns: 60_000 }, /60000 × 2 pixels/],
  ["a window of no known form", { ...SMALL, more: { "00281050": ["DS", "1"], "00281051": ["DS", "2"], "00281056": ["CS", "ROUND"] } }, /form ROUND/],
  ["a window that is no number", { ...SMALL, more: { "00281050": ["DS", "1"], "00281051": ["DS", "wide"] } }, /window centre and width/],
  ["slope nought", { ...SMALL, more: { "00281053": ["DS", "0"] } }, /slope and intercept/],
  ["run lengths that end early", { ...SMALL, syntax: CODED.runLengths, pixels: [rle([Buffer.from([1, 1])], 2)] }, /run-length coded picture ends early/],
  ["run lengths of other planes", { ...SMALL, syntax: CODED.runLengths, pixels: [rle([Buffer.from([1, 1])])] }, /in 1 planes/],
];

for (const [name, options, message] of REFUSED) {
  test(`DICOM, refused: ${name}`, async () => {
    await expect(readDicom(dicom(options), none)).rejects.toThrow(message);
  });
}

test("DICOM: a file that is cut off anywhere, or altered, is refused with words and never hangs", async () => {
  for (const syntax of [SYNTAX.explicit, SYNTAX.implicit, SYNTAX.bigEndian, SYNTAX.deflated]) {
    const file = dicom({ ...SMALL, syntax });
    for (let length = 132; length < file.length - 1; length += 1) {
      const error: Error = await readDicom(file.subarray(0, length), none).then(() => new Error("read"), (e: Error) => e);
      expect(plain(error.message), `${syntax}, ${length} of ${file.length} bytes`).toMatch(/^This (DICOM|picture)/);
    }
    for (let i = 132; i < file.length; i += 1) {
      const altered = Buffer.from(file);
      altered[i]! ^= 0xff;
      await readDicom(altered, none).catch((error: Error) => expect(error.message).toMatch(/^This (DICOM|picture)/));
    }
  }
});
