/** What a model reads of a recording's files when nobody chooses: the likeliest column, and the beat that stands out most. */

import type { Model } from "../api";
import type { SignalInput } from "../card";
import { workerName } from "../language";
import { offload } from "../offload";
import { t } from "../texts/texts";
import type { Prepared } from "./compute";
import { preferred } from "./leads";
import type { Recording, SignalColumn } from "./recording";
import { answered, type Answers, checkFlat, isFlat, type Questions, questions } from "./series";
import { signalWarnings } from "./warnings";
import { defaultStart, partProblem } from "./window";
import type { Work } from "./worker";

/** Files by recording: those of WFDB go together, by their names where there are several headers. */
export function recordingsOf(files: File[]): File[][] {
  const headers = files.filter(({ name }) => /\.hea$/i.test(name)).length;
  const groups = new Map<string | File, File[]>();
  for (const file of files) {
    const stem = /^(.*)\.(hea|dat)$/i.exec(file.name)?.[1]?.toLowerCase();
    const key = stem === undefined ? file : headers > 1 ? stem : "";
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  return [...groups.values()];
}

export function readFiles(files: File[], signal: AbortSignal): Promise<Recording> {
  return offload(start, { files } satisfies Work, signal);
}

/** What is asked about a column; nothing of a flat line, which is refused whatever its unit. */
export function asksOf(recording: Recording, column: SignalColumn, input: SignalInput): Questions {
  return isFlat(column) ? { rate: null, unit: null } : questions(recording, column, input);
}

/** Converts a column about which everything is known. */
export function prepareColumn(
  recording: Recording,
  column: SignalColumn,
  { asked, answers, input }: { asked: Questions; answers: Answers; input: SignalInput },
  signal: AbortSignal,
): Promise<Prepared> {
  // Which other columns there are is told by their number alone.
  const columns = recording.columns.map((other) => (other === column ? column : { ...other, values: new Float64Array() }));
  const chosen = { recording: { ...recording, columns }, column, asked, answers, input };
  return offload(start, { chosen } satisfies Work, signal);
}

function start(): Worker {
  return new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: workerName("sotto signal") });
}

/** Index of the column to begin with: the model's own lead; else one that is named as a signal and is no flat line. */
export function firstColumn(columns: SignalColumn[], leads: string[]): number {
  const wanted = preferred(
    columns.map(({ lead }) => lead),
    leads,
  );
  if (wanted >= 0) return wanted;
  const alive = columns.findIndex((column) => !isFlat(column));
  const named = columns.findIndex(
    (column) => (column.lead ?? column.unit ?? /value|signal|ecg|ekg/i.exec(column.name)) && !isFlat(column),
  );
  return Math.max(0, named >= 0 ? named : alive);
}

/** One of several recordings. Rejects with the reason where it cannot be read, or leaves something open that a person would be asked. */
export async function signalReading(
  { card }: Model,
  input: SignalInput,
  files: File[],
  signal: AbortSignal,
): Promise<{ values: number[]; warnings: string[] }> {
  const recording = await readFiles(files, signal);
  const column = recording.columns[firstColumn(recording.columns, card.domain?.leads ?? [])]!;
  checkFlat(column);
  const asked = asksOf(recording, column, input);
  const answers: Answers = { rate: null, unit: null, perMillivolt: null, zero: null };
  if (!answered(asked, answers)) throw new Error(t.signal.asksAlone);
  const { series, peaks, quality } = await prepareColumn(recording, column, { asked, answers, input }, signal);
  const start = defaultStart(series.values, peaks, input);
  const values = [...series.values.subarray(start, start + input.length)];
  const problem = partProblem(values, input);
  if (problem !== null) throw new Error(problem);
  return { values, warnings: signalWarnings({ column, series, quality, peaks, start }, input, card.domain) };
}
