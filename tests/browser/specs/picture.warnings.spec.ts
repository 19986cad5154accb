/** Pictures that would mislead: what the page refuses, warns of before the button, or lets a person set. */

import type { Page } from "@playwright/test";
import { type Bundle, smallBundles } from "../support/cards";
import { dicom, type Elements, SYNTAX } from "../support/dicom";
import { expect, test } from "../support/fixtures";
import { jpeg, type JpegOptions } from "../support/jpeg";
import { chooseFile, diagnose, loadSample, pickModel, shownLevels, shownSteps, toEntries } from "../support/page";
import { png } from "../support/png";
import { plainOutputs } from "../support/reference";

const MODEL = smallBundles().find(({ card }) => card.input.kind === "image")! as Bundle;
const { width, height } = MODEL.card.input as Extract<Bundle["card"]["input"], { kind: "image" }>;
const SAMPLE = MODEL.card.samples[0]!;

/** A level away from the sample, so that it is a picture of one's own. */
const OWN = SAMPLE.values.with(0, SAMPLE.values[0]! + 1);

/** Blocks of 8 × 8 pixels, as many each way as the model reads; of a picture of grey levels. */
const BLOCKS = { width: 8 * width, height: 8 * height };

/** What the page says about the file; what sets its values apart from the model's data is tested elsewhere. */
async function warnings(page: Page): Promise<string[]> {
  const all = await page.locator(".warnings li").evaluateAll((items) => items.map((item) => item.textContent!.replaceAll("\u00a0", " ")));
  return all.filter((words) => !/that the model learned from|of its figures /.test(words));
}

function expectNear(levels: number[], wanted: number[]): void {
  const far = levels.findIndex((level, i) => Math.abs(level - wanted[i]!) > 2);
  expect(far, `level ${levels[far]} at ${far}, and ${wanted[far]} is wanted`).toBe(-1);
}

test("a whole JPEG file is read, and half of one refused, also inside DICOM", async ({ page, server }) => {
  await pickModel(page, server.url, MODEL.id);
  for (const more of [{}, { progressive: true }, { restart: 5 }, { progressive: true, restart: 4 }] as Partial<JpegOptions>[]) {
    const file = jpeg({ ...BLOCKS, components: [{ h: 1, v: 1, levels: SAMPLE.values }], ...more });
    const name = Object.keys(more).join("-") || "baseline";
    await chooseFile(page, `${name}.jpg`, file);
    await expect(page.locator(".drop-status")).toContainText(`“${name}.jpg” was read`);
    // The pattern that each block has is an average of nought.
    expectNear(await shownLevels(page), SAMPLE.values);
    const half = file.subarray(0, file.length / 2);
    await chooseFile(page, `${name}-half.jpg`, half);
    await expect(page.getByRole("alert")).toContainText("This JPEG file is cut off or damaged: its picture ends before its last row.");
    await chooseFile(page, `${name}-half.dcm`, dicom({ columns: 8 * width, rows: 8 * height, pixels: [half], syntax: SYNTAX.jpeg, bitsAllocated: 8 }));
    await expect(page.getByRole("alert")).toContainText(`“${name}-half.dcm” cannot be used`);
    await expect(page.getByRole("alert")).toContainText("This JPEG file is cut off or damaged");
    await expect(page.locator(".picture")).toBeEmpty();
  }
});

test("a 16-bit PNG file that holds 12 bits is scaled by them, and the window can be set", async ({ page, server, recording }) => {
  await pickModel(page, server.url, MODEL.id);
  // White somewhere, so that all twelve bits are in use.
  const levels = SAMPLE.values.with(0, 255);
  const file = png({ width, height, bits: 16, samples: levels.map((level) => Math.round((level * 4095) / 255)) });
  await chooseFile(page, "twelve.png", file);
  expect(await shownLevels(page)).toEqual(levels);
  expect((await warnings(page)).join()).toContain("its largest number is 4095: it is taken for one of 12 bits, where 4095 is white");
  const [centre, size] = [page.getByLabel("Centre", { exact: true }), page.getByLabel("Width", { exact: true })];
  await expect(centre).toHaveValue("2047.5");
  await expect(size).toHaveValue("4095");
  // Twice as wide around the same black: every level is half.
  await centre.fill("4095");
  await size.fill("8190");
  const half = levels.map((level) => Math.round(Math.round((level * 4095) / 255) / 8190 * 255));
  await expect.poll(() => shownLevels(page)).toEqual(half);
  await expect(size).toBeFocused();
  await expect.poll(() => shownSteps(page)).toContain("Of its 16 bits, 0 and below become black, 8190 and above white.");
  await diagnose(page);
  expect((await recording.inferences())[0]!.output).toEqual(plainOutputs(MODEL.id, [half])[0]);
  // Something else goes with the result; by slider, then back.
  await toEntries(page);
  await page.getByRole("slider", { name: "Width of the window" }).focus();
  await page.keyboard.press("Home");
  await expect.poll(async () => new Set(await shownLevels(page)).size).toBeLessThan(20);
  await expect(page.locator(".result")).toHaveCount(0);
  await page.getByRole("button", { name: "As it was" }).click();
  await expect.poll(() => shownLevels(page)).toEqual(levels);
  await size.fill("0");
  await expect(size).toHaveAttribute("aria-invalid");
  await size.blur();
  await expect(size).toHaveValue("4095");
  expect(recording.problems).toEqual([]);
});

