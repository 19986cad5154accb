/** Own signals: CSV files, the part that is used, and what is refused. */

import { type Bundle, bundles, quantise } from "../support/cards";
import { expect, test } from "../support/fixtures";
import { chooseFile, diagnose, loadSample, pickModel, prepared, shownSteps, submit } from "../support/page";
import { plainOutputs } from "../support/reference";

const MODEL = bundles().find(({ card }) => card.input.kind === "signal")! as Bundle;
const { length, sample_rate: rate, marker } = MODEL.card.input as Extract<Bundle["card"]["input"], { kind: "signal" }>;
const SAMPLE = MODEL.card.samples[0]!;
const peak = marker!.index;

/** A signal of one's own: a spike at `at` of `n` values, over a slow wave. */
function spike(n: number, at: number): number[] {
  return Array.from({ length: n }, (_, i) => Number((0.1 * Math.sin(i / 9) + 1.5 * Math.exp(-(((i - at) / 2) ** 2))).toFixed(4)));
}

const csv = (values: number[], head = ""): Buffer => Buffer.from(`${head}${values.join("\n")}\n`);

test("a file that holds a sample's values is that sample, and its private result the plain one", async ({ page, server, recording }) => {
  await pickModel(page, server.url, MODEL.id);
  await prepared(page);
  const [requests, frames] = [recording.requests.length, recording.frames.length];
  await chooseFile(page, "beat.csv", csv(SAMPLE.values, "mV\n"));
  await expect(page.getByRole("button", { name: SAMPLE.name, exact: true })).toHaveAttribute("aria-pressed", "true");
  expect(recording.frames.length, "nothing is sent for choosing a file").toBe(frames);
  // What is fetched is the page's own code for reading tables, by a request that says nothing.
  for (const request of recording.requests.slice(requests)) expect(request).toMatch(/^GET http:\/\/127\.0\.0\.1:\d+\/assets\/worker-[\w-]+\.js $/);
  await expect(page.locator(".drop")).toContainText("nothing of it is uploaded");
  await expect((await diagnose(page)).locator("[data-exact]")).toHaveAttribute("data-exact", "equal");
  await expect(page.getByRole("img", { name: "The masked signal: noise" })).toBeVisible();
  expect(recording.problems).toEqual([]);
});

test("of a longer signal the part around its peak is read, or the one that is chosen", async ({ page, server, recording }) => {
  await pickModel(page, server.url, MODEL.id);
  const values = spike(3 * length, 2 * length);
  await chooseFile(page, "long.csv", csv(values));
  const start = 2 * length - peak;
  const slider = page.getByRole("slider");
  await expect(slider).toHaveValue(String(start));
  const [first, second] = await shownSteps(page);
  expect(first).toBe(`${3 * length} values, taken as ${rate} values per second in mV: the file names no times.`);
  expect(second).toContain(`values ${start + 1} to ${start + length} of ${3 * length}`);
  await slider.focus();
  await page.keyboard.press("ArrowLeft");
  await expect(page.locator(".steps")).toContainText(`Chosen by you: values ${start} to ${start + length - 1} of ${3 * length}`);
  const result = await diagnose(page);
  await expect(result).toContainText("This is your own signal");
  const part = values.slice(start - 1, start - 1 + length);
  const [inference] = await recording.inferences();
  expect(inference!.quantised).toEqual(quantise(MODEL, part).map(BigInt));
  expect(inference!.output).toEqual(plainOutputs(MODEL.id, [part])[0]);
  await slider.focus();
  await page.keyboard.press("ArrowRight");
  await expect(page.locator(".result"), "another part has no result yet").toHaveCount(0);
});

test("other rates are converted by the times, and columns can be chosen", async ({ page, server, recording }) => {
  await pickModel(page, server.url, MODEL.id);
  // Twice the rate: every second value is one of the model's.
  const values = spike(length, peak);
  const fine = Array.from({ length: 2 * length - 1 }, (_, i) => (values[i >> 1]! + values[(i + 1) >> 1]!) / 2);
  const lines = fine.map((value, i) => `${(i / (2 * rate)).toFixed(6)};${(0.01 * i).toFixed(2)};${value}`.replaceAll(".", ","));
  await chooseFile(page, "two.csv", Buffer.from(`time;V5;ECG\n${lines.join("\n")}\n`));
  await expect.poll(() => shownSteps(page)).toEqual([
    `${2 * length - 1} values in the column “ECG”, ${2 * rate} per second after the times in “time”.`,
    `Linear interpolation to ${rate} per second gives ${length} values.`,
    `All ${length} values are used.`,
  ]);
  await diagnose(page);
  const [inference] = await recording.inferences();
  expect(inference!.quantised).toEqual(quantise(MODEL, values).map(BigInt));
  await page.getByLabel("Column of the signal").selectOption("V5");
  await expect(page.locator(".steps")).toContainText("in the column “V5”");
  await expect(page.locator(".result")).toHaveCount(0);
});

const REFUSED: [string, string, Buffer][] = [
  ["empty", "no numbers in it", Buffer.alloc(0)],
  ["words", "Line 3: “many” is not a number.", csv(spike(length, peak).map(String).with(2, "many") as never)],
  ["short", `too short: ${length - 1} values`, csv(spike(length - 1, 9))],
  ["binary", "not a text file", Buffer.from([1, 0, 2])],
  ["coarse", "50 values per second", Buffer.from(["time,value", ...Array.from({ length: 99 }, (_, i) => `${i / 50},0`)].join("\n"))],
  ["large", "At most 24.0 MB", Buffer.alloc(24_000_001, "1\n")],
];

test("what cannot be used is refused with the reason", async ({ page, server }) => {
  await pickModel(page, server.url, MODEL.id);
  for (const [name, reason, file] of REFUSED) {
    await loadSample(page, SAMPLE.name);
    await chooseFile(page, `${name}.csv`, file);
    const alert = page.locator(".drop").getByRole("alert");
    await expect(alert, name).toContainText(`“${name}.csv” cannot be used`);
    await expect(alert, name).toContainText(reason);
    await expect(page.locator(".signal-shown"), name).toBeEmpty();
  }
  await submit(page).click();
  await expect(page.locator(".problem")).toContainText("There is no signal yet");
  await expect(page.locator("#signal-file-button")).toBeFocused();
  await chooseFile(page, "counts.csv", csv(spike(length, peak).map((value) => 200 * value)));
  await expect(page.locator(".signal-input > .field-error")).toContainText("Perhaps the file counts in another unit");
  await submit(page).click();
  await expect(page.locator(".problem")).toContainText("cannot be used");
});
