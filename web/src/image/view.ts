/** Choosing a picture: a shipped sample or a file, and what becomes of it on the way to the model. */

import type { Model } from "../api";
import { type ImageInput, matchingSample, type Sample } from "../card";
import { h } from "../dom";
import { Dropzone } from "../dropzone";
import { HowRead } from "../howread";
import type { Content, InputEvents, InputView } from "../inputview";
import { SampleChips } from "../samples";
import { cropPreview, levelsCanvas } from "./canvas";
import { FrameControls, WindowControls } from "./controls";
import { convertFile } from "./convert";
import { levelsOf } from "./levels";
import type { Converted } from "./protocol";
import { pictureWarnings } from "./reading";
import type { Window } from "./window";
import { t } from "../texts/texts";

export class PictureInput implements InputView {
  readonly element: HTMLElement;
  readonly title = t.image.title;
  readonly #chips: SampleChips;
  readonly #drop: Dropzone;
  readonly #shown = h("div", { class: "picture" });
  /** Parts of what is shown: the controls stay while the picture beside them changes. */
  readonly #pair = h("div", { class: "picture-pair" });
  readonly #how = new HowRead(t.image.howRead);
  readonly #window = new WindowControls((window) => this.#begin(this.#adjust(window)));
  readonly #frames = new FrameControls((frame) => this.#begin(this.#turnTo(frame)));
  #file: File | null = null;
  /** How the file is read: which of its pictures, and in which window in place of its own. */
  #frame = 0;
  #chosen: Window | null = null;
  #values: number[] | null = null;
  #warnings: string[] = [];
  /** A file that takes its time must not replace a later choice. */
  #reading: AbortController | null = null;
  #busy = false;
  /** The latest reading of a file. */
  #pending: Promise<void> | null = null;

  constructor(
    private readonly model: Model,
    private readonly input: ImageInput,
    private readonly events: InputEvents,
  ) {
    this.#chips = new SampleChips({
      title: t.image.samples,
      samples: model.card.samples,
      load: (sample) => this.#load(sample),
      clear: () => this.#clear(),
      icon: ({ values }) => levelsCanvas(levelsOf(values, input), null),
    });
    this.#drop = new Dropzone({
      id: "picture-file",
      what: t.image.what,
      accept: ".png,.jpg,.jpeg,.dcm,.dicom,image/png,image/jpeg,application/dicom",
      hint: t.image.hint,
      // What a model of colours reads may stand in front of the person; what one of grey levels reads comes from a device.
      camera: input.channels === 3,
      several: true,
      chosen: (file, others) => (others.length > 0 ? this.events.several([file, ...others]) : this.#begin(this.#open(file))),
    });
    const about = input.help ? h("p", { class: "input-help" }, h("strong", {}, `${input.label}. `), input.help) : null;
    this.element = h("div", { class: "picture-input" }, about, this.#chips.element, this.#drop.element, this.#shown);
  }

  get incomplete(): string {
    return this.#busy ? t.image.busy : t.image.missing;
  }

  read(): number[] | null {
    if (!this.#values) this.#drop.focus();
    return this.#values;
  }

  values(): number[] | null {
    return this.#values;
  }

  pending(): Promise<void> | null {
    return this.#busy ? this.#pending : null;
  }

  sample(): Sample | null {
    return this.#values && matchingSample(this.model.card, this.#values);
  }

  warnings(): string[] {
    return this.#warnings;
  }

  lock(locked: boolean): void {
    this.#chips.lock(locked);
    this.#drop.lock(locked);
    this.#window.lock(locked);
    this.#frames.lock(locked);
  }

  content(): Content | null {
    if (this.#file) return { files: [this.#file] };
    const sample = this.sample();
    return sample && { sample: sample.name };
  }

  fill(content: Content | null): void {
    if (!content) return this.#clear();
    if ("files" in content) return this.#begin(this.#open(content.files[0]!));
    const sample = "sample" in content && this.model.card.samples.find(({ name }) => name === content.sample);
    if (sample) this.#load(sample);
  }

  #load(sample: Sample): void {
    this.#clear();
    const { width, height, channels } = this.input;
    const size = `${width} × ${height}`;
    const steps = [t.image.isSample(sample.name, channels === 1 ? t.image.greySample(size) : t.image.colour(size))];
    this.#show(sample.values, null, steps, []);
  }

  #clear(): void {
    this.#reading?.abort();
    this.#busy = false;
    this.#file = null;
    [this.#frame, this.#chosen] = [0, null];
    this.#drop.say("");
    this.#warnings = [];
    this.#set(null);
    this.#shown.replaceChildren();
  }

  #begin(reading: Promise<void>): void {
    this.#pending = reading;
  }

  async #open(file: File): Promise<void> {
    this.#clear();
    this.#drop.say(t.form.file.reading(file.name));
    const converted = await this.#convert(file);
    if (!converted) return;
    this.#file = file;
    this.#frames.open(converted.frames);
    this.#drop.say(t.form.file.read(file.name));
    if (converted.scale) this.#window.open(converted.scale);
    this.#present(converted);
  }

  /** Reads the file again, with another window. */
  async #adjust(window: Window | null): Promise<void> {
    this.#chosen = window;
    await this.#again();
  }

  /** Reads another of its pictures. */
  async #turnTo(frame: number): Promise<void> {
    this.#frame = frame;
    await this.#again();
  }

  async #again(): Promise<void> {
    if (!this.#file) return;
    this.#set(null);
    const converted = await this.#convert(this.#file);
    if (converted) this.#present(converted);
  }

  /** `null` when something else was chosen meanwhile, or when the file cannot be used, which is then said. */
  async #convert(file: File): Promise<Converted | null> {
    this.#reading?.abort();
    const { signal } = (this.#reading = new AbortController());
    this.#busy = true;
    try {
      const [window, frame] = [this.#chosen, this.#frame];
      return await convertFile({ file, description: this.model.json, input: this.input, window, frame }, signal);
    } catch (error) {
      if (signal.aborted) return null;
      const why = error instanceof Error ? error.message : String(error);
      const adjusted = this.#file === file;
      if (!adjusted) this.#drop.refuse(file.name, why);
      this.#warnings = adjusted ? [why] : [];
      this.events.changed();
      return null;
    } finally {
      if (!signal.aborted) this.#busy = false;
    }
  }

  #present(converted: Converted): void {
    const { values, steps, scale } = converted;
    this.#show(values, cropPreview(converted), steps, pictureWarnings(this.model, converted));
    if (scale && !this.#window.element.parentNode) this.#pair.after(this.#window.element);
    if (converted.frames > 1 && !this.#frames.element.parentNode) this.#pair.before(this.#frames.element);
  }

  #show(values: number[], preview: HTMLElement | null, steps: string[], warnings: string[]): void {
    this.#warnings = warnings;
    this.#set(values);
    const { width, height, channels } = this.input;
    const size = `${width} × ${height}`;
    const reads = t.image.reads(channels === 1 ? t.image.grey(size) : t.image.colour(size));
    this.#pair.replaceChildren(
      ...(preview ? [h("figure", {}, preview, h("figcaption", {}, t.image.part))] : []),
      h("figure", {}, levelsCanvas(levelsOf(values, this.input), reads), h("figcaption", {}, reads)),
    );
    this.#how.show(steps);
    if (!this.#pair.parentNode) this.#shown.replaceChildren(this.#pair, this.#how.element);
  }

  #set(values: number[] | null): void {
    this.#values = values;
    this.#chips.show(this.sample());
    this.events.changed();
  }
}
