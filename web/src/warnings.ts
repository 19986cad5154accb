/** What speaks against relying on a result: what the input's view says, and how the input differs from the model's data. */

import { unlessAborted } from "./aborted";
import type { Model } from "./api";
import { type Child, h } from "./dom";
import { Remarks } from "./remarks/remarks";
import { t } from "./texts/texts";

export class Warnings {
  readonly element = h("div", { class: "warnings", role: "status" });
  #remarks: string[] = [];
  /** While the button is held down warnings wait: above it they would push it from under the pointer, and the click be lost. */
  #pressed = false;

  readonly #comparison: Remarks;
  /** What sets the input as it stands apart from the model's data. */
  #compared: Promise<string[]> = Promise.resolve([]);

  constructor(
    model: Model,
    /** What the view of the input says. */
    private readonly own: () => string[],
  ) {
    this.#comparison = new Remarks(model);
  }

  /** All of them, with what is still being compared. */
  async all(signal: AbortSignal): Promise<string[]> {
    const remarks = await unlessAborted(this.#compared, signal);
    return [...this.own(), ...remarks];
  }

  /** The input has changed: the last remarks stay until new ones come, a moment later. Without values there are none. */
  about(values: number[] | null): void {
    this.#show(this.#remarks);
    this.element.setAttribute("aria-busy", "true");
    this.#compared = this.#comparison.about(values);
    void this.#compared.then((remarks) => {
      this.element.removeAttribute("aria-busy");
      this.#show(remarks);
    });
  }

  /** The same words again are left alone, so that they are not read out again. */
  #show(remarks: string[]): void {
    this.#remarks = remarks;
    if (this.#pressed) return;
    const warnings = [...this.own(), ...remarks].map(whole);
    const shown = [...this.element.querySelectorAll("li")].map((item) => item.textContent);
    if (warnings.length === shown.length && warnings.every((warning, i) => warning === shown[i])) return;
    this.element.replaceChildren(...warningList(warnings));
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
        this.#show(this.#remarks);
      }, 100);
    };
    for (const event of ["pointerup", "pointercancel"]) addEventListener(event, release, { signal: ended.signal });
  }
}

/** Warnings below their title; nothing without any. */
export function warningList(warnings: string[]): (Node & Child)[] {
  return warnings.length === 0 ? [] : [h("p", { class: "warnings-title" }, t.run.warnings), warningItems(warnings)];
}

/** Sizes stay on one line. */
function whole(words: string): string {
  return words.replaceAll(" × ", "\u00a0×\u00a0");
}

export function warningItems(warnings: string[]): HTMLElement {
  return h("ul", {}, ...warnings.map((words) => h("li", {}, whole(words))));
}
