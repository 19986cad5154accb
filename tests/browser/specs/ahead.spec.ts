/** Preparing ahead: in slices, with progress, more than one, and kept when an inference ends before it has begun. */

import type { Page } from "@playwright/test";
import type { Progress, SottoError } from "../../../client-wasm/pkg/index.js";
import { type Bundle, bundle } from "../support/cards";
import { expect, test } from "../support/fixtures";
import { largeModel } from "../support/large";
import { startMeddler } from "../support/meddler";
import { openModule } from "../support/module";
import { compared, diagnose, largeWorkers, loadSample, pickModel, prepared, submit, toEntries } from "../support/page";
import type { FromWorker } from "../../../web/src/protocol";

const MODEL = bundle("wdbc");
const SAMPLE = MODEL.card.samples[0]!;

let large: Bundle;
let folder: string;

test.beforeAll(async ({}, info) => {
  folder = info.outputPath("large");
  large = largeModel(folder, 48, 16);
});

test("a large model is prepared in slices: a close is heard in the step that it comes in", async ({ page, launch }) => {
  // Larger than the others': a fast machine computes their longest step within one slice, this one's in ten.
  const folder = test.info().outputPath("larger");
  const large = largeModel(folder, 160, 48);
  const server = await launch({ models: folder });
  await openModule(page, server.url);
  const outcome = await page.evaluate(async (id) => {
    const description = await (await fetch(`api/models/${id}`)).text();
    const url = new URL("ws", location.href.replace(/^http/, "ws")).href;
    const reports: Progress[] = [];
    let closing: Promise<unknown> | null = null;
    let heard: Progress | undefined;
    // With the next turn of the event loop: a timer would wait for the one after.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      heard = reports.at(-1);
      closing = client.close();
      port1.close();
    };
    const onProgress = (progress: Progress): void => {
      // The step that sends most ciphertexts, with nothing to wait for.
      if (progress.name === "conv2" && !reports.some(({ name }) => name === "conv2")) port2.postMessage(null);
      reports.push(progress);
    };
    const client = await globalThis.sotto.Client.connect(url, { model: id, description, onProgress });
    const kind = await client.preprocess().then(
      () => "prepared",
      (error: SottoError) => error.kind,
    );
    await closing;
    return { kind, heard, last: reports.at(-1), closed: globalThis.closings };
  }, large.id);
  expect(outcome.kind).toBe("closed");
  expect(outcome.heard).toMatchObject({ phase: "preprocess", name: "conv2" });
  expect(outcome.last, "nothing goes on").toEqual(outcome.heard);
  expect(outcome.closed).toEqual([{ code: 1000, wasClean: true }]);
});

test("progress says how many bytes a phase takes, and how far a long step is", async ({ page, launch }) => {
  const server = await launch({ models: folder });
  await openModule(page, server.url);
  const { reports, longest } = await page.evaluate(async (id) => {
    // A message that a port sends to itself with every turn of the event loop.
    let [last, longest] = [performance.now(), 0];
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      const now = performance.now();
      [last, longest] = [now, Math.max(longest, now - last)];
      port2.postMessage(null);
    };
    port2.postMessage(null);
    const description = await (await fetch(`api/models/${id}`)).text();
    const url = new URL("ws", location.href.replace(/^http/, "ws")).href;
    const reports: Progress[] = [];
    const onProgress = (progress: Progress): unknown => reports.push(progress);
    const client = await globalThis.sotto.Client.connect(url, { model: id, description, onProgress });
    const sample = (JSON.parse(description) as Bundle).card.samples[0]!;
    for (let i = 0; i < 2; i += 1) await client.infer(Float64Array.from(sample.values));
    await client.close();
    port1.close();
    return { reports, longest };
  }, large.id);
  console.log(`${large.id}: at most ${longest.toFixed(0)} ms without a turn of the event loop`);
  const both = ({ bytesSent, bytesReceived }: Progress): number => bytesSent + bytesReceived;
  const done = reports.filter(({ done }) => done);
  expect(done.map(({ phase }) => phase)).toEqual(["handshake", "setup", "preprocess", "online", "preprocess", "online"]);
  // The command that asks for a phase comes before it.
  for (const progress of done.slice(2)) expect(both(progress) + 1, progress.phase).toBe(progress.bytesExpected);
  const long = reports.filter(({ name }) => name === "correlations");
  expect(long.length).toBeGreaterThan(2);
  for (const progress of reports) {
    if (progress.bytesExpected > 0) expect(both(progress)).toBeLessThanOrEqual(progress.bytesExpected);
  }
});

