/** The page's side of converting a picture file: a worker for each file, which ends with it. */

import type { Rect } from "./grey";
import { PictureError } from "./header";

export interface ConvertFile {
  file: File;
  width: number;
  height: number;
}

export type FromConverter = { ok: true; converted: Converted } | { ok: false; why: string };

export interface Converted {
  /** What the model reads: whole grey levels, row after row. */
  values: number[];
  /** Size of the original, and the part of it that is used. */
  width: number;
  height: number;
  crop: Rect;
  /** The original, reduced. */
  preview: { width: number; height: number; levels: number[] };
  /** What was done, in words. */
  steps: string[];
}

/** Converts a file. Rejects with a {@link PictureError}, or with the signal's reason when it is aborted. */
export function convertFile(message: ConvertFile, signal: AbortSignal): Promise<Converted> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "sotto picture" });
  return new Promise<Converted>((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error));
    worker.addEventListener("message", ({ data }: MessageEvent<FromConverter>) => {
      if (data.ok) resolve(data.converted);
      else reject(new PictureError(data.why));
    });
    worker.addEventListener("error", (event) => {
      const why = event.message ? `The page could not read it (${event.message}).` : "The code that reads pictures could not be loaded.";
      reject(new PictureError(why));
    });
    worker.postMessage(message);
  }).finally(() => worker.terminate());
}
