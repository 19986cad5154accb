/**
 * A first visit over a long, narrow line: how long the page takes until models can be chosen, and from choosing `wdbc`, five seconds after the
 * page was asked for, to the result of a sample. Three visits, each of a browser that knows nothing yet.
 */

import { expect, test } from "@playwright/test";
import { Line } from "../support/line";
import { startServer } from "../support/server";

/** As 3G is usually modelled. */
const SHAPE = { roundTrip: 300, rate: 1_600_000 };
const READING = 5000;

test("a first visit", async ({ browser }) => {
  const server = await startServer();
  for (let i = 0; i < 3; i++) {
    const line = await Line.start(server.url, SHAPE);
    const context = await browser.newContext({ reducedMotion: "reduce" });
    const page = await context.newPage();
    let requests = 0;
    page.on("request", () => (requests += 1));
    const start = performance.now();
    const since = (from: number): string => `${((performance.now() - from) / 1000).toFixed(2)} s`;
    await page.goto(line.url);
    await page.locator("#model-wdbc").waitFor();
    const listed = since(start);
    await page.waitForTimeout(Math.max(0, READING - (performance.now() - start)));
    const read = line.bytes;
    const chosen = performance.now();
    await page.locator("#model-wdbc").click();
    await page.getByRole("button", { name: /malignant$/ }).first().click();
    await page.getByRole("button", { name: /^Get private/ }).click();
    await expect(page.locator(".decision")).toBeVisible();
    console.log(`models listed after ${listed}; result ${since(chosen)} after the choice; ${read} bytes before it, ${line.bytes} in all; ${requests} requests, ${line.connections} connections`);
    await context.close();
    line.close();
  }
  await server.kill();
});
