/**
 * The worker: loads the protocol's WebAssembly, holds one session, prepares inferences and runs them when the page asks. Another one, of the
 * same script, compares what is entered with a model's data, while the session's may be computing. For a large model, with a module of its own,
 * further ones of the same script work with the session's.
 */

import init, { Client, type Connection, type InferenceResult, memoryBytes, remarks, SottoError } from "@sotto/client";
import moduleUrl from "@sotto/client/sotto_client_bg.wasm?url";
import largeModuleUrl from "@sotto/client/sotto_workers_bg.wasm?url";
import { Ahead } from "./ahead";
import { checkWorkers, fetchModule } from "./code";
import type { Failure, FromWorker, Progress, ToWorker } from "./protocol";
import { type Sent, Wiretap } from "./wiretap";

type Asked = Extract<ToWorker, { type: "infer" }>;

const scope = self as unknown as DedicatedWorkerGlobalScope & { WebSocket: typeof WebSocket };
const wiretap = new Wiretap();
/** The large models' module, once it is there, and its bindings. */
let large: { client: typeof import("@sotto/client/workers"); module: WebAssembly.Module } | null = null;
const memory = (): number => (large?.client ?? { memoryBytes }).memoryBytes();
const ahead = new Ahead(memory, (navigator as { deviceMemory?: number }).deviceMemory);
let client: Client | null = null;
/** The inference that the page waits for, until it is begun. */
let asked: Asked | null = null;
let busy = false;
let loading: Promise<unknown> | null = null;

wiretap.install(scope);

scope.addEventListener("message", ({ data: message }: MessageEvent<ToWorker>) => {
  switch (message.type) {
    case "open":
      void attempt(() => open(message));
      break;
    case "prepare":
      ahead.order();
      void work();
      break;
    case "infer":
      asked = message;
      void work();
      break;
    case "close":
      void close();
      break;
    case "compare":
      void compare(message);
      break;
    case "assist":
      void assist(message);
      break;
  }
});

/** Does one thing; a failure ends the session. */
async function attempt(what: () => Promise<void>): Promise<void> {
  busy = true;
  try {
    await what();
  } catch (error) {
    fail(readFailure(error));
  } finally {
    busy = false;
  }
}

/** Connects. Opening the socket takes its time before the client's first report. */
async function open({ url, model, description, sparing, ticket, workers }: Extract<ToWorker, { type: "open" }>): Promise<void> {
  ahead.sparing = sparing;
  ahead.order();
  if (workers > 1) await loadLarge(null);
  else await load();
  const counters = { layer: 0, layers: 1, bytesSent: 0, bytesReceived: 0, bytesExpected: 0, seconds: 0, done: false };
  report({ phase: "handshake", name: "opening the connection", ...counters });
  client = await (large?.client.Client ?? Client).connect(url, {
    ...(workers > 1 ? { workers, makeWorker } : {}),
    model,
    description,
    ...(ticket === null ? {} : { ticket }),
    onProgress: report,
    onQueue: (standing) => post({ type: "queue", standing }),
    onConnection: heard,
  });
  await proceed(client);
}

function heard(connection: Connection): void {
  post({ type: "connection", connection });
  // While something runs, the client reports the end itself, with the phase it happened in.
  if (connection === "closed" && client && !busy) fail({ kind: "closed", phase: null, detail: "the connection ended" });
}

/** Goes on, unless something is going on. */
async function work(): Promise<void> {
  const session = client;
  if (session && !busy) await attempt(() => proceed(session));
}

/** Runs what was asked for and prepares what is worth preparing, one after the other, until there is nothing to do. */
async function proceed(client: Client): Promise<void> {
  while (asked || (!client.draining && ahead.isWorthMore(client.prepared))) {
    const next = asked;
    if (next && client.prepared > 0) {
      asked = null;
      await infer(client, next);
    } else {
      await ahead.measured(() => client.preprocess());
      post({ type: "prepared", inferences: client.prepared });
    }
  }
}

