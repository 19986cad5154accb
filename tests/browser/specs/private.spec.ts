/** The product's promise: the right result, bit for bit, and nothing readable on the wire. */

import type { Page } from "@playwright/test";
import { chiSquare } from "../../../web/src/histogram";
import type { Inference, Progress } from "../../../web/src/protocol";
import { type Bundle, plain, quantise, smallBundles } from "../support/cards";
import { expect, test } from "../support/fixtures";
import { found, needles } from "../support/leaks";
import { diagnose, integers, loadSample, pickModel, prepared, type Recording } from "../support/page";

const MODELS = smallBundles();

test("the shipped models are on offer", async ({ page, server }) => {
  await page.goto(server.url);
  for (const { id, card } of MODELS) await expect(page.locator(`#model-${id}`)).toContainText(card.title);
  expect(MODELS.map(({ id }) => id)).toEqual(expect.arrayContaining(["heart", "heartbeat", "pneumonia", "wdbc"]));
});

for (const model of MODELS) {
  test(`${model.id}: every sample patient gets the plain computation's integers, and only masked bytes leave`, async ({
    page,
    server,
    recording,
    browserName,
  }) => {
    // The driver of Firefox tells of no WebSocket: there the page's own record of its bytes has to do.
    const recorded = browserName === "chromium";
    await pickModel(page, server.url, model.id);
    const patterns = [];
    const online: Buffer[] = [];
    const { samples } = model.card;
    // Small models three times: the test of uniformity needs more bytes than one inference a sample has.
    const runs = recorded && model.card.input.kind === "fields" ? [...samples, ...samples, ...samples] : samples;
    for (const sample of runs) {
      await loadSample(page, sample.name);
      await prepared(page);
      const result = await diagnose(page);
      const expected = plain(model, sample);
      await expect(result.locator("[data-exact]")).toHaveAttribute("data-exact", "equal");
      expect(integers(await result.locator('[data-output="private"]').textContent())).toEqual(expected);
      expect(integers(await result.locator('[data-output="plain"]').textContent())).toEqual(expected);
      await expect(result.locator(".decision")).toHaveText(new RegExp(decided(model, sample.expected), "i"));

      const inference = await recording.latest();
      expect(inference.output).toEqual(expected);
      const quantised = quantise(model, sample.values);
      expect(inference.quantised).toEqual(quantised.map(BigInt));
      expectMasked(model, inference);
      const row = page.locator(".leaving tbody tr").first();
      await expect(row.locator(".sent")).toHaveText(inference.masked[Number(await row.getAttribute("data-index"))]!);
      patterns.push(...needles(model, sample.values, quantised));
      if (recorded) online.push(...(await onlineFrames(recording, inference)));
    }

    const inferences = await recording.inferences();
    expect(inferences).toHaveLength(runs.length);
    expect(recording.problems).toEqual([]);
    for (const request of recording.requests) expect(request).toMatch(/^GET http:\/\/127\.0\.0\.1:\d+\/[\w./-]* $/);
    if (!recorded) return;
    const sent = Buffer.concat(recording.frames.map(({ payload }) => payload));
    expect(found(sent, patterns), "values found in sent frames").toEqual([]);
    for (const text of recording.texts) expect(text).toMatch(/^\{"received":\{"frames":\d+\}\}$/);
    // What the page shows of its bytes is what the browser sent, up to what was prepared after the last result.
    const shown = inferences.at(-1)!.sent;
    expect(shown.frames).toBeLessThanOrEqual(recording.frames.length);
    const until = Buffer.concat(recording.frames.slice(0, shown.frames).map(({ payload }) => payload));
    expect(shown.session).toEqual(histogram(until));
    expect(recording.sockets, "one session for all inferences").toBe(1);
    // Without each frame's last byte: it is the command that starts the inference, or is filled up with zero bits.
    const masked = Buffer.concat(online.map((payload) => payload.subarray(0, -1)));
    expectUniform(histogram(masked), `${model.id}: online bytes of ${inferences.length} inferences`);
  });

  test(`${model.id}: the same patient twice is masked differently`, async ({ page, server, recording }) => {
    await pickModel(page, server.url, model.id);
    await loadSample(page, model.card.samples[0]!.name);
    await diagnose(page);
    await prepared(page);
    await diagnose(page);
    await expect.poll(async () => (await recording.inferences()).length).toBe(2);
    const [first, second] = await recording.inferences();
    expect(second!.output).toEqual(first!.output);
    expect(second!.quantised).toEqual(first!.quantised);
    const equal = second!.masked.filter((value, i) => value === first!.masked[i]).length;
    expect(equal, "masked values that came twice").toBeLessThanOrEqual(1);
  });

  test(`${model.id}: progress arrives in order for all phases and layers`, async ({ page, server, recording }) => {
    await pickModel(page, server.url, model.id);
    await loadSample(page, model.card.samples[0]!.name);
    await prepared(page);
    for (const phase of ["handshake", "setup", "preprocess"]) {
      await expect(page.locator(`[data-phase="${phase}"]`)).toHaveAttribute("data-state", "done");
    }
    await diagnose(page);
    await expect(page.locator('[data-phase="online"]')).toHaveAttribute("data-state", "done");
    const reports = await recording.progress();
    const until = reports.findIndex(({ phase, done }) => phase === "online" && done);
    expectOrdered(reports.slice(0, until + 1));
  });

  test(`${model.id}: time from click to result, and memory`, { tag: "@chromium" }, async ({ page, server, recording }) => {
    await page.goto(server.url);
    await page.locator(`#model-${model.id}`).waitFor();
    await pickAndSubmit(page, model.id, model.card.samples[0]!.name);
    const result = page.locator(".result");
    await expect(result).toContainText("This includes preparing the masks", { timeout: 100_000 });
    const cold = await result.locator('[data-fact="click-to-result"]').textContent();
    await prepared(page);
    await loadSample(page, model.card.samples[1]!.name);
    const warm = await (await diagnose(page)).locator('[data-fact="click-to-result"]').textContent();
    const { memory, sent } = await recording.latest();
    const bytes = sent.session.reduce((sum, n) => sum + n, 0);
    // The browser takes its time for this: one small model and the largest are enough.
    const tab = !["wdbc", "pneumonia"].includes(model.id) ? null : await page.evaluate(async () => {
      const measure = (performance as { measureUserAgentSpecificMemory?: () => Promise<{ bytes: number }> })
        .measureUserAgentSpecificMemory;
      if (!measure || !crossOriginIsolated) return null;
      const patience = new Promise<null>((resolve) => setTimeout(() => resolve(null), 30_000));
      return Promise.race([measure.call(performance).then(({ bytes }) => bytes), patience]);
    });
    console.log(
      `${model.id}: click to result ${cold} with nothing loaded or prepared, ${warm} when prepared; ` +
        `protocol memory ${(memory / 1e6).toFixed(1)} MB, tab ${tab === null ? "not measured" : `${(tab / 1e6).toFixed(1)} MB`}; ` +
        `${(bytes / 1e3).toFixed(0)} kB sent for two inferences`,
    );
    expect(memory).toBeGreaterThan(0);
  });
}

