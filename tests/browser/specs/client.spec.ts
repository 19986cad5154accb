/** The npm package by itself, in the page but outside its worker, and what the page makes of its `close`. */

import type * as Sotto from "../../../client-wasm/pkg/index.js";
import { bundle, ordinarySample, plain, quantise } from "../support/cards";
import { expect, test } from "../support/fixtures";
import { startImpostor } from "../support/impostor";
import { openModule } from "../support/module";
import { pickModel, prepared } from "../support/page";

const MODEL = bundle("wdbc");
const SAMPLE = ordinarySample(MODEL);
/** The protocol's command that ends a session. */
const CLOSE = Buffer.from([3]);

test("every function of the package", async ({ page, server, recording }) => {
  await openModule(page, server.url);
  const outcome = await page.evaluate(
    async ([id, values]) => {
      const { Client, quantise, remarks } = globalThis.sotto;
      const description = await (await fetch(`api/models/${id}`)).text();
      const url = new URL("ws", location.href.replace(/^http/, "ws")).href;
      const client = await Client.connect(url, { model: id, description });
      const raw = await client.infer(Float64Array.from(values));
      const fixed = quantise(description, Float64Array.from(values));
      const said = [values, [29, ...values.slice(1)]].map((row) => remarks(description, Float64Array.from(row)));
      await client.preprocess();
      const prepared = client.prepared;
      const plain = [0, 10_000].map((sample) => client.expectedOutput(sample));
      const same = await client.infer(fixed);
      const wrong = await client.infer(fixed.slice(1)).catch((error: Sotto.SottoError) => error.kind);
      const stats = client.stats();
      const program: unknown = JSON.parse(client.programJson);
      const ended = await client.close();
      const traffic = client.traffic();
      const over = await client.infer(fixed).catch((error: Sotto.SottoError) => error.kind);
      await client.close();
      const bare = await Client.connect(url, { model: id });
      const undescribed = await bare.infer(fixed);
      const needless = await bare.infer(Float64Array.from(values)).catch((error: Sotto.SottoError) => error.kind);
      await bare.close();
      const classic = await Client.connect(url, { model: id, ot: "classic", lpn: "b10", digit: 7 });
      const metered = await Client.connect(url, { model: id, description, network: "metered" });
      const cheapest = await metered.infer(fixed);
      await metered.close();
      const asInThePaper = await classic.infer(fixed);
      await classic.close();
      const wrongOptions = [{ linear: "both" }, { ot: "loud" }, { lpn: "b8" }, { digit: 9 }, { digit: -1 }, { digit: 0.5 }, { network: "lan" }, { network: "moon", description }];
      const refused = [];
      for (const options of wrongOptions as object[]) {
        refused.push(await Client.connect(url, { model: id, ...options }).then(() => "none", (error: Sotto.SottoError) => error.kind));
      }
      return {
        outputs: [raw, same, undescribed, asInThePaper, cheapest].map(({ output }) => [...output]),
        plain: plain.map((output) => (output ? [...output] : output)),
        predicted: [raw, same, undescribed].map(({ prediction }) => prediction?.kind === "class" && prediction.class),
        quantised: [[...fixed], [...raw.quantisedInput], [...same.quantisedInput]],
        errors: [wrong, over, needless],
        refused,
        said,
        prepared,
        stats,
        program,
        ended,
        traffic: { ...traffic, histogram: [...traffic.histogram] },
        closed: globalThis.closings,
      };
    },
    [MODEL.id, SAMPLE.values] as const,
  );
  const expected = SAMPLE.expected.map(BigInt);
  expect(outcome.outputs).toEqual(Array(5).fill(expected));
  expect(outcome.plain).toEqual([plain(MODEL, MODEL.card.samples[0]!), undefined]);
  const decided = SAMPLE.expected.indexOf(Math.max(...SAMPLE.expected));
  expect(outcome.predicted).toEqual([decided, decided, false]);
  const quantised = quantise(MODEL, SAMPLE.values).map(BigInt);
  expect(outcome.quantised).toEqual([quantised, quantised, quantised]);
  expect(outcome.errors).toEqual(["input", "closed", "input"]);
  expect(outcome.refused).toEqual(Array(8).fill("input"));
  expect(outcome.said).toEqual([[], [expect.stringContaining("Radius, mean (image units) is 29;")]]);
  expect(outcome.prepared).toBe(1);
  expect(outcome.program).toEqual(MODEL.program);

  expect(outcome.stats.inferences).toBe(2);
  expect(outcome.stats.layers.length).toBeGreaterThan(0);
  expect(Object.keys(outcome.ended.phases).sort()).toEqual(["handshake", "online", "preprocess", "setup"]);
  const counted = Object.values(outcome.ended.phases);
  const { traffic } = outcome;
  // What the protocol counted has been sent: with the command that closes.
  expect(counted.reduce((sum, { bytesSent }) => sum + bytesSent, 0)).toBe(traffic.bytesSent);
  expect(counted.reduce((sum, { bytesReceived }) => sum + bytesReceived, 0)).toBe(traffic.bytesReceived);
  const first = recording.frames.slice(0, traffic.framesSent).map(({ payload }) => payload);
  expect(Buffer.concat(first)).toHaveLength(traffic.bytesSent);
  expect(first.at(-1)).toEqual(CLOSE);
  expect(recording.frames.at(-1)!.payload).toEqual(CLOSE);
  expect(traffic.histogram.reduce((sum, n) => sum + n, 0)).toBe(traffic.bytesSent);
  expect(outcome.closed).toEqual(Array(4).fill({ code: 1000, wasClean: true }));
});

