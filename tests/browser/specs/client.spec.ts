/** The npm package by itself, in the page but outside its worker, and what the page makes of its `close`. */

import { rmSync } from "node:fs";
import type * as Sotto from "../../../client-wasm/pkg/index.js";
import { bundle, ordinarySample, plain, quantise } from "../support/cards";
import { expect, test } from "../support/fixtures";
import { startImpostor } from "../support/impostor";
import { openModule, packagePage } from "../support/module";
import { choose, pickModel, prepared } from "../support/page";

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
      const metered = await Client.connect(url, { model: id, network: "metered" });
      const cheapest = await metered.infer(fixed);
      await metered.close();
      const asInThePaper = await classic.infer(fixed);
      await classic.close();
      const wrongOptions = [{ linear: "both" }, { ot: "loud" }, { lpn: "b8" }, { digit: 9 }, { digit: -1 }, { digit: 0.5 }, { network: "moon" }];
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
  expect(outcome.errors).toEqual(["input", "closed", "usage"]);
  expect(outcome.refused).toEqual(Array(7).fill("usage"));
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

test("what is no argument is refused by name, and harms nothing", async ({ page, server }) => {
  await openModule(page, server.url);
  const outcome = await page.evaluate(
    async ([model, values]) => {
      const { Client, quantise, remarks, fitPicture, checkJpegScans, decodeGreyJpeg, limits, SottoError } = globalThis.sotto;
      const description = await (await fetch(`api/models/${model}`)).text();
      const url = new URL("ws", location.href.replace(/^http/, "ws"));
      const said = (error: unknown): string => (error instanceof SottoError ? `${error.kind}: ${error.message}` : `no SottoError: ${String(error)}`);
      const caught = async (call: () => unknown): Promise<string> => {
        try {
          return `returned ${String(await call())}`;
        } catch (error) {
          return said(error);
        }
      };
      // As from JavaScript, which checks no types.
      const anything = (value: unknown): never => value as never;
      const parsed: unknown = JSON.parse(description);
      const connect = (address: unknown, options?: unknown) => () => Client.connect(anything(address), anything(options));
      const refused = [];
      for (const call of [
        connect(undefined, { model }),
        connect({ host: "here" }, { model }),
        connect(7, { model }),
        connect(url),
        connect(url, "wdbc"),
        connect(url, [model]),
        connect(url, {}),
        connect(url, { model: new URL(url) }),
        connect(url, { model, modle: 1 }),
        connect(url, { model, description: parsed }),
        connect(url, { model, maxBytes: -1 }),
        connect(url, { model, maxBytes: "1" }),
        connect(url, { model, digit: 2.5 }),
        connect(url, { model, onProgress: true }),
        connect(url, { model, signal: {} }),
        connect(url, { get model() { throw new Error("no"); } }),
        () => quantise(anything(parsed), values),
        () => quantise(description, anything("1,2")),
        () => quantise(description, anything([1, "2"])),
        () => remarks(anything(undefined), values),
        () => checkJpegScans(anything("file")),
        () => decodeGreyJpeg(anything(new ArrayBuffer(3))),
        () => fitPicture(description, 1, 1),
        () => fitPicture(description, anything("1"), 1, new Int32Array(1)),
      ]) {
        refused.push(await caught(call));
      }
      // A URL is an address, and null is nothing.
      const client = await Client.connect(url, { model, description, ticket: anything(null), signal: anything(null) });
      for (const call of [
        () => client.infer(anything(values)),
        () => client.infer(anything(undefined)),
        () => client.infer(Float64Array.from(values), anything({ transfer: true })),
        () => client.preprocess(anything(5)),
        () => client.expectedOutput(anything("0")),
        () => client.expectedOutput(-1),
      ]) {
        refused.push(await caught(call));
      }
      const most = limits().prepared;
      for (let i = 0; i < most; i++) await client.preprocess();
      refused.push(await caught(() => client.preprocess()));
      const { prepared } = client;
      const { output } = await client.infer(Float64Array.from(values));
      await client.close();
      return { refused, prepared, most, output: [...output] };
    },
    [MODEL.id, SAMPLE.values] as const,
  );
  expect(outcome.refused).toEqual([
    "usage: the server's address is missing, and not a string or a URL",
    "usage: the server's address is an object, and not a string or a URL",
    "usage: the server's address is a number, and not a string or a URL",
    "usage: options.model of connect is missing",
    "usage: the options of connect are a string, and no object",
    "usage: the options of connect are an object of class Array, and no object",
    "usage: options.model of connect is missing",
    "usage: options.model of connect is an object of class URL, and not a string",
    expect.stringMatching(/^usage: connect has no option modle: there are model, description, /),
    expect.stringMatching(/^usage: options.description of connect is an object, and not a string; pass the text .* without parsing it$/),
    "usage: options.maxBytes of connect is a number, and not a whole number from 0",
    "usage: options.maxBytes of connect is a string, and not a whole number from 0",
    "usage: options.digit of connect is a number, and not a whole number from 0",
    "usage: options.onProgress of connect is a boolean, and not a function",
    "usage: options.signal of connect is an object, and not an AbortSignal",
    "usage: options.model of connect cannot be read",
    expect.stringMatching(/^usage: the description is an object, and not a string/),
    "usage: values is a string, and not a Float64Array or an array of numbers",
    "usage: values has a string at index 1",
    "usage: the description is missing, and not a string",
    "usage: the file is a string, and not a Uint8Array",
    "usage: the file is an object of class ArrayBuffer, and not a Uint8Array",
    "usage: a picture is either grey or in colour",
    expect.stringMatching(/^input: this model reads .*, no picture$/),
    "usage: infer takes a Float64Array of raw values or a BigInt64Array of fixed-point ones",
    "usage: infer takes a Float64Array of raw values or a BigInt64Array of fixed-point ones",
    "usage: this call has no option transfer: there are signal",
    "usage: the options of this call are a number, and no object",
    "usage: the sample's index is a string, and not a whole number from 0",
    "usage: the sample's index is a number, and not a whole number from 0",
    "usage: 4 inferences are prepared, and a server keeps no more of a session",
  ]);
  expect([outcome.prepared, outcome.most]).toEqual([4, 4]);
  expect(outcome.output).toEqual(SAMPLE.expected.map(BigInt));
});

