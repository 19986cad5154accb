/** What is not needed for a session, in a module of its own: pictures and signals made into what a model reads, and checks of a browser. */

import { SottoError } from "./error.js";
import { load, type ModuleSource } from "./load.js";
import start, { type InitOutput } from "./sotto_tools.js";

export * from "./sotto_tools.js";
export { SottoError };
export type { ModuleSource };

/** Loads the compiled module: the one that lies beside this file, unless another place is named. Needed once, before anything else. */
export default function init(source?: ModuleSource | { module_or_path: ModuleSource }): Promise<InitOutput> {
  return load(start, source);
}
