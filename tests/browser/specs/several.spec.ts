/** Several inputs in a row: pictures, and the rows of a table, with a table of results. */

import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { recordingsOf } from "../../../web/src/signal/reading";
import { rowsOf } from "../../../web/src/table";
import { bundle } from "../support/cards";
import { ecg, withTimes } from "../support/ecg";
import { expect, test } from "../support/fixtures";
import { pickModel, submit } from "../support/page";
import { png } from "../support/png";

const WDBC = bundle("wdbc");
const XRAY = bundle("pneumonia");
const decided = ({ expected }: { expected: number[] }, classes: string[]): string => classes[expected.indexOf(Math.max(...expected))]!;

/** Drops a table somewhere on the page. */
function drop(page: Page, text: string): Promise<void> {
  return page.evaluate((text) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([text], "patients.csv"));
    document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer }));
  }, text);
}

test("tables are read by the names in their heads, or by their order", () => {
  expect(rowsOf("b,a\n1,2\n3,4\n", ["a", "b"])).toEqual([{ name: null, entries: ["2", "1"] }, { name: null, entries: ["4", "3"] }]);
  expect(rowsOf("1,5;2\n3;4", ["a", "b"])).toEqual([{ name: null, entries: ["1,5", "2"] }, { name: null, entries: ["3", "4"] }]);
  expect(rowsOf("who\tage\tsize\nAnna\t1\t2\nBen\t3\t4", ["a", "b"])).toEqual([{ name: "Anna", entries: ["1", "2"] }, { name: "Ben", entries: ["3", "4"] }]);
  for (const text of ["", "word", "1,2,3,4\n", "a\nb"]) expect(rowsOf(text, ["a", "b"]), text).toBeNull();
});

test("several pictures are run one after the other, and one that cannot be used is said so in its row", async ({ page, server, recording }) => {
  await pickModel(page, server.url, XRAY.id);
  const samples = XRAY.card.samples.slice(0, 2);
  const files = samples.map(({ values }, i) => ({ name: `lungs ${i}.png`, mimeType: "image/png", buffer: png({ width: 28, height: 28, samples: values }) }));
  await page.locator('.drop input[type="file"]:not([capture])').setInputFiles([...files, { name: "words.txt", mimeType: "text/plain", buffer: Buffer.from("no picture") }]);
  await expect(page.locator(".several-chosen")).toContainText("3 inputs, one after the other:");
  await expect(page.locator(".drop")).toBeHidden();
  await expect(page.locator(".forecast")).toContainText(/Takes about \d+\ss, and 3\.6\sMB/);
  await page.getByRole("button", { name: "Get 3 private results" }).click();
  const rows = page.locator(".batch tbody tr");
  await expect(page.locator(".result .confidence")).toHaveText("3 of 3 done.");
  await expect(page.locator(".result .accuracy"), "why to trust it, before the table").toContainText("pictures that it had not seen: right for");
  for (const [i, sample] of samples.entries()) await expect(rows.nth(i)).toContainText(new RegExp(decided(sample, XRAY.card.classes), "i"));
  await expect(rows.nth(2)).toContainText("words.txt");
  await expect(rows.nth(2).locator(".bad")).not.toBeEmpty();
  const outputs = (await recording.inferences()).map(({ output }) => output);
  expect(outputs).toEqual(samples.map(({ expected }) => expected.map(BigInt)));
  await page.getByRole("link", { name: "Get another diagnosis" }).click();
  await page.getByRole("button", { name: "Forget them" }).click();
  await expect(page.locator(".drop")).toBeVisible();
  await expect(submit(page)).toBeVisible();
  expect(recording.problems).toEqual([]);
});