test("a large model is shown to be prepared, and can be cancelled and run again", async ({ page, launch, recording }) => {
  const server = await launch({ models: folder });
  const { sizes } = (await (await fetch(`${server.url}api/models/${large.id}`)).json()) as { sizes: { setup_bytes: number; preprocess_bytes: number } };
  // In the middle of preparing the server stands still: no machine is then faster than the one who looks.
  let left = sizes.setup_bytes + sizes.preprocess_bytes / 2;
  const count = ({ length }: Buffer): void => {
    if (left > 0 && (left -= length) <= 0) process.kill(server.pid, "SIGSTOP");
  };
  const line = await startMeddler(server.url, { toPage: count, toServer: count });
  await pickModel(page, line.url, large.id);
  await loadSample(page, large.card.samples[0]!.name);
  await expect(page.locator(".status")).toHaveText(/Preparing in the background, without your data… \d+\s%/);
  await expect(page.locator('[data-phase="preprocess"]')).toHaveText(/sent · .* received of [\d.]+\sMB in all/);
  await expect.poll(() => left).toBeLessThanOrEqual(0);
  await submit(page).click();
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.locator(".status")).toContainText("Cancelled. Nothing was computed");
  process.kill(server.pid, "SIGCONT");
  expect((await recording.progress()).filter(({ phase, done }) => phase === "preprocess" && done)).toEqual([]);
  await expect((await diagnose(page)).locator('[data-exact="equal"]')).toBeVisible();
  expect(line.sockets(), "the cancelled one's, and another's").toBe(2 * (await largeWorkers(page)));
  await line.close();
});

test("after a result two inferences are prepared, and run without preparing", async ({ page, server, recording }) => {
  await pickModel(page, server.url, MODEL.id);
  await prepared(page);
  const counts = async (): Promise<number[]> =>
    (await recording.messages()).flatMap((message) => (message.type === "prepared" ? [message.inferences] : []));
  expect(await counts()).toEqual([1]);
  await loadSample(page, SAMPLE.name);
  await diagnose(page);
  await expect.poll(counts).toEqual([1, 1, 2]);
  const results = async (): Promise<number[]> =>
    (await recording.messages()).flatMap((message) => (message.type === "result" ? [message.prepared] : []));
  const result = await diagnose(page);
  await expect(result).toContainText("The masks were ready before you pressed the button");
  await expect.poll(results).toEqual([0, 1]);
  await expect.poll(counts).toEqual([1, 1, 2, 2]);
  expect(recording.sockets).toBe(1);
});

test("an input that is refused leaves what was prepared", async ({ page, server, recording }) => {
  await page.addInitScript(() => {
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (message: { type: string; values?: number[] }) {
      // Once, the worker gets a value less than the form has.
      const cut = message.type === "infer" && !("refused" in globalThis);
      if (cut) Object.assign(globalThis, { refused: true });
      post.call(this, cut ? { ...message, values: message.values!.slice(1) } : message);
    };
  });
  await pickModel(page, server.url, MODEL.id);
  await loadSample(page, SAMPLE.name);
  await prepared(page);
  const sent = recording.frames.length;
  await submit(page).click();
  await expect(page.getByRole("alert")).toContainText("These values cannot be used");
  expect(recording.frames.length, "frames before and after").toBe(sent);
  await prepared(page);
  await page.getByRole("button", { name: "Try again" }).click();
  const result = page.locator(".result");
  await expect(result.locator('[data-exact="equal"]')).toBeVisible();
  await expect(result).toContainText("The masks were ready before you pressed the button");
  const ends = (await recording.messages()).filter(({ type }: FromWorker) => type === "refused" || type === "result");
  expect(ends).toMatchObject([{ type: "refused", prepared: 1 }, { type: "result", prepared: 0 }]);
  expect(recording.sockets).toBe(1);
});

