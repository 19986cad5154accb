/** The client in a module of its own that works with further Workers, for large models: as the package's, and `assist` for those. */

import { SottoError } from "./error.js";
import { load, type ModuleSource } from "./load.js";
import start, { type InitOutput } from "./sotto_workers.js";

export * from "./sotto_workers.js";
export { SottoError };
export type { ModuleSource };

/** Loads the compiled module: the one that lies beside this file, unless another place is named. Needed once in each Worker, before anything else. */
export default function init(source?: ModuleSource | { module_or_path: ModuleSource }): Promise<InitOutput> {
  return load(start, source);
}