test("several recordings are run one after the other, each by its beat that stands out most, which is said before", async ({ page, server, recording }) => {
  await pickModel(page, server.url, "heartbeat");
  const file = (name: string, text: string): { name: string; mimeType: string; buffer: Buffer } => ({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
  const values = ecg({ rate: 360, seconds: 5 });
  const first = file("first.csv", withTimes(values, 360));
  const second = file("second.csv", withTimes(values.map((value) => 0.8 * value), 360));
  const silent = file("silent.csv", `ecg\n${values.map((value) => value.toFixed(3)).join("\n")}\n`);
  const input = page.locator('.drop input[type="file"]:not([capture])');
  await input.setInputFiles([first, second, silent]);
  await expect(page.locator(".several-chosen")).toContainText("3 inputs, one after the other:");
  await expect(page.locator(".several-chosen")).toContainText("the one whose R peak stands out most");
  await page.getByRole("button", { name: "Get 3 private results" }).click();
  await expect(page.locator(".result .confidence")).toHaveText("3 of 3 done.");
  await expect(page.locator(".batch tbody tr").nth(2).locator(".bad")).toContainText("leaves something open");
  // A recording by itself begins with the same beat.
  await page.getByRole("link", { name: "Get another diagnosis" }).click();
  await page.getByRole("button", { name: "Forget them" }).click();
  await input.setInputFiles(second);
  await expect(page.locator(".drop-status")).toContainText("“second.csv” was read");
  await submit(page).click();
  await expect(page.locator(".result .decision")).toHaveText("Normal");
  const outputs = (await recording.inferences()).map(({ output }) => output);
  expect(outputs).toHaveLength(3);
  expect(outputs[2]).toEqual(outputs[1]);
  expect(outputs[1]).not.toEqual(outputs[0]);
  expect(recording.problems).toEqual([]);
});

test("files are told apart by recording: those of WFDB go together", () => {
  const named = (...names: string[]): File[] => names.map((name) => new File([], name));
  const groups = (files: File[]): string[][] => recordingsOf(files).map((group) => group.map(({ name }) => name));
  expect(groups(named("100.hea", "100.dat"))).toEqual([["100.hea", "100.dat"]]);
  expect(groups(named("r.hea", "a.dat", "b.dat"))).toEqual([["r.hea", "a.dat", "b.dat"]]);
  expect(groups(named("100.hea", "101.hea", "101.DAT", "100.dat", "x.csv"))).toEqual([["100.hea", "100.dat"], ["101.hea", "101.DAT"], ["x.csv"]]);
  expect(groups(named("a.csv", "a.csv"))).toEqual([["a.csv"], ["a.csv"]]);
});

test("the rows of a table are run, saved, and can be cancelled", { tag: "@chromium" }, async ({ page, server, launch, recording }) => {
  const { fields } = WDBC.card.input as Extract<typeof WDBC.card.input, { kind: "fields" }>;
  const [first, second] = WDBC.card.samples;
  const lines = [fields.map(({ name }) => name), first!.values, second!.values, first!.values.with(0, 1e6)].map((cells) => cells.join(","));
  await pickModel(page, server.url, WDBC.id);
  await drop(page, lines.join("\n"));
  await page.getByRole("button", { name: "Get 3 private results" }).click();
  await expect(page.locator(".result .confidence")).toHaveText("3 of 3 done.");
  await expect(page.locator(".batch tbody tr").nth(2)).toContainText("Too large: at most");
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save as a file (JSON)" }).click();
  const saved = JSON.parse(readFileSync(await (await download).path(), "utf8")) as { results: { output?: string[]; error?: string }[] };
  expect(saved.results.map(({ output }) => output)).toEqual([first!.expected.map(String), second!.expected.map(String), undefined]);
  expect(recording.sockets).toBe(1);
  // A server that stands still: what was not run is said so.
  const slow = await launch();
  await pickModel(page, slow.url, WDBC.id);
  await drop(page, lines.join("\n"));
  await expect(page.getByRole("button", { name: "Get 3 private results" })).toBeVisible();
  process.kill(slow.pid, "SIGSTOP");
  await page.getByRole("button", { name: "Get 3 private results" }).click();
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.locator(".batch tbody tr").last()).toContainText("not run");
  process.kill(slow.pid, "SIGCONT");
});

test("what is done stays done when the server goes away in between and it is tried again", { tag: "@chromium" }, async ({ page, launch, recording }) => {
  const rows = 120;
  const server = await launch();
  await pickModel(page, server.url, WDBC.id);
  const { fields } = WDBC.card.input as Extract<typeof WDBC.card.input, { kind: "fields" }>;
  const [sample] = WDBC.card.samples;
  const text = [fields.map(({ name }) => name), ...Array.from({ length: rows }, () => sample!.values)].map((cells) => cells.join(",")).join("\n");
  await drop(page, text);
  await page.getByRole("button", { name: `Get ${rows} private results` }).click();
  await expect(page.locator(".batch-answer").first()).toBeVisible();
  await server.kill();
  await expect(page.locator(".queue")).toContainText("tried again for two minutes");
  await launch({ port: server.port });
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.locator(".result .confidence")).toHaveText(`${rows} of ${rows} done.`);
  const outputs = (await recording.inferences()).map(({ output }) => output);
  expect(outputs).toEqual(Array.from({ length: rows }, () => sample!.expected.map(BigInt)));
});
