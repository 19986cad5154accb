/** The ticket that a server asks for: typed in by whoever has one, kept in this page's memory alone, and gone with it. */

import { h } from "./dom";

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
    const button = h("button", { type: "button", class: "button-quiet" }, "Use this ticket");
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
        h("label", { for: "ticket" }, "Ticket"),
        this.#input,
        h("p", { class: "hint", id: "ticket-hint" }, "Whoever runs this server gives it out. The page forgets it when it is closed or reloaded."),
      ),
      button,
    );
  }

  /** Asks, because the server did; `focus` where a person waits for it. */
  ask(focus: boolean): void {
    this.#title.textContent = held === null ? "This server asks for a ticket" : "The server does not take this ticket";
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
