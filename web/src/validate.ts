/** What a person may type into a field, and what to say when it is something else. */

import type { Field } from "./card";
import { real } from "./format";
import { t } from "./texts/texts";

export type Checked = { ok: true; value: number } | { ok: false; message: string };

/** `11.4`, `−3`, `1,5` and `2e-3` are numbers; `12 mm`, `1.2.3` and an empty field are not. */
const NUMBER = /^[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?$/i;

/** The number that an entry stands for, whatever a field would say about it; `null` when it is none. */
export function toNumber(entry: string): number | null {
  const text = entry.trim().replace(/^[−–]/, "-");
  const value = NUMBER.test(text) ? Number(text.replace(",", ".")) : NaN;
  return Number.isFinite(value) ? value : null;
}

/** Checks one entry against its field. */
export function checkEntry(field: Field, entry: string): Checked {
  const text = entry.trim().replace(/^[−–]/, "-");
  if (text === "") return { ok: false, message: field.choices.length > 0 ? t.form.entry.chooseOne : t.form.entry.empty };
  if (field.choices.length > 0) {
    const choice = field.choices.find((option) => String(option.value) === text);
    return choice ? { ok: true, value: choice.value } : { ok: false, message: t.form.entry.noOption };
  }
  if (!NUMBER.test(text)) {
    return { ok: false, message: `${t.form.entry.noNumber(shorten(entry.trim()))} ${rangeHint(field)}` };
  }
  const value = Number(text.replace(",", "."));
  if (!Number.isFinite(value)) return { ok: false, message: `${t.form.entry.tooLarge} ${rangeHint(field)}` };
  if (value < field.min) return { ok: false, message: t.form.entry.atLeast(withUnit(field, field.min)) };
  if (value > field.max) return { ok: false, message: t.form.entry.atMost(withUnit(field, field.max)) };
  if (Number.isInteger(field.step) && Number.isInteger(field.min) && !Number.isInteger(value)) {
    return { ok: false, message: t.form.entry.whole };
  }
  return { ok: true, value };
}

/** `6.98 – 28.1`. */
export function range(field: Field): string {
  return `${real(field.min)} – ${real(field.max)}`;
}

function rangeHint(field: Field): string {
  return t.form.entry.between(real(field.min), withUnit(field, field.max));
}

function withUnit(field: Field, value: number): string {
  return field.unit ? `${real(value)} ${field.unit}` : real(value);
}

function shorten(text: string): string {
  return text.length > 16 ? `${text.slice(0, 15)}…` : text;
}
