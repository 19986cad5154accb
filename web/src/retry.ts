/** Trying again by itself when the server is full, with growing waits. */

import { Cancelled, SessionError } from "./session";

/** Seconds before the first try again, and most of them. */
const [FIRST, MOST] = [2, 15];

/**
 * Runs `attempt` until it ends otherwise than by a full server. `waiting` hears every second how long it is to the next try, and `null`
 * when that begins. Rejects with {@link Cancelled} when the signal is aborted while it waits.
 */
export async function whileFull<T>(attempt: () => Promise<T>, waiting: (seconds: number | null) => void, signal: AbortSignal): Promise<T> {
  for (let wait = FIRST; ; wait = Math.min(2 * wait, MOST)) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof SessionError) || error.failure.kind !== "busy") throw error;
    }
    try {
      for (let left = wait; left > 0; left -= 1) {
        waiting(left);
        await second(signal);
      }
    } finally {
      waiting(null);
    }
  }
}

function second(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = (): void => {
      clearTimeout(timer);
      reject(new Cancelled("cancelled"));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", cancel);
      resolve();
    }, 1000);
    if (signal.aborted) cancel();
    else signal.addEventListener("abort", cancel, { once: true });
  });
}
