/// <reference types="node" />
/** The package in Node.js, which has files beside this one, and Workers of another kind. */

import { Worker } from "node:worker_threads";
import { own } from "./files_node.js";
import type { FromWorker, Port } from "./messages.js";
import initialise, { type ModuleSource } from "./module.js";
import { RemoteClient, type RemoteOptions } from "./remote.js";
import type { InitOutput } from "./sotto_client.js";

export * from "./module.js";
export { RemoteClient, type RemoteCallOptions, type RemoteOptions } from "./remote.js";

export default async function init(source?: ModuleSource | { module_or_path: ModuleSource }): Promise<InitOutput> {
  return initialise(source ?? { module_or_path: await own("sotto_client_bg.wasm") });
}

export function createClient(url: string | URL, options: RemoteOptions): Promise<RemoteClient> {
  return RemoteClient.start(url, options, () => port(new Worker(new URL("./sotto_worker_node.js", import.meta.url), { name: "sotto" })));
}

function port(worker: Worker): Port {
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    listen(hear, fail) {
      worker.on("message", (message: FromWorker) => hear(message));
      worker.on("error", (error) => fail(`the Worker failed: ${String(error)}`));
    },
    end: () => void worker.terminate(),
  };
}
