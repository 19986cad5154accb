/** All beats of a recording in one go: the price first, the reference's decision for each, a table, and an end at any time. */

import type { Page } from "@playwright/test";
import type { Sizes } from "../../../web/src/api";
import type { SignalInput } from "../../../web/src/card";
import { bytes } from "../../../web/src/format";
import { check } from "../support/access";
import { type Bundle, bundles } from "../support/cards";
import { ecg } from "../support/ecg";
import { findPeaks } from "../support/filters";
import { expect, test } from "../support/fixtures";
import { chooseFile, diagnose, pickModel, prepared } from "../support/page";
import { plainOutputs } from "../support/reference";

const MODEL = bundles().find(({ card }) => card.input.kind === "signal")! as Bundle;
const OTHER = bundles().find(({ card }) => card.input.kind === "fields")! as Bundle;
const { classes } = MODEL.card;
const { length, sample_rate: rate, marker } = MODEL.card.input as SignalInput;
const mark = marker!.index;

/** Ten seconds, of which the beat at 4.9 s is a wide one. */
const VALUES = ecg({ rate, seconds: 10, beat: 1.1 }).map((value, i) => {
  const time = i / rate - 4.9;
  const wide = 1.9 * Math.exp(-0.5 * (time / 0.036) ** 2) - 0.5 * Math.exp(-0.5 * ((time - 0.24) / 0.05) ** 2);
  return Number((Math.abs(time) < 0.45 ? -0.3 + wide : value).toFixed(3));
});
const STARTS = findPeaks(VALUES, rate)
  .map(({ index }) => index - mark)
  .filter((start) => start >= 0 && start + length <= VALUES.length);

const file = (values: number[]): Buffer => Buffer.from(`Sample Rate,${rate} Hz\nII (mV)\n${values.join("\n")}\n`);
const panel = (page: Page): ReturnType<Page["locator"]> => page.locator(".all-beats");

async function open(page: Page, url: string, values: number[]): Promise<void> {
  await pickModel(page, url, MODEL.id);
  await prepared(page);
  await chooseFile(page, "strip.csv", file(values));
  await expect(page.locator(".beat")).toContainText("R peak");
}

test("every beat is decided as the reference does, at the price that was said", async ({ page, server }) => {
  await open(page, server.url, VALUES);
  const count = STARTS.length;
  expect(count).toBeGreaterThan(6);
  await page.getByRole("button", { name: `Classify all ${count} beats…` }).click();
  const described = page.evaluate(async (id) => (await (await fetch(`api/models/${id}`)).json()) as { sizes: Sizes }, MODEL.id);
  const { sizes } = await described;
  const price = sizes.setup_bytes + count * (sizes.preprocess_bytes + sizes.online_bytes);
  await expect(panel(page)).toContainText(`${bytes(price)} are sent and received`);
  await expect(panel(page)).toContainText(`this counts as ${count} results`);
  await expect(panel(page)).not.toContainText("At most 100");
  // Nothing runs before it is agreed to, and it can be declined.
  await page.getByRole("button", { name: "No", exact: true }).click();
  await expect(panel(page).locator(".all-panel")).toBeEmpty();
  await page.getByRole("button", { name: `Classify all ${count} beats…` }).click();
  await page.getByRole("button", { name: `Yes, classify ${count} beats` }).click();
  await expect(panel(page)).toHaveAttribute("data-done", String(count), { timeout: 100_000 });
  await expect(panel(page)).toContainText(`${bytes(price)} were sent and received`);
  const decided = plainOutputs(MODEL.id, STARTS.map((start) => VALUES.slice(start, start + length))).map((output) =>
    output.reduce((best, value, k) => (value > output[best]! ? k : best), 0),
  );
  expect(new Set(decided).size, "the recording has beats of several classes").toBeGreaterThan(1);
  const rows = panel(page).locator("tbody tr");
  await expect(rows).toHaveCount(count);
  for (const [i, label] of decided.map((k) => classes[k]!).entries()) {
    await expect(rows.nth(i)).toContainText(new RegExp(`^${i + 1}`));
    await expect(rows.nth(i)).toContainText(label.charAt(0).toUpperCase() + label.slice(1));
  }
  for (const [k, label] of classes.entries()) {
    const of = decided.filter((other) => other === k).length;
    await expect(panel(page).locator(`[data-class="${label}"] strong`)).toHaveText(String(of));
  }
  // A row leads to its beat; the results stay.
  const wide = decided.findIndex((k) => k !== decided[0]);
  await panel(page).getByRole("button", { name: `Show beat ${wide + 1}`, exact: true }).click();
  await expect(page.locator("#signal-start")).toHaveValue(String(STARTS[wide]!));
  await expect(rows).toHaveCount(count);
  // And one beat alone goes as before.
  await expect(await diagnose(page)).toContainText(classes[decided[wide]!]!, { ignoreCase: true });
  // They go with their recording.
  await chooseFile(page, "other.csv", file(VALUES.slice(200)));
  await expect(panel(page).locator("tbody tr")).toHaveCount(0);
});

