/** Work on a file away from the page's thread: a worker for each file, which ends with it. Both sides are here. */

import { checkToolsCode } from "./code";
import { t } from "./texts/texts";

/** A file cannot be used; the message says why, to the person who chose it. */
export class FileError extends Error {}

/** What a worker says: that it listens, and then what came of the message. */
type Answer<T> = { ready: true } | { ok: true; result: T } | { ok: false; why: string };

/**
 * The page's side: passes the message to a fresh worker and resolves to what it makes of it. Rejects with a
 * {@link FileError}, or with the signal's reason when it is aborted.
 */
export async function offload<M, T>(start: () => Worker, message: M, signal: AbortSignal): Promise<T> {
  await checkToolsCode().catch(() => {
    throw new FileError(t.form.file.noCode);
  });
  signal.throwIfAborted();
  const worker = start();
  return new Promise<T>((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error));
    worker.addEventListener("message", ({ data }: MessageEvent<Answer<T>>) => {
      // Before, while its script still waits for the texts of a language, a message would be lost.
      if ("ready" in data) worker.postMessage(message);
      else if (data.ok) resolve(data.result);
      else reject(new FileError(data.why));
    });
    worker.addEventListener("error", (event) => {
      reject(new FileError(event.message ? unexpected(event.message) : t.form.file.noCode));
    });
  }).finally(() => worker.terminate());
}

/** The worker's side: answers each message by what `work` makes of it. */
export function serve<M, T>(work: (message: M) => Promise<T>): void {
  // A worker's own scope has these two of a worker as seen from outside.
  const scope = globalThis as unknown as Pick<Worker, "addEventListener" | "postMessage">;
  const answer = async (message: M): Promise<Answer<T>> => {
    try {
      return { ok: true, result: await work(message) };
    } catch (error) {
      return { ok: false, why: error instanceof FileError ? error.message : unexpected(String(error)) };
    }
  };
  scope.addEventListener("message", ({ data }: MessageEvent<M>) => void answer(data).then((reply) => scope.postMessage(reply)));
  scope.postMessage({ ready: true } satisfies Answer<T>);
}

function unexpected(what: string): string {
  return t.form.file.unexpected(what);
}
