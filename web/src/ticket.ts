/** The ticket that a server asks for: typed in by whoever has one, kept in this page's memory alone, and gone with it. */

import { h } from "./dom";
import { t } from "./texts/texts";

let held: string | null = null;

/** What sessions show; `null` when nothing was typed in. */
export function heldTicket(): string | null {
  return held;
}

export class TicketPanel {
  readonly element: HTMLElement;
  readonly #input = h("input", {
    type: "password",
    id: "ticket",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    maxlength: 2048,
    "aria-describedby": "ticket-hint",
  });
  readonly #title = h("p", { class: "consent-title", role: "status" });

  /** `go` is what to do with a ticket. */
  constructor(private readonly go: () => void) {
    const button = h("button", { type: "button", class: "button-quiet" }, t.run.ticket.use);
    button.addEventListener("click", () => this.#use());
    this.#input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      // Not the form around it, which asks for a result.
      event.preventDefault();
      this.#use();
    });
    this.element = h(
      "div",
      { class: "consent", hidden: true },
      this.#title,
      h(
        "div",
        { class: "field" },
        h("label", { for: "ticket" }, t.run.ticket.label),
        this.#input,
        h("p", { class: "hint", id: "ticket-hint" }, t.run.ticket.hint),
      ),
      button,
    );
  }

  /** Asks, because the server did; `focus` where a person waits for it. */
  ask(focus: boolean): void {
    this.#title.textContent = held === null ? t.run.ticket.asks : t.run.ticket.refused;
    held = null;
    this.element.hidden = false;
    if (focus) this.#input.focus();
  }

  #use(): void {
    const text = this.#input.value.trim();
    if (text === "") return this.#input.focus();
    held = text;
    this.#input.value = "";
    this.element.hidden = true;
    this.go();
  }
}
