/** Choosing a picture: a shipped sample or a file, and what becomes of it on the way to the model. */

import { type Card, type ImageInput, matchingSample, type Sample } from "../card";
import { h } from "../dom";
import { Dropzone } from "../dropzone";
import type { InputEvents, InputView } from "../input";
import { SampleChips } from "../samples";
import { step } from "../wording";
import { cropPreview, levelsCanvas } from "./canvas";
import { convertFile } from "./convert";

export class PictureInput implements InputView {
  readonly element: HTMLElement;
  readonly title = "Choose a picture";
  readonly incomplete = "There is no picture yet: choose a sample or a file.";
  readonly #chips: SampleChips;
  readonly #drop: Dropzone;
  readonly #shown = h("div", { class: "picture" });
  #values: number[] | null = null;
  /** A file that takes its time must not replace a later choice. */
  #reading: AbortController | null = null;

  constructor(
    private readonly card: Card,
    private readonly input: ImageInput,
    private readonly events: InputEvents,
  ) {
    const { width, height } = input;
    this.#chips = new SampleChips({
      title: "Try a sample:",
      samples: card.samples,
      load: (sample) => this.#load(sample),
      clear: () => this.#clear(),
      icon: ({ values }) => levelsCanvas(values, width, height, null),
    });
    this.#drop = new Dropzone({
      id: "picture-file",
      what: "a picture",
      accept: ".png,.jpg,.jpeg,.dcm,.dicom,image/png,image/jpeg,application/dicom",
      hint: "PNG, JPEG or DICOM, up to 64\u00a0MB and 40\u00a0million pixels.",
      chosen: (file) => void this.#open(file),
    });
    const about = input.help ? h("p", { class: "input-help" }, h("strong", {}, `${input.label}. `), input.help) : null;
    this.element = h("div", { class: "picture-input" }, about, this.#chips.element, this.#drop.element, this.#shown);
  }

  read(): number[] | null {
    if (!this.#values) this.#drop.focus();
    return this.#values;
  }

  values(): number[] | null {
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
  }

  #load(sample: Sample): void {
    this.#clear();
    const { width, height } = this.input;
    const steps = [`The sample “${sample.name}” is made of ${width} × ${height} whole grey levels: nothing is converted.`];
    this.#show(sample.values, null, steps);
  }

  #clear(): void {
    this.#reading?.abort();
    this.#drop.say("");
    this.#set(null);
    this.#shown.replaceChildren();
  }

  async #open(file: File): Promise<void> {
    this.#clear();
    const { signal } = (this.#reading = new AbortController());
    this.#drop.say(`Reading “${file.name}”…`);
    try {
      const { width, height } = this.input;
      const converted = await convertFile({ file, width, height }, signal);
      this.#drop.say(`“${file.name}” was read in this page.`);
      this.#show(converted.values, cropPreview(converted), converted.steps);
    } catch (error) {
      if (!signal.aborted) this.#drop.refuse(file.name, error instanceof Error ? error.message : String(error));
    }
  }

  #show(values: number[], preview: HTMLElement | null, steps: string[]): void {
    this.#set(values);
    const { width, height } = this.input;
    const label = `What the model reads: ${width} × ${height} grey levels`;
    this.#shown.replaceChildren(
      h(
        "div",
        { class: "picture-pair" },
        preview ? h("figure", {}, preview, h("figcaption", {}, "Your picture, and the part that is used")) : null,
        h("figure", {}, levelsCanvas(values, width, height, label), h("figcaption", {}, `What the model reads: ${width} × ${height} grey levels`)),
      ),
      h("ol", { class: "steps", "aria-label": "How the picture becomes what the model reads" }, ...steps.map(step)),
    );
  }

  #set(values: number[] | null): void {
    this.#values = values;
    this.#chips.show(this.sample());
    this.events.changed();
  }
}
