/**
 * The worker: loads the protocol's WebAssembly, holds one session, and does what the page asks, one thing after another.
 */

import init, { Client, type InferenceResult, knownAnswers, memoryBytes, platform, SottoError } from "@sotto/client";
import moduleUrl from "@sotto/client/sotto_client_bg.wasm?url";
import { fetchModule } from "./code";
import type { Failure, FromWorker, Progress, ToWorker } from "./protocol";
import { Wiretap } from "./wiretap";

const scope = self as unknown as DedicatedWorkerGlobalScope & { WebSocket: typeof WebSocket };
const wiretap = new Wiretap();
let client: Client | null = null;
let busy = false;
let loaded = false;
let queue: Promise<void> = Promise.resolve();

wiretap.install(scope, (event) => {
  // While something runs, the client reports the loss itself, with the phase it happened in.
  if (client && !busy) fail(null, { kind: "closed", phase: null, detail: `the connection ended (code ${event.code})` });
});

scope.addEventListener("message", (event: MessageEvent<ToWorker>) => {
  const message = event.data;
  queue = queue.then(async () => {
    busy = true;
    try {
      await handle(message);
    } catch (error) {
      fail(message.type === "infer" ? message.request : null, readFailure(error));
    } finally {
      busy = false;
    }
  });
});

async function handle(message: ToWorker): Promise<void> {
  await load();
  switch (message.type) {
    case "open":
      client = await open(message);
      await prepare(client);
      break;
    case "prepare":
      await prepare(session());
      break;
    case "infer":
      await infer(message.request, message.values);
      break;
    case "close":
      await close();
      break;
    case "self-test":
      post({ type: "self-test", checks: knownAnswers(), platform: platform() });
      break;
  }
}

async function load(): Promise<void> {
  if (loaded) return;
  try {
    await init({ module_or_path: fetchModule(moduleUrl) });
    loaded = true;
  } catch (error) {
    // What `fetch` rejects with; a browser that cannot compile the module says something else.
    if (error instanceof TypeError) throw new SottoError("transport", undefined, `cannot load the protocol: ${error.message}`);
    throw error;
  }
}

/** Connects. Opening the socket takes its time before the client's first report. */
async function open({ url, model, description }: Extract<ToWorker, { type: "open" }>): Promise<Client> {
  const counters = { layer: 0, layers: 1, bytesSent: 0, bytesReceived: 0, seconds: 0, done: false };
  report({ phase: "handshake", name: "opening the connection", ...counters });
  return Client.connect(url, { model, description, onProgress: report });
}

async function prepare(client: Client): Promise<void> {
  if (client.prepared === 0) await client.preprocess();
  post({ type: "prepared", inferences: client.prepared });
}

async function infer(request: number, values: number[]): Promise<void> {
  const client = session();
  if (client.prepared === 0) await client.preprocess();
  wiretap.mark();
  let result: InferenceResult;
  try {
    result = await client.infer(Float64Array.from(values));
  } catch (error) {
    if (!(error instanceof SottoError) || error.kind !== "damaged") throw error;
    // The server must not learn of it: the session stays, and what follows is what follows a result.
    post({ type: "damaged", request, failure: readFailure(error) });
    return;
  }
  const { output, digest, quantisedInput, maskedInput } = result;
  post({
    type: "result",
    request,
    inference: {
      output: [...output],
      digest,
      quantised: [...quantisedInput],
      masked: Array.from(maskedInput, String),
      sent: { session: wiretap.session(), online: wiretap.sinceMark(), frames: wiretap.frames },
      memory: memoryBytes(),
    },
  });
}

async function close(): Promise<void> {
  const ending = client;
  client = null;
  try {
    await ending?.close();
  } finally {
    scope.close();
  }
}

function session(): Client {
  if (!client) throw new Error("no session is open");
  return client;
}

function report(progress: Progress): void {
  post({ type: "progress", progress });
}

function post(message: FromWorker): void {
  scope.postMessage(message);
}

function fail(request: number | null, failure: Failure): void {
  client = null;
  post({ type: "failed", request, failure });
}

/** Anything but the client's own errors is a fault of this code. */
function readFailure(error: unknown): Failure {
  if (error instanceof SottoError) return { kind: error.kind, phase: error.phase, detail: error.message };
  return { kind: "internal", phase: null, detail: error instanceof Error ? error.message : String(error) };
}
