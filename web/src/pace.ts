/** How long the phases of runs took in this page, for a guess before a large one. */

import type { Phase, Progress } from "./protocol";

/** Up to how many times larger or smaller a phase may be than one that its time is guessed from. */
const ALIKE = 4;

export class Pace {
  readonly #runs: { phase: Phase; bytes: number; seconds: number }[] = [];

  /** Remembers a phase that is done, of whichever model. */
  remember({ phase, done, bytesSent, bytesReceived, seconds }: Progress): void {
    if (done) this.#runs.push({ phase, bytes: bytesSent + bytesReceived, seconds });
  }

  /** Seconds of a phase of so many bytes, by the latest of about that size; `null` when there was none. */
  guess(phase: Phase, bytes: number): number | null {
    const run = this.#runs.findLast((run) => run.phase === phase && run.bytes * ALIKE > bytes && run.bytes < ALIKE * bytes);
    return run ? (run.seconds * bytes) / run.bytes : null;
  }
}

/** Of all runs since the page was opened. */
export const pace = new Pace();