test("a caller gives up what it waits for", async ({ page, server }) => {
  await openModule(page, server.url);
  const outcome = await page.evaluate(
    async ([model, values]) => {
      const { Client } = globalThis.sotto;
      const description = await (await fetch(`api/models/${model}`)).text();
      const url = new URL("ws", location.href.replace(/^http/, "ws"));
      const ending = (call: Promise<unknown>): Promise<string> =>
        call.then(
          () => "none",
          ({ kind, cause }: Sotto.SottoError) => `${kind}, ${String(cause)}`,
        );
      const before = await ending(Client.connect(url, { model, signal: AbortSignal.abort("too late") }));
      const connecting = new AbortController();
      const opening = ending(Client.connect(url, { model, signal: connecting.signal }));
      connecting.abort("another page");
      const opened = await opening;

      const client = await Client.connect(url, { model, description });
      const waiting = new AbortController();
      const first = client.preprocess();
      const second = ending(client.preprocess({ signal: waiting.signal }));
      waiting.abort("enough");
      const waited = await second;
      await first;
      const { output } = await client.infer(Float64Array.from(values));
      const running = new AbortController();
      const call = ending(client.preprocess({ signal: running.signal }));
      // Behind the turn in which the call begins.
      await new Promise((resolve) => setTimeout(resolve));
      running.abort("no more");
      const ran = await call;
      const over = await ending(client.infer(Float64Array.from(values)));
      return { before, opened, waited, ran, over, output: [...output] };
    },
    [MODEL.id, SAMPLE.values] as const,
  );
  expect(outcome).toEqual({
    before: "aborted, too late",
    opened: "aborted, another page",
    waited: "aborted, enough",
    ran: "aborted, no more",
    over: "closed, undefined",
    output: SAMPLE.expected.map(BigInt),
  });
});

