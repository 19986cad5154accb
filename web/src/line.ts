/** How fast the line to the server is. */

import moduleUrl from "@sotto/client/sotto_client_bg.wasm?url";
import { fetchModule } from "./code";

/** Fewest bytes of a response that tell. */
const TELLING = 1e5;

/**
 * Bits a second, by the protocol's code, which a run needs anyway: then it is here. `null` when the browser had it before, or
 * does not tell.
 */
export async function lineRate(): Promise<number | null> {
  try {
    await (await fetchModule(moduleUrl)).arrayBuffer();
  } catch {
    // The session says what is wrong, once it is asked for.
    return null;
  }
  const entry = performance.getEntriesByName(new URL(moduleUrl, location.href).href).at(-1);
  if (!(entry instanceof PerformanceResourceTiming) || entry.transferSize < TELLING) return null;
  return (8000 * entry.transferSize) / Math.max(1, entry.responseEnd - entry.requestStart);
}