test("a DICOM file without a window: a marker does not move the scale, and the window can be set", async ({ page, server }) => {
  await pickModel(page, server.url, MODEL.id);
  const [columns, rows] = [10 * width, 10 * height];
  const pixels = Array.from({ length: columns * rows }, (_, i) => {
    const [x, y] = [i % columns, Math.floor(i / columns)];
    const marker = x >= columns - 60 && x < columns - 45 && y > 40 && y < 56;
    return marker ? 4095 : 300 + 2 * SAMPLE.values[Math.floor(y / 10) * width + Math.floor(x / 10)]!;
  });
  await chooseFile(page, "marked.dcm", dicom({ columns, rows, bitsStored: 12, pixels }));
  await expect(page.locator(".warnings")).toContainText("The file does not say which numbers are black and white: the page guessed.");
  // From the smallest to the largest number, the sample's levels would all lie in the lowest eighth.
  const inside = (levels: number[]): number[] => levels.filter((_, i) => SAMPLE.values[i]! > 128 && i % width < width - 7).sort((a, b) => a - b);
  const middle = inside(await shownLevels(page));
  expect(middle[Math.floor(middle.length / 2)]).toBeGreaterThan(150);
  await page.getByLabel("Centre", { exact: true }).fill("555");
  await page.getByLabel("Width", { exact: true }).fill("510");
  await expect.poll(async () => inside(await shownLevels(page))).toEqual(inside(SAMPLE.values));
  await expect(page.locator(".warnings")).not.toContainText("the page guessed");
  await expect(page.locator(".steps")).toContainText("Window 555/510 (centre/width), as you set it");
});

test("DICOM: a look-up table for display, and colours of a JPEG frame that are red, green and blue", async ({ page, server }) => {
  await pickModel(page, server.url, MODEL.id);
  const word = (value: number): Buffer => Buffer.from([value & 255, value >> 8]);
  const negative = Array.from({ length: 256 }, (_, i) => word(255 - i));
  const table = { "00283002": ["US", Buffer.concat([256, 0, 8].map(word))], "00283006": ["OW", Buffer.concat(negative)] } satisfies Elements;
  await chooseFile(page, "table.dcm", dicom({ columns: width, rows: height, bitsStored: 12, pixels: SAMPLE.values, more: { "00283010": ["SQ", [table]] } }));
  expect(await shownLevels(page)).toEqual(SAMPLE.values.map((level) => 255 - level));
  await expect(page.locator(".steps")).toContainText("(VOI LUT) is applied");
  // As YCbCr the same numbers would be another grey by up to 100 levels.
  const components = [0, 40, 80].map((shift) => ({ h: 1, v: 1, levels: SAMPLE.values.map((level) => (level + shift) & 255) }));
  const file = dicom({ columns: 8 * width, rows: 8 * height, samples: 3, bitsAllocated: 8, photometric: "RGB", syntax: SYNTAX.jpeg, pixels: [jpeg({ ...BLOCKS, components })] });
  await chooseFile(page, "rgb.dcm", file);
  await expect(page.locator(".drop-status")).toContainText("rgb.dcm");
  const [red, green, blue] = components.map(({ levels }) => levels);
  expectNear(await shownLevels(page), red!.map((level, i) => 0.299 * level + 0.587 * green![i]! + 0.114 * blue![i]!));
  await expect(page.locator(".warnings")).toContainText("The picture has colours");
});

test("what the header says is compared with the card's domain, before the button", async ({ page, server }) => {
  await pickModel(page, server.url, MODEL.id);
  const { domain } = MODEL.card as Bundle["card"] & { domain: { modalities: string[]; body_parts: string[]; views: string[] } };
  const said = (bodyPart: string, age: string): Buffer =>
    dicom({
      columns: width,
      rows: height,
      bitsAllocated: 8,
      pixels: OWN,
      more: {
        "00080060": ["CS", domain.modalities[0]!],
        "00180015": ["CS", bodyPart],
        "00185101": ["CS", domain.views[0]!],
        "00101010": ["AS", age],
      },
    });
  await chooseFile(page, "right.dcm", said(domain.body_parts[0]!, "003Y"));
  await expect(page.locator(".drop-status")).toContainText("right.dcm");
  expect(await warnings(page)).toEqual([]);
  await chooseFile(page, "hand.dcm", said("HAND", "045Y"));
  await expect(page.locator(".warnings")).toContainText("HAND");
  expect(await warnings(page)).toEqual([
    expect.stringContaining("The file says “part of the body: HAND”"),
    expect.stringContaining("The file says that the patient was 45 years old"),
  ]);
  const [box, button] = await Promise.all([page.locator(".warnings").boundingBox(), page.getByRole("button", { name: "Get private diagnosis" }).boundingBox()]);
  expect(box!.y + box!.height).toBeLessThanOrEqual(button!.y);
  await loadSample(page, SAMPLE.name);
  await expect.poll(() => warnings(page)).toEqual([]);
  await chooseFile(page, "own.png", png({ width, height, samples: OWN }));
  await expect(page.locator(".warnings")).toContainText("A PNG file does not say what it shows.");
  await chooseFile(page, "empty.png", png({ width, height, samples: SAMPLE.values.map(() => 70) }));
  await expect(page.getByRole("alert")).toContainText("This picture is empty: all of it has the same brightness.");
  await expect(page.locator(".warnings")).toBeEmpty();
});
