/** The client that works with further Workers, in Node.js. */

import { own } from "./files_node.js";
import type { InitOutput } from "./sotto_workers.js";
import initialise, { type ModuleSource } from "./workers.js";

export * from "./workers.js";

export default async function init(source?: ModuleSource | { module_or_path: ModuleSource }): Promise<InitOutput> {
  return initialise(source ?? { module_or_path: await own("sotto_workers_bg.wasm") });
}
