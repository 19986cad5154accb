/**
 * Pictures and beats of public data sets, through the page as files: every private result is the reference's, and what the page
 * does to a signal does not change what the model says. The sets are no part of the project: without them these tests fail.
 */

import { existsSync } from "node:fs";
import { bundle } from "../support/cards";
import { withTimes } from "../support/ecg";
import { findPeaks, resample } from "../support/filters";
import { expect, test } from "../support/fixtures";
import { npz } from "../support/npz";
import { chooseFile, pickModel, prepared, type Recording, submit } from "../support/page";
import { png } from "../support/png";
import { plainOutputs } from "../support/reference";
import { DATA } from "../support/server";
import type { Page } from "@playwright/test";

/** How many of each set. */
const COUNT = Number(process.env["SOTTO_DATASET_COUNT"] ?? 4);

function present(file: string): string {
  const path = `${DATA}/${file}`;
  if (!existsSync(path)) throw new Error(`${path} is not there: SOTTO_DATA names another folder`);
  return path;
}

/** Runs every file and compares with the reference; returns the decided classes. */
async function run(
  page: Page,
  recording: Recording,
  model: string,
  files: { name: string; bytes: Buffer; values: number[] }[],
): Promise<number[]> {
  const plain = plainOutputs(
    model,
    files.map(({ values }) => values),
  );
  const decided: number[] = [];
  for (const [i, { name, bytes }] of files.entries()) {
    await chooseFile(page, name, bytes);
    await expect(page.locator(".drop-status")).toContainText(name);
    await prepared(page);
    await submit(page).click();
    await expect.poll(async () => (await recording.inferences()).length, { timeout: 100_000 }).toBe(i + 1);
    const { output } = await recording.latest();
    expect(output, name).toEqual(plain[i]);
    decided.push(output.reduce((best, value, k) => (value > output[best]! ? k : best), 0));
  }
  return decided;
}

test("chest X-rays of PneumoniaMNIST's test set", async ({ page, server, recording }) => {
  const path = present("images/pneumoniamnist.npz");
  const [images, labels] = [npz(path, "test_images"), npz(path, "test_labels")];
  const [total, height, width] = images.shape as [number, number, number];
  const picked = Array.from({ length: COUNT }, (_, k) => Math.floor((k * total) / COUNT));
  const files = picked.map((index) => {
    const values = [...images.data.subarray(index * height * width, (index + 1) * height * width)];
    return { name: `test-${index}.png`, bytes: png({ width, height, samples: values }), values };
  });
  await pickModel(page, server.url, "pneumonia");
  const decided = await run(page, recording, "pneumonia", files);
  const right = picked.filter((index, k) => labels.data[index] === decided[k]).length;
  console.log(
    `pneumonia: ${picked.length} test pictures equal the reference bit for bit; ${right} decided as labelled`,
  );
});

test("beats of the MIT-BIH records", async ({ page, server, recording }) => {
  const path = present("ecg/mitbih_beats.npz");
  const [beats, labels] = [npz(path, "beats"), npz(path, "label")];
  const [total, length] = beats.shape as [number, number];
  const picked = Array.from({ length: COUNT }, (_, k) => Math.floor(((k + 0.5) * total) / COUNT));
  const files = picked.map((index) => {
    // 200 units are a millivolt.
    const values = [...beats.data.subarray(index * length, (index + 1) * length)].map((value) => value / 200);
    return { name: `beat-${index}.csv`, bytes: Buffer.from(withTimes(values, 180)), values };
  });
  await pickModel(page, server.url, "heartbeat");
  const { classes } = bundle("heartbeat").card;
  const decided = await run(page, recording, "heartbeat", files);
  const shown = decided.map((k, i) => `${"NSVFQ"[labels.data[picked[i]!]!]} as “${classes[k]}”`);
  console.log(`heartbeat: ${picked.length} beats equal the reference bit for bit: ${shown.join(", ")}`);
});

test("the page's low-pass decides as the training's means of pairs do", () => {
  const path = present("ecg/mitbih_beats.npz");
  const beats = npz(path, "beats");
  const [total, length] = beats.shape as [number, number];
  const count = 100 * COUNT;
  const [pairs, passed]: [number[][], number[][]] = [[], []];
  for (let n = 0; n < count; n += 1) {
    const index = Math.floor(((n + 0.5) * total) / count);
    const beat = [...beats.data.subarray(index * length, (index + 1) * length)].map((value) => value / 200);
    // Four times as fine: the middle of two values at 360 a second is a value here.
    const fine = resample(beat, 180, 720);
    const at = (place: number): number => fine[Math.min(place, fine.length - 1)]!;
    pairs.push(beat.map((_, i) => (at(4 * i) + at(4 * i + 2)) / 2));
    const low = resample(fine.subarray(1), 720, 180);
    passed.push(beat.map((_, i) => low[Math.min(i, low.length - 1)]!));
  }
  const decide = (rows: number[][]): number[] =>
    plainOutputs("heartbeat", rows).map((output) =>
      output.reduce((best, value, k) => (value > output[best]! ? k : best), 0),
    );
  const [trained, page] = [decide(pairs), decide(passed)];
  const changed = trained.filter((k, i) => k !== page[i]).length;
  console.log(
    `heartbeat: ${changed} of ${count} beats change their class between means of pairs and the page's low-pass`,
  );
  expect(changed).toBeLessThanOrEqual(0.01 * count);
});

test("marks lie where the annotations of MIT-BIH do", () => {
  const path = present("ecg/mitbih_beats.npz");
  const [beats, labels] = [npz(path, "beats"), npz(path, "label")];
  const [total, length] = beats.shape as [number, number];
  const count = 1000 * COUNT;
  const near: Record<string, number[]> = { N: [], V: [] };
  for (let n = 0; n < count; n += 1) {
    const index = Math.floor(((n + 0.5) * total) / count);
    const beat = [...beats.data.subarray(index * length, (index + 1) * length)].map((value) => value / 200);
    const distances = findPeaks(beat, 180).map((peak) => Math.abs(peak.index - 64));
    near["NSVFQ"[labels.data[index]!]!]?.push(Number(Math.min(...distances) <= 3));
  }
  const share = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const [normal, ventricular] = [share(near["N"]!), share(near["V"]!)];
  console.log(`marks within 17 ms of the annotation: ${(100 * normal).toFixed(1)} % of normal, ${(100 * ventricular).toFixed(1)} % of ventricular beats`);
  expect(normal).toBeGreaterThan(0.98);
  expect(ventricular).toBeGreaterThan(0.85);
});