test("closing rejects the call that runs", async ({ page, server }) => {
  await openModule(page, server.url);
  const kind = await page.evaluate(async (model) => {
    const url = new URL("ws", location.href.replace(/^http/, "ws")).href;
    const client = await globalThis.sotto.Client.connect(url, { model });
    const call = client.preprocess().then(() => "none", (error: Sotto.SottoError) => error.kind);
    await client.close();
    return call;
  }, MODEL.id);
  expect(kind).toBe("closed");
});

test("a model that takes more bytes than allowed is refused with their number", async ({ page, server }) => {
  await openModule(page, server.url);
  const refusal = await page.evaluate(async (model) => {
    const url = new URL("ws", location.href.replace(/^http/, "ws")).href;
    const connected = globalThis.sotto.Client.connect(url, { model, maxBytes: 1000 });
    return connected.then(() => null, ({ kind, message }: Sotto.SottoError) => ({ kind, message }));
  }, MODEL.id);
  expect(refusal).toMatchObject({ kind: "too-large", message: expect.stringMatching(/take \d+ bytes, more than the 1000 allowed/) });
  await expect.poll(() => page.evaluate(() => globalThis.closings.map(({ code }) => code))).toEqual([4010]);
});

test("a server that falls silent", async ({ page, server }) => {
  const impostor = await startImpostor(server.url, () => undefined);
  await openModule(page, impostor.url);
  const kind = await page.evaluate(async (model) => {
    // The client counts the seconds.
    const timer = globalThis.setTimeout;
    globalThis.setTimeout = ((call: () => void, ms: number) => timer(call, ms === 1000 ? 2 : ms)) as typeof timer;
    const url = new URL("ws", location.href.replace(/^http/, "ws")).href;
    return globalThis.sotto.Client.connect(url, { model }).then(() => "none", (error: Sotto.SottoError) => error.kind);
  }, MODEL.id);
  expect(kind).toBe("timeout");
  await impostor.close();
});

test("picking another model ends the session with the first in order", async ({ page, server, recording }) => {
  await pickModel(page, server.url, MODEL.id);
  await prepared(page);
  const sent = recording.frames.length;
  await page.locator("#model-heart").check();
  await expect.poll(() => recording.frames.slice(sent).filter(({ payload }) => payload.equals(CLOSE)).length).toBe(1);
  await prepared(page);
  expect(recording.problems).toEqual([]);
});
