/** What a result says, for people: a class, several findings or a number, each with its figures. */

import { capitalise, type Card, type Sample } from "./card";
import { h } from "./dom";
import { count, real, score } from "./format";
import type { Prediction } from "./protocol";
import { resultNoun } from "./wording";
import { t } from "./texts/texts";

/** Most classes whose scores are shown. */
const TOP = 5;

/** What was decided, in words. */
export function answer(prediction: Prediction): string {
  switch (prediction.kind) {
    case "class":
      return prediction.label;
    case "findings":
      return findingsWords(prediction.findings.filter(({ present }) => present).map(({ label }) => label));
    case "value":
      return t.result.value(prediction.label, valueWords(prediction.value, prediction.unit));
  }
}

/** What is recorded of a sample; `null` where nobody knows. */
export function truthOf({ classes, decision }: Card, { label, present, value }: Sample): string | null {
  if (label !== null) return classes[label] ?? null;
  if (present) return findingsWords(classes.filter((_, i) => present[i]));
  return value !== null && decision.kind === "value" ? valueWords(value, decision.unit ?? "") : null;
}

/** Whether a decision is what is recorded; `null` for a number, which is never exactly right, and where nobody knows. */
export function agrees(prediction: Prediction, { label, present }: Sample): boolean | null {
  if (prediction.kind === "class") return label === null ? null : prediction.class === label;
  if (prediction.kind === "findings" && present) return prediction.findings.every((finding, i) => finding.present === present[i]);
  return null;
}

/** How far the decided class lies before the next one, at least, to be called fairly clear or clear. */
const [FAIR, CLEAR] = [0.2, 0.6];

/** How sure the answer is, in words; `null` where the figures say it. */
export function confidence(prediction: Prediction, { classes }: Card): string | null {
  if (prediction.kind !== "class") return null;
  const words = t.result.confidence;
  const scores = [...prediction.scores];
  if (scores.length < 2) return words.hidden;
  const own = scores[prediction.class]!;
  const rival = scores.reduce((best, score, i) => (i !== prediction.class && (best < 0 || score > scores[best]!) ? i : best), -1);
  const lead = own - scores[rival]!;
  const say = lead >= CLEAR ? words.clear : lead >= FAIR ? words.fair : words.close;
  return say(score(own), classes[rival] ?? t.result.classNumber(rival), score(scores[rival]!));
}

/** The figures below the answer; `null` where the server reveals the decision only. */
export function scoresOf(prediction: Prediction, card: Card): HTMLElement | null {
  switch (prediction.kind) {
    case "class":
      return classScores([...prediction.scores], card, prediction.class);
    case "findings": {
      const rows = prediction.findings.map(({ label, present, score, threshold }) => bar(label, score, present, threshold));
      return scores(t.result.findings, rows, t.result.findingsNote);
    }
    case "value":
      return prediction.outside ? outsideWords(card) : null;
  }
}

function outsideWords({ decision }: Card): HTMLElement {
  const range = decision.kind === "value" ? t.result.range(real(decision.range.min, 4), valueWords(decision.range.max, decision.unit ?? "")) : "";
  return h("p", { class: "missed" }, t.result.outside(range));
}

function classScores(all: number[], card: Card, decided: number): HTMLElement | null {
  if (all.length === 0) return null;
  const few = all.length <= TOP + 1;
  const order = all.map((_, i) => i);
  if (!few) order.sort((a, b) => Number(b === decided) - Number(a === decided) || all[b]! - all[a]!);
  const shown = few ? order : order.slice(0, TOP);
  const rows = shown.map((i) => bar(card.classes[i] ?? t.result.classNumber(i), all[i]!, i === decided, null));
  const rest = few ? "" : t.result.largest(TOP, count(all.length));
  return scores(t.result.classScores, rows, t.result.scoresNote[resultNoun(card)] + rest);
}

/** One line: a name, its score and a bar, with a mark at the threshold if there is one. */
function bar(label: string, points: number | null, decided: boolean, threshold: number | null): HTMLElement {
  const track = h("span", { class: "score-track", "aria-hidden": "true" }, h("span", { class: "score-fill" }));
  track.style.setProperty("--share", String(points ?? 0));
  if (threshold !== null) {
    track.append(h("span", { class: "score-mark" }));
    track.style.setProperty("--mark", String(threshold));
  }
  const state = threshold === null ? null : decided ? t.result.present : t.result.absent;
  const figure = points === null ? null : score(points);
  return h(
    "li",
    { class: decided ? "score decided" : "score" },
    h("span", { class: "score-label" }, capitalise(label)),
    h("span", { class: "score-value" }, [state, figure].filter((part) => part !== null).join(", ")),
    points === null ? null : track,
  );
}

function scores(name: string, rows: HTMLElement[], caption: string): HTMLElement {
  return h("div", { class: "scores" }, h("ul", { "aria-label": name }, ...rows), h("p", { class: "caption" }, caption));
}

function findingsWords(present: string[]): string {
  return present.length === 0 ? t.result.noFinding : present.join(", ");
}

function valueWords(value: number, unit: string): string {
  const number = real(value, 4);
  return unit === "" ? number : `${number}\u00a0${unit}`;
}