/** Picks, fills and submits faster than anything can be prepared, or even loaded. */
function pickAndSubmit(page: Page, model: string, sample: string): Promise<void> {
  return page.evaluate(
    async ([model, sample]) => {
      document.getElementById(`model-${model}`)!.click();
      while (!document.querySelector(".chip")) await new Promise((resolve) => setTimeout(resolve));
      [...document.querySelectorAll<HTMLButtonElement>(".chip")].find((chip) => chip.textContent === sample)!.click();
      document.querySelector("form")!.requestSubmit();
    },
    [model, sample],
  );
}

/** The frames of an inference's online phase: the last ones that its result counts. */
async function onlineFrames(recording: Recording, { sent }: Inference): Promise<Buffer[]> {
  await expect.poll(() => recording.frames.length).toBeGreaterThanOrEqual(sent.frames);
  const frames: Buffer[] = [];
  let missing = sent.online.reduce((sum, n) => sum + n, 0);
  for (let i = sent.frames - 1; missing > 0; i -= 1) {
    const { payload } = recording.frames[i]!;
    frames.unshift(payload);
    missing -= payload.length;
  }
  expect(missing, "whole frames").toBe(0);
  return frames;
}

/** What was sent are elements of the input's ring, and not those of the input: one of 2^bits may be so by chance. */
function expectMasked(model: Bundle, { masked, quantised }: Inference): void {
  const { bits } = model.program.input;
  const elements = masked.map(BigInt);
  expect(elements).toHaveLength(quantised.length);
  expect(elements.every((element) => element === BigInt.asUintN(bits, element)), `elements of ${bits} bits`).toBe(true);
  const bare = quantised.filter((value, i) => BigInt.asUintN(bits, value) === elements[i]).length;
  expect(bare, "values that a mask of zero left bare").toBeLessThanOrEqual(1);
}

function decided(model: Bundle, scores: number[]): string {
  const largest = scores.indexOf(Math.max(...scores));
  return `^${model.card.classes[largest]}$`;
}

function histogram(bytes: Buffer): number[] {
  const counts = new Array<number>(256).fill(0);
  for (const byte of bytes) counts[byte]! += 1;
  return counts;
}

/** 255 degrees of freedom: random bytes exceed 255 + 6·√510 about once in ten million times. */
function expectUniform(counts: number[], what: string): void {
  const total = counts.reduce((sum, n) => sum + n, 0);
  const statistic = chiSquare(counts);
  console.log(`${what}: ${total} bytes, chi-square ${statistic.toFixed(0)} at 255 degrees of freedom`);
  expect(total, "enough bytes for the test").toBeGreaterThan(5 * 256);
  expect(statistic, what).toBeLessThan(255 + 6 * Math.sqrt(2 * 255));
}

function expectOrdered(all: Progress[]): void {
  // The page itself reports that it opens the connection; the client's reports begin with the handshake on it.
  expect(all[0]).toMatchObject({ phase: "handshake", name: "opening the connection", done: false });
  const reports = all.slice(1);
  const order = ["handshake", "setup", "preprocess", "online"] as const;
  expect([...new Set(reports.map(({ phase }) => phase))]).toEqual(order);
  for (const phase of order) {
    const own = reports.filter((report) => report.phase === phase);
    const last = own.pop()!;
    expect(last, `the last report of ${phase}`).toMatchObject({ done: true, layer: last.layers });
    // A step that takes long reports more than once.
    const layers = own.map(({ layer }) => layer);
    expect(layers, `order of the layers of ${phase}`).toEqual([...layers].sort((a, b) => a - b));
    expect([...new Set(layers)], `layers of ${phase}`).toEqual(Array.from({ length: last.layers }, (_, i) => i));
    for (const [i, report] of own.entries()) {
      expect(report).toMatchObject({ done: false, layers: last.layers });
      expect(report.name).not.toBe("");
      const next = own[i + 1] ?? last;
      for (const counter of ["bytesSent", "bytesReceived", "seconds"] as const) {
        expect(next[counter], `${counter} of ${phase}`).toBeGreaterThanOrEqual(report[counter]);
      }
    }
    expect(last.bytesSent + last.bytesReceived, `bytes of ${phase}`).toBeGreaterThan(0);
  }
  const positions = reports.map(({ phase }) => order.indexOf(phase));
  expect(positions).toEqual([...positions].sort((a, b) => a - b));
}
