/** Converting a picture file, as the page sees it. */

import { workerName } from "../language";
import { offload } from "../offload";
import type { Converted, ConvertFile } from "./protocol";

/** Converts a file. Rejects as {@link offload} does. */
export function convertFile(message: ConvertFile, signal: AbortSignal): Promise<Converted> {
  return offload(() => new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: workerName("sotto picture") }), message, signal);
}
