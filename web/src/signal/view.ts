/**
 * Choosing a signal: a shipped sample or a table of numbers, what the file leaves open, and which part the model reads.
 */

import type { Model } from "../api";
import { type Card, matchingSample, type Sample, type SignalInput } from "../card";
import { h } from "../dom";
import { Dropzone } from "../dropzone";
import { real } from "../format";
import { HowRead } from "../howread";
import type { Content, InputEvents, InputView } from "../inputview";
import { SampleChips } from "../samples";
import { AllBeats } from "./all";
import type { Prepared } from "./compute";
import { PartChoice } from "./part";
import type { Peak } from "./peaks";
import { plot, sparkline } from "./plot";
import { QuestionPanel } from "./questions";
import type { Recording, SignalColumn } from "./recording";
import { asksOf, firstColumn, prepareColumn, readFiles, recordingsOf } from "./reading";
import { answered, checkFlat, type Questions } from "./series";
import { signalWarnings } from "./warnings";
import { defaultStart, markOf, partProblem, peaksThatFit, windowWords } from "./window";
import { t } from "../texts/texts";

export class SignalView implements InputView {
  readonly element: HTMLElement;
  readonly title = t.signal.title;
  readonly #chips: SampleChips;
  readonly #drop: Dropzone;
  readonly #columnPlace = h("div", { class: "column-choice" });
  readonly #questions = new QuestionPanel(() => this.#start());
  readonly #part: PartChoice;
  readonly #all: AllBeats;
  readonly #shown = h("div", { class: "signal-shown" });
  readonly #how = new HowRead(t.signal.howRead);
  readonly #problem = h("p", { class: "field-error", role: "alert" });
  #files: File[] = [];
  /** What is computed of the file. */
  #pending: Promise<void> | null = null;
  #select: HTMLSelectElement | null = null;
  #file: { name: string; recording: Recording; column: SignalColumn; asked: Questions } | null = null;
  #values: number[] | null = null;
  #warnings: string[] = [];
  /** A file that takes its time must not replace a later choice. */
  #reading: AbortController | null = null;
  /** Neither must what was chosen of it before. */
  #computing: AbortController | null = null;

  private readonly card: Card;

