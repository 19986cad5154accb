/** A beat of a long recording, chosen by mouse, finger and keyboard, without holding the page up. */

import type { Page } from "@playwright/test";
import type { SignalInput } from "../../../web/src/card";
import { type Bundle, bundles } from "../support/cards";
import { ecg, withTimes } from "../support/ecg";
import { findPeaks } from "../support/filters";
import { expect, test } from "../support/fixtures";
import { chooseFile, pickModel, prepared } from "../support/page";
import { placeOf, pressOn, sight } from "../support/strip";

const MODEL = bundles().find(({ card }) => card.input.kind === "signal")! as Bundle;
const { sample_rate: rate, marker } = MODEL.card.input as SignalInput;
const COUNT = 100_000;
const VALUES = ecg({ rate, seconds: 3.2 });
/** Beats that go on and on, each 0.8 s. */
const LONG = Array.from({ length: COUNT }, (_, i) => Number(VALUES[144 + (i % (144 * 2))]!.toFixed(3)));
const MARKS = findPeaks(LONG, rate).map(({ index }) => index);

const beat = (page: Page): ReturnType<Page["locator"]> => page.locator(".beat");
const canvas = (page: Page): ReturnType<Page["locator"]> => page.locator(".strip-canvas");

async function open(page: Page, url: string): Promise<void> {
  await pickModel(page, url, MODEL.id);
  await prepared(page);
  await chooseFile(page, "long.csv", Buffer.from(`Sample Rate,${rate} Hz\nII (mV)\n${LONG.join("\n")}\n`));
  await expect(beat(page)).toContainText(`of ${MARKS.length}`);
}

/** Two fingers, or one, as the page hears of them. */
async function touch(page: Page, path: { id: number; x: number }[][]): Promise<void> {
  const y = (await placeOf(page, 0)).y;
  await canvas(page).evaluate(
    (element, { path, y }) => {
      element.setPointerCapture = () => {};
      const send = (name: string, { id, x }: { id: number; x: number }): boolean =>
        element.dispatchEvent(
          new PointerEvent(name, { pointerId: id, clientX: x, clientY: y, pointerType: "touch", bubbles: true, cancelable: true }),
        );
      for (const finger of path[0]!) send("pointerdown", finger);
      for (const step of path.slice(1)) for (const finger of step) send("pointermove", finger);
      for (const finger of path.at(-1)!) send("pointerup", finger);
    },
    { path, y },
  );
}

test("a beat of 100,000 values is chosen by mouse, by keys and by fingers", async ({ page, server }) => {
  await open(page, server.url);
  const slider = page.getByRole("slider", { name: /^The whole signal, 556 seconds: \d+ beats to choose from$/ });
  await expect(slider).toHaveAttribute("aria-valuemax", String(MARKS.length));
  const first = await sight(page);
  expect((first.to - first.from) / rate, "at first, beats can be told apart").toBeLessThan(20);
  // By mouse: all of it, a press, closer, and a press on the beat.
  await page.getByRole("button", { name: "Show all" }).click();
  await expect.poll(() => sight(page)).toEqual({ from: 0, to: COUNT });
  await pressOn(page, 50_000);
  await expect(beat(page)).not.toContainText("R peak 1 of");
  for (let i = 0; i < 9; i += 1) await page.getByRole("button", { name: "Zoom in" }).click();
  await expect.poll(async () => (await sight(page)).to).toBeLessThan(60_000);
  const near = await sight(page);
  const wanted = MARKS.findIndex((mark) => mark > near.from + 300);
  await pressOn(page, MARKS[wanted]! + 5);
  await expect(beat(page)).toContainText(`R peak ${wanted + 1} of ${MARKS.length}`);
  await expect(page.locator("#signal-start")).toHaveValue(String(MARKS[wanted]! - marker!.index));
  // Dragging goes along, and chooses nothing.
  const from = await placeOf(page, near.from + 200);
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(from.x + 120, from.y, { steps: 4 });
  await page.mouse.up();
  await expect.poll(async () => (await sight(page)).from).toBeLessThan(near.from - 50);
  await expect(beat(page)).toContainText(`R peak ${wanted + 1} of`);
  // The wheel with Ctrl goes closer to what it points at; alone, before anything has the focus, it scrolls the page.
  const before = await sight(page);
  await page.keyboard.down("Control");
  await page.mouse.wheel(0, -120);
  await page.keyboard.up("Control");
  await expect.poll(async () => (await sight(page)).to - (await sight(page)).from).toBeLessThan(before.to - before.from);
  // By keys.
  await slider.focus();
  for (const [key, number] of [
    ["ArrowRight", wanted + 2],
    ["ArrowLeft", wanted + 1],
    ["PageUp", wanted + 11],
    ["Home", 1],
    ["End", MARKS.length],
    ["ArrowRight", MARKS.length],
  ] as const) {
    await page.keyboard.press(key);
    await expect(beat(page), key).toContainText(`R peak ${number} of ${MARKS.length}, at `);
    await expect(slider).toHaveAttribute("aria-valuenow", String(number));
    const seen = await sight(page);
    expect(seen.from <= MARKS[number - 1]! && MARKS[number - 1]! < seen.to, `${key}: the beat is in sight`).toBe(true);
  }
  await page.keyboard.press("0");
  await expect.poll(() => sight(page)).toEqual({ from: 0, to: COUNT });
  await page.keyboard.press("+");
  await expect.poll(async () => (await sight(page)).from).toBeGreaterThan(0);
  // By fingers: two go closer, one goes along, and a tap chooses.
  const wide = await sight(page);
  const middle = (await placeOf(page, (wide.from + wide.to) / 2)).x;
  await touch(page, [
    [{ id: 11, x: middle - 40 }, { id: 12, x: middle + 40 }],
    [{ id: 11, x: middle - 160 }, { id: 12, x: middle + 160 }],
  ]);
  await expect.poll(async () => (await sight(page)).to - (await sight(page)).from).toBeLessThan((wide.to - wide.from) / 3);
  const closer = await sight(page);
  await touch(page, [[{ id: 13, x: middle }], [{ id: 13, x: middle + 90 }]]);
  await expect.poll(async () => (await sight(page)).from).toBeLessThan(closer.from);
  const tapped = MARKS.findIndex((mark) => mark > 1000 + closer.from);
  const { x } = await placeOf(page, MARKS[tapped]!);
  await touch(page, [[{ id: 14, x }]]);
  await expect(beat(page)).not.toContainText(`R peak ${MARKS.length} of`);
});

