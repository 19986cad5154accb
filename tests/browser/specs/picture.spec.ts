/** Own pictures: PNG, JPEG and DICOM files, what the page makes of them, and what it refuses. */

import type { Page } from "@playwright/test";
import { type Bundle, quantise, smallBundles } from "../support/cards";
import { dicom, SYNTAX } from "../support/dicom";
import { expect, test } from "../support/fixtures";
import { OWN_CODE, chooseFile, diagnose, integers, loadSample, pickModel, prepared, shownLevels, shownSteps, submit } from "../support/page";
import { png } from "../support/png";
import { plainOutputs } from "../support/reference";

const MODEL = smallBundles().find(({ card }) => card.input.kind === "image")! as Bundle;
const { width, height } = MODEL.card.input as Extract<Bundle["card"]["input"], { kind: "image" }>;
const SAMPLE = MODEL.card.samples[0]!;

/** A picture of 2·width × 4·height pixels whose centre is the sample with every pixel doubled, between white bands. */
function framed(): { width: number; height: number; samples: number[] } {
  const [w, h] = [2 * width, 4 * height];
  const samples = Array.from({ length: w * h }, (_, i) => {
    const [x, y] = [Math.floor((i % w) / 2), Math.floor((Math.floor(i / w) - height) / 2)];
    return y < 0 || y >= height ? 255 : SAMPLE.values[y * width + x]!;
  });
  return { width: w, height: h, samples };
}

test("a PNG file that holds a sample's levels is that sample, and its private result the plain one", async ({ page, server, recording }) => {
  await pickModel(page, server.url, MODEL.id);
  await prepared(page);
  const [requests, frames] = [recording.requests.length, recording.frames.length];
  await chooseFile(page, "mine.png", png({ width, height, samples: SAMPLE.values }));
  expect(await shownLevels(page)).toEqual(SAMPLE.values);
  await expect(page.getByRole("button", { name: SAMPLE.name, exact: true })).toHaveAttribute("aria-pressed", "true");
  expect(recording.frames.length, "nothing is sent for choosing a file").toBe(frames);
  // What is fetched is the page's own code for reading pictures and comparing values, and the list of its hashes, by requests that say nothing.
  for (const request of recording.requests.slice(requests)) expect(request).toMatch(OWN_CODE);
  await expect(page.locator(".drop")).toContainText("nothing of it is uploaded");
  await expect((await diagnose(page)).locator("[data-exact]")).toHaveAttribute("data-exact", "equal");
  expect(recording.problems).toEqual([]);
});

test("a larger picture is cropped and averaged, and its result is the reference's", async ({ page, server, recording }) => {
  await pickModel(page, server.url, MODEL.id);
  await chooseFile(page, "framed.png", png({ ...framed(), samples: framed().samples.map((level) => 257 * level), bits: 16 }));
  expect(await shownLevels(page)).toEqual(SAMPLE.values);
  await expect(page.getByRole("img", { name: `Your picture, ${2 * width} × ${4 * height} pixels` })).toBeVisible();
  await expect.poll(() => shownSteps(page)).toEqual([
    `PNG: ${2 * width} × ${4 * height} pixels, 16 bits per channel, decoded in this page.`,
    "Of its 16 bits, 0 and below become black, 65535 and above white.",
    `Cut out: the largest square in the centre, ${2 * width} × ${2 * height} pixels from (0, ${height}).`,
    `Averaged over areas of 2 × 2 pixels to ${width} × ${height}, and rounded to whole grey levels.`,
  ]);
  // One more level in a corner makes it a picture of one's own.
  const own = SAMPLE.values.with(0, SAMPLE.values[0] === 255 ? 254 : SAMPLE.values[0]! + 1);
  await chooseFile(page, "own.png", png({ width, height, samples: own }));
  await expect.poll(() => shownLevels(page)).toEqual(own);
  const result = await diagnose(page);
  await expect(result).toContainText("This is your own picture");
  const [inference] = await recording.inferences();
  expect(inference!.quantised).toEqual(quantise(MODEL, own).map(BigInt));
  expect(inference!.output).toEqual(plainOutputs(MODEL.id, [own])[0]);
  await page.getByText("What left this page").click();
  await expect(page.getByRole("img", { name: "The masked picture: noise" })).toBeVisible();
  expect(recording.problems).toEqual([]);
});

