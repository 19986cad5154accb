/** The way through the steps: the address says where a person is, entries stay in the tab, and what is dropped finds its place. */

import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { bundle } from "../support/cards";
import { ecg } from "../support/ecg";
import { expect, test } from "../support/fixtures";
import { chooseFile, diagnose, entries, loadSample, pickModel, prepared, submit } from "../support/page";
import { png } from "../support/png";

const WDBC = bundle("wdbc");
const SAMPLE = WDBC.card.samples[0]!;

const stored = (page: Page): Promise<string> => page.evaluate(() => JSON.stringify({ ...sessionStorage }));

/** As the browser's buttons do; the driver of Firefox waits for a load that a fragment does not bring. */
const back = (page: Page): Promise<void> => page.evaluate(() => history.back());
const forward = (page: Page): Promise<void> => page.evaluate(() => history.forward());

test("the choice leads to the form, the result is a step of its own, and going back and forward works", async ({ page, server, recording, browserName }) => {
  await pickModel(page, server.url, WDBC.id);
  await expect(page).toHaveURL(`${server.url}#/wdbc`);
  await expect(page.locator("#entry-title")).toBeFocused();
  await expect(page.locator("#choice")).toContainText(WDBC.card.title);
  expect((await page.locator("#entry-title").boundingBox())!.y, "the form is in view").toBeLessThan(300);
  await loadSample(page, SAMPLE.name);
  await diagnose(page);
  await expect(page).toHaveURL(`${server.url}#/wdbc/result`);
  await expect(page.locator(".decision")).toBeFocused();
  await expect(page.locator("#field-0")).toBeHidden();
  await expect(page.locator(".entry-card .folded")).toContainText(SAMPLE.name);
  await back(page);
  await expect(page.locator("#field-0")).toBeVisible();
  await expect(page.locator(".result")).toBeHidden();
  await forward(page);
  await expect(page.locator(".result")).toBeVisible();
  await back(page);
  await back(page);
  await expect(page.locator("#model-heart")).toBeVisible();
  await expect(page.locator(".entry-card")).toBeHidden();
  await forward(page);
  await expect(page.locator("#field-0")).toBeVisible();
  // The driver of Firefox tells of no WebSocket.
  if (browserName === "chromium") expect(recording.sockets, "the session went on").toBe(1);
  for (const request of recording.requests) expect(request).not.toContain("?");
});

test("a reload finds the step and the entries again, but no result; one button clears them", async ({ page, server }) => {
  await pickModel(page, server.url, WDBC.id);
  await loadSample(page, SAMPLE.name);
  await page.locator("#field-0").fill("12.34");
  const typed = await entries(page);
  await diagnose(page);
  await page.reload();
  await expect(page).toHaveURL(`${server.url}#/wdbc`);
  await expect(page.locator("#field-0")).toBeVisible();
  expect(await entries(page)).toEqual(typed);
  expect(await stored(page)).toContain("12.34");
  expect(await page.evaluate(() => JSON.stringify({ ...localStorage }))).toBe("{}");
  await page.getByRole("button", { name: "Clear everything that was entered" }).click();
  await expect(page.locator("#model-wdbc")).toBeVisible();
  expect(await stored(page)).not.toContain("12.34");
  await pickModel(page, server.url, WDBC.id);
  expect(new Set(await entries(page))).toEqual(new Set([""]));
});

test("files are kept for the tab when they are small, and it is said when not", async ({ page, server }) => {
  await pickModel(page, server.url, "pneumonia");
  const ramp = Array.from({ length: 28 * 28 }, (_, i) => (i * 7) % 256);
  await chooseFile(page, "ramp.png", png({ width: 28, height: 28, samples: ramp }));
  await expect.poll(() => stored(page)).toContain("ramp.png");
  await page.reload();
  await expect(page.locator(".drop-status")).toContainText("“ramp.png” was read");
  let state = 1;
  const noise = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24;
  const large = Array.from({ length: 1200 * 1200 }, noise);
  await chooseFile(page, "large.png", png({ width: 1200, height: 1200, samples: large }));
  await expect(page.locator(".kept")).toContainText("too large to be kept");
  expect(await stored(page)).not.toContain("png");
});

/** Drops a file on the page, or pastes a file or text into it. */
function transfer(page: Page, type: "drop" | "paste", what: { name?: string; bytes?: number[]; text?: string }): Promise<void> {
  return page.evaluate(
    ([type, { name, bytes, text }]) => {
      const data = new DataTransfer();
      if (bytes) data.items.add(new File([Uint8Array.from(bytes)], name ?? ""));
      if (text) data.setData("text/plain", text);
      const init = { bubbles: true, cancelable: true };
      const event = type === "drop" ? new DragEvent("drop", { ...init, dataTransfer: data }) : new ClipboardEvent("paste", { ...init, clipboardData: data });
      document.body.dispatchEvent(event);
    },
    [type, what] as const,
  );
}

