/** How far the session is: a line of words, the queue, and the progress with its technical steps folded away. */

import { h } from "./dom";
import { percent, seconds } from "./format";
import { pace } from "./pace";
import { fraction, ProgressView } from "./progress";
import type { Connection, Progress, Standing } from "./protocol";
import type { SessionState } from "./session";
import { t } from "./texts/texts";

export class StatusView {
  readonly progress = new ProgressView();
  readonly line = h("p", { class: "status", role: "status" });
  /** Where the session stands in the server's queue, while it waits. */
  readonly queue = h("p", { class: "queue", role: "status" });
  /** How far a preparation is: it changes too often to be read out. */
  readonly #aside = h("span", { class: "status-aside", "aria-hidden": "true" });
  /** After a result, reports about the next preparation wait here, so that the finished run stays on view. */
  #held: Progress[] | null = null;

  /** The session is in another state. */
  enter(state: SessionState): void {
    if (state === "closed") {
      this.#held = null;
      this.queue.textContent = "";
    }
    this.line.replaceChildren(this.#words(state), this.#aside);
    this.line.dataset["state"] = state;
    this.#room();
  }

  report(progress: Progress, ready: boolean): void {
    pace.remember(progress);
    if (this.#held) this.#held.push(progress);
    else this.progress.update(progress);
    const share = percent(Math.floor(100 * fraction(progress)) / 100);
    const preparing = progress.phase === "preprocess" && !progress.done;
    this.#aside.textContent = preparing ? this.#share(share, ready) : "";
    this.#room();
  }

  #share(share: string, ready: boolean): string {
    if (ready) return t.run.oneMore(share);
    // While a result is computed there are no words before it.
    return this.line.dataset["state"] === "computing" ? t.run.share(share) : ` ${share}`;
  }

  stand({ position, seconds: left }: Standing): void {
    const wait = left === null || left === 0 ? null : seconds(left);
    this.queue.textContent = position === 0 ? "" : t.run.queue(position - 1, wait);
  }

  connection(connection: Connection): void {
    this.queue.textContent = connection === "lost" ? t.run.lost : "";
  }

  /** Says something else, until the session is in another state. */
  say(words: string, state?: "failed"): void {
    this.line.textContent = words;
    if (state) this.line.dataset["state"] = state;
    this.#room();
  }

  /** Without words the line takes no room; it stays where words are listened for. */
  #room(): void {
    this.line.toggleAttribute("data-silent", this.line.textContent === "");
  }

  /** A run begins: with a new session or, behind a result, with what was held back. */
  begin(state: SessionState): void {
    if (state === "closed") return this.progress.reset();
    if (!this.#held) return;
    const held = this.#held;
    this.#held = null;
    this.progress.restart("preprocess");
    for (const progress of held) this.progress.update(progress);
  }

  /** The run that has ended stays on view. */
  hold(): void {
    this.#held = [];
  }

  #words(state: SessionState): string {
    switch (state) {
      case "closed":
      case "computing":
        return "";
      case "preparing":
        return t.run.preparing;
      case "ready":
        return t.run.prepared;
      case "resting":
        return t.run.resting;
    }
  }
}
