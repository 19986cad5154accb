/** The result card: the decision, its scores, how good the model is, and whether the private result is the plain one. */

import { accuracyWords } from "./accuracy";
import type { Model } from "./api";
import type { Card, Sample } from "./card";
import { h } from "./dom";
import { bytes, integer, percent, seconds } from "./format";
import type { Inference } from "./protocol";
import { ownInput } from "./wording";

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
  const { decided, scores } = inference;
  const { classes } = model.card;
  const title = h("h3", { class: "decision", tabindex: -1 }, capitalise(classes[decided] ?? `Class ${decided}`));
  return h(
    "section",
    { class: "result", "aria-label": "Result" },
    h("p", { class: "eyebrow" }, "Private result"),
    title,
    scores.length > 0 ? scoreBars(classes, scores, decided) : null,
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

function scoreBars(classes: string[], scores: number[], decided: number): HTMLElement {
  const rows = scores.map((score, i) => {
    const fill = h("span", { class: "score-fill" });
    fill.style.setProperty("--share", String(score));
    return h(
      "li",
      { class: i === decided ? "score decided" : "score" },
      h("span", { class: "score-label" }, capitalise(classes[i] ?? `Class ${i}`)),
      h("span", { class: "score-value" }, percent(score)),
      h("span", { class: "score-track", "aria-hidden": "true" }, fill),
    );
  });
  return h(
    "div",
    { class: "scores" },
    h("ul", { "aria-label": "Class scores" }, ...rows),
    h("p", { class: "caption" }, "Scores compare the classes with each other. They are not a probability of disease."),
  );
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
function missedLine({ classes }: Card, { decided }: Inference, { label }: Sample): HTMLElement | null {
  if (label === null || decided === label) return null;
  const [recorded, computed] = [classes[label], classes[decided]];
  const truth = `Recorded: ${recorded}; the model's answer: ${computed}.`;
  return h("p", { class: "missed" }, h("strong", {}, "The model is wrong here. "), truth);
}

/** What is known about a sample beside the model's result. */
function truth({ classes }: Card, { decided }: Inference, { label }: Sample): string {
  const recorded = label === null ? undefined : classes[label];
  if (recorded === undefined) return "The sample is synthetic: it belongs to nobody, and has no true diagnosis.";
  return `Recorded diagnosis: ${recorded}. The model ${decided === label ? "agrees" : "does not"}.`;
}

function unverified(why: string): HTMLElement {
  return h("div", { class: "verdict" }, h("p", {}, why));
}

function accuracyLine({ card }: Model): HTMLElement | null {
  const words = accuracyWords(card);
  return words === null ? null : h("p", { class: "accuracy" }, words);
}

function list(values: bigint[]): string {
  return values.map((value) => integer(value)).join(", ");
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
