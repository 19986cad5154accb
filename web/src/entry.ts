/** The step at which a person says what the model shall read: the input's view, what is kept of it, and where the model comes from. */

import { overflowWords } from "./accuracy";
import type { Model } from "./api";
import { h } from "./dom";
import { foldedRow, setFolded } from "./fold";
import { languageName } from "./format";
import { createInput } from "./input";
import type { Content, InputView } from "./inputview";
import { type Item, itemsOf, MOST } from "./items";
import { keep, kept } from "./kept";
import { isForeign } from "./language";
import { address } from "./route";
import { hasBeats } from "./signal/window";
import { numbersOf, rowsOf } from "./table";
import { t } from "./texts/texts";

export class Entry {
  readonly element: HTMLElement;
  readonly form: InputView;
  readonly heading: HTMLElement;
  /** Several inputs in place of one. */
  items: Item[] | null = null;
  readonly #several = h("div", { class: "several-chosen", hidden: true });
  readonly #kept = h("p", { class: "caption kept", role: "status" });

  constructor(
    private readonly model: Model,
    private readonly events: { changed(): void },
  ) {
    const { card } = model;
    const changed = (): void => {
      void this.#keep();
      events.changed();
    };
    this.form = createInput(model, { changed, several: (files) => void this.take(files, null) });
    this.heading = h("h2", { id: "entry-title", tabindex: -1 }, h("span", { class: "step", "aria-hidden": "true" }, "2"), this.form.title);
    this.element = h(
      "section",
      { class: "card entry-card", "aria-labelledby": "entry-title" },
      this.heading,
      h("p", { class: "lead-in", lang: card.language }, card.description),
      isForeign(card.language) ? h("p", { class: "caption foreign" }, t.page.foreign.model(languageName(card.language))) : null,
      this.#several,
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
    setFolded(this.element, on ? foldedRow(t.run.entered, this.summary(), href, t.run.changeEntries) : null);
  }

  /** Takes files, or text with a number for each field, or several of either; resolves to `false` when there is no place for them. */
  async take(files: File[], text: string | null): Promise<boolean> {
    const { input } = this.model.card;
    const table = text ?? (input.kind === "fields" ? ((await files[0]?.text()) ?? null) : null);
    const items = itemsOf(this.model, files, table);
    if (items) {
      this.#choose(items);
      return true;
    }
    const content = this.#contentOf(files, table);
    if (!content) return false;
    this.#choose(null);
    this.form.fill(content);
    return true;
  }

  /** Shows several inputs in place of the form, or the form again. */
  #choose(items: Item[] | null): void {
    if (items === this.items) return;
    const fits = items === null || items.length <= MOST;
    this.items = fits ? items : null;
    this.form.element.hidden = this.items !== null;
    this.#several.hidden = items === null;
    const forget = h("button", { type: "button", class: "button-quiet" }, t.batch.forget);
    forget.addEventListener("click", () => this.#choose(null));
    const names = this.items?.map(({ name }) => h("li", {}, name)) ?? [];
    const words = items === null ? "" : fits ? t.batch.chosen(items.length) : t.batch.tooMany(items.length, MOST);
    const { input } = this.model.card;
    const rule = this.items && input.kind === "signal" ? h("p", {}, hasBeats(input) ? t.batch.beat : t.batch.part) : null;
    this.#several.replaceChildren(rule ?? "", h("p", { role: "status" }, words), h("ol", {}, ...names), forget);
    this.events.changed();
  }

  #contentOf(files: File[], text: string | null): Content | null {
    const { input } = this.model.card;
    if (input.kind !== "fields") return files.length > 0 ? { files } : null;
    if (text === null) return null;
    const numbers = numbersOf(text);
    if (numbers.length === input.fields.length) return { entries: numbers };
    const [row] = rowsOf(text, input.fields.map(({ name }) => name)) ?? [];
    return row ? { entries: row.entries } : null;
  }

  /** Nothing is entered any more. */
  clear(): void {
    this.#choose(null);
    this.form.fill(null);
  }

  /** What was entered, in a word. */
  summary(): string {
    if (this.items) return t.batch.summary(this.items.length);
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
