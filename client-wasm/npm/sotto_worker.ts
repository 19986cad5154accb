/** The script of the Worker that `createClient` starts. */

import type { ToWorker } from "./messages.js";
import init from "./module.js";
import { serve } from "./serve.js";

const scope = globalThis as unknown as Pick<Worker, "addEventListener" | "postMessage">;
const hear = serve(
  (module) => init(module === null ? undefined : { module_or_path: module }),
  (message) => scope.postMessage(message),
);
scope.addEventListener("message", ({ data }: MessageEvent<ToWorker>) => hear(data));
