/** The whole signal with its R peaks, and which part of it the model reads: by peak, or by any start. */

import type { SignalInput } from "../card";
import { h } from "../dom";
import { real } from "../format";
import type { Peak } from "./peaks";
import { plot } from "./plot";
import { defaultStart, markOf, peaksThatFit } from "./window";

export class PartChoice {
  readonly element = h("div", { class: "window-choice" });
  #controls: (HTMLInputElement | HTMLButtonElement)[] = [];

  constructor(private readonly input: SignalInput) {}

  clear(): void {
    this.#controls = [];
    this.element.replaceChildren();
  }

  lock(locked: boolean): void {
    for (const control of this.#controls) control.disabled = locked;
  }

  /** Puts the focus on the slider; `false` where there is none. */
  focus(): boolean {
    this.#controls[0]?.focus();
    return this.#controls.length > 0;
  }

  /** Offers a choice where the signal is longer than the part, and calls `take` with each start that is chosen. */
  show(values: Float64Array, peaks: Peak[], take: (start: number) => void): void {
    this.clear();
    const { length, sample_rate, unit } = this.input;
    const last = values.length - length;
    let start = defaultStart(values, peaks, this.input);
    if (last === 0) return take(0);
    const mark = markOf(this.input);
    const fitting = peaksThatFit(values, peaks, this.input);
    const slider = h("input", { type: "range", id: "signal-start", min: 0, max: last, step: 1, value: start });
    const place = h("div", { class: "overview" });
    const said = h("span", { class: "beat", role: "status" });
    const at = (): number => fitting.findIndex(({ index }) => index === start + mark);
    const draw = (): void => {
      slider.value = String(start);
      slider.setAttribute("aria-valuetext", `from ${real((1000 * start) / sample_rate, 4)} milliseconds on`);
      const label = `The whole signal, ${values.length} values; the part from ${start + 1} to ${start + length} is used`;
      const options = {
        label,
        values,
        sampleRate: sample_rate,
        unit,
        window: { start, length },
        peaks: peaks.map(({ index }) => index),
        low: true,
      };
      place.replaceChildren(plot({ ...options, pick: (index) => !slider.disabled && go(nearest(index)) }));
      said.textContent = at() >= 0 ? `R peak ${at() + 1} of ${fitting.length}` : `${fitting.length} R peaks found`;
    };
    const go = (next: number): void => {
      start = Math.min(last, Math.max(0, next));
      draw();
      take(start);
    };
    /** The start that brings the peak nearest to a place to the mark, or the place itself without peaks. */
    const nearest = (index: number): number => {
      const distance = (peak: Peak): number => Math.abs(peak.index - index);
      const [first] = fitting;
      return (
        (first ? fitting.reduce((best, peak) => (distance(peak) < distance(best) ? peak : best), first).index : index) -
        mark
      );
    };
    const beside = (forward: boolean): void => {
      const places = fitting.map(({ index }) => index - mark);
      const next = forward
        ? places.find((candidate) => candidate > start)
        : places.findLast((candidate) => candidate < start);
      if (next !== undefined) go(next);
    };
    const button = (words: string, forward: boolean): HTMLButtonElement => {
      const made = h("button", { type: "button", class: "button-quiet" }, words);
      made.addEventListener("click", () => beside(forward));
      return made;
    };
    slider.addEventListener("input", () => go(Number(slider.value)));
    const buttons = fitting.length > 0 ? [button("Beat before", false), button("Beat after", true)] : [];
    this.#controls = [slider, ...buttons];
    this.element.replaceChildren(
      h("label", { for: "signal-start" }, `Which ${length} values the model reads`),
      place,
      slider,
      ...(buttons.length > 0
        ? [
            h("div", { class: "beats" }, buttons[0]!, said, buttons[1]!),
            h("p", { class: "hint" }, "Press on a beat in the drawing to choose it."),
          ]
        : []),
    );
    draw();
    take(start);
  }
}
