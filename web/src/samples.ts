/** Buttons that load a model's shipped samples; the one that is loaded unchanged is pressed. */

import { isMissed, type Sample } from "./card";
import { type Child, h } from "./dom";
import { listed } from "./format";
import { t } from "./texts/texts";

export interface SampleChipsOptions {
  title: string;
  samples: Sample[];
  load(sample: Sample): void;
  clear(): void;
  /** A small picture of a sample. */
  icon?: (sample: Sample) => Child;
}

export class SampleChips {
  readonly element: HTMLElement;
  readonly #samples: Sample[];
  readonly #chips: HTMLButtonElement[];

  constructor({ title, samples, load, clear, icon }: SampleChipsOptions) {
    this.#samples = samples;
    this.#chips = samples.map((sample) => {
      const kind = icon ? "chip chip-picture" : "chip";
      const chip = h("button", { type: "button", class: kind, "aria-pressed": "false" }, icon?.(sample), sample.name);
      chip.addEventListener("click", () => load(sample));
      return chip;
    });
    const clearing = h("button", { type: "button", class: "chip chip-quiet" }, t.form.clearAll);
    clearing.addEventListener("click", clear);
    const missed = samples.filter(isMissed).map(({ name }) => t.form.quoted(name));
    this.element = h(
      "div",
      { class: "samples", role: "group", "aria-labelledby": "samples-title" },
      h("p", { id: "samples-title", class: "samples-title" }, title),
      h("div", { class: "chips" }, ...this.#chips, clearing),
      missed.length > 0 ? h("p", { class: "caption samples-missed" }, t.form.missed(listed(missed))) : null,
    );
    this.#chips.push(clearing);
  }

  show(loaded: Sample | null): void {
    this.#samples.forEach((sample, i) => this.#chips[i]?.setAttribute("aria-pressed", String(sample === loaded)));
  }

  lock(locked: boolean): void {
    for (const chip of this.#chips) chip.disabled = locked;
  }
}
