/** The client where it is called: for a Worker of your own, and for programs that may stand still while it computes. */

import { SottoError } from "./error.js";
import start, { type InitInput, type InitOutput } from "./sotto_client.js";

export * from "./sotto_client.js";
export { SottoError };

/** What the compiled module can be taken from. */
export type ModuleSource = InitInput | Promise<InitInput>;

/** Loads the compiled module: the one that lies beside this file, unless another place is named. Needed once, before anything else. */
export default async function init(source?: ModuleSource | { module_or_path: ModuleSource }): Promise<InitOutput> {
  try {
    return await start(source);
  } catch (error) {
    throw unusable(error);
  }
}

/** Why the module cannot be used: it did not come, or this browser cannot run it. */
export function unusable(error: unknown): SottoError {
  if (error instanceof SottoError) return error;
  const words = error instanceof Error ? error.message : String(error);
  if (error instanceof WebAssembly.CompileError || error instanceof WebAssembly.LinkError) {
    return new SottoError("internal", undefined, `the module is damaged, or cannot be run here: ${words}`, error);
  }
  return new SottoError("transport", undefined, `the module could not be loaded: ${words}`, error);
}