test("it ends when it is cancelled, and shows what was decided until then", async ({ page, server }) => {
  const long = Array.from({ length: 60 }, () => ecg({ rate, seconds: 1, first: 0.5 })).flat().map((value) => Number(value.toFixed(3)));
  await open(page, server.url, long);
  await page.getByRole("button", { name: /^Classify all \d+ beats…$/ }).click();
  await page.getByRole("button", { name: /^Yes, classify/ }).click();
  await expect(panel(page).locator("progress")).not.toHaveJSProperty("value", 0, { timeout: 100_000 });
  await panel(page).getByRole("button", { name: "Cancel" }).click();
  await expect(panel(page)).toContainText(/Stopped: \d+ of \d+ beats were classified/);
  const done = Number(await panel(page).getAttribute("data-done"));
  expect(done).toBeGreaterThan(0);
  await expect(panel(page).locator("tbody tr")).toHaveCount(done);
  // So it does when another model is chosen; what was decided is there when one comes back.
  await page.getByRole("button", { name: /^Classify all \d+ beats…$/ }).click();
  await page.getByRole("button", { name: /^Yes, classify/ }).click();
  await expect(panel(page).locator("progress")).not.toHaveJSProperty("value", 0, { timeout: 100_000 });
  const here = page.url();
  await page.goto(here.replace(MODEL.id, OTHER.id));
  await expect(panel(page)).toHaveCount(0);
  await page.goto(here);
  await expect(panel(page)).toContainText(/Stopped: \d+ of \d+ beats were classified/);
  // Another file ends it as well, and leaves nothing behind.
  await page.getByRole("button", { name: /^Classify all \d+ beats…$/ }).click();
  await page.getByRole("button", { name: /^Yes, classify/ }).click();
  await expect(panel(page).locator("progress")).toBeVisible();
  await chooseFile(page, "other.csv", file(VALUES));
  await expect(panel(page).locator(".all-panel")).toBeEmpty();
  await expect(page.getByRole("button", { name: `Classify all ${STARTS.length} beats…` })).toBeEnabled();
});

test("of a long recording a hundred beats from the chosen one on are classified in one go", async ({ page, server }) => {
  const long = Array.from({ length: 150 }, () => ecg({ rate, seconds: 1, first: 0.5 })).flat().map((value) => Number(value.toFixed(3)));
  await open(page, server.url, long);
  await page.getByRole("slider", { name: "The whole signal" }).focus();
  await page.keyboard.press("Home");
  for (let i = 0; i < 3; i += 1) await page.keyboard.press("ArrowRight");
  await expect(page.locator(".beat")).toContainText("R peak 4 of 150");
  await page.getByRole("button", { name: "Classify 100 beats from the chosen one on…" }).click();
  await expect(panel(page)).toContainText("At most 100 of the 150 beats are classified in one go: beats 4 to 103.");
  await page.getByRole("button", { name: "No", exact: true }).click();
  await page.getByRole("slider", { name: "The whole signal" }).focus();
  await page.keyboard.press("End");
  await page.getByRole("button", { name: "Classify 100 beats from the chosen one on…" }).click();
  await expect(panel(page)).toContainText("beats 51 to 150");
});

test("where classes alone are revealed, no beat is called doubtful", async ({ page, launch }) => {
  const server = await launch({ args: ["--reveal", "class"] });
  await open(page, server.url, VALUES);
  await page.getByRole("button", { name: /^Classify all \d+ beats…$/ }).click();
  await page.getByRole("button", { name: /^Yes, classify/ }).click();
  await expect(panel(page)).toHaveAttribute("data-done", String(STARTS.length), { timeout: 100_000 });
  await expect(panel(page)).toContainText("reveals classes without scores");
  await expect(panel(page).locator(".doubtful")).toHaveCount(0);
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`${colorScheme}: strip and results on 360 pixels, without sideways scrolling or accessibility findings`, { tag: "@chromium" }, async ({
    page,
    server,
  }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.setViewportSize({ width: 360, height: 740 });
    await open(page, server.url, VALUES);
    await check(page, "strip");
    await page.getByRole("button", { name: /^Classify all \d+ beats…$/ }).click();
    await check(page, "price");
    await page.getByRole("button", { name: /^Yes, classify/ }).click();
    await expect(panel(page)).toHaveAttribute("data-done", String(STARTS.length), { timeout: 100_000 });
    await check(page, "beats");
  });
}
