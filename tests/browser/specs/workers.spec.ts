/** A large model's work goes over several Workers, each with a connection of its own, and the result is the same. */

import type { Page } from "@playwright/test";
import type { Bundle } from "../support/cards";
import { Cutter } from "../support/cutter";
import { expect, test } from "../support/fixtures";
import { largeModel } from "../support/large";
import { diagnose, loadSample, pickModel, prepared, type Recording, submit } from "../support/page";

let large: Bundle;
let folder: string;

test.beforeAll(async ({}, info) => {
  folder = info.outputPath("large");
  large = largeModel(folder, 32, 32);
});

/** What a sample takes, and what the page counted of it. */
async function run(page: Page, recording: Recording, address: string): Promise<{ sent: number; frames: number }> {
  await pickModel(page, address, large.id);
  await loadSample(page, large.card.samples[0]!.name);
  await prepared(page);
  await expect((await diagnose(page)).locator('[data-exact="equal"]')).toBeVisible();
  const results = (await recording.messages()).flatMap((message) => (message.type === "result" ? [message.inference] : []));
  const { session, frames } = results.at(-1)!.sent;
  return { sent: session.reduce((sum, count) => sum + count), frames };
}

test("with two Workers the result is the same, and all that they send is counted", async ({ page, recording, launch }) => {
  await page.addInitScript(() => Object.defineProperty(navigator, "hardwareConcurrency", { value: 2 }));
  const counted: Record<number, { sent: number; frames: number }> = {};
  for (const workers of [1, 2]) {
    const server = await launch({ models: folder, args: ["--workers", String(workers)] });
    counted[workers] = await run(page, recording, server.url);
  }
  // The second one has base OTs of its own, and what its OTs start from.
  expect(counted[2]!.sent).toBeGreaterThan(counted[1]!.sent);
  expect(counted[2]!.sent).toBeLessThan(1.5 * counted[1]!.sent + 100_000);
  expect(counted[2]!.frames).toBeGreaterThan(counted[1]!.frames);
  expect(recording.problems).toEqual([]);
});

test("a session of two Workers goes on when its connections are lost", async ({ page, launch }) => {
  await page.addInitScript(() => Object.defineProperty(navigator, "hardwareConcurrency", { value: 2 }));
  const server = await launch({ models: folder, args: ["--workers", "2"] });
  const line = await Cutter.start(server.url, []);
  try {
    await pickModel(page, line.url, large.id);
    await loadSample(page, large.card.samples[0]!.name);
    await prepared(page);
    const before = line.carried;
    line.cut(true);
    await expect(page.locator(".queue")).toContainText("The connection was lost");
    line.away = false;
    await submit(page).click();
    await expect(page.locator('[data-exact="equal"]')).toBeVisible();
    expect(line.carried - before).toBeGreaterThanOrEqual(2);
  } finally {
    line.close();
  }
});
