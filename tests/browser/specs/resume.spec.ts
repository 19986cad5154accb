/** A connection that breaks costs nobody a result: the session goes on over another one. */

import type { Page } from "@playwright/test";
import { bundle } from "../support/cards";
import { Cutter } from "../support/cutter";
import { expect, test } from "../support/fixtures";
import { diagnose, loadSample, pickModel, prepared, submit } from "../support/page";

const MODEL = bundle("pneumonia");
const SAMPLE = MODEL.card.samples[0]!;

/** A sample's values in the page, and an inference that is prepared. */
async function fill(page: Page, line: Cutter): Promise<void> {
  await pickModel(page, line.url, MODEL.id);
  await loadSample(page, SAMPLE.name);
  await prepared(page);
}

test("a session that is cut at many places goes on to its result", async ({ page, recording, server }) => {
  // Of a session that takes some hundred kilobytes: in the setup, the preparation and the inference, and soon after going on.
  const line = await Cutter.start(server.url, [20_000, 40_000, 3_000, 60_000, 90_000, 20_000]);
  try {
    await fill(page, line);
    await expect((await diagnose(page)).locator('[data-exact="equal"]')).toBeVisible();
    const messages = await recording.messages();
    const connections = messages.flatMap((message) => (message.type === "connection" ? [message.connection] : []));
    expect(connections.filter((connection) => connection === "lost").length).toBeGreaterThanOrEqual(4);
    expect(connections.at(-1)).toBe("open");
    expect(line.carried).toBeGreaterThanOrEqual(5);
  } finally {
    line.close();
  }
});

test("what is prepared is still there when the network was away", async ({ page, recording, server }) => {
  const line = await Cutter.start(server.url, []);
  try {
    await fill(page, line);
    line.cut(true);
    await expect(page.locator(".queue")).toContainText("The connection was lost");
    await submit(page).click();
    line.away = false;
    await expect(page.locator('[data-exact="equal"]')).toBeVisible();
    await expect(page.locator(".queue")).toBeEmpty();
    expect((await recording.messages()).filter((message) => message.type === "failed")).toEqual([]);
  } finally {
    line.close();
  }
});

test("a session that the server does not have any more ends at once", async ({ page, launch }) => {
  const server = await launch();
  const line = await Cutter.start(server.url, []);
  try {
    await fill(page, line);
    line.cut(true);
    await server.kill();
    await launch({ port: server.port });
    line.away = false;
    await expect(page.locator('.status[data-state="failed"]')).toContainText("connects again");
    await expect((await diagnose(page)).locator('[data-exact="equal"]')).toBeVisible();
  } finally {
    line.close();
  }
});
