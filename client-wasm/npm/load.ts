/** Loading a compiled module, whichever it is. */

import { SottoError } from "./error.js";
import type { InitInput } from "./sotto_client.js";

/** What a compiled module can be taken from. */
export type ModuleSource = InitInput | Promise<InitInput>;

/** Starts a module by its bindings, and says why it cannot be used if it cannot. */
export async function load<S, T>(start: (source?: S) => Promise<T>, source?: S): Promise<T> {
  try {
    return await start(source);
  } catch (error) {
    throw unusable(error);
  }
}

/** Why a module cannot be used: it did not come, or this browser cannot run it. */
export function unusable(error: unknown): SottoError {
  if (error instanceof SottoError) return error;
  const words = error instanceof Error ? error.message : String(error);
  if (error instanceof WebAssembly.CompileError || error instanceof WebAssembly.LinkError) {
    return new SottoError("internal", undefined, `the module is damaged, or cannot be run here: ${words}`, error);
  }
  return new SottoError("transport", undefined, `the module could not be loaded: ${words}`, error);
}