const BYTES = [...png({ width: 28, height: 28, samples: Array.from({ length: 784 }, (_, i) => (i * 5) % 256) })];

test("a picture that is dropped anywhere is read, and without a model it is said that there is no place for it", async ({ page, server }) => {
  await page.goto(server.url);
  await page.locator("#model-wdbc").waitFor();
  await transfer(page, "drop", { name: "early.png", bytes: BYTES });
  await expect(page.locator("#dropped")).toContainText("choose their model first");
  await pickModel(page, server.url, "pneumonia");
  await transfer(page, "drop", { name: "dropped.png", bytes: BYTES });
  await expect(page.locator(".drop-status")).toContainText("“dropped.png” was read");
});

// Firefox lets no script paste files.
test("a picture that is pasted anywhere is read, and a row of a table fills the form", { tag: "@chromium" }, async ({ page, server }) => {
  await pickModel(page, server.url, "pneumonia");
  await transfer(page, "paste", { name: "pasted.png", bytes: BYTES });
  await expect(page.locator(".drop-status")).toContainText("“pasted.png” was read");
  await pickModel(page, server.url, WDBC.id);
  await transfer(page, "paste", { text: SAMPLE.values.join("\t") });
  expect((await entries(page)).slice(0, SAMPLE.values.length)).toEqual(SAMPLE.values.map(String));
});

test("one screen has one verb, and what it takes is said before", async ({ page, server }) => {
  await pickModel(page, server.url, WDBC.id);
  await expect(page.locator(".button-primary:visible")).toHaveText(["Get private diagnosis"]);
  await expect(page.locator(".forecast")).toHaveText(/^Takes about \d+\ss, and 23\.3\skB over the network\.$/);
  await loadSample(page, SAMPLE.name);
  await prepared(page);
  await submit(page).click();
  await expect(page.locator(".result")).toBeVisible();
  await expect(page.locator(".button-primary:visible")).toHaveText(["Get another diagnosis"]);
  // Verdict, confidence and why to trust it, and no table before the first fold-out.
  const text = await page.locator(".result").innerText();
  const order = ["Malignant", "Clear: ", "Tested on 114 patients that it had not seen", "Checked with this sample"].map((part) => text.indexOf(part));
  expect(order.every((place, i) => place > (order[i - 1] ?? -1)), text).toBe(true);
  await expect(page.locator("table:visible")).toHaveCount(0);
  await page.getByText("What left this page").click();
  await expect(page.locator("table:visible")).toHaveCount(1);
});

test("a browser without WebAssembly is told so", async ({ page, server }) => {
  await page.addInitScript(() => Reflect.deleteProperty(globalThis, "WebAssembly"));
  await page.goto(server.url);
  await expect(page.getByRole("alert")).toContainText("This browser cannot run the private computation");
  await expect(page.getByRole("alert")).toContainText("no WebAssembly");
});

test("an address that names no model on offer says so, and leads back", async ({ page, server }) => {
  await page.goto(`${server.url}#/none`);
  await expect(page.getByRole("alert")).toBeVisible();
  await page.locator("#choice .folded-change").click();
  await expect(page.locator("#model-wdbc")).toBeVisible();
});

test("a result is saved with everything that it rests on, and printed on one page", { tag: "@chromium" }, async ({ page, server, recording }) => {
  await pickModel(page, server.url, WDBC.id);
  await loadSample(page, SAMPLE.name);
  await diagnose(page);
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save as a file (JSON)" }).click();
  const saved = JSON.parse(readFileSync(await (await download).path(), "utf8")) as Record<string, Record<string, unknown>>;
  const inference = await recording.latest();
  expect(saved["model"]).toMatchObject({ id: "wdbc", digest: inference.digest });
  expect(saved["page"]!["version"]).toMatch(/^\d+\.\d+\.\d+$/);
  expect(saved["input"]).toMatchObject({ sample: SAMPLE.name, values: { radius_mean: SAMPLE.values[0] } });
  expect(saved["result"]).toMatchObject({ output: inference.output.map(String), equals_plain_computation: true });
  expect(saved["sent"]).toMatchObject({ masked: inference.masked });
  const pdf = (await page.pdf({ preferCSSPageSize: false, format: "A4" })).toString("latin1");
  expect(pdf.match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
  expect(recording.problems).toEqual([]);
});

test("a button that is pressed while a recording is still being prepared waits for it", async ({ page, server }) => {
  await pickModel(page, server.url, "heartbeat");
  const values = ecg({ rate: 360, seconds: 4.4 }).map((value) => value.toFixed(3));
  await chooseFile(page, "beats.csv", Buffer.from(`MLII (mV)\n${values.join("\n")}\n`));
  // The answer is taken as the button takes the focus.
  await page.getByLabel("Values per second").pressSequentially("360");
  await submit(page).click();
  await expect(page.locator(".result")).toBeVisible();
});