test("a recording is kept for the tab once, however many of its beats are chosen", async ({ page, server }) => {
  await page.addInitScript(() => {
    const kept: string[] = [];
    Object.assign(globalThis, { kept });
    const { setItem } = Storage.prototype;
    Storage.prototype.setItem = function (key, value): void {
      if (key.startsWith("sotto-kept:")) kept.push(key);
      setItem.call(this, key, value);
    };
  });
  const stored = (): Promise<number> => page.evaluate(() => (globalThis as unknown as { kept: string[] }).kept.length);
  await pickModel(page, server.url, "heartbeat");
  await chooseFile(page, "beats.csv", Buffer.from(withTimes(ecg({ rate: 180, seconds: 12 }), 180)));
  await expect.poll(stored).toBe(1);
  for (let number = 4; number < 7; number += 1) {
    await page.getByRole("button", { name: "Next beat" }).click();
    await expect(page.locator(".beat")).toContainText(`R peak ${number} of`);
  }
  await page.evaluate(() => new Promise((later) => setTimeout(later)));
  expect(await stored()).toBe(1);
  await page.reload();
  await expect(page.locator(".drop-status")).toContainText("“beats.csv” was read");
});

test("drawing 100,000 values holds nothing up @chromium", async ({ page, server }) => {
  await open(page, server.url);
  await page.evaluate(() => {
    const times: number[] = [];
    const tasks: number[] = [];
    Object.assign(globalThis, { times, tasks });
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask" });
    const frame = globalThis.requestAnimationFrame.bind(globalThis);
    // What a frame's work takes, in the page's own thread.
    globalThis.requestAnimationFrame = (work) =>
      frame((now) => {
        const started = performance.now();
        work(now);
        times.push(performance.now() - started);
      });
  });
  await page.getByRole("button", { name: "Show all" }).click();
  await canvas(page).focus();
  for (const key of ["+", "+", "+", "-", "-", "-", "End", "Home", "PageUp", "ArrowRight", "0"]) await page.keyboard.press(key);
  await expect.poll(() => page.evaluate(() => (globalThis as unknown as { times: number[] }).times.length)).toBeGreaterThan(3);
  const times = await page.evaluate(() => (globalThis as unknown as { times: number[] }).times);
  const tasks = await page.evaluate(() => (globalThis as unknown as { tasks: number[] }).tasks);
  const sorted = times.toSorted((a, b) => a - b);
  // Told, and not required: how fast this machine is, is no matter of the code's.
  console.log(
    `strip: ${times.length} drawings of ${COUNT} values, median ${sorted[sorted.length >> 1]!.toFixed(1)} ms, longest ${sorted.at(-1)!.toFixed(1)} ms; tasks above 50 ms: ${tasks.join(", ") || "none"}`,
  );
});
