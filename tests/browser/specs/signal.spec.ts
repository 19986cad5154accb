/** Own signals: CSV files, what is asked about them, the part that is used, what is warned of and what is refused. */

import type { Page } from "@playwright/test";
import type { SignalInput } from "../../../web/src/card";
import { type Bundle, bundles, quantise } from "../support/cards";
import { ecg, withTimes } from "../support/ecg";
import { findPeaks, resample } from "../support/filters";
import { expect, test } from "../support/fixtures";
import { OWN_CODE, chooseFile, diagnose, loadSample, pickModel, prepared, shownSteps, submit, toEntries } from "../support/page";
import { plainOutputs } from "../support/reference";
import { pressOn } from "../support/strip";

const MODEL = bundles().find(({ card }) => card.input.kind === "signal")! as Bundle;
const { length, sample_rate: rate, marker } = MODEL.card.input as SignalInput;
const SAMPLE = MODEL.card.samples[0]!;
const mark = marker!.index;

const column = (values: number[], head = ""): string =>
  `${head}${values.map((value) => value.toFixed(4)).join("\n")}\n`;
const choose = (page: Page, name: string, text: string): Promise<void> => chooseFile(page, name, Buffer.from(text));
const refusal = (page: Page): ReturnType<Page["locator"]> => page.locator(".drop").getByRole("alert");
const warnings = (page: Page): ReturnType<Page["locator"]> => page.locator(".run .warnings");

test("a file that holds a sample's values is that sample, and its private result the plain one", async ({
  page,
  server,
  recording,
}) => {
  await pickModel(page, server.url, MODEL.id);
  await prepared(page);
  const [requests, frames] = [recording.requests.length, recording.frames.length];
  await choose(page, "beat.csv", withTimes(SAMPLE.values, rate));
  await expect(page.getByRole("button", { name: SAMPLE.name, exact: true })).toHaveAttribute("aria-pressed", "true");
  expect(recording.frames.length, "nothing is sent for choosing a file").toBe(frames);
  // What is fetched is the page's own code for reading tables, and the list of its hashes, by requests that say nothing.
  for (const request of recording.requests.slice(requests)) expect(request).toMatch(OWN_CODE);
  await expect(page.locator(".drop")).toContainText("nothing of it is uploaded");
  await expect(warnings(page)).toBeEmpty();
  await expect((await diagnose(page)).locator("[data-exact]")).toHaveAttribute("data-exact", "equal");
  await page.getByText("What left this page").click();
  await expect(page.getByRole("img", { name: "The masked signal: noise" })).toBeVisible();
  expect(recording.problems).toEqual([]);
});

test("what a file does not tell is asked before anything is computed", async ({ page, server }) => {
  await pickModel(page, server.url, MODEL.id);
  const counts = ecg({ rate: 360, seconds: 4 }).map((value) => Math.round(200 * value + 1024));
  await choose(page, "patient_360.csv", `sample,MLII\n${counts.map((value, i) => `${i},${value}`).join("\n")}\n`);
  const unit = page.getByLabel("Unit of the values");
  await expect(page.getByRole("group", { name: "What the file does not tell" })).toContainText(
    "All are whole numbers, as counts of a converter are.",
  );
  await submit(page).click();
  await expect(page.locator(".problem")).toContainText("answer the questions first");
  await expect(page.getByLabel("Values per second")).toBeFocused();
  await expect(page.locator(".signal-shown")).toBeEmpty();
  // A rate that the file's name mentions is a suggestion.
  await page.getByRole("button", { name: "360, from the file's name" }).click();
  await expect(page.getByLabel("Values per second")).toHaveValue("360");
  await expect(page.locator(".signal-shown"), "the unit is still open").toBeEmpty();
  await unit.selectOption("counts");
  await page.getByLabel("Counts per millivolt").fill("200");
  await page.getByLabel("Count at 0 mV").fill("1024");
  await page.getByLabel("Count at 0 mV").press("Enter");
  expect((await shownSteps(page)).slice(0, 4)).toEqual([
    "The column “sample” counts the values and tells no times.",
    "1440 values in the column “MLII”, 360 per second, as you said.",
    "Counts, as you said: 200 are 1 mV, and 1024 is 0 mV.",
    "Low-pass before the rate goes down: windowed sinc (Kaiser, 64 taps), gain 1 up to 69.6 Hz, ½ at 79.8 Hz, below 0.001 from 90 Hz on; " +
      "reflected at the ends. At 180 per second these are 720 values.",
  ]);
  await expect(warnings(page)).toBeEmpty();
  // Another answer takes back what was computed; one that is no number says so.
  await page.getByLabel("Values per second").fill("30");
  await page.getByLabel("Values per second").press("Enter");
  await expect(refusal(page)).toContainText("30 values per second, as you said. The model reads 180; from 90");
  await expect(page.locator(".signal-shown")).toBeEmpty();
  await page.getByLabel("Values per second").fill("many");
  await page.getByLabel("Values per second").press("Enter");
  await expect(page.locator(".questions")).toContainText("Give a number above 0");
  await unit.selectOption("mV");
  await page.getByLabel("Values per second").fill("360");
  await page.getByLabel("Values per second").press("Enter");
  await expect(page.locator(".signal-input > .field-error")).toContainText("Perhaps the file counts in another unit");
});