/** As if the model took much: what is looked at is what the server says of its size. */
async function makeLarge(page: Page): Promise<void> {
  await page.route(`**/api/models/${MODEL.id}`, async (route) => {
    const response = await route.fetch();
    // Card and program stay as they are, byte for byte: the client compares their digest.
    let body = (await response.text()).replace(/"stored":\[\d+,\d+\]/, '"stored":[5000000,7000000]');
    for (const [phase, megabytes] of Object.entries({ setup: 1, preprocess: 14, online: 6 })) {
      body = body.replace(new RegExp(`"${phase}_bytes":\\d+`), `"${phase}_bytes":${1e6 * megabytes}`);
    }
    await route.fulfill({ response, body });
  });
}

test("a model that takes much asks before anything is sent, and prepares nothing on its own", async ({ page, server, recording }) => {
  await makeLarge(page);
  await pickModel(page, server.url, MODEL.id);
  const consent = page.getByRole("group", { name: "What this model takes" });
  await expect(consent).toContainText("A result of this model takes 21.0\u00a0MB. Nothing is sent before you agree.");
  await expect(consent.locator("dd")).toHaveText(["15.0\u00a0MB", "6.0\u00a0MB", "5.0\u00a0MB"]);
  await expect(consent).toContainText(/Sending alone takes about .* on .*\. What is computed between comes on top\./);
  await submit(page).click();
  await expect(page.locator(".problem")).toContainText("Some entries need another look");
  await loadSample(page, SAMPLE.name);
  await compared(page);
  await submit(page).click();
  await expect(consent).toContainText("May this page send and receive 21.0\u00a0MB?");
  const agree = consent.getByRole("button", { name: "Yes, get the result for 21.0\u00a0MB" });
  await expect(agree).toBeFocused();
  await expect(page.locator(".button-primary:visible"), "one thing to press on with").toHaveText([/^Yes, /]);
  await consent.getByRole("button", { name: "No", exact: true }).click();
  await expect(submit(page)).toBeFocused();
  await submit(page).click();
  await expect(agree).toBeFocused();
  // Another input is another question.
  await loadSample(page, MODEL.card.samples[1]!.name);
  await expect(consent.getByRole("button")).toHaveText("Prepare it now");
  await loadSample(page, SAMPLE.name);
  await compared(page);
  await submit(page).click();
  expect(recording.sockets).toBe(0);
  await page.keyboard.press("Enter");
  await expect(page.locator("button:focus"), "the focus stays in the step").toHaveText(/Computing|Get private/);
  await expect(page.locator('.result [data-exact="equal"]')).toBeVisible();
  const counts = async (): Promise<number[]> =>
    (await recording.messages()).flatMap((message) => (message.type === "prepared" ? [message.inferences] : []));
  await expect(page.locator(".status")).toContainText("nothing is prepared");
  expect(await counts()).toEqual([1]);
  await toEntries(page);
  await consent.getByRole("button", { name: "Prepare it now" }).click();
  await prepared(page);
  await expect(consent).toBeHidden();
  expect(await counts()).toEqual([1, 1]);
  await diagnose(page);
  await toEntries(page);
  await expect(consent).toBeVisible();
  expect(recording.sockets).toBe(1);
  expect(recording.problems).toEqual([]);
});

test("what was ordered to be prepared can be cancelled", async ({ page, launch }) => {
  const server = await launch();
  await makeLarge(page);
  await pickModel(page, server.url, MODEL.id);
  process.kill(server.pid, "SIGSTOP");
  const consent = page.getByRole("group", { name: "What this model takes" });
  await consent.getByRole("button", { name: "Prepare it now" }).click();
  await expect(consent).toBeHidden();
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.locator(".status")).toContainText("Cancelled");
  await expect(consent).toBeVisible();
  process.kill(server.pid, "SIGCONT");
});
