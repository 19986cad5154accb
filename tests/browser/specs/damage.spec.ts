/** A line that changes bits: nothing wrong is shown, no changed code runs, and the server cannot tell a refused result. */

import { createHash } from "node:crypto";
import type { Page } from "@playwright/test";
import { bundle } from "../support/cards";
import { expect, test } from "../support/fixtures";
import { startMeddler } from "../support/meddler";
import { choose, loadSample, pickModel, prepared, submit, toEntries } from "../support/page";

const MODEL = bundle("wdbc");
const SAMPLE = MODEL.card.samples[0]!;

async function expectNotice(page: Page, title: string): Promise<void> {
  await expect(page.getByRole("alert").locator(".notice-title")).toHaveText(title);
  await expect(page.getByRole("button", { name: "Try again" })).toHaveCount(0);
  await expect(page.locator(".result")).toHaveCount(0);
}

test("a result that was damaged on the way is not shown, and the server sees what it sees after any other", async ({ page, server }) => {
  let armed = false;
  let sent = 0;
  const line = await startMeddler(server.url, {
    toPage(data) {
      if (armed) data[data.length - 1]! ^= 4;
      armed = false;
    },
    toServer: (data) => void (sent += data.length),
  });
  /** Until nothing more is sent: what is prepared ahead, too. */
  const quiet = async (): Promise<void> => {
    for (let before = -1; before !== sent; await page.waitForTimeout(500)) before = sent;
  };
  /** Three inferences of a session; bytes to the server from each click until nothing more is prepared. */
  const session = async (...endings: (() => Promise<void>)[]): Promise<number[]> => {
    await pickModel(page, line.url, MODEL.id);
    await prepared(page);
    await loadSample(page, SAMPLE.name);
    const counts = [];
    for (const ended of endings) {
      await toEntries(page);
      await quiet();
      const before = sent;
      await submit(page).click();
      await ended();
      await prepared(page);
      await quiet();
      counts.push(sent - before);
    }
    return counts;
  };
  const good = async (): Promise<void> => {
    await expect(page.locator('[data-exact="equal"]')).toBeVisible();
    await expect(page.locator('[data-fact="model-version"]')).toHaveText(/^[0-9a-f]{12}$/);
  };
  const refused = async (): Promise<void> => {
    await expectNotice(page, "The result was damaged on the way and is not shown");
  };
  const counts = await session(good, good, good);
  const arm = async (): Promise<void> => {
    await good();
    await prepared(page);
    armed = true;
  };
  // Once something has changed, nothing in this session is trusted any more; the page opens no other by itself.
  expect(await session(arm, refused, refused)).toEqual(counts);
  expect(armed).toBe(false);
  expect(line.sockets()).toBe(2);
  await line.close();
});

test("what the server says of a model was damaged on the way", async ({ page, server }) => {
  const name = MODEL.card.classes[0]!;
  const line = await startMeddler(server.url, {
    answer(path, body) {
      if (path.endsWith(MODEL.id)) body[body.indexOf(`"${name}"`) + 1]! ^= 1;
    },
  });
  await pickModel(page, line.url, MODEL.id);
  await loadSample(page, SAMPLE.name);
  await submit(page).click();
  await expectNotice(page, "What the server says of this model was damaged on the way");
  await line.close();
});

test("the server has another version of the model than the page shows", async ({ page, server }) => {
  await page.route(`**/api/models/${MODEL.id}`, async (route) => {
    const response = await route.fetch();
    const model = (await response.json()) as { digest: string; card: { title: string }; program: object };
    model.card.title += ", earlier";
    const hash = createHash("sha256").update("sotto model 1");
    for (const part of [model.card, model.program].map((part) => Buffer.from(JSON.stringify(part)))) {
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(part.length));
      hash.update(length).update(part);
    }
    model.digest = hash.digest("hex");
    await route.fulfill({ response, json: model });
  });
  await pickModel(page, server.url, MODEL.id);
  await loadSample(page, SAMPLE.name);
  await submit(page).click();
  await expectNotice(page, "The server has another version of this model");
});

for (const [what, pattern, notice] of [
  ["module", /\.wasm$/, "The server cannot be reached"],
  ["worker", /\/worker-[^/]*\.js$/, "The page was damaged on the way"],
  ["script", /\/index-[^/]*\.js$/, null],
] as const) {
  test(`a ${what} that was damaged on the way does not run`, async ({ page, server }) => {
    let damaged = 0;
    const line = await startMeddler(server.url, {
      answer(path, body) {
        if (!pattern.test(path)) return;
        damaged += 1;
        // In the middle of the file: much of what stands there still is a program.
        body[body.length >> 1]! ^= 1;
      },
    });
    await page.goto(line.url);
    if (what === "module") {
      await choose(page, MODEL.id);
      await loadSample(page, SAMPLE.name);
      await submit(page).click();
    }
    if (notice) await expect(page.getByRole("alert").locator(".notice-title")).toHaveText(notice);
    await expect.poll(() => damaged).toBeGreaterThan(0);
    if (!notice) await expect(page.locator("#models")).toContainText("This page's program has not started.");
    expect(line.sockets(), "no session is opened").toBe(0);
    await line.close();
  });
}
