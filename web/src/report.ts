/** A result to keep: as JSON with everything that it rests on, and as a page on paper. Both stay with the person. */

import type { Model } from "./api";
import type { Sample } from "./card";
import { h } from "./dom";
import { bytes, count } from "./format";
import { answer, confidence } from "./prediction";
import type { Inference } from "./protocol";
import { t } from "./texts/texts";

/** Of the page, put in by the build. */
declare const __VERSION__: string;

export interface Finished {
  model: Model;
  values: number[];
  /** What was entered, in a word: a sample's or a file's name. */
  entered: string;
  sample: Sample | null;
  inference: Inference;
  /** What speaks against relying on it: what the input's view says, and how it differs from the model's data. */
  warnings: string[];
  /** Between the click and the result. */
  sent: number;
  received: number;
  seconds: number;
  at: Date;
}

/** Everything of a result that is known here, for programs. `sent` is what left the page in place of the input. */
export function record(finished: Finished): object {
  const { model, values, entered, sample, inference, warnings, at } = finished;
  const { card, id, program } = model;
  const { input } = card;
  const names = input.kind === "fields" ? input.fields.map(({ name }) => name) : null;
  return {
    format: "sotto-result-1",
    note: t.page.noDevice,
    at: at.toISOString(),
    model: { id, title: card.title, digest: inference.digest, program_version: program.version },
    page: { version: __VERSION__, address: location.origin + location.pathname },
    input: { kind: input.kind, entered, sample: sample?.name ?? null, values: names ? Object.fromEntries(names.map((name, i) => [name, values[i]])) : values },
    result: {
      answer: answer(inference.prediction),
      confidence: confidence(inference.prediction, card),
      prediction: JSON.parse(JSON.stringify(inference.prediction, plain)) as unknown,
      output: inference.output.map(String),
      equals_plain_computation: inference.plain && inference.plain.every((value, i) => value === inference.output[i]),
      warnings,
    },
    tested: card.accuracy,
    sent: {
      bits: program.input.bits,
      masked: inference.masked,
      bytes_sent: finished.sent,
      bytes_received: finished.received,
      seconds: finished.seconds,
      messages_of_session: inference.sent.frames,
      byte_counts_of_session: inference.sent.session,
    },
  };
}

function plain(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  return ArrayBuffer.isView(value) ? [...(value as Float64Array)] : value;
}

/** Has the browser save what is known of a model's results of that time. */
export function save(model: string, at: Date, what: object): void {
  const name = `sotto-${model}-${at.toISOString().slice(0, 19).replaceAll(":", "")}.json`;
  const url = URL.createObjectURL(new Blob([`${JSON.stringify(what, null, 2)}\n`], { type: "application/json" }));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Buttons to save the result, and to print it or save it as PDF by the browser's dialog. */
export function keepButtons(finished: Finished): HTMLElement[] {
  const json = h("button", { type: "button", class: "button-quiet" }, t.result.keep.json);
  json.addEventListener("click", () => save(finished.model.id, finished.at, record(finished)));
  const paper = h("button", { type: "button", class: "button-quiet" }, t.result.keep.print);
  paper.addEventListener("click", () => print());
  return [paper, json];
}

/** What paper has beside the result, which on the screen is folded away. */
export function paperLines({ model, entered, inference, sent, received, at }: Finished): HTMLElement {
  const words = t.result.paper;
  const lines: [string, string][] = [
    [t.page.model, `${model.card.title} (${model.id})`],
    [t.run.entered, entered],
    [words.at, new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "long", timeStyle: "short" }).format(at)],
    [words.digest, inference.digest ?? "–"],
    [words.page, `Sotto ${__VERSION__}, ${location.origin}${location.pathname}`],
    [words.left, words.masked(count(inference.masked.length), bytes(sent), bytes(received))],
  ];
  return h("dl", { class: "paper" }, ...lines.map(([term, fact]) => h("div", {}, h("dt", {}, term), h("dd", {}, fact))), h("p", {}, t.page.noDevice));
}
