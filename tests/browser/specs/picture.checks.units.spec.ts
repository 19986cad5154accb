/** What pictures are checked for: whole files, how their numbers are meant, what they show. Without a browser. */

import { expect, test } from "@playwright/test";
import { readDicom } from "../../../web/src/image/dicom";
import { domainWarnings } from "../../../web/src/image/domain";
import { ageBetween, ageOf } from "../../../web/src/image/facts";
import { Collector } from "../../../web/src/image/colour";
import { fromLevels, UNIT } from "../../../web/src/image/grey";
import { checkJpeg as checkJpegBy } from "../../../web/src/image/jpeg";
import { levelsOf as levelsOfValues } from "../../../web/src/image/levels";
import type { Picture } from "../../../web/src/image/picture";
import type { Rect } from "../../../web/src/image/protocol";
import { readPng } from "../../../web/src/image/png";
import { judge } from "../../../web/src/image/quality";
import { dicom, type DicomOptions, type Elements, SYNTAX } from "../support/dicom";
import { jpeg, type JpegOptions } from "../support/jpeg";
import { coloursOf, greyOf, imageInput, levelsOf } from "../support/picture";
import { chunk, png, type PngOptions } from "../support/png";
import { checkJpegScans } from "../support/scans";

const never = (): never => {
  throw new Error("no JPEG in this file");
};
const neverJpeg = { decode: never, grey: never };
const checkJpeg = (bytes: Uint8Array): ReturnType<typeof checkJpegBy> => checkJpegBy(bytes, checkJpegScans);
const plain = (text: string): string => text.replace(/\u00a0/g, " ");

let seed = 1;
const random = (below: number): number => ((seed = (seed * 48271) % 2147483647), seed % below);

const KINDS: [PngOptions["colour"] & string, NonNullable<PngOptions["bits"]>[], channels: number][] = [
  ["grey", [1, 2, 4, 8, 16], 1],
  ["rgb", [8, 16], 3],
  ["palette", [1, 2, 4, 8], 1],
  ["grey-alpha", [8, 16], 2],
  ["rgba", [8, 16], 4],
];

for (const [colour, depths, channels] of KINDS) {
  test(`PNG, ${colour}: all depths, filters and sizes, interlaced or not`, async () => {
    for (const bits of depths) {
      for (const [width, height] of [[1, 1], [5, 3], [13, 11]] as const) {
        const white = 2 ** bits - 1;
        const samples = Array.from({ length: width * height * channels }, (_, i) => (i < channels ? white : random(white + 1)));
        const palette = Array.from({ length: 3 * (white + 1) }, (_, i) => (colour === "palette" && bits < 16 ? (i * 37) & 255 : 0));
        const shown = Array.from({ length: width * height }, (_, i) => {
          const [a, b = a, c = a] = colour === "palette"
            ? palette.slice(3 * samples[i]!, 3 * samples[i]! + 3)
            : samples.slice(i * channels, i * channels + (channels < 3 ? 1 : 3));
          const top = colour === "palette" ? 255 : white;
          const alpha = channels % 2 === 0 ? samples[i * channels + channels - 1]! / white : 1;
          return Math.round(((299 * a! + 587 * b! + 114 * c!) * 255 * alpha) / top) / UNIT;
        });
        for (const interlaced of [false, true]) {
          for (const filters of [[0], [1], [2], [3], [4], [4, 0, 3, 1, 2]]) {
            const file = png({ width, height, samples, bits, colour, filters, interlaced, before: colour === "palette" ? [["PLTE", palette]] : [] });
            const levels = levelsOf(await readPng(file));
            expect(levels, `${bits} bits, ${width} × ${height}, filters ${filters}, ${interlaced}`).toEqual(shown);
          }
        }
      }
    }
  });
}

const RAMP = { width: 4, height: 1, bits: 16 } as const;

