/** What a first result takes over the wire: all of the page, its module and the session, with every header. */

import { bundle } from "../support/cards";
import { expect, test } from "../support/fixtures";
import { Line } from "../support/line";
import { choose, loadSample, prepared, submit } from "../support/page";

const MODEL = bundle("wdbc");
/** Bytes both ways; docs/benchmarks/first-load.md says what of. */
const [FIRST, SECOND] = [450_000, 100_000];

test("the first result of a small model, and the first of a second visit", async ({ page, server, recording }) => {
  const line = await Line.start(server.url);
  const requests: string[] = [];
  page.on("request", (request) => requests.push(new URL(request.url()).pathname));
  const visit = async (): Promise<{ bytes: number; requests: number }> => {
    const before = { bytes: line.bytes, requests: requests.length };
    await page.goto(line.url);
    await choose(page, MODEL.id);
    await loadSample(page, MODEL.card.samples[0]!.name);
    await prepared(page);
    await submit(page).click();
    await expect(page.locator(".decision")).toBeVisible();
    // Two more inferences are prepared behind the result, and are no part of it.
    await expect.poll(async () => (await recording.messages()).some((message) => message.type === "prepared" && message.inferences === 2)).toBe(true);
    const preparations = (await recording.progress()).filter(({ phase, done }) => done && phase === "preprocess");
    const behind = preparations.slice(1).reduce((sum, { bytesSent, bytesReceived }) => sum + bytesSent + bytesReceived, 0);
    return { bytes: line.bytes - before.bytes - behind, requests: requests.length - before.requests };
  };
  const first = await visit();
  // Nothing of what only files need, and no decoder.
  expect(requests.filter((path) => /\/(tools|sotto_tools|dicom|png|edf|wfdb|charls|openjpeg|lossless|fflate)/.test(path))).toEqual([]);
  await page.goto("about:blank");
  const second = await visit();
  console.log(`${MODEL.id}: first result ${first.bytes} bytes, ${first.requests} requests; on a second visit ${second.bytes} bytes`);
  expect(first.bytes).toBeLessThan(FIRST);
  expect(second.bytes).toBeLessThan(SECOND);
  line.close();
});
