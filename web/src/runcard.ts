/** The last step's card: the button that starts, what it takes and how far it is, and in its place what came of it. */

import type { Consent } from "./consent";
import { h } from "./dom";
import { StatusView } from "./statusview";
import { t } from "./texts/texts";
import type { TicketPanel } from "./ticket";
import type { Warnings } from "./warnings";

export class RunCard {
  readonly element: HTMLElement;
  readonly status = new StatusView();
  readonly #heading = h("h2", { id: "run-title", tabindex: -1 }, h("span", { class: "step", "aria-hidden": "true" }, "3"), t.run.title);
  readonly #problem = h("div", { class: "problem" });
  readonly #submit = h("button", { type: "submit", class: "button-primary" });
  readonly #cancel = h("button", { type: "button", class: "button-quiet" }, t.run.cancel);
  readonly #forecast = h("p", { class: "forecast" });
  readonly #outcome = h("div", { class: "outcome" });

  constructor(warnings: Warnings, consent: Consent | null, tickets: TicketPanel, cancelled: () => void) {
    this.#cancel.hidden = true;
    this.#cancel.addEventListener("click", cancelled);
    this.#submit.addEventListener("pointerdown", () => warnings.press());
    this.element = h(
      "section",
      { class: "card run", "aria-labelledby": "run-title" },
      this.#heading,
      warnings.element,
      consent?.element,
      tickets.element,
      this.#problem,
      h("div", { class: "actions" }, this.#submit, this.#cancel),
      this.#forecast,
      this.status.line,
      this.status.queue,
      this.#outcome,
      this.status.progress.element,
    );
  }

  /** Whether anything came of it, good or bad. */
  get hasOutcome(): boolean {
    return this.#outcome.childElementCount > 0 || this.#problem.childElementCount > 0;
  }

  get hasResult(): boolean {
    return this.#outcome.childElementCount > 0;
  }

  /** What the button starts, and what that takes. */
  invite(words: string, forecast?: string[]): void {
    this.#submit.textContent = words;
    if (forecast) this.#forecast.replaceChildren(...forecast);
  }

  /** Locks the button while something runs. Not `disabled`, which would take the focus away from whoever pressed it by keyboard. */
  lock(on: boolean): void {
    this.#submit.setAttribute("aria-disabled", String(on));
  }

  /** Whether there is something to cancel. */
  cancellable(on: boolean): void {
    this.#cancel.hidden = !on;
  }

  fail(problem: HTMLElement): void {
    this.#problem.replaceChildren(problem);
  }

  present(result: HTMLElement): void {
    this.#outcome.replaceChildren(result);
  }

  clear(): void {
    this.#problem.replaceChildren();
    this.#outcome.replaceChildren();
  }

  focusButton(): void {
    this.#submit.focus();
  }

  /** Where a person reads on who is led to the result. */
  get landmark(): HTMLElement {
    return this.#outcome.querySelector<HTMLElement>(".decision") ?? this.#heading;
  }
}