test("the highest beat is read, or the one that is chosen by pressing, by button or by slider", async ({
  page,
  server,
  recording,
}) => {
  await pickModel(page, server.url, MODEL.id);
  const values = ecg({ rate, seconds: 4.4 }).map((value) => Number(value.toFixed(4)));
  const peaks = findPeaks(values, rate).map(({ index }) => index);
  await choose(page, "long.csv", withTimes(values, rate));
  const slider = page.locator("#signal-start");
  await expect(slider).toHaveValue(String(peaks[2]! - mark));
  await expect(page.locator(".beat")).toHaveText("R peak 3 of 5, at 2.1 s");
  await expect(page.locator(".steps")).toContainText("Chosen as the farthest from its median: R peak 3 of 5");
  await page.getByRole("button", { name: "Next beat" }).click();
  await expect(slider).toHaveValue(String(peaks[3]! - mark));
  const strip = page.getByRole("slider", { name: "The whole signal, 4 seconds: 5 beats to choose from" });
  await expect(strip).toHaveAttribute("aria-valuetext", "R peak 4 of 5, at 2.9 s");
  await pressOn(page, peaks[1]! + 9);
  await expect(slider).toHaveValue(String(peaks[1]! - mark));
  await expect(page.locator(".steps")).toContainText("Chosen by you: R peak 2 of 5");
  const result = await diagnose(page);
  await expect(result).toContainText("This is your own signal");
  const start = peaks[1]! - mark;
  const part = values.slice(start, start + length);
  const [inference] = await recording.inferences();
  expect(inference!.quantised).toEqual(quantise(MODEL, part).map(BigInt));
  expect(inference!.output).toEqual(plainOutputs(MODEL.id, [part])[0]);
  await toEntries(page);
  await page.getByText("Another part than a beat").click();
  await slider.focus();
  await page.keyboard.press("ArrowRight");
  await expect(page.locator(".result"), "another part has no result yet").toHaveCount(0);
  await expect(page.locator(".beat")).toContainText("5 R peaks found; the mark is at 1.306 s");
  for (let i = 0; i < 8; i += 1) await page.keyboard.press("ArrowRight");
  await expect(warnings(page)).toContainText("The mark “R peak” lies 50 ms beside the nearest R peak that was found.");
});

test("clocks, two rows of names, the model's own lead and another rate", async ({ page, server, recording }) => {
  await pickModel(page, server.url, MODEL.id);
  const fine = ecg({ rate: 360, seconds: 3 }).map((value) => Number(value.toFixed(3)));
  const lines = fine.map(
    (value, i) => `'0:${(i / 360).toFixed(3).padStart(6, "0")}',${(0.01 * (i % 9)).toFixed(3)},${value}`,
  );
  await choose(page, "samples.csv", `'Elapsed time','V5','MLII'\n'mm:ss.mmm','mV','mV'\n${lines.join("\n")}\n`);
  const steps = await shownSteps(page);
  expect(steps[0]).toBe("1080 values in the column “MLII”, 360 per second after the times in “Elapsed time”.");
  await expect(page.getByLabel("Column of the signal")).toHaveValue("1");
  await expect(warnings(page)).toBeEmpty();
  await diagnose(page);
  const values = resample(fine, 360, rate);
  const start = findPeaks(values, rate)[2]!.index - mark;
  const [inference] = await recording.inferences();
  expect(inference!.quantised).toEqual(quantise(MODEL, [...values.slice(start, start + length)]).map(BigInt));
  await toEntries(page);
  await page.getByLabel("Column of the signal").selectOption("V5");
  await expect(page.locator(".result")).toHaveCount(0);
  // It spreads over too little for its unit.
  await expect(page.getByLabel("Unit of the values")).toBeVisible();
  await page.getByLabel("Unit of the values").selectOption("mV");
  await expect(warnings(page)).toContainText("The model was made for lead MLII or II, and this is lead V5");
});

