/** What speaks against relying on a result: what the input's view says, and how the input differs from the model's data. */

import { type Child, h } from "./dom";
import { t } from "./texts/texts";

export class Warnings {
  readonly element = h("div", { class: "warnings", role: "status" });
  #remarks: string[] = [];
  /** While the button is held down warnings wait: above it they would push it from under the pointer, and the click be lost. */
  #pressed = false;

  constructor(
    /** What the view of the input says. */
    private readonly own: () => string[],
  ) {}

  /** How the input differs from the model's data. */
  get remarks(): string[] {
    return this.#remarks;
  }

  /** The input has changed: the last remarks stay until new ones come, a moment later. */
  wait(): void {
    this.show(this.#remarks);
    this.element.setAttribute("aria-busy", "true");
  }

  /** New remarks are there. */
  hear(remarks: string[]): void {
    this.element.removeAttribute("aria-busy");
    this.show(remarks);
  }

  /** The same words again are left alone, so that they are not read out again. */
  show(remarks: string[]): void {
    this.#remarks = remarks;
    if (this.#pressed) return;
    const warnings = [...this.own(), ...this.#remarks];
    const shown = [...this.element.querySelectorAll("li")].map((item) => item.textContent);
    if (warnings.length === shown.length && warnings.every((warning, i) => warning === shown[i])) return;
    this.element.replaceChildren(...warningList(this.own(), this.#remarks));
  }

  /** Nothing moves until this press of a button has ended. */
  press(): void {
    this.#pressed = true;
    const ended = new AbortController();
    const release = (): void => {
      ended.abort();
      // The click comes behind the pointer's event.
      setTimeout(() => {
        this.#pressed = false;
        this.show(this.#remarks);
      }, 100);
    };
    for (const event of ["pointerup", "pointercancel"]) addEventListener(event, release, { signal: ended.signal });
  }
}

/** Warnings below their title; nothing without any. Remarks are the client's, who speaks English. */
export function warningList(own: string[], remarks: string[]): (Node & Child)[] {
  if (own.length + remarks.length === 0) return [];
  return [h("p", { class: "warnings-title" }, t.run.warnings), warningItems(own, remarks)];
}

export function warningItems(own: string[], remarks: string[]): HTMLElement {
  const items = [...own.map((words) => h("li", {}, words)), ...remarks.map((words) => h("li", { lang: "en" }, words))];
  return h("ul", {}, ...items);
}
