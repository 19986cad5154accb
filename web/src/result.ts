/** The result card: the decision, its scores, how good the model is, and whether the private result is the plain one. */

import { accuracyWords } from "./accuracy";
import type { Model } from "./api";
import { capitalise, type Card, type Sample } from "./card";
import { h } from "./dom";
import { bytes, count, integer, seconds } from "./format";
import { agrees, answer, scoresOf, truthOf } from "./prediction";
import type { Inference } from "./protocol";
import { ownInput, resultNoun } from "./wording";

export interface Cost {
  /** Seconds from the click to the result. */
  seconds: number;
  /** Bytes that crossed the network between the click and the result. */
  sent: number;
  received: number;
  /** Whether one was prepared when the button was pressed. */
  prepared: boolean;
  /** Whether another was just being prepared then. */
  waited: boolean;
}

/** Builds the result card. `sample` is the shipped sample that was used unchanged, if any. */
export function resultCard(model: Model, inference: Inference, sample: Sample | null, cost: Cost): HTMLElement {
  const { prediction } = inference;
  const title = h("h3", { class: "decision", tabindex: -1 }, capitalise(answer(prediction)));
  return h(
    "section",
    { class: "result", "aria-label": "Result" },
    h("p", { class: "eyebrow" }, "Private result"),
    title,
    scoresOf(prediction, model.card),
    sample ? missedLine(model.card, inference, sample) : null,
    sample && inference.plain ? verdict(model.card, inference, sample, inference.plain) : unverified(ownInput(model.card)),
    accuracyLine(model),
    h(
      "dl",
      { class: "facts" },
      fact("Click to result", seconds(cost.seconds), "click-to-result"),
      fact("Sent", bytes(cost.sent)),
      fact("Received", bytes(cost.received)),
      inference.digest ? version(inference.digest) : null,
    ),
    h("p", { class: "caption" }, readiness(cost)),
  );
}

function readiness({ prepared, waited }: Cost): string {
  if (!prepared) return "This includes preparing the masks: the button was pressed before they were ready.";
  const ready = "The masks were ready before you pressed the button";
  return waited ? `${ready}; the time includes preparing the next ones, which had begun.` : `${ready}.`;
}

function fact(term: string, value: string, id?: string): HTMLElement {
  return h("div", {}, h("dt", {}, term), h("dd", { "data-fact": id ?? null }, value));
}

/** Which version of the model: the first digits are enough for people. */
function version(digest: string): HTMLElement {
  return h("div", { title: `SHA-256 of card and program: ${digest}` }, h("dt", {}, "Model version"), h("dd", { "data-fact": "model-version" }, digest.slice(0, 12)));
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
      h("strong", {}, equal
        ? "Equal to the plain computation, bit for bit."
        : "Different from the plain computation. This is a fault; please report it."),
    ),
    h(
      "p",
      { class: "integers" },
      `private `, h("code", { "data-output": "private" }, list(inference.output)),
      ` · plain `, h("code", { "data-output": "plain" }, list(plain)),
    ),
    h("p", { class: "caption" }, truth(card, inference, sample)),
  );
}

/** That the model is wrong about this sample, before anything that reads like a success. */
function missedLine(card: Card, { prediction }: Inference, sample: Sample): HTMLElement | null {
  const recorded = truthOf(card, sample);
  if (recorded === null || agrees(prediction, sample) !== false) return null;
  const truth = `Recorded: ${recorded}; the model's answer: ${answer(prediction)}.`;
  return h("p", { class: "missed" }, h("strong", {}, "The model is wrong here. "), truth);
}

/** What is known about a sample beside the model's result. */
function truth(card: Card, { prediction }: Inference, sample: Sample): string {
  const recorded = truthOf(card, sample);
  if (recorded === null) return `The sample is synthetic: it belongs to nobody, and has no true ${resultNoun(card)}.`;
  const same = agrees(prediction, sample);
  if (same === null) return `Recorded: ${recorded}.`;
  return `Recorded ${resultNoun(card)}: ${recorded}. The model ${same ? "agrees" : "does not"}.`;
}

function unverified(why: string): HTMLElement {
  return h("div", { class: "verdict" }, h("p", {}, why));
}

function accuracyLine({ card }: Model): HTMLElement | null {
  const words = accuracyWords(card);
  return words === null ? null : h("p", { class: "accuracy" }, words);
}

/** Most integers that are shown of an output. */
const SHOWN = 12;

function list(values: bigint[]): string {
  const shown = values.slice(0, SHOWN).map((value) => integer(value)).join(", ");
  return values.length > SHOWN ? `${shown}, … (${count(values.length)} in all)` : shown;
}
