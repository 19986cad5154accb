/** The tools in Node.js. */

import { own } from "./files_node.js";
import type { InitOutput } from "./sotto_tools.js";
import initialise, { type ModuleSource } from "./tools.js";

export * from "./tools.js";

export default async function init(source?: ModuleSource | { module_or_path: ModuleSource }): Promise<InitOutput> {
  return initialise(source ?? { module_or_path: await own("sotto_tools_bg.wasm") });
}
