/** Several inputs in a row: pictures, each a file, recordings, each one or more, or the rows of a table. */

import type { Model } from "./api";
import { pictureReading } from "./image/reading";
import { recordingsOf, signalReading } from "./signal/reading";
import { rowsOf } from "./table";
import { t } from "./texts/texts";
import { checkEntry } from "./validate";

/** What the model would read, and what speaks against it. */
export interface Reading {
  values: number[];
  warnings: string[];
}

export interface Item {
  name: string;
  /** Rejects with an error that says why it cannot be used. */
  read(signal: AbortSignal): Promise<Reading>;
}

/** Most inputs in a row. */
export const MOST = 200;

/** Several inputs of these files or this table; `null` when they are not several. */
export function itemsOf(model: Model, files: File[], table: string | null): Item[] | null {
  const { input } = model.card;
  if (input.kind === "signal") {
    const recordings = recordingsOf(files);
    if (recordings.length < 2) return null;
    const nameOf = (group: File[]): string => (group.find(({ name }) => /\.hea$/i.test(name)) ?? group[0]!).name;
    return recordings.map((group) => ({ name: nameOf(group), read: (signal) => signalReading(model, input, group, signal) }));
  }
  if (input.kind === "image") {
    if (files.length < 2) return null;
    return files.map((file) => ({ name: file.name, read: (signal) => pictureReading(model, input, file, signal) }));
  }
  const rows = rowsOf(table ?? "", input.fields.map(({ name }) => name)) ?? [];
  if (rows.length < 2) return null;
  return rows.map(({ name, entries }, i) => ({
    name: name ?? t.batch.row(i + 1),
    read: () => {
      const checked = input.fields.map((field, k) => ({ field, checked: checkEntry(field, entries[k] ?? "") }));
      const wrong = checked.find(({ checked }) => !checked.ok);
      if (wrong && !wrong.checked.ok) return Promise.reject(new Error(`${wrong.field.label}: ${wrong.checked.message}`));
      return Promise.resolve({ values: checked.map(({ checked }) => (checked.ok ? checked.value : NaN)), warnings: [] });
    },
  }));
}
