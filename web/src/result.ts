/** The result card: the decision, its scores, how good the model is, and whether the private result is the plain one. */

import { accuracyWords, headline } from "./accuracy";
import { capitalise, type Card, type Sample } from "./card";
import { h } from "./dom";
import { bytes, count, integer, seconds } from "./format";
import { agrees, answer, confidence, scoresOf, truthOf } from "./prediction";
import type { Inference } from "./protocol";
import { type Finished, keepButtons, paperLines } from "./report";
import { address } from "./route";
import { ownInput, resultNoun } from "./wording";
import { t } from "./texts/texts";
import { warningList } from "./warnings";

export interface Readiness {
  /** Whether one was prepared when the button was pressed. */
  prepared: boolean;
  /** Whether another was just being prepared then. */
  waited: boolean;
}

/** Builds the result card. */
export function resultCard(finished: Finished, cost: Readiness): HTMLElement {
  const { model, inference, sample, warnings } = finished;
  const { card, id } = model;
  const { prediction } = inference;
  const sure = confidence(prediction, card);
  const doubts = warningList(warnings);
  const plain = sample && inference.plain;
  const next = h("a", { class: "button-primary", href: address({ model: id, result: false }) }, t.result.next[resultNoun(card)]);
  const exactly = accuracyWords(card);
  return h(
    "section",
    { class: "result", "aria-label": t.result.label },
    h(
      "div",
      { class: "said" },
      h("p", { class: "eyebrow" }, t.result.private),
      h("h2", { class: "decision", tabindex: -1, lang: card.language }, capitalise(answer(prediction))),
      sure ? h("p", { class: "confidence" }, sure) : null,
      sample ? missedLine(card, inference, sample) : null,
      doubts.length > 0 ? h("div", { class: "doubts" }, ...doubts) : null,
    ),
    h(
      "div",
      { class: "why" },
      h("p", { class: "accuracy" }, `${headline(card, true)} ${t.result.canBeWrong}`),
      scoresOf(prediction, card),
      plain ? verdict(card, inference, sample, plain) : null,
    ),
    h("div", { class: "actions" }, next, ...keepButtons(finished)),
    paperLines(finished),
    h(
      "details",
      { class: "technical" },
      h("summary", {}, t.result.technical),
      h(
        "dl",
        { class: "facts" },
        fact(t.result.time, seconds(finished.seconds), "click-to-result"),
        fact(t.result.sent, bytes(finished.sent)),
        fact(t.result.received, bytes(finished.received)),
        inference.digest ? version(inference.digest) : null,
      ),
      h("p", { class: "caption" }, readiness(cost)),
      exactly ? h("p", { class: "caption", "data-fact": "accuracy" }, exactly) : null,
      plain ? integers(inference.output, plain) : h("p", { class: "caption" }, ownInput(card)),
    ),
  );
}

function readiness({ prepared, waited }: Readiness): string {
  const { cold, ready, waited: behind } = t.result.readiness;
  return !prepared ? cold : waited ? behind : ready;
}

function fact(term: string, value: string, id?: string): HTMLElement {
  return h("div", {}, h("dt", {}, term), h("dd", { "data-fact": id ?? null }, value));
}

/** Which version of the model: the first digits are enough for people. */
function version(digest: string): HTMLElement {
  return h("div", { title: t.result.digest(digest) }, h("dt", {}, t.result.version), h("dd", { "data-fact": "model-version" }, digest.slice(0, 12)));
}

function verdict(card: Card, inference: Inference, sample: Sample, plain: bigint[]): HTMLElement {
  const equal = plain.length === inference.output.length && plain.every((v, i) => v === inference.output[i]);
  return h(
    "div",
    { class: equal ? "verdict good" : "verdict bad", "data-exact": equal ? "equal" : "different" },
    h(
      "p",
      {},
      h("span", { class: "verdict-mark", "aria-hidden": "true" }, equal ? "✓" : "✗"),
      h("strong", {}, equal ? t.result.equal : t.result.different),
    ),
    h("p", { class: "caption" }, truth(card, inference, sample)),
  );
}

/** That the model is wrong about this sample, before anything that reads like a success. */
function missedLine(card: Card, { prediction }: Inference, sample: Sample): HTMLElement | null {
  const recorded = truthOf(card, sample);
  if (recorded === null || agrees(prediction, sample) !== false) return null;
  const truth = t.result.recordedAndAnswer(recorded, answer(prediction));
  return h("p", { class: "missed" }, h("strong", {}, t.result.wrongHere), truth);
}

/** What is known about a sample beside the model's result. */
function truth(card: Card, { prediction }: Inference, sample: Sample): string {
  const recorded = truthOf(card, sample);
  if (recorded === null) return t.result.synthetic(resultNoun(card));
  const same = agrees(prediction, sample);
  if (same === null) return t.result.recorded(recorded);
  return t.result.recordedAgrees(resultNoun(card), recorded, same);
}

/** What was revealed, beside what the plain computation reveals. */
function integers(output: bigint[], plain: bigint[]): HTMLElement {
  return h(
    "p",
    { class: "integers" },
    t.result.privateIntegers, h("code", { "data-output": "private" }, list(output)),
    t.result.plainIntegers, h("code", { "data-output": "plain" }, list(plain)),
  );
}

/** Most integers that are shown of an output. */
const SHOWN = 12;

function list(values: bigint[]): string {
  const shown = values.slice(0, SHOWN).map((value) => integer(value)).join(", ");
  return values.length > SHOWN ? `${shown}, ${t.result.inAll(count(values.length))}` : shown;
}