test("PNG: 16 bits that hold fewer are scaled by what they hold, and it is said", async () => {
  const twelve = await readPng(png({ ...RAMP, samples: [0, 1365, 2730, 4095] }));
  expect(levelsOf(twelve)).toEqual([0, 85, 170, 255]);
  expect(twelve.warnings).toEqual([
    "The picture has 16 bits per channel, and its largest number is 4095: it is taken for one of 12 bits, where 4095 is white. " +
      "Adjust the window below if that is wrong.",
  ]);
  expect(twelve.scale).toMatchObject({ window: { centre: 2047.5, width: 4095 }, least: 0, most: 4095 });
  // As the person sets it.
  const window = { centre: 2730, width: 2730, exact: true };
  expect(levelsOf(await readPng(png({ ...RAMP, samples: [0, 1365, 2730, 4095] }), { window }))).toEqual([0, 0, 127.5, 255]);
  for (const [most, white] of [[255, 255], [256, 1023], [1024, 4095], [4096, 16_383], [20_000, 32_767]] as const) {
    expect((await readPng(png({ ...RAMP, samples: [0, 0, 1, most] }))).warnings.join(), `${most}`).toContain(`where ${white} is white`);
  }
  // A dark picture of 16 bits whose file says so, and one that uses them all.
  expect((await readPng(png({ ...RAMP, samples: [0, 1, 2, 4095], before: [["sBIT", [16]]] }))).warnings).toEqual([]);
  const all = await readPng(png({ ...RAMP, samples: [0, 257, 40_000, 65_535] }));
  expect([levelsOf(all), all.warnings]).toEqual([[0, 1, 155.642, 255], []]);
  const colours = await readPng(png({ width: 1, height: 1, bits: 16, colour: "rgb", samples: [4095, 4095, 4095] }));
  expect([levelsOf(colours), colours.warnings.length, colours.scale]).toEqual([[255], 1, null]);
});

test("PNG: transparency goes on black, one way for every browser, and is said", async () => {
  const half = await readPng(png({ width: 2, height: 1, colour: "grey-alpha", samples: [200, 255, 200, 51] }));
  expect(levelsOf(half)).toEqual([200, 40]);
  expect(half.warnings.map(plain)).toEqual(["Parts of the picture are transparent (50 % of its pixels): they are put on black."]);
  expect((await readPng(png({ width: 1, height: 1, colour: "rgba", samples: [9, 9, 9, 255] }))).warnings).toEqual([]);
  const keyed = await readPng(png({ width: 3, height: 1, samples: [9, 10, 11], before: [["tRNS", [0, 10]]] }));
  expect(levelsOf(keyed)).toEqual([9, 0, 11]);
  const palette = await readPng(
    png({ width: 3, height: 1, colour: "palette", samples: [0, 1, 2], before: [["PLTE", [50, 50, 50, 60, 60, 60, 70, 70, 70]], ["tRNS", [255, 0]]] }),
  );
  expect(levelsOf(palette)).toEqual([50, 0, 70]);
});

test("PNG: a file that is not whole is refused, wherever it ends and whichever byte is another", async () => {
  const samples = Array.from({ length: 64 }, (_, i) => (i * 7) & 255);
  const file = png({ width: 8, height: 8, samples });
  expect(levelsOf(await readPng(Buffer.concat([file, Buffer.from("behind the end")])))).toEqual(samples);
  for (let length = 8; length < file.length; length += 1) {
    await expect(readPng(file.subarray(0, length)), `${length} bytes`).rejects.toThrow(/^This PNG file is damaged or cut off/);
  }
  for (let i = 8; i < file.length; i += 1) {
    const altered = Buffer.from(file);
    altered[i]! ^= 1;
    await expect(readPng(altered), `byte ${i}`).rejects.toThrow(/^This (PNG|picture)/);
  }
  // Right checksums, and rows that are missing.
  const short = png({ width: 8, height: 4, samples: samples.slice(0, 32) });
  const idat = short.indexOf("IDAT");
  const data = short.subarray(idat + 4, idat + 4 + short.readUInt32BE(idat - 4));
  const head = png({ width: 8, height: 8, samples }).subarray(0, 33);
  await expect(readPng(Buffer.concat([head, chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))]))).rejects.toThrow("not all there");
  await expect(readPng(Buffer.concat([head, chunk("IEND", Buffer.alloc(0))]))).rejects.toThrow("not all there");
  await expect(readPng(png({ width: 1, height: 1, samples: [0], before: [["XXXX", []]] }))).rejects.toThrow("XXXX");
  await expect(readPng(png({ width: 1, height: 1, samples: [0], colour: "palette" }))).rejects.toThrow("colours are missing");
});