test("what speaks against a signal stands above the button, before it is pressed", async ({ page, server }) => {
  await pickModel(page, server.url, MODEL.id);
  const beats = ecg({ rate: 360, seconds: 4.4 });
  const CASES: [string, string][] = [
    ["The file does not tell which lead “ecg_mv” is", withTimes(beats, 360, "time (s),ecg_mv")],
    ["this is lead I:", withTimes(beats, 360, "time (s),lead I (mV)")],
    [
      "seems to be inverted: 5 of 5 beats",
      withTimes(
        beats.map((value) => -value),
        360,
      ),
    ],
    [
      "is cut off at 0.4 mV",
      withTimes(
        beats.map((value) => Math.min(value, 0.4)),
        360,
      ),
    ],
    [
      "2000 values a second. The model was made for recordings of 100 to 1000",
      withTimes(ecg({ rate: 2000, seconds: 3 }), 2000),
    ],
    [
      "spreads over 0.15 mV. The model was made for 0.2 to 8 mV",
      withTimes(
        beats.map((value) => value / 10),
        360,
      ),
    ],
    [
      "hardly stand out",
      withTimes(
        beats.map((_, i) => Math.sin(i / 40)),
        360,
      ),
    ],
  ];
  for (const [words, text] of CASES) {
    await choose(page, "own.csv", text);
    await expect(warnings(page)).toContainText(words);
    await expect(page.locator(".signal-shown")).not.toBeEmpty();
  }
  await loadSample(page, SAMPLE.name);
  await expect(warnings(page)).toBeEmpty();
});

const BEAT = ecg({ rate, seconds: 0.72, first: mark / rate }).slice(0, length);
const REFUSED: [string, string, string | Buffer][] = [
  ["empty", "no numbers in it", ""],
  ["words", "Line 3: “many” is not a number.", "mV\n1\nmany\n2\n"],
  ["short", `too short: ${length - 1} values`, withTimes(BEAT.slice(1), rate)],
  ["binary", "not a text file", Buffer.from([1, 0, 2])],
  ["coarse", "50 values per second after the times", withTimes(ecg({ rate: 50, seconds: 4 }), 50)],
  ["flat", "is a flat line: every value is 0", column(Array<number>(length).fill(0))],
  [
    "scaled",
    "beats that were scaled for training",
    [...Array.from({ length: 187 }, (_, i) => ((i * 7) % 50) / 49), 2].join(","),
  ],
  [
    "uneven",
    "The times (time (s)) are not evenly spaced",
    withTimes(ecg({ rate, seconds: 2 }), rate).replace(/(\n[^\n]*){30}/, "\n0,0\n0.01,0"),
  ],
  ["large", "At most 24.0 MB", Buffer.alloc(24_000_001, "1\n")],
];

test("what cannot be used is refused with the reason", async ({ page, server }) => {
  await pickModel(page, server.url, MODEL.id);
  for (const [name, reason, file] of REFUSED) {
    await loadSample(page, SAMPLE.name);
    await chooseFile(page, `${name}.csv`, Buffer.from(file));
    await expect(refusal(page), name).toContainText(`“${name}.csv” cannot be used`);
    await expect(refusal(page), name).toContainText(reason);
    await expect(page.locator(".signal-shown"), name).toBeEmpty();
    await expect(warnings(page), name).toBeEmpty();
  }
  await submit(page).click();
  await expect(page.locator(".problem")).toContainText("There is no recording yet");
  await expect(page.locator("#signal-file-button")).toBeFocused();
});

test("a part with a gap is not read; a file in Excel's encoding is", async ({ page, server }) => {
  await pickModel(page, server.url, MODEL.id);
  const values = ecg({ rate, seconds: 4.4 });
  const text = withTimes(
    values.map((value) => 1000 * value),
    rate,
    "time (s),II (µV)",
  )
    .replaceAll(",", ";")
    .replace(/^1\.2222.*$/m, "1.222222;NaN");
  await chooseFile(page, "gap.csv", Buffer.from(text, "latin1"));
  await expect(page.locator(".steps")).toContainText(
    "792 values in the column “II (µV)”, 180 per second after the times in “time (s)”, as the model reads them. 1 of them is a gap.",
  );
  await expect(page.locator(".beat")).toContainText("R peak 2 of 4");
  await page.getByText("Another part than a beat").click();
  const slider = page.locator("#signal-start");
  await slider.focus();
  await page.keyboard.press("Home");
  for (let i = 0; i < 3; i += 1) await page.keyboard.press("PageUp");
  await slider.fill("200");
  await expect(page.locator(".signal-input > .field-error")).toContainText(
    "This part has a gap: 1 of its 128 values, from the 21st on, is missing",
  );
  await submit(page).click();
  await expect(page.locator(".problem")).toContainText("The chosen part cannot be used");
});
