/** How a file becomes what the model reads, step by step: for those who want to know, folded away. */

import { h } from "./dom";

export class HowRead {
  readonly element: HTMLElement;
  readonly #steps = h("ol", { class: "steps" });

  constructor(title: string) {
    this.element = h("details", { class: "technical" }, h("summary", {}, title), this.#steps);
  }

  /** Other steps; it stays as open as it is. */
  show(steps: string[]): void {
    // Sizes stay on one line.
    this.#steps.replaceChildren(...steps.map((words) => h("li", {}, words.replaceAll(" × ", "\u00a0×\u00a0"))));
  }
}
