/** Asking before much is sent: what a result takes, and a button. */

import type { Cost, Sizes } from "./api";
import { h } from "./dom";
import { bytes, roughly } from "./format";
import { lineRate } from "./line";
import { pace } from "./pace";
import { t } from "./texts/texts";

/** Bytes of a result, its preparation included, above which the page asks. */
const MUCH = 20e6;
/** Bits a second, for comparison where the line is not known. */
const A_LINE = 50e6;

export function isMuch({ setup_bytes, preprocess_bytes, online_bytes }: Sizes): boolean {
  return setup_bytes + preprocess_bytes + online_bytes > MUCH;
}

/** How long one result takes, in a sentence. */
async function forecast({ setup_bytes, preprocess_bytes, online_bytes }: Sizes): Promise<string> {
  const [preparing, computing] = [pace.guess("preprocess", preprocess_bytes), pace.guess("online", online_bytes)];
  if (preparing !== null && computing !== null) {
    return t.run.consent.asBefore(roughly(preparing), roughly(computing));
  }
  const rate = await lineRate();
  const sending = roughly((8 * (setup_bytes + preprocess_bytes + online_bytes)) / (rate ?? A_LINE));
  const line = rate === null ? t.run.consent.aLine(A_LINE / 1e6) : t.run.consent.thisLine;
  return t.run.consent.sending(sending, line);
}

export class Consent {
  readonly element: HTMLElement;
  readonly #title = h("p", { class: "consent-title" });
  readonly #time = h("p", {}, "…");
  readonly #agree = h("button", { type: "button" });
  /** While it asks, it is the only one to press on with. */
  readonly #no = h("button", { type: "button", class: "button-quiet" }, t.run.consent.no);
  readonly #total: string;
  /** What the person wants to go on with. */
  #wanted: (() => void) | null = null;

  /** `prepare` is what to do for a person who agrees before asking for a result, `leave` puts the focus elsewhere. */
  constructor(
    private readonly cost: Cost,
    prepare: () => void,
    leave: () => void,
  ) {
    const { setup_bytes, preprocess_bytes, online_bytes, stored } = cost;
    this.#total = bytes(setup_bytes + preprocess_bytes + online_bytes);
    const facts = [
      [t.run.consent.prepare, bytes(setup_bytes + preprocess_bytes)],
      [t.run.consent.compute, bytes(online_bytes)],
      [t.run.consent.memory, bytes(stored)],
    ];
    this.#agree.addEventListener("click", () => {
      const go = this.#wanted ?? prepare;
      this.forget();
      // This one goes, and would take the focus with it.
      leave();
      go();
    });
    this.#no.addEventListener("click", () => {
      this.forget();
      leave();
    });
    this.element = h(
      "div",
      { class: "consent", role: "group", "aria-label": t.run.consent.label, hidden: true },
      this.#title,
      h("dl", {}, ...facts.map(([term, fact]) => h("div", {}, h("dt", {}, term), h("dd", {}, fact)))),
      this.#time,
      h("div", { class: "actions" }, this.#agree, this.#no),
    );
    this.forget();
  }

  /** Shows it, with the time as far as it is known by now, or hides it. */
  show(on: boolean): void {
    if (on === !this.element.hidden) return;
    this.element.hidden = !on;
    if (on) void forecast(this.cost).then((words) => (this.#time.textContent = words));
  }

  /** Asks a person who wants a result; `go` runs when they agree. */
  ask(go: () => void): void {
    this.#wanted = go;
    this.#title.textContent = t.run.consent.ask(this.#total);
    this.#agree.textContent = t.run.consent.agree(this.#total);
    this.#asking(true);
    this.#agree.focus();
  }

  /** Nothing is wanted any more. */
  forget(): void {
    this.#wanted = null;
    this.#title.textContent = t.run.consent.takes(this.#total);
    this.#agree.textContent = t.run.consent.now;
    this.#asking(false);
  }

  #asking(on: boolean): void {
    this.element.toggleAttribute("data-asking", on);
    this.#agree.className = on ? "button-primary" : "button-quiet";
    this.#no.hidden = !on;
  }
}
