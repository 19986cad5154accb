/** The client where it is called: for a Worker of your own, and for programs that may stand still while it computes. */

import { SottoError } from "./error.js";
import { load, type ModuleSource } from "./load.js";
import start, { type InitOutput } from "./sotto_client.js";

export * from "./sotto_client.js";
export { SottoError };
export type { ModuleSource };

/** Loads the compiled module: the one that lies beside this file, unless another place is named. Needed once, before anything else. */
export default function init(source?: ModuleSource | { module_or_path: ModuleSource }): Promise<InitOutput> {
  return load(start, source);
}