function load(): Promise<unknown> {
  return (loading ??= init({ module_or_path: fetchModule(moduleUrl) }).catch((error: unknown) => {
    loading = null;
    throw error;
  }));
}

/** Loads the client for large models, in place of the other one; a further worker gets its module from the first. */
async function loadLarge(compiled: WebAssembly.Module | null): Promise<typeof import("@sotto/client/workers")> {
  const bytes = compiled ? null : ((await checkWorkers()) ?? (await (await fetch(largeModuleUrl)).arrayBuffer()));
  const [client, module] = await Promise.all([import("@sotto/client/workers"), compiled ?? WebAssembly.compile(bytes!)]);
  await client.default({ module_or_path: module });
  large = { client, module };
  return client;
}

/** Another Worker of this script; it ends when the other end of the port does, or with this one. */
function makeWorker(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(scope.location.href, { type: "module", name: "sotto" });
  worker.addEventListener("message", ({ data }: MessageEvent<Sent>) => wiretap.add(data));
  // Also of a script that could not be loaded: to the client this is the end.
  worker.addEventListener("error", () => port1.dispatchEvent(new MessageEvent("message", { data: null })));
  const message: ToWorker = { type: "assist", port: port2, module: large!.module };
  worker.postMessage(message, [port2]);
  return port1;
}

/** Works for another Worker's session. What fails is said by the port, which ends. */
async function assist({ port, module }: Extract<ToWorker, { type: "assist" }>): Promise<void> {
  wiretap.forward((sent) => scope.postMessage(sent));
  try {
    await (await loadLarge(module)).assist(port);
  } finally {
    scope.close();
  }
}

async function infer(client: Client, { request, values, sample }: Asked): Promise<void> {
  wiretap.mark();
  let result: InferenceResult;
  try {
    result = await client.infer(Float64Array.from(values));
  } catch (error) {
    // After a damaged result as after a good one: the server must not learn of it.
    const type = error instanceof SottoError ? ({ damaged: "damaged", input: "refused" } as const)[error.kind as string] : undefined;
    if (!type) throw error;
    post({ type, request, prepared: client.prepared, failure: readFailure(error) });
    return;
  }
  ahead.used();
  const { output, prediction, digest, quantisedInput, maskedInput } = result;
  if (!prediction) throw new Error("the client has no card");
  const plain = sample === null ? undefined : client.expectedOutput(sample);
  post({
    type: "result",
    request,
    prepared: client.prepared,
    inference: {
      output: [...output],
      prediction,
      plain: plain ? [...plain] : null,
      digest,
      quantised: [...quantisedInput],
      masked: Array.from(maskedInput, String),
      sent: { session: wiretap.session(), online: wiretap.sinceMark(), frames: wiretap.frames, receipts: wiretap.receipts() },
      memory: memory(),
    },
  });
}

/** What sets values apart from the data that a model was fitted to. The values stay here. */
async function compare({ request, description, values }: Extract<ToWorker, { type: "compare" }>): Promise<void> {
  const found = await load()
    .then(() => remarks(description, Float64Array.from(values)))
    .catch(() => null);
  post({ type: "compared", request, remarks: found });
}

/** Whatever runs fails by this, which nobody is to hear of. */
async function close(): Promise<void> {
  const ending = client;
  client = null;
  try {
    await ending?.close();
  } finally {
    scope.close();
  }
}

function report(progress: Progress): void {
  post({ type: "progress", progress });
}

function post(message: FromWorker): void {
  scope.postMessage(message);
}

function fail(failure: Failure): void {
  client = null;
  asked = null;
  post({ type: "failed", failure });
}

/** Anything but the client's own errors is a fault of this code. */
function readFailure(error: unknown): Failure {
  if (error instanceof SottoError) return { kind: error.kind, phase: error.phase, detail: error.message };
  return { kind: "internal", phase: null, detail: error instanceof Error ? error.message : String(error) };
}