const blocks = (n: number): number[] => Array.from({ length: n }, () => 20 + random(200));
const JPEGS: [string, JpegOptions][] = [
  ["grey", { width: 21, height: 30, components: [{ h: 1, v: 1, levels: blocks(12) }] }],
  ["colours at half size", { width: 40, height: 20, components: [{ h: 2, v: 2, levels: blocks(24) }, { h: 1, v: 1, levels: blocks(6) }, { h: 1, v: 1, levels: blocks(6) }] }],
];

for (const [name, options] of JPEGS) {
  for (const progressive of [false, true]) {
    for (const restart of [0, 2]) {
      test(`JPEG, ${name}${progressive ? ", progressive" : ""}${restart ? ", with restarts" : ""}: whole, or refused`, () => {
        const file = jpeg({ ...options, progressive, restart });
        expect(checkJpeg(file)).toMatchObject({ width: options.width, height: options.height, bits: 8, components: options.components.length });
        expect(checkJpeg(Buffer.concat([file, Buffer.from("behind the end")]))).toBeDefined();
        const end = Buffer.from([0xff, 0xd9]);
        for (let length = 4; length < file.length; length += 1) {
          expect(() => checkJpeg(file.subarray(0, length)), `${length} bytes`).toThrow("cut off or damaged");
          // An end marker behind what is left makes it look whole, which it is when only filling bits are lost.
          const capped = Buffer.concat([file.subarray(0, length), end]);
          if (length < file.length - 3) expect(() => checkJpeg(capped), `${length} bytes and an end`).toThrow("cut off or damaged");
        }
      });
    }
  }
}

test("JPEG: kinds that browsers do not decode, or not alike, are named", () => {
  const file = jpeg(JPEGS[0]![1]);
  const frame = file.indexOf(Buffer.from([0xff, 0xc0]));
  const altered = (at: number, value: number): Buffer => Buffer.concat([file.subarray(0, frame + at), Buffer.from([value]), file.subarray(frame + at + 1)]);
  expect(() => checkJpeg(altered(1, 0xc3))).toThrow("lossless coding");
  expect(() => checkJpeg(altered(1, 0xc9))).toThrow("arithmetic coding");
  expect(() => checkJpeg(altered(4, 12))).toThrow("12 bits per channel");
  const four = jpeg({ width: 8, height: 8, components: [1, 2, 3, 4].map(() => ({ h: 1, v: 1, levels: [9] })) });
  expect(() => checkJpeg(four)).toThrow("4 colour channels");
  // Codes that do not exist: the tables have 17 of 256.
  const bad = Buffer.from(file);
  bad.fill(0xee, file.length - 6, file.length - 2);
  expect(() => checkJpeg(bad)).toThrow("code that does not exist");
});

/** 100 × 100 pixels from 1000 to 1990 by column, a border of noughts and a small bright marker. */
function marked(): number[] {
  return Array.from({ length: 10_000 }, (_, i) => {
    const [x, y] = [i % 100, Math.floor(i / 100)];
    if (x < 8 || y < 8 || x >= 92 || y >= 92) return 0;
    return x >= 80 && x < 85 && y >= 12 && y < 17 ? 4095 : 1000 + 10 * x;
  });
}

