/** The whole signal with its R peaks, and which part of it the model reads: by peak, or by any start. */

import type { SignalInput } from "../card";
import { h } from "../dom";
import { real } from "../format";
import { t } from "../texts/texts";
import type { Peak } from "./peaks";
import { Strip } from "./strip";
import { defaultStart, markOf, peaksThatFit } from "./window";

export class PartChoice {
  readonly element = h("div", { class: "window-choice" });
  #controls: (HTMLInputElement | HTMLButtonElement)[] = [];
  #strip: Strip | null = null;
  #go: (start: number) => void = () => {};

  constructor(private readonly input: SignalInput) {}

  clear(): void {
    this.#controls = [];
    this.#strip?.end();
    this.#strip = null;
    this.#go = () => {};
    this.element.replaceChildren();
  }

  lock(locked: boolean): void {
    for (const control of this.#controls) control.disabled = locked;
    this.#strip?.lock(locked);
  }

  /** Puts the focus on the strip; `false` where there is none. */
  focus(): boolean {
    this.#strip?.focus();
    return this.#strip !== null;
  }

  /** Chooses the part whose mark lies on a value. */
  choose(index: number): void {
    this.#go(index - markOf(this.input));
  }

  /** Letters above beats whose class is known. */
  name(letters: Map<number, string>): void {
    this.#strip?.name(letters);
  }

  /** Offers a choice where the signal is longer than the part, and calls `take` with each start that is chosen. */
  show(values: Float64Array, peaks: Peak[], take: (start: number) => void): void {
    this.clear();
    const { length, sample_rate: sampleRate, unit } = this.input;
    const last = values.length - length;
    let start = defaultStart(values, peaks, this.input);
    if (last === 0) return take(0);
    const mark = markOf(this.input);
    const places = peaksThatFit(values, peaks, this.input).map(({ index }) => index - mark);
    const slider = h("input", { type: "range", id: "signal-start", min: 0, max: last, step: 1, value: start });
    const said = h("p", { class: "beat", role: "status" });
    const words = (): string => {
      const beat = places.indexOf(start);
      const seconds = real((start + mark) / sampleRate, 4);
      return beat >= 0 ? t.strip.beat(beat + 1, places.length, seconds) : t.strip.noBeat(places.length, seconds);
    };
    const go = (next: number): void => {
      start = Math.min(last, Math.max(0, next));
      slider.value = String(start);
      slider.setAttribute("aria-valuetext", t.strip.from(real((1000 * start) / sampleRate, 4)));
      said.textContent = words();
      this.#strip?.choose({ start, beat: places.indexOf(start), words: words() });
      take(start);
    };
    /** So many beats on from here; a place between two beats counts as neither. */
    const step = (by: number): void => {
      if (places.length === 0) return go(start + Math.max(-last, Math.min(last, by)));
      const before = places.filter((place) => place < start).length;
      const here = places[before] === start;
      const next = by > 0 ? before + by - (here ? 0 : 1) : before + by;
      go(places[Math.max(0, Math.min(places.length - 1, next))]!);
    };
    const button = (text: string, by: number): HTMLButtonElement => {
      const made = h("button", { type: "button", class: "button-quiet" }, text);
      made.addEventListener("click", () => step(by));
      return made;
    };
    this.#strip = new Strip({
      values,
      sampleRate,
      unit,
      peaks,
      beats: places.length,
      length,
      mark,
      pressed: (index) => go(nearest(places, index - mark)),
      step,
    });
    this.#go = go;
    slider.addEventListener("input", () => go(Number(slider.value)));
    const buttons = places.length > 0 ? [button(t.strip.before, -1), button(t.strip.after, 1)] : [];
    this.#controls = [slider, ...buttons];
    this.element.replaceChildren(
      this.#strip.element,
      h("div", { class: "beats" }, buttons[0], said, buttons[1]),
      this.#strip.controls,
      h("details", { class: "any-start" }, h("summary", {}, t.strip.anyStart), h("label", { for: "signal-start" }, t.strip.which(length)), slider),
    );
    go(start);
  }
}

/** The place nearest to another, or that one where there are none. */
function nearest(places: number[], to: number): number {
  return places.reduce((best, place) => (Math.abs(place - to) < Math.abs(best - to) ? place : best), places[0] ?? to);
}
