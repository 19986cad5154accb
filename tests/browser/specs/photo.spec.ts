/** Photographs end to end, bit for bit: files in colour by each rule, against the command line's reading of them. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { type Bundle, bundle, bundles, quantise } from "../support/cards";
import { expect, test } from "../support/fixtures";
import { jpeg } from "../support/jpeg";
import { chooseFile, diagnose, largeWorkers, pickModel, type Recording, shownColours } from "../support/page";
import { png } from "../support/png";
import { plainOutputs } from "../support/reference";
import { BINARY, MODELS, tool } from "../support/server";

const [WIDTH, HEIGHT] = [112, 72];
/** Levels by which two decoders of JPEG and a filter differ at most (docs/benchmarks/pictures.md). */
const DECODERS = 4;

/** A picture of soft waves in three colours. */
function drawn(): Buffer {
  const wave = (x: number, y: number, channel: number): number => 127 + 120 * Math.sin((x * (channel + 2) + y * (5 - channel)) / 17);
  const samples = Array.from({ length: 3 * WIDTH * HEIGHT }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return Math.round(wave(pixel % WIDTH, Math.floor(pixel / WIDTH), i % 3));
  });
  return png({ width: WIDTH, height: HEIGHT, samples, colour: "rgb" });
}

/** Blocks of 8 × 8 pixels of a luma and two chromas, each with a little texture. */
function blocks(): Buffer {
  const count = (WIDTH / 8) * (HEIGHT / 8);
  const level = (i: number, step: number, from: number, to: number): number => from + ((i * step) % (to - from));
  const components = [[37, 40, 200], [23, 100, 156], [53, 100, 156]].map(([step, from, to]) => ({
    h: 1,
    v: 1,
    levels: Array.from({ length: count }, (_, i) => level(i, step!, from!, to!)),
  }));
  return jpeg({ width: WIDTH, height: HEIGHT, components });
}

const FILES = { "waves.png": drawn(), "blocks.jpg": blocks() };

let folder: string;
let models: Bundle[];

test.beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sotto-photo-"));
  execFileSync(tool("sotto-photo"), [folder]);
  models = bundles(folder);
});
test.afterAll(() => rmSync(folder, { recursive: true }));

/** What `sotto rows` makes of a file. */
function native(card: string, name: string, file: Buffer): number[] {
  const scratch = mkdtempSync(join(tmpdir(), "sotto-file-"));
  try {
    writeFileSync(join(scratch, name), file);
    const table = execFileSync(BINARY, ["rows", card, "--image", join(scratch, name)], { maxBuffer: 2 ** 28 }).toString();
    return table.trim().split("\n")[1]!.split(",").map(Number);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

type Image = Extract<Bundle["card"]["input"], { kind: "image" }>;

/** Chooses a file and runs it; what the model read, what left and what came out are those of other programs. */
async function expectExact(page: Page, recording: Recording, model: Bundle, from: string, name: string, file: Buffer): Promise<void> {
  await chooseFile(page, name, file);
  await expect(page.locator(".drop-status")).toContainText(`“${name}” was read`);
  const [picture] = (await recording.pictures()).slice(-1);
  const { values } = picture!;
  const { min, max, order = "rgb", height, width } = model.card.input as Image;
  const wanted = native(join(from, model.id, "card.json"), name, file);
  if (name.endsWith(".png")) expect(values).toEqual(wanted);
  const apart = values.map((value, i) => (255 * Math.abs(value - wanted[i]!)) / (max - min));
  const furthest = apart.reduce((a, b) => Math.max(a, b), 0);
  expect(furthest, "levels from the command line's").toBeLessThanOrEqual(DECODERS);
  const levels = values.map((value) => Math.round((255 * (value - min)) / (max - min)));
  const planes = [0, 1, 2].map((channel) => levels.slice(channel * height * width, (channel + 1) * height * width));
  const shown = await shownColours(page);
  const off = (order === "bgr" ? planes.reverse() : planes).flat().findIndex((level, i) => Math.abs(level - shown[i]!) > 1);
  expect(off, "the page shows what the model reads").toBe(-1);
  await diagnose(page);
  const inference = await recording.latest();
  expect(inference.quantised).toEqual(quantise(model, values).map(BigInt));
  expect(inference.output).toEqual(plainOutputs(model.id, [values], from)[0]);
}

for (const [id, words] of [
  ["crop", "Cut out: the largest rectangle in the centre, 108 × 72 pixels from (2, 0)."],
  ["shorter", "Shorter side reduced to 28, bicubic as Pillow does it; 24 × 16 cut from the centre."],
  ["letterbox", "Resized until all of it fits into 24 × 16, bilinear as Pillow does it; the rest is filled with level 114."],
  ["stretch", "Stretched to 24 × 16, whatever its shape, linear between neighbours as TensorFlow does it."],
] as const) {
  // One rule tells how another browser decodes; what is made of that is the client's.
  test(`${id}: files in colour give the reference's result`, { tag: id === "shorter" ? [] : "@chromium" }, async ({ page, launch, recording }) => {
    const server = await launch({ models: folder });
    const model = models.find((model) => model.id === id)!;
    await pickModel(page, server.url, id);
    for (const [name, file] of Object.entries(FILES)) {
      await expectExact(page, recording, model, folder, name, file);
      await expect(page.locator(".steps")).toContainText(words.replaceAll(" × ", "\u00a0×\u00a0"));
      await expect(page.locator(".score")).toHaveCount(5);
    }
    expect(recording.problems).toEqual([]);
  });
}

/** Most WebAssembly memory of a network of ImageNet's size, in bytes. */
const MEMORY = 400 * 2 ** 20;

interface Bytes {
  to_server: number;
  to_client: number;
}

/** Of a session with one inference, as `sotto inspect` counts it for a browser's client, whose largest LPN set is b12. */
function plan(id: string, workers: number): Record<"setup" | "preprocess" | "online", Bytes> {
  const answer = execFileSync(BINARY, ["inspect", "--json", "--lpn", "b12", "--workers", String(workers), join(MODELS, id)], { maxBuffer: 2 ** 28 });
  return (JSON.parse(answer.toString()) as { plan: ReturnType<typeof plan> }).plan;
}

test("EfficientNet-Lite0: a file gives the reference's result, at the plan's cost, in bounded memory", { tag: "@chromium" }, async ({
  page,
  server,
  recording,
}) => {
  // It takes a minute or two, on a busy machine several.
  test.setTimeout(900_000);
  const model = bundle("photo");
  await pickModel(page, server.url, model.id);
  await expectExact(page, recording, model, MODELS, "waves.png", FILES["waves.png"]);
  await expect(page.locator(".score")).toHaveCount(5);
  expect((await recording.latest()).memory).toBeLessThanOrEqual(MEMORY);
  const reports = await recording.progress();
  const { setup, preprocess, online } = plan(model.id, await largeWorkers(page));
  for (const [phase, bytes] of Object.entries({ setup, preprocess, online })) {
    const done = reports.find((report) => report.phase === phase && report.done)!;
    expect(done.bytesReceived, phase).toBe(bytes.to_client);
    // The byte that asks for a phase may go before its first report.
    expect([bytes.to_server, bytes.to_server - 1], phase).toContain(done.bytesSent);
  }
  expect(recording.problems).toEqual([]);
});