test("DICOM: without a window, neither a marker nor a border moves the scale", async () => {
  const common = { columns: 100, rows: 100, bitsStored: 12, pixels: marked() };
  const guessed = await readDicom(dicom(common), neverJpeg);
  const { steps, warnings, scale } = guessed;
  // 25 of 6400 pixels are the marker: the percentiles are the first and last column inside.
  expect(scale).toEqual({ window: { centre: 1495, width: 790, exact: true }, least: 0, most: 4095, offers: [] });
  expect(greyOf(guessed)[50 * 100 + 10]).toBe(0);
  expect(greyOf(guessed)[50 * 100 + 50]).toBe(Math.round((255_000 * 400) / 790));
  expect(plain(steps[1]!)).toBe(
    "The file names no window: 1100 and below become black, 1890 and above white. These are the percentiles 1 and 99 of the picture without 10 % at each side.",
  );
  expect(warnings.join()).toContain("the page guessed");
  // A window without a width is none, and what stands for no pixel does not count.
  const empty = { "00281050": ["DS", "2000"], "00281051": ["DS", "0"] } satisfies Elements;
  const none = await readDicom(dicom({ ...common, more: empty }), neverJpeg);
  expect(none.scale!.window).toEqual(scale!.window);
  expect(none.steps[1]).toContain("The file's window has no width, so it counts as none");
  const padded = marked().map((value, i) => (i % 100 < 50 ? 0 : value));
  const short = (value: number): Buffer => Buffer.from([value & 255, value >> 8]);
  const padding = await readDicom(dicom({ ...common, pixels: padded, more: { "00280120": ["US", short(0)] } }), neverJpeg);
  expect(padding.scale!.window).toEqual({ centre: 1695, width: 390, exact: true });
  // As the person sets it.
  const chosen = await readDicom(dicom(common), neverJpeg, { window: { centre: 2000, width: 1000, exact: true } });
  expect(chosen.steps[1]).toBe("Window 2000/1000 (centre/width), as you set it: 1500 and below become black, 2500 and above white.");
  expect([greyOf(chosen)[50 * 100 + 75], chosen.warnings]).toEqual([Math.round(255 * 250), []]);
});

const words = (...values: number[]): Buffer => Buffer.concat(values.map((value) => Buffer.from([value & 255, (value >> 8) & 255])));
const SMALL = { columns: 3, rows: 2, pixels: [0, 100, 200, 300, 400, 510] };
const WINDOW = { "00281050": ["DS", "255.5"], "00281051": ["DS", "511"] } satisfies Elements;

test("DICOM: look-up tables for display are applied, before a window", async () => {
  const table = (first: number, entries: number[], bits: number, packed = false): Elements => ({
    "00283002": ["US", words(entries.length, first, bits)],
    "00283006": ["OW", packed ? Buffer.from(entries) : words(...entries)],
  });
  const show = (item: Elements, more: Partial<DicomOptions> = {}): Promise<Picture> =>
    readDicom(dicom({ ...SMALL, more: { ...WINDOW, "00283010": ["SQ", [item]] }, ...more }), neverJpeg);
  const four = await show(table(100, [0, 5, 10, 15], 4), { pixels: [0, 100, 101, 102, 103, 999] });
  expect(levelsOf(four)).toEqual([0, 0, 85, 170, 255, 255]);
  expect(four.steps[1]).toBe("The file's look-up table for display (VOI LUT) is applied: it goes from 100 to 103.");
  expect(four.scale!.window).toEqual({ centre: 101.5, width: 3, exact: true });
  expect(levelsOf(await show(table(0, [7, 3, 51, 255], 8, true), { pixels: [0, 1, 2, 3, 4, 5] }))).toEqual([7, 3, 51, 255, 255, 255]);
  expect(levelsOf(await show(table(0, [7, 3, 51, 255], 8), { pixels: [0, 1, 2, 3, 4, 5], syntax: SYNTAX.implicit }))).toEqual([7, 3, 51, 255, 255, 255]);
  // 2^16 entries are written as none; a number below nought is signed.
  const large = Array.from({ length: 65_536 }, (_, i) => 65_535 - i);
  const whole = { ...table(0, large, 16), "00283002": ["US", words(0, 0, 16)] } satisfies Elements;
  expect(levelsOf(await show(whole, { pixels: [0, 257, 514, 65_535, 0, 0] }))).toEqual([255, 254, 253, 0, 255, 255]);
  const signed = { ...table(0, [0, 255], 8), "00283002": ["SS", words(2, -1, 8)] } satisfies Elements;
  expect(levelsOf(await show(signed, { signed: true, pixels: [-2, -1, 0, 1, 2, 3] }))).toEqual([0, 0, 255, 255, 255, 255]);
  // With a window of the person's own the table is out of use.
  const file = dicom({ ...SMALL, more: { "00283010": ["SQ", [table(0, [0, 15], 4)]] } });
  const own = await readDicom(file, neverJpeg, { window: { centre: 255, width: 510, exact: true } });
  expect(levelsOf(own)).toEqual([0, 50, 100, 150, 200, 255]);
  await expect(show({ ...table(0, [1], 8), "00283006": ["OW", Buffer.alloc(0)] })).rejects.toThrow("VOI LUT) makes no sense");
  await expect(show(table(0, [1, 2], 17))).rejects.toThrow("VOI LUT) makes no sense");
});

