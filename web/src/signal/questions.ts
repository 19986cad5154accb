/**
 * Asks what a file does not tell: its rate, and the unit of its values. Nothing is taken for granted until it is said.
 */

import { h } from "../dom";
import { real } from "../format";
import { type Answers, answered, needsGain, type Questions } from "./series";
import { t } from "../texts/texts";

type Numeric = "rate" | "perMillivolt" | "zero";

export class QuestionPanel {
  readonly element = h("div", { class: "questions-place" });
  #controls: (HTMLInputElement | HTMLSelectElement | HTMLButtonElement)[] = [];
  #asked: Questions = { rate: null, unit: null };
  #answers: Answers = noAnswers();

  constructor(private readonly changed: () => void) {}

  get answers(): Answers {
    return this.#answers;
  }

  get controls(): (HTMLInputElement | HTMLSelectElement | HTMLButtonElement)[] {
    return this.#controls;
  }

  /** Another file: what was said about the one before is forgotten. */
  reset(): void {
    this.#answers = noAnswers();
    this.ask({ rate: null, unit: null });
  }

  /** Shows what is asked; answers that were given stay. */
  ask(asked: Questions): void {
    this.#asked = asked;
    this.#controls = [];
    const parts = [asked.rate && this.#rate(asked.rate), asked.unit && this.#unit(asked.unit)].filter(
      (part) => part !== null,
    );
    if (parts.length === 0) return this.element.replaceChildren();
    const legend = h("legend", {}, t.signal.questions.title);
    this.element.replaceChildren(h("fieldset", { class: "questions" }, legend, ...parts));
  }

  /** Puts the focus where an answer is missing; `false` where none is. */
  focusMissing(): boolean {
    if (answered(this.#asked, this.#answers)) return false;
    this.#controls.find((control) => !(control instanceof HTMLButtonElement) && control.value === "")?.focus();
    return true;
  }

  #rate({ why, hints }: NonNullable<Questions["rate"]>): HTMLElement {
    const input = this.#number("rate", "signal-rate", (value) => value > 0, t.signal.questions.positive(360));
    const chips = hints.map(({ rate, where }) => {
      const chip = h("button", { type: "button", class: "chip" }, t.signal.questions.from(real(rate), where));
      chip.addEventListener("click", () => {
        input.field.value = String(rate);
        input.field.dispatchEvent(new Event("change"));
      });
      this.#controls.push(chip);
      return chip;
    });
    return question(t.signal.questions.rate, input, why, chips.length > 0 ? h("div", { class: "chips" }, ...chips) : null);
  }

  #unit({ why, choices }: NonNullable<Questions["unit"]>): HTMLElement {
    const select = h(
      "select",
      { id: "signal-unit", "aria-describedby": "signal-unit-why" },
      h("option", { value: "" }, t.form.choose),
      ...choices.map(({ unit, words }) => h("option", { value: unit }, words)),
    );
    select.value = this.#answers.unit ?? "";
    const gain = h("div", { class: "question-more" });
    this.#controls.push(select);
    if (choices.some(({ unit }) => needsGain(unit))) {
      const more = [
        {
          text: t.signal.questions.gain,
          field: this.#number(
            "perMillivolt",
            "signal-gain",
            (value) => value > 0,
            t.signal.questions.positive(200),
          ),
        },
        {
          text: t.signal.questions.zero,
          field: this.#number("zero", "signal-zero", () => true, t.signal.questions.any),
        },
      ];
      gain.append(
        ...more.map(({ text, field }) => question(text, field, t.signal.questions.recorder, null)),
      );
    }
    gain.hidden = !needsGain(this.#answers.unit);
    select.addEventListener("change", () => {
      this.#answers.unit = select.value || null;
      gain.hidden = !needsGain(this.#answers.unit);
      this.changed();
    });
    return h("div", {}, question(t.signal.questions.unit, { field: select, error: null }, why, null), gain);
  }

  /** An entry for a number, which counts once it is left or entered. */
  #number(
    name: Numeric,
    id: string,
    valid: (value: number) => boolean,
    message: string,
  ): { field: HTMLInputElement; error: HTMLElement } {
    const described = `${id}-why ${id}-error`;
    const field = h("input", {
      id,
      type: "text",
      inputmode: "decimal",
      autocomplete: "off",
      spellcheck: "false",
      "aria-describedby": described,
    });
    const known = this.#answers[name];
    field.value = known === null ? "" : String(known);
    const error = h("p", { id: `${id}-error`, class: "field-error" });
    this.#controls.push(field);
    const take = (): void => {
      const text = field.value.trim().replace(",", ".").replace("−", "-");
      const value = Number(text);
      this.#answers[name] = text !== "" && Number.isFinite(value) && valid(value) ? value : null;
    };
    // What is typed counts with whatever else is entered next; what is wrong is told once the entry is left.
    field.addEventListener("input", take);
    field.addEventListener("change", () => {
      take();
      const wrong = this.#answers[name] === null && field.value.trim() !== "";
      error.textContent = wrong ? message : "";
      field.setAttribute("aria-invalid", String(wrong));
      this.changed();
    });
    field.addEventListener("keydown", (event) => {
      // Not yet the button below: first comes what becomes of the answer.
      if (event.key !== "Enter") return;
      event.preventDefault();
      field.dispatchEvent(new Event("change"));
    });
    return { field, error };
  }
}

function question(
  text: string,
  { field, error }: { field: HTMLElement; error: HTMLElement | null },
  why: string,
  more: HTMLElement | null,
): HTMLElement {
  return h(
    "div",
    { class: "field question" },
    h("label", { for: field.id }, text),
    field,
    h("p", { class: "hint", id: `${field.id}-why` }, why),
    more,
    error,
  );
}

function noAnswers(): Answers {
  return { rate: null, unit: null, perMillivolt: null, zero: null };
}
