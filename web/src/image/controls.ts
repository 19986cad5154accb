/** Controls for the window of a picture: centre and width, by slider or number. */

import { h } from "../dom";
import { real } from "../format";
import { toNumber } from "../validate";
import type { Scale } from "./picture";
import type { Window } from "./window";

/** Steps of a slider. */
const STEPS = 500;

interface Row {
  element: HTMLElement;
  slider: HTMLInputElement;
  entry: HTMLInputElement;
}

export class WindowControls {
  readonly element: HTMLElement;
  readonly #centre: Row;
  readonly #width: Row;
  readonly #reset = h("button", { type: "button", class: "button-quiet" }, "As it was");
  /** The window that the file came with, and the one that is in use. */
  #default: Window = { centre: 0, width: 1, exact: true };
  #used = this.#default;

  /** `changed` gets the window that the person set, or `null` for the one that the file came with. */
  constructor(changed: (window: Window | null) => void) {
    const set = (): void => {
      const [centre, width] = [toNumber(this.#centre.entry.value), toNumber(this.#width.entry.value)];
      const { exact } = this.#default;
      const usable = width !== null && width >= (exact ? Number.MIN_VALUE : 1);
      this.#centre.entry.toggleAttribute("aria-invalid", centre === null);
      this.#width.entry.toggleAttribute("aria-invalid", !usable);
      if (centre === null || !usable) return;
      this.#used = { centre, width, exact };
      changed(this.#used);
    };
    // What is no window goes when the field is left, so that the fields show what is in use.
    const left = (): void => {
      if (this.element.querySelector("[aria-invalid]")) this.#write(this.#used);
    };
    this.#centre = row("window-centre", "Centre", set, left);
    this.#width = row("window-width", "Width", set, left);
    this.#reset.addEventListener("click", () => {
      this.#write(this.#default);
      changed(null);
    });
    const hint = "The number that becomes mid-grey, and how many lie between black and white. A larger centre makes the picture darker.";
    this.element = h(
      "fieldset",
      { class: "window-controls" },
      h("legend", {}, "Window"),
      h("p", { class: "hint" }, hint),
      this.#centre.element,
      this.#width.element,
      this.#reset,
    );
  }

  /** Starts from the window that a file came with. */
  open({ window, least, most }: Scale): void {
    this.#default = window;
    const reach = Math.max(most - least, window.width);
    range(this.#centre, Math.min(least, window.centre - window.width / 2), Math.max(most, window.centre + window.width / 2), reach);
    range(this.#width, reach / STEPS, 1.5 * reach, reach);
    this.#write(window);
  }

  lock(locked: boolean): void {
    this.element.toggleAttribute("disabled", locked);
  }

  #write(window: Window): void {
    this.#used = window;
    for (const [{ slider, entry }, value] of [[this.#centre, window.centre], [this.#width, window.width]] as const) {
      slider.value = String(value);
      entry.value = real(value);
      entry.removeAttribute("aria-invalid");
    }
  }
}

function range({ slider, entry }: Row, min: number, max: number, reach: number): void {
  [slider.min, slider.max] = [String(min), String(max)];
  slider.step = reach >= STEPS ? "1" : String(reach / STEPS);
  entry.inputMode = min < 0 ? "text" : "decimal";
}

function row(id: string, label: string, set: () => void, left: () => void): Row {
  const slider = h("input", { type: "range", "aria-label": `${label} of the window` });
  const entry = h("input", { type: "text", id, autocomplete: "off", spellcheck: "false" });
  slider.addEventListener("input", () => {
    entry.value = real(slider.valueAsNumber);
    set();
  });
  entry.addEventListener("input", () => {
    slider.value = String(toNumber(entry.value) ?? slider.value);
    set();
  });
  entry.addEventListener("blur", left);
  return { element: h("div", { class: "window-row" }, h("label", { for: id }, label), slider, entry), slider, entry };
}