test("DICOM: windows and rescaling in functional groups, the frame's before the shared", async () => {
  const window = (centre: string, width: string): Elements => ({ "00289132": ["SQ", [{ "00281050": ["DS", centre], "00281051": ["DS", width] }]] });
  const rescale = { "00289145": ["SQ", [{ "00281052": ["DS", "-10"], "00281053": ["DS", "2"] }]] } satisfies Elements;
  for (const syntax of [SYNTAX.explicit, SYNTAX.implicit, SYNTAX.bigEndian]) {
    const shared = { "52009229": ["SQ", [{ ...window("255.5", "511"), ...rescale }]] } satisfies Elements;
    const { steps } = await readDicom(dicom({ ...SMALL, syntax, more: shared }), neverJpeg);
    expect(steps.slice(1)).toEqual([
      "Rescaled as the file says: stored number × 2 − 10.",
      "Window 255.5/511 (centre/width): 0 and below become black, 510 and above white.",
    ]);
    const both = { ...shared, "52009230": ["SQ", [window("100", "101"), window("1", "2")]], "00280008": ["IS", "2"] } satisfies Elements;
    const frames = await readDicom(dicom({ ...SMALL, syntax, pixels: [...SMALL.pixels, ...SMALL.pixels], more: both }), neverJpeg);
    expect(frames.steps[3]).toContain("Window 100/101 (centre/width)");
    const second = await readDicom(dicom({ ...SMALL, syntax, pixels: [...SMALL.pixels, ...SMALL.pixels], more: both }), neverJpeg, { frame: 1 });
    expect(second.steps[3]).toContain("Window 1/2 (centre/width)");
  }
});

test("DICOM: bytes behind the picture are left alone, and one that is cut off is refused", async () => {
  const file = dicom({ ...SMALL, more: WINDOW });
  for (const tail of [Buffer.alloc(50), Buffer.from("no DICOM at all"), Buffer.alloc(7, 0xff)]) {
    expect(levelsOf(await readDicom(Buffer.concat([file, tail]), neverJpeg))).toEqual([0, 50, 100, 150, 200, 255]);
  }
  await expect(readDicom(file.subarray(0, -1), neverJpeg)).rejects.toThrow("announces 12 bytes of pixels, and 11 are there");
  const frame = jpeg({ width: 3, height: 2, components: [{ h: 1, v: 1, levels: [90] }] });
  const compressed = dicom({ ...SMALL, syntax: SYNTAX.jpeg, bitsAllocated: 8, pixels: [frame] });
  const decode = { decode: (bytes: Uint8Array): Promise<never> => Promise.reject(checkJpeg(bytes) as unknown as Error), grey: never };
  await expect(readDicom(compressed.subarray(0, -20), decode)).rejects.toThrow("not all there");
  const half = dicom({ ...SMALL, syntax: SYNTAX.jpeg, bitsAllocated: 8, pixels: [frame.subarray(0, -8)] });
  await expect(readDicom(half, decode)).rejects.toThrow("This JPEG file is cut off or damaged");
});

const CHEST = { modalities: ["CR", "DX"], body_parts: ["CHEST"], views: ["AP", "PA"], age_years: { min: 1, max: 5 } };