test("transparent parts are black, and colours their luma", async ({ page, server }) => {
  await pickModel(page, server.url, MODEL.id);
  const pixels = Array.from({ length: width * height }, (_, i) => [[200, 100, 50, 255], [255, 255, 255, 0], [255, 255, 255, 255]][i % 3]!);
  await chooseFile(page, "colours.png", png({ width, height, samples: pixels.flat(), colour: "rgba" }));
  expect(await shownLevels(page)).toEqual(pixels.map((_, i) => [124, 0, 255][i % 3]));
  await expect(page.locator(".warnings")).toContainText("33.3 % of its pixels): they are put on black");
  await expect(page.locator(".warnings")).toContainText("The picture has colours (33.4 % of its pixels)");
});

/** A JPEG file of four grey blocks, made by the browser, with an orientation put in. */
async function jpeg(page: Page, orientation: number | null): Promise<Buffer> {
  const base64 = await page.evaluate(() => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [112, 112];
    const context = canvas.getContext("2d")!;
    [[0, 0, 0], [56, 0, 80], [0, 56, 160], [56, 56, 240]].forEach(([x, y, level]) => {
      context.fillStyle = `rgb(${level} ${level} ${level})`;
      context.fillRect(x!, y!, 56, 56);
    });
    return canvas.toDataURL("image/jpeg", 1).split(",")[1]!;
  });
  const file = Buffer.from(base64, "base64");
  if (orientation === null) return file;
  const exif = Buffer.from(`ffe10022457869660000${"4d4d002a00000008"}0001011200030000000100${orientation.toString(16).padStart(2, "0")}000000000000`, "hex");
  return Buffer.concat([file.subarray(0, 2), exif, file.subarray(2)]);
}

/** The level in the middle of each quarter. */
function quarters(levels: number[]): number[] {
  return [[1, 1], [3, 1], [1, 3], [3, 3]].map(([x, y]) => levels[Math.floor((y! * height) / 4) * width + Math.floor((x! * width) / 4)]!);
}

function expectNear(levels: number[], wanted: number[]): void {
  levels.forEach((level, i) => expect(Math.abs(level - wanted[i]!), `${levels} for ${wanted}`).toBeLessThanOrEqual(2));
}

test("JPEG files are read, and turned as their EXIF data say", async ({ page, server }) => {
  await pickModel(page, server.url, MODEL.id);
  await chooseFile(page, "upright.jpg", await jpeg(page, null));
  expectNear(quarters(await shownLevels(page)), [0, 80, 160, 240]);
  expect((await shownSteps(page))[0]).toBe("JPEG: 112 × 112 pixels, decoded by the browser.");
  // 6: the first row of what is stored is the right side of what is shown.
  await chooseFile(page, "turned.jpg", await jpeg(page, 6));
  await expect(page.locator(".steps")).toContainText("Turned upright");
  expectNear(quarters(await shownLevels(page)), [160, 0, 240, 80]);
});

test("DICOM files: a window over 12 bits, and a JPEG frame", async ({ page, server, recording }) => {
  await pickModel(page, server.url, MODEL.id);
  const { width: columns, height: rows, samples } = framed();
  const window = { "00281050": ["DS", "128"], "00281051": ["DS", "256"], "00281052": ["DS", "-100"], "00281053": ["DS", "0.5"] } as const;
  // Rescaling gives the levels back: (2·level + 200)·0.5 − 100, and the window 128/256 keeps them.
  const pixels = samples.map((level) => 2 * level + 200);
  for (const syntax of [SYNTAX.explicit, SYNTAX.deflated, SYNTAX.bigEndian]) {
    await chooseFile(page, `${syntax}.dcm`, dicom({ columns, rows, pixels, syntax, bitsStored: 12, more: { ...window } as never }));
    await expect(page.locator(".drop-status")).toContainText(`${syntax}.dcm`);
    expect(await shownLevels(page)).toEqual(SAMPLE.values);
  }
  await expect.poll(() => shownSteps(page)).toEqual([
    `DICOM, explicit big endian: ${columns} × ${rows} pixels, 12 bits, MONOCHROME2.`,
    "Rescaled as the file says: stored number × 0.5 − 100.",
    "Window 128/256 (centre/width): 0 and below become black, 255 and above white.",
    `Cut out: the largest square in the centre, ${2 * width} × ${2 * height} pixels from (0, ${height}).`,
    `Averaged over areas of 2 × 2 pixels to ${width} × ${height}, and rounded to whole grey levels.`,
  ]);
  const frame = await jpeg(page, null);
  const wide = { "00281050": ["DS", "128"], "00281051": ["DS", "256"] } as never;
  await chooseFile(page, "frame.dcm", dicom({ columns: 112, rows: 112, pixels: [frame], syntax: SYNTAX.jpeg, bitsAllocated: 8, more: wide }));
  await expect(page.locator(".steps")).toContainText("JPEG baseline");
  expectNear(quarters(await shownLevels(page)), [0, 80, 160, 240]);
  for (const request of recording.requests) expect(request).toMatch(/^GET http:\/\/127\.0\.0\.1:\d+\/[\w./-]* $/);
  expect(recording.problems).toEqual([]);
});

