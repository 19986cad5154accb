/** The step at which a person says what the model shall read: the input's view, what is kept of it, and where the model comes from. */

import { overflowWords } from "./accuracy";
import type { Model } from "./api";
import { h } from "./dom";
import { foldedRow, setFolded } from "./fold";
import { createInput } from "./input";
import type { Content, InputEvents, InputView } from "./inputview";
import { keep, kept } from "./kept";
import { address } from "./route";
import { numbersOf } from "./table";
import { t } from "./texts/texts";

export class Entry {
  readonly element: HTMLElement;
  readonly form: InputView;
  readonly heading: HTMLElement;
  readonly #kept = h("p", { class: "caption kept", role: "status" });

  constructor(
    private readonly model: Model,
    events: InputEvents,
  ) {
    const { card } = model;
    const changed = (): void => {
      void this.#keep();
      events.changed();
    };
    this.form = createInput(model, { changed });
    this.heading = h("h2", { id: "entry-title", tabindex: -1 }, h("span", { class: "step", "aria-hidden": "true" }, "2"), this.form.title);
    this.element = h(
      "section",
      { class: "card entry-card", "aria-labelledby": "entry-title" },
      this.heading,
      h("p", { class: "lead-in", lang: card.language }, card.description),
      this.form.element,
      this.#kept,
      this.#sources(),
    );
  }

  /** Fills in what this tab has kept of before. */
  restore(): void {
    const before = kept(this.model.id);
    if (before) this.form.fill(before);
  }

  /** Folds to what was entered, or opens. */
  fold(on: boolean): void {
    const href = address({ model: this.model.id, result: false });
    setFolded(this.element, on ? foldedRow(t.run.entered, this.#summary(), href, t.run.changeEntries) : null);
  }

  /** Takes files, or text with a number for each field; `false` when there is no place for them. */
  take(files: File[], text: string | null): boolean {
    const content = this.#contentOf(files, text);
    if (content) this.form.fill(content);
    return content !== null;
  }

  #contentOf(files: File[], text: string | null): Content | null {
    const { input } = this.model.card;
    if (input.kind !== "fields") return files.length > 0 ? { files } : null;
    const numbers = text === null ? [] : numbersOf(text);
    return numbers.length === input.fields.length ? { entries: numbers } : null;
  }

  #summary(): string {
    const sample = this.form.sample();
    if (sample) return sample.name;
    const content = this.form.content();
    if (content && "files" in content) return content.files.map(({ name }) => name).join(", ");
    const { input } = this.model.card;
    return input.kind === "fields" ? t.run.values(input.fields.length) : "";
  }

  async #keep(): Promise<void> {
    const all = await keep(this.model.id, this.form.content());
    this.#kept.textContent = all ? "" : t.form.notKept;
  }

  #sources(): HTMLElement {
    const { provenance, licence, overflow, language } = this.model.card;
    const summary = h("summary", {}, t.run.sources);
    const limits = overflow ? h("p", { "data-overflow": overflow.rule }, overflowWords(overflow)) : null;
    return h("details", { class: "sources" }, summary, h("p", { lang: language }, provenance), h("p", { lang: language }, licence), limits);
  }
}