test("what the header says is compared with what the model was made for", async () => {
  const facts = async (more: Elements): Promise<Picture["facts"]> => (await readDicom(dicom({ ...SMALL, more: { ...WINDOW, ...more } }), neverJpeg)).facts;
  const said = { "00080060": ["CS", "DX"], "00180015": ["CS", "chest"], "00185101": ["CS", "PA"], "00101010": ["AS", "003Y"] } satisfies Elements;
  expect(await facts(said)).toEqual({ modality: "DX", bodyPart: "chest", view: "PA", age: 3 });
  expect(domainWarnings(CHEST, await facts(said), "DICOM")).toEqual([]);
  expect(domainWarnings(undefined, await facts({}), "DICOM")).toEqual([]);
  const hand = await facts({ ...said, "00180015": ["CS", "HAND"], "00080060": ["CS", "MR"], "00185101": ["CS", "LL"], "00101010": ["AS", "045Y"] });
  expect(domainWarnings(CHEST, hand, "DICOM")).toEqual([
    "The file says “kind of picture: magnetic resonance (MR)”, and this model was made for others (X-ray (CR, DX)): its result would mean nothing.",
    "The file says “part of the body: HAND”, and this model was made for others (chest): its result would mean nothing.",
    "The file says “direction: from the left side (LL)”, and this model was made for others (from the front (AP) or from the back (PA)): its result would mean nothing.",
    "The file says that the patient was 45 years old, and this model was made for 1 to 5 years: its result would mean nothing.",
  ]);
  expect(domainWarnings(CHEST, await facts({ "00080060": ["CS", "CR"] }), "DICOM")).toEqual([
    "The file does not say everything that it shows. What this model was made for: chest, from the front (AP) or from the back (PA) and an age of 1 to 5 years. Use no other picture.",
  ]);
  expect(domainWarnings(CHEST, null, "PNG")).toEqual([
    "A PNG file does not say what it shows. What this model was made for: X-ray (CR, DX), chest, from the front (AP) or from the back (PA) and an age of 1 to 5 years. Use no other picture.",
  ]);
  // A code in place of the word, in the file or in its functional groups; dates in place of the age.
  const region = { "00082218": ["SQ", [{ "00080104": ["LO", "Chest"] }]] } satisfies Elements;
  expect((await facts(region))!.bodyPart).toBe("Chest");
  expect((await facts({ "52009229": ["SQ", [{ "00209071": ["SQ", [region]] }]] }))!.bodyPart).toBe("Chest");
  expect((await facts({ "00100030": ["DA", "20150630"], "00080020": ["DA", "20190629"] }))!.age).toBe(3);
});

test("ages are completed years", () => {
  expect(["045Y", "008M", "012M", "071M", "051W", "053W", "003D", "", "5", "0x4Y"].map(ageOf)).toEqual([45, 0, 1, 5, 0, 1, 0, null, null, null]);
  expect(ageBetween("20150630", "20190630")).toBe(4);
  for (const [birth, study] of [["2015", "20190630"], ["20190701", "20190630"], [null, "20190630"]] as const) expect(ageBetween(birth, study)).toBeNull();
});

test("empty, clipped, flat, coloured, small and long pictures are named as such", () => {
  interface Judged {
    coloured?: number;
    width?: number;
    /** Levels that the model reads, made from all of the picture or a part. */
    reads?: number[];
    crop?: Rect;
  }
  const judged = (levels: number[], { coloured = 0, width = 4, reads = levels, crop }: Judged = {}): string[] => {
    const pixels = fromLevels(levels, width, levels.length / width);
    const whole = { x: 0, y: 0, width, height: pixels.height };
    return judge({ pixels, coloured }, { values: reads, crop: crop ?? whole }, imageInput(4, 4)).map(plain);
  };
  const ramp = Array.from({ length: 16 }, (_, i) => 40 + 10 * i);
  const middle = { x: 0, y: 3, width: 4, height: 4 };
  expect(judged(ramp)).toEqual([]);
  expect(() => judged(new Array<number>(16).fill(7))).toThrow("all of it has the same brightness");
  expect(() => judged([...ramp, ...ramp], { reads: new Array<number>(16).fill(7), crop: middle })).toThrow("the part that is used has the same brightness");
  expect(judged([255, ...ramp.slice(1)])).toEqual([expect.stringContaining("6.3 % of what the model reads is plain white")]);
  expect(judged(ramp.map((level, i) => (i < 7 ? 0 : level)))).toEqual([expect.stringContaining("43.8 % of what the model reads is plain black")]);
  expect(judged(ramp.map((_, i) => 100 + i))).toEqual([expect.stringContaining("between the levels 100 and 115")]);
  expect(judged(ramp, { coloured: 0.3 })).toEqual([expect.stringContaining("has colours (30 % of its pixels)")]);
  expect(judged([40, 90, 140, 190], { width: 2, reads: ramp })).toEqual([expect.stringContaining("smaller than what the model reads")]);
  const long = Array.from({ length: 40 }, (_, i) => 40 + 4 * i);
  expect(judged(long, { reads: ramp, crop: middle })).toEqual([expect.stringContaining("Only 40 % of the picture is used")]);
});