/** A PNG file that announces a size and holds nothing. */
function announced(width: number, height: number): Buffer {
  const file = Buffer.from(png({ width: 1, height: 1, samples: [0] }));
  file.writeUInt32BE(width, 16);
  file.writeUInt32BE(height, 20);
  return file;
}

const REFUSED: [string, string, () => Buffer][] = [
  ["an empty file", "This file is empty", () => Buffer.alloc(0)],
  ["another type", "It is a GIF picture. Pictures can be PNG, JPEG or DICOM files.", () => Buffer.from("GIF89a with a .png name")],
  ["no picture at all", "It is of an unknown type", () => Buffer.from("id,value\n1,2\n")],
  ["a PNG file cut off", "This PNG file is damaged or cut off", () => png({ width, height, samples: SAMPLE.values }).subarray(0, 20)],
  ["a PNG file without its pixels", "This PNG file is damaged", () => png({ width, height, samples: SAMPLE.values }).subarray(0, 50)],
  ["a picture too large", "At most 40 million pixels", () => announced(16_000, 16_000)],
  ["a file too large", "At most 64.0 MB are read here", () => Buffer.alloc(64_000_001)],
  ["a DICOM file cut off", "This DICOM file is cut off: it announces 128 bytes of pixels, and 126 are there", () => dicom({ columns: 8, rows: 8, pixels: new Array<number>(64).fill(9) }).subarray(0, -2)],
  ["a DICOM file of a video", "MPEG video (1.2.840.10008.1.2.4.102)", () => dicom({ columns: 1, rows: 1, pixels: [1], syntax: "1.2.840.10008.1.2.4.102" })],
];

test("what cannot be used is refused with the reason, and what was there before goes", async ({ page, server }) => {
  await pickModel(page, server.url, MODEL.id);
  for (const [name, reason, file] of REFUSED) {
    await loadSample(page, SAMPLE.name);
    await chooseFile(page, `${name}.png`, file());
    const alert = page.getByRole("alert");
    await expect(alert, name).toContainText(`“${name}.png” cannot be used`);
    await expect(alert, name).toContainText(reason);
    await expect(page.locator(".picture"), name).toBeEmpty();
  }
  await submit(page).click();
  await expect(page.locator(".problem")).toContainText("There is no picture yet");
  await expect(page.locator("#picture-file-button")).toBeFocused();
});

test("a file can be dropped anywhere", async ({ page, server }) => {
  await pickModel(page, server.url, MODEL.id);
  const bytes = png({ width, height, samples: SAMPLE.values }).toString("base64");
  const drop = (selector: string): Promise<void> =>
    page.locator(selector).evaluate((element, bytes) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], "dropped.png"));
      for (const type of ["dragover", "drop"]) {
        const event = new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true });
        element.dispatchEvent(event);
        if (!event.defaultPrevented) throw new Error("the browser would open the file in place of the page");
      }
    }, bytes);
  for (const place of ["h1", ".drop"]) {
    await drop(place);
    await expect.poll(() => shownLevels(page)).toEqual(SAMPLE.values);
    await page.getByRole("button", { name: "Clear all" }).click();
  }
});

test("while a network computes the page stays responsive", async ({ page, server }) => {
  await pickModel(page, server.url, MODEL.id);
  await loadSample(page, SAMPLE.name);
  await submit(page).click();
  const longest = await page.evaluate(async () => {
    let [longest, last] = [0, performance.now()];
    for (const end = last + 20_000; !document.querySelector(".result") && performance.now() < end; ) {
      await new Promise((resolve) => setTimeout(resolve));
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }
    return longest;
  });
  console.log(`${MODEL.id}: the page paused for at most ${longest.toFixed(0)} ms while it prepared and computed`);
  expect(longest, "longest pause of the page in milliseconds").toBeLessThan(1000);
});

test("cancelling keeps the picture, and the next run works", async ({ page, launch }) => {
  const server = await launch();
  await pickModel(page, server.url, MODEL.id);
  await loadSample(page, SAMPLE.name);
  await prepared(page);
  process.kill(server.pid, "SIGSTOP");
  await submit(page).click();
  await expect(page.getByRole("button", { name: "Choose a picture" })).toBeDisabled();
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.locator(".status")).toContainText("Cancelled");
  expect(await shownLevels(page)).toEqual(SAMPLE.values);
  process.kill(server.pid, "SIGCONT");
  const result = await diagnose(page);
  expect(integers(await result.locator('[data-output="private"]').textContent())).toEqual(SAMPLE.expected.map(BigInt));
});
