/// <reference types="node" />
/** The script of the Worker that `createClient` starts in Node.js. */

import { parentPort } from "node:worker_threads";
import type { ToWorker } from "./messages.js";
import init from "./node.js";
import { serve } from "./serve.js";

const hear = serve(
  (module) => init(module === null ? undefined : { module_or_path: module }),
  (message) => parentPort?.postMessage(message),
);
parentPort?.on("message", (message: ToWorker) => hear(message));