  constructor(
    model: Model,
    private readonly input: SignalInput,
    private readonly events: InputEvents,
  ) {
    const { card } = model;
    this.card = card;
    this.#chips = new SampleChips({
      title: t.signal.samples,
      samples: card.samples,
      load: (sample) => this.#load(sample),
      clear: () => this.#clear(),
      icon: ({ values }) => sparkline(values),
    });
    this.#drop = new Dropzone({
      id: "signal-file",
      what: t.signal.what,
      accept: ".csv,.tsv,.txt,.edf,.bdf,.hea,.dat,.dcm,.dicom,text/csv,text/plain,application/dicom",
      several: true,
      hint: t.signal.hint,
      chosen: (file, others) => {
        const files = [file, ...others];
        if (recordingsOf(files).length > 1) this.events.several(files);
        else void this.#open(file, others);
      },
    });
    this.#part = new PartChoice(input);
    this.#all = new AllBeats(model, input, (index) => this.#part.choose(index), (letters) => this.#part.name(letters));
    const about = input.help ? h("p", { class: "input-help" }, h("strong", {}, `${input.label}. `), input.help) : null;
    this.element = h(
      "div",
      { class: "signal-input" },
      about,
      this.#chips.element,
      this.#drop.element,
      this.#columnPlace,
      this.#questions.element,
      this.#part.element,
      this.#problem,
      this.#shown,
      this.#all.element,
    );
  }

  get incomplete(): string {
    if (this.#problem.textContent) return t.signal.partUnusable;
    if (this.#file && !answered(this.#file.asked, this.#questions.answers))
      return t.signal.open;
    return t.signal.missing;
  }

  read(): number[] | null {
    if (!this.#values && !this.#questions.focusMissing() && !this.#part.focus()) (this.#select ?? this.#drop).focus();
    return this.#values;
  }

  values(): number[] | null {
    return this.#values;
  }

  sample(): Sample | null {
    return this.#values && matchingSample(this.card, this.#values);
  }

  warnings(): string[] {
    return this.#warnings;
  }

  lock(locked: boolean): void {
    this.#chips.lock(locked);
    this.#drop.lock(locked);
    this.#part.lock(locked);
    this.#all.lock(locked);
    for (const control of [...this.#questions.controls, ...(this.#select ? [this.#select] : [])])
      control.disabled = locked;
  }

  content(): Content | null {
    if (this.#files.length > 0) return { files: this.#files };
    const sample = this.sample();
    return sample && { sample: sample.name };
  }

  fill(content: Content | null): void {
    if (!content) return this.#clear();
    if ("files" in content) return void this.#open(content.files[0]!, content.files.slice(1));
    const sample = "sample" in content && this.card.samples.find(({ name }) => name === content.sample);
    if (sample) this.#load(sample);
  }

  leave(): void {
    this.#all.stop();
  }

  #load(sample: Sample): void {
    this.#clear();
    this.#show(
      sample.values,
      [],
      [t.signal.isSample(sample.name, sample.values.length)],
      [],
    );
  }

  #clear(): void {
    this.#reading?.abort();
    this.#computing?.abort();
    this.#drop.say("");
    this.#file = null;
    this.#files = [];
    this.#select = null;
    this.#columnPlace.replaceChildren();
    this.#questions.reset();
    this.#empty();
  }

  /** Nothing to read, until something else is chosen or said. */
  #empty(): void {
    this.#part.clear();
    this.#all.clear();
    this.#problem.replaceChildren();
    this.#shown.replaceChildren();
    this.#set(null, []);
  }

  async #open(file: File, others: File[]): Promise<void> {
    this.#clear();
    const reading = (this.#reading = new AbortController());
    this.#drop.say(t.form.file.reading(file.name));
    try {
      const recording = await readFiles([file, ...others], reading.signal);
      this.#files = [file, ...others];
      this.#use(file.name, recording);
    } catch (error) {
      if (reading.signal.aborted) return;
      this.#clear();
      this.#drop.refuse(file.name, error instanceof Error ? error.message : String(error));
    }
  }

  /** Begins with the model's own lead, or the likeliest column, and offers the others. */
  #use(name: string, recording: Recording): void {
    const { columns } = recording;
    const first = firstColumn(columns, this.card.domain?.leads ?? []);
    const take = (column: SignalColumn): void => {
      const asked = asksOf(recording, column, this.input);
      this.#file = { name, recording, column, asked };
      this.#questions.ask(asked);
      this.#start();
    };
    if (columns.length > 1) {
      const select = h(
        "select",
        { id: "signal-column" },
        ...columns.map((column, i) => h("option", { value: i }, column.name)),
      );
      select.value = String(first);
      select.addEventListener("change", () => take(columns[Number(select.value)]!));
      this.#select = select;
      this.#columnPlace.replaceChildren(h("label", { for: "signal-column" }, t.signal.column), select);
    }
    take(columns[first]!);
  }

  pending(): Promise<void> | null {
    return this.#pending;
  }

  #start(): void {
    const computing: Promise<void> = this.#compute().finally(() => {
      if (this.#pending === computing) this.#pending = null;
    });
    this.#pending = computing;
  }

  /** Converts the chosen column as far as everything about it is known. */
  async #compute(): Promise<void> {
    if (!this.#file) return;
    const { name, recording, column, asked } = this.#file;
    const { answers } = this.#questions;
    this.#computing?.abort();
    const { signal } = (this.#computing = new AbortController());
    this.#empty();
    try {
      checkFlat(column);
      if (!answered(asked, answers)) {
        this.#drop.say(t.signal.leavesOpen(name));
        return;
      }
      this.#drop.say(t.signal.preparing(name));
      const prepared = await prepareColumn(recording, column, { asked, answers, input: this.input }, signal);
      if (!signal.aborted) this.#offer(name, column, prepared);
    } catch (error) {
      if (signal.aborted) return;
      this.#drop.refuse(name, error instanceof Error ? error.message : String(error));
    }
  }

  #offer(name: string, column: SignalColumn, { series, peaks, quality }: Prepared): void {
    const { values } = series;
    this.#drop.say(t.form.file.read(name));
    const byDefault = defaultStart(values, peaks, this.input);
    const mark = markOf(this.input);
    const places = peaksThatFit(values, peaks, this.input).map(({ index }) => index - mark);
    this.#part.show(values, peaks, (start) => {
      const part = Array.from(values.subarray(start, start + this.input.length));
      const inside = peaks
        .map((peak) => ({ ...peak, index: peak.index - start }))
        .filter(({ index }) => index >= 0 && index < part.length);
      const warnings = signalWarnings({ column, series, quality, peaks, start }, this.input, this.card.domain);
      this.#all.chosen(start);
      this.#show(part, inside, [...series.steps, windowWords(values, start, peaks, this.input, byDefault)], warnings);
    });
    this.#all.show(values, places, mark);
  }

  #show(values: number[], peaks: Peak[], steps: string[], warnings: string[]): void {
    const problem = partProblem(values, this.input);
    this.#how.show(steps);
    this.#problem.textContent = problem ?? "";
    this.#set(problem ? null : values, problem ? [] : warnings);
    const { sample_rate, unit, marker, label, length } = this.input;
    const named = t.signal.drawing(label, length, unit, real((1000 * (length - 1)) / sample_rate, 3));
    const drawing = plot({
      label: named,
      values,
      sampleRate: sample_rate,
      unit,
      marker,
      peaks: peaks.map(({ index }) => index),
    });
    this.#shown.replaceChildren(
      h("figure", {}, drawing, h("figcaption", {}, t.signal.reads(length) + t.signal.dots(peaks.length))),
      this.#how.element,
    );
  }

  #set(values: number[] | null, warnings: string[]): void {
    this.#values = values;
    this.#warnings = warnings;
    this.#chips.show(this.sample());
    this.events.changed();
  }
}