test("colours, white walls and dark rooms are no fault of a photograph, one colour alone is", () => {
  const input = imageInput(2, 2, { channels: 3 });
  const whole = { x: 0, y: 0, width: 2, height: 2 };
  const judged = (values: number[]): string[] => {
    const collector = new Collector(2, 2, true);
    for (let i = 0; i < 4; i += 1) collector.add(i, values[i]!, values[4 + i]!, values[8 + i]!);
    return judge(collector.collected(), { values, crop: whole }, input).map(plain);
  };
  expect(judged([255, 255, 255, 0, 255, 255, 255, 0, 255, 255, 255, 200])).toEqual([]);
  expect(judged([100, 100, 100, 100, 100, 100, 100, 101, 100, 100, 100, 100])).toEqual([expect.stringContaining("between the levels 100 and 101")]);
  expect(() => judged([9, 9, 9, 9, 200, 200, 200, 200, 30, 30, 30, 30])).toThrow("all of it has the same brightness");
});

test("colours are kept where a model reads them, on black, and 16 bits rounded to 8", async () => {
  const files: [PngOptions, number[]][] = [
    [{ width: 2, height: 1, colour: "rgb", samples: [1, 2, 3, 255, 0, 7] }, [1, 2, 3, 255, 0, 7]],
    [{ width: 2, height: 1, colour: "rgb", bits: 16, samples: [257, 514, 65_535, 128, 129, 385] }, [1, 2, 255, 0, 1, 1]],
    [{ width: 1, height: 1, colour: "rgba", samples: [200, 100, 50, 51] }, [40, 20, 10]],
    [{ width: 2, height: 1, colour: "palette", samples: [1, 0], before: [["PLTE", [9, 8, 7, 60, 50, 40]]] }, [60, 50, 40, 9, 8, 7]],
  ];
  for (const [options, wanted] of files) {
    const picture = await readPng(png(options), { colours: true });
    expect(coloursOf(picture), `${options.colour}, ${options.bits} bits`).toEqual(wanted);
    expect(picture.steps.join()).not.toContain("grey");
  }
  expect(levelsOf(await readPng(png({ width: 2, height: 1, samples: [3, 200] }), { colours: true }))).toEqual([3, 200]);
  const common = { columns: 2, rows: 1, samples: 3, bitsAllocated: 8 };
  const stored = async (photometric: string, planar: number, pixels: number[]): Promise<number[]> =>
    coloursOf(await readDicom(dicom({ ...common, photometric, planar, pixels }), neverJpeg, { colours: true }));
  expect(await stored("RGB", 0, [1, 2, 3, 4, 5, 6])).toEqual([1, 2, 3, 4, 5, 6]);
  expect(await stored("RGB", 1, [1, 4, 2, 5, 3, 6])).toEqual([1, 2, 3, 4, 5, 6]);
  // Red of full strength, and a colour beyond the ends.
  expect(await stored("YBR_FULL", 0, [76, 85, 255, 250, 128, 255])).toEqual([254, 0, 0, 255, 159, 250]);
});

test("raw values are shown as levels, whichever range and order the card has", () => {
  const input = imageInput(2, 1, { channels: 3, min: -1, max: 1, order: "bgr" });
  const { levels, channels } = levelsOfValues([-1, 1, 0, 0, 1, -1], input);
  expect(channels).toBe(3);
  expect([...Array.from(levels)]).toEqual([255, 0, 127.5, 127.5, 0, 255]);
});