test("a client in a Worker of its own", async ({ page, launch }) => {
  const folder = packagePage();
  const server = await launch({ page: folder });
  await page.goto(server.url);
  await expect.poll(() => page.evaluate(() => "sotto" in globalThis)).toBe(true);
  const outcome = await page.evaluate(
    async ([model, values]) => {
      const { createClient, SottoError, RemoteClient } = globalThis.sotto;
      const description = await (await fetch(`api/models/${model}`)).text();
      const url = new URL("ws", location.href.replace(/^http/, "ws"));
      const ending = (call: Promise<unknown>): Promise<string> =>
        call.then(
          () => "none",
          (error: unknown) => (error instanceof SottoError ? `${error.kind}, ${String(error.cause)}` : `no SottoError: ${String(error)}`),
        );
      const heard = new Set<string>();
      const client = await createClient(url, {
        model,
        description,
        onProgress: ({ phase }) => heard.add(phase),
        onConnection: (connection) => heard.add(connection),
      });
      await client.preprocess();
      const { prepared, digest, sessionId, draining, programJson, limits } = client;
      const moved = Float64Array.from(values);
      const first = await client.infer(moved, { transfer: true });
      const plain = await client.expectedOutput(0);
      const { framesSent } = await client.traffic();
      const memory = await client.memoryBytes();
      const { inferences } = await client.stats();
      const giving = new AbortController();
      giving.abort("before");
      const wrong = [
        await ending(client.preprocess({ signal: giving.signal })),
        await ending(client.infer(values as never)),
        await ending(client.infer(Float64Array.of(1))),
        await ending(client.infer(Float64Array.from(values), { singal: giving.signal } as never)),
        await ending(client.infer((() => 1) as never)),
        await ending(createClient(url, { model, description, modle: 1 } as never)),
        await ending(createClient({} as never, { model })),
        await ending(createClient(url, undefined as never)),
        await ending(createClient(url, { model, module: "no such file" })),
        await ending(createClient(url, { model, worker: () => new Worker("package/no-such-script.js") })),
      ];
      const second = await client.infer(Float64Array.from(values), { signal: new AbortController().signal });
      const ended = await client.close();
      const over = await ending(client.infer(Float64Array.from(values)));
      const other = await createClient("ws", { model });
      const running = new AbortController();
      const call = ending(other.preprocess({ signal: running.signal }));
      running.abort("enough");
      const aborted = await call;
      const pending = ending(other.preprocess());
      other.free();
      return {
        outputs: [[...first.output], [...second.output]],
        plain: plain && [...plain],
        moved: moved.length,
        state: [prepared, typeof digest, typeof sessionId, draining, typeof programJson, limits.prepared, client.prepared],
        counts: [inferences, ended.inferences, framesSent > 0, memory > 1e6],
        heard: [...heard].sort(),
        wrong,
        over,
        aborted,
        freed: await pending,
        isOne: client instanceof RemoteClient,
      };
    },
    [MODEL.id, SAMPLE.values] as const,
  );
  const expected = SAMPLE.expected.map(BigInt);
  expect(outcome.outputs).toEqual([expected, expected]);
  expect(outcome.plain).toEqual(plain(MODEL, MODEL.card.samples[0]!));
  expect(outcome.moved).toBe(0);
  expect(outcome.state).toEqual([1, "string", "string", false, "string", 4, 0]);
  expect(outcome.counts).toEqual([1, 2, true, true]);
  expect(outcome.heard).toEqual(["closed", "handshake", "online", "preprocess", "setup"]);
  expect(outcome.wrong).toEqual([
    "aborted, before",
    "usage, undefined",
    "input, undefined",
    "usage, undefined",
    expect.stringMatching(/^usage, DataCloneError/),
    "usage, undefined",
    "usage, undefined",
    "usage, undefined",
    "transport, undefined",
    "transport, undefined",
  ]);
  expect([outcome.over, outcome.aborted, outcome.freed, outcome.isOne]).toEqual(["closed, undefined", "aborted, enough", "closed, undefined", true]);
  rmSync(folder, { recursive: true });
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
  await choose(page, "heart");
  await expect.poll(() => recording.frames.slice(sent).filter(({ payload }) => payload.equals(CLOSE)).length).toBe(1);
  await prepared(page);
  expect(recording.problems).toEqual([]);
});
