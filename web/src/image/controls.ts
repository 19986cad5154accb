/** Controls for the window of a picture (centre and width, by slider or number, or one of the file's), and for which of several is read. */

import { h } from "../dom";
import { real } from "../format";
import { toNumber } from "../validate";
import type { Offer } from "./display";
import type { Scale } from "./picture";
import type { Window } from "./window";
import { t } from "../texts/texts";

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
  /** The windows that a file offers. */
  readonly #offers = h("select", { id: "window-offers", autocomplete: "off" });
  readonly #choice = h("div", { class: "window-row" }, h("label", { for: "window-offers" }, t.image.window.fromFile), this.#offers);
  readonly #reset = h("button", { type: "button", class: "button-quiet" }, t.image.window.reset);
  /** The window that the file came with, and the one that is in use. */
  #default: Window = { centre: 0, width: 1, exact: true };
  #used = this.#default;
  #offered: Offer[] = [];

  /** `changed` gets the window that the person set, or `null` for the one that the file came with. */
  constructor(changed: (window: Window | null) => void) {
    const set = (): void => {
      const [centre, width] = [toNumber(this.#centre.entry.value), toNumber(this.#width.entry.value)];
      const { exact, sigmoid = false } = this.#used;
      const usable = width !== null && width >= (exact ? Number.MIN_VALUE : 1);
      this.#centre.entry.toggleAttribute("aria-invalid", centre === null);
      this.#width.entry.toggleAttribute("aria-invalid", !usable);
      if (centre === null || !usable) return;
      this.#used = { centre, width, exact, sigmoid };
      changed(this.#used);
    };
    // What is no window goes when the field is left, so that the fields show what is in use.
    const left = (): void => {
      if (this.element.querySelector("[aria-invalid]")) this.#write(this.#used);
    };
    this.#centre = row("window-centre", t.image.window.centre, set, left);
    this.#width = row("window-width", t.image.window.width, set, left);
    this.#reset.addEventListener("click", () => {
      this.#write(this.#default);
      changed(null);
    });
    this.#offers.addEventListener("change", () => {
      const offer = this.#offered[this.#offers.selectedIndex];
      if (!offer) return;
      this.#write(offer.window);
      changed(offer.window);
    });
    this.element = h(
      "fieldset",
      { class: "window-controls" },
      h("legend", {}, t.image.window.title),
      h("p", { class: "hint" }, t.image.window.hint),
      this.#choice,
      this.#centre.element,
      this.#width.element,
      this.#reset,
    );
  }

  /** Starts from the window that a file came with. */
  open({ window, least, most, offers }: Scale): void {
    this.#default = window;
    this.#offered = offers;
    this.#offers.replaceChildren(...offers.map(({ name }) => h("option", {}, name)));
    this.#choice.hidden = offers.length < 2;
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
  const slider = h("input", { type: "range", "aria-label": t.image.window.slider(label) });
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

/** Which of a file's pictures is read. */
export class FrameControls {
  readonly element: HTMLElement;
  readonly #slider = h("input", { type: "range", id: "frame", min: "1", step: "1", autocomplete: "off" });
  readonly #words = h("output", { for: "frame" });

  /** `changed` gets the picture's place, from 0. */
  constructor(changed: (frame: number) => void) {
    this.#slider.addEventListener("input", () => {
      this.#say();
      changed(this.#slider.valueAsNumber - 1);
    });
    this.element = h("div", { class: "frame-controls" }, h("label", { for: "frame" }, t.image.frames.which), this.#slider, this.#words);
  }

  /** Starts with the first of so many. */
  open(frames: number): void {
    this.#slider.max = String(frames);
    this.#slider.value = "1";
    this.#say();
  }

  lock(locked: boolean): void {
    this.#slider.disabled = locked;
  }

  #say(): void {
    this.#words.value = t.image.frames.of(this.#slider.value, this.#slider.max);
  }
}
