/** Choosing a signal: a shipped sample or a table of numbers, and which part of it the model reads. */

import { type Card, matchingSample, type Sample, type SignalInput } from "../card";
import { h } from "../dom";
import { Dropzone } from "../dropzone";
import { real } from "../format";
import type { InputEvents, InputView } from "../input";
import { offload } from "../offload";
import { SampleChips } from "../samples";
import { step } from "../wording";
import type { Table } from "./csv";
import { plot, sparkline } from "./plot";
import { type Series, signalColumns, toSeries } from "./series";
import { checkLength, defaultStart, outOfRange, windowWords } from "./window";

export class SignalView implements InputView {
  readonly element: HTMLElement;
  readonly title = "Choose a signal";
  readonly #chips: SampleChips;
  readonly #drop: Dropzone;
  readonly #column = h("div", { class: "column-choice" });
  readonly #window = h("div", { class: "window-choice" });
  readonly #shown = h("div", { class: "signal-shown" });
  readonly #problem = h("p", { class: "field-error", role: "alert" });
  #controls: (HTMLInputElement | HTMLSelectElement)[] = [];
  #values: number[] | null = null;
  /** A file that takes its time must not replace a later choice. */
  #reading: AbortController | null = null;

  constructor(
    private readonly card: Card,
    private readonly input: SignalInput,
    private readonly events: InputEvents,
  ) {
    this.#chips = new SampleChips({
      title: "Try a sample:",
      samples: card.samples,
      load: (sample) => this.#load(sample),
      clear: () => this.#clear(),
      icon: ({ values }) => sparkline(values),
    });
    const { length, sample_rate, unit } = input;
    this.#drop = new Dropzone({
      id: "signal-file",
      what: "a CSV file",
      accept: ".csv,.tsv,.txt,text/csv,text/plain",
      hint:
        `One column of numbers in ${unit}, ${real(sample_rate)} per second, or a column of times beside it. ` +
        `The model reads ${length} values; of a longer signal you choose the part.`,
      chosen: (file) => void this.#open(file),
    });
    const about = input.help ? h("p", { class: "input-help" }, h("strong", {}, `${input.label}. `), input.help) : null;
    this.element = h(
      "div",
      { class: "signal-input" },
      about,
      this.#chips.element,
      this.#drop.element,
      this.#column,
      this.#window,
      this.#problem,
      this.#shown,
    );
  }

  get incomplete(): string {
    return this.#problem.textContent ? "The chosen part cannot be used: see above." : "There is no signal yet: choose a sample or a file.";
  }

  read(): number[] | null {
    if (!this.#values) (this.#controls.at(-1) ?? this.#drop).focus();
    return this.#values;
  }

  sample(): Sample | null {
    return this.#values && matchingSample(this.card, this.#values);
  }

  warnings(): string[] {
    return [];
  }

  lock(locked: boolean): void {
    this.#chips.lock(locked);
    this.#drop.lock(locked);
    for (const control of this.#controls) control.disabled = locked;
  }

  #load(sample: Sample): void {
    this.#clear();
    this.#show(sample.values, [`The sample “${sample.name}” is made of ${sample.values.length} values: nothing is converted.`]);
  }

  #clear(): void {
    this.#reading?.abort();
    this.#drop.say("");
    this.#controls = [];
    for (const part of [this.#column, this.#window, this.#problem, this.#shown]) part.replaceChildren();
    this.#set(null);
  }

  async #open(file: File): Promise<void> {
    this.#clear();
    const { signal } = (this.#reading = new AbortController());
    this.#drop.say(`Reading “${file.name}”…`);
    try {
      const start = (): Worker => new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "sotto signal" });
      this.#useTable(await offload(start, file, signal));
      this.#drop.say(`“${file.name}” was read in this page.`);
    } catch (error) {
      if (signal.aborted) return;
      this.#clear();
      this.#drop.refuse(file.name, error instanceof Error ? error.message : String(error));
    }
  }

  /** Takes the likeliest column, and offers the others. */
  #useTable(table: Table): void {
    const { time, signals } = signalColumns(table);
    const use = (index: number): void => {
      const series = toSeries(table, time, signals[index]!, this.input);
      checkLength(series.values, this.input);
      this.#useSeries(series);
    };
    use(0);
    if (signals.length === 1) return;
    const select = h(
      "select",
      { id: "signal-column" },
      ...signals.map(({ name }, i) => h("option", { value: i }, name)),
    );
    select.addEventListener("change", () => use(Number(select.value)));
    this.#controls.unshift(select);
    this.#column.replaceChildren(h("label", { for: "signal-column" }, "Column of the signal"), select);
  }

  /** Shows the whole signal with a slider for the part that is used, when it is longer than that. */
  #useSeries({ values, steps }: Series): void {
    const { length, sample_rate, unit } = this.input;
    this.#controls = this.#controls.filter((control) => control instanceof HTMLSelectElement);
    const take = (start: number): void => {
      const part = values.slice(start, start + length);
      this.#show(part, [...steps, windowWords(values, start, this.input)]);
    };
    const start = defaultStart(values, this.input);
    if (values.length === length) {
      this.#window.replaceChildren();
      return take(0);
    }
    const last = values.length - length;
    const slider = h("input", { type: "range", id: "signal-start", min: 0, max: last, step: 1, value: start });
    const place = h("div", { class: "overview" });
    const draw = (at: number): void => {
      slider.setAttribute("aria-valuetext", `from ${real((1000 * at) / sample_rate, 4)} milliseconds on`);
      const label = `The whole signal, ${values.length} values; the part from ${at + 1} to ${at + length} is used`;
      place.replaceChildren(plot({ label, values, sampleRate: sample_rate, unit, window: { start: at, length }, low: true }));
    };
    slider.addEventListener("input", () => {
      draw(Number(slider.value));
      take(Number(slider.value));
    });
    this.#controls.push(slider);
    this.#window.replaceChildren(h("label", { for: "signal-start" }, `Which ${length} values the model reads`), place, slider);
    draw(start);
    take(start);
  }

  #show(values: number[], steps: string[]): void {
    const problem = outOfRange(values, this.input);
    this.#problem.textContent = problem ?? "";
    this.#set(problem ? null : values);
    const { sample_rate, unit, marker, label, length } = this.input;
    const named = `${label}: ${length} values in ${unit} over ${real((1000 * (length - 1)) / sample_rate, 3)} milliseconds`;
    this.#shown.replaceChildren(
      h("figure", {}, plot({ label: named, values, sampleRate: sample_rate, unit, marker }), h("figcaption", {}, `What the model reads: ${length} values`)),
      h("ol", { class: "steps", "aria-label": "How the file becomes what the model reads" }, ...steps.map(step)),
    );
  }

  #set(values: number[] | null): void {
    this.#values = values;
    this.#chips.show(this.sample());
    this.events.changed();
  }
}
