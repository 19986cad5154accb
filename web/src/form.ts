/** The form for one model: fields in groups, samples to load, messages next to the field. */

import { type Card, type Field, groupFields, matchingSample, type Sample } from "./card";
import { h } from "./dom";
import { entry, real } from "./format";
import type { Content, InputEvents, InputView } from "./inputview";
import { SampleChips } from "./samples";
import { checkEntry, range } from "./validate";
import { t } from "./texts/texts";

interface Control {
  field: Field;
  input: HTMLInputElement | HTMLSelectElement;
  error: HTMLElement;
  /** Whether a message is shown, which then follows every key stroke. */
  judged: boolean;
}

export class MeasurementForm implements InputView {
  readonly element: HTMLElement;
  readonly title = t.form.title;
  readonly incomplete = t.form.incomplete;
  readonly #controls: Control[] = [];
  readonly #chips: SampleChips | null;
  readonly #help = h("p", { class: "field-help", "aria-hidden": "true" });

  constructor(
    private readonly card: Card,
    private readonly fields: Field[],
    private readonly events: InputEvents,
  ) {
    const groups = groupFields(fields);
    const grid = h("div", { class: `groups groups-${Math.min(groups.length, 3)}` });
    for (const group of groups) {
      const list = h("div", { class: "fields" });
      for (const { index, label } of group.fields) list.append(this.#control(index, label, group.title));
      const legend = h("legend", { class: group.title ? null : "visually-hidden" }, group.title ?? t.form.measurements);
      grid.append(h("fieldset", {}, legend, list));
    }
    this.#chips = this.#samples();
    this.element = h("div", { class: "measurements" }, this.#chips?.element, grid, this.#help);
    this.#help.hidden = true;
    this.element.addEventListener("focusout", () => (this.#help.hidden = true));
  }

  /** Replaces the entries, of which nothing is said yet; those that are not given become empty. */
  #load(entries: string[]): void {
    this.#controls.forEach((control, i) => {
      control.input.value = entries[i] ?? "";
      control.judged = false;
      this.#say(control, null);
    });
    this.#changed();
  }

  /** The values when all are valid; otherwise shows what is wrong, moves the focus there and gives `null`. */
  read(): number[] | null {
    const controls = this.#controls;
    const values: number[] = [];
    let first: Control | null = null;
    for (const control of controls) {
      control.judged = true;
      const checked = this.#judge(control);
      if (checked === null) first ??= control;
      else values.push(checked);
    }
    first?.input.focus();
    return first ? null : values;
  }

  values(): number[] | null {
    const values = this.#controls.map(({ field, input }) => {
      const checked = checkEntry(field, input.value);
      return checked.ok ? checked.value : Number.NaN;
    });
    return values.some(Number.isNaN) ? null : values;
  }

  content(): Content | null {
    const entries = this.#controls.map(({ input }) => input.value);
    return entries.some((entry) => entry !== "") ? { entries } : null;
  }

  fill(content: Content | null): void {
    if (content && !("entries" in content)) return;
    this.#load(content?.entries ?? []);
  }

  /** The shipped sample that the form holds unchanged. */
  sample(): Sample | null {
    const values = this.values();
    return values && matchingSample(this.card, values);
  }

  warnings(): string[] {
    return [];
  }

  /** Locks or unlocks all entries while an inference runs. */
  lock(locked: boolean): void {
    for (const { input } of this.#controls) {
      if (input instanceof HTMLInputElement) input.readOnly = locked;
      else input.disabled = locked;
    }
    this.#chips?.lock(locked);
  }

  #samples(): SampleChips | null {
    const { samples } = this.card;
    if (samples.length === 0) return null;
    return new SampleChips({
      title: t.form.samples,
      samples,
      load: ({ values }) => this.#load(values.map(entry)),
      clear: () => this.#load([]),
    });
  }

  #control(index: number, label: string, group: string | null): HTMLElement {
    const field = this.fields[index]!;
    const id = `field-${index}`;
    const described = `${id}-hint ${id}-error`;
    const input = field.choices.length > 0 ? choice(field, id, described) : textbox(field, id, described);
    const error = h("p", { id: `${id}-error`, class: "field-error" });
    const control: Control = { field, input, error, judged: false };
    this.#controls[index] = control;
    input.addEventListener("input", () => {
      if (control.judged) this.#judge(control);
      this.#changed();
    });
    input.addEventListener("change", () => {
      control.judged = input.value.trim() !== "";
      if (control.judged) this.#judge(control);
      else this.#say(control, null);
    });
    input.addEventListener("focus", () => this.#explain(field));
    return h(
      "div",
      { class: "field" },
      h("label", { for: id }, group ? h("span", { class: "visually-hidden" }, `${group}: `) : null, label),
      input,
      h(
        "p",
        { id: `${id}-hint`, class: "hint" },
        field.choices.length > 0 ? null : `${range(field)} ${field.unit}`,
        field.help ? h("span", { class: "visually-hidden" }, ` ${field.help}`) : null,
      ),
      error,
    );
  }

  #changed(): void {
    this.#chips?.show(this.sample());
    this.events.changed();
  }

  #judge(control: Control): number | null {
    const checked = checkEntry(control.field, control.input.value);
    this.#say(control, checked.ok ? null : checked.message);
    return checked.ok ? checked.value : null;
  }

  #say(control: Control, message: string | null): void {
    control.error.textContent = message ?? "";
    if (message) control.input.setAttribute("aria-invalid", "true");
    else control.input.removeAttribute("aria-invalid");
  }

  #explain(field: Field): void {
    this.#help.hidden = field.help === "";
    this.#help.replaceChildren(h("strong", {}, field.label), ` ${field.help}`);
  }
}

function textbox(field: Field, id: string, described: string): HTMLInputElement {
  return h("input", {
    id,
    name: field.name,
    type: "text",
    inputmode: field.min < 0 ? "text" : "decimal",
    autocomplete: "off",
    spellcheck: "false",
    required: true,
    placeholder: t.form.example(real(field.example, 4)),
    "aria-describedby": described,
  });
}

function choice(field: Field, id: string, described: string): HTMLSelectElement {
  return h(
    "select",
    { id, name: field.name, required: true, autocomplete: "off", "aria-describedby": described },
    h("option", { value: "" }, t.form.choose),
    ...field.choices.map((option) => h("option", { value: option.value }, option.label)),
  );
}
