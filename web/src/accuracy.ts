/** How far a model is to be trusted, in words: accuracy with the recalls beside it, and what is known of overflows. */

import type { Card, Overflow } from "./card";
import { count, percent, real } from "./format";
import { heldOut } from "./wording";

/** Recalls of more classes than this are too many to read. */
const MOST_RECALLS = 12;

/** For the list of models; `null` for a card without held-out rows. */
export function headline(card: Card): string | null {
  const { accuracy } = card;
  if (!accuracy) return null;
  if (card.decision.kind === "value") return `${errorWords(card, accuracy.value)} off on average, on held-out ${heldOut(card)}`;
  const recalls = recallWords(card, "finds");
  const right = `${percent(accuracy.value)} right on ${findings(card)}held-out ${heldOut(card)}${majorityWords(card)}`;
  return recalls ? `${right}; ${recalls}` : right;
}

/** For the result; `null` for a card without held-out rows. */
export function accuracyWords(card: Card): string | null {
  const { accuracy } = card;
  if (!accuracy) return null;
  const { value, test_rows, balanced, baseline, baseline_source } = accuracy;
  const simple = baseline === undefined ? null : (figure: string) => `For comparison, ${figure}: ${baseline_source ?? "a simple method"}.`;
  if (card.decision.kind === "value") {
    const off = `This model is off by ${errorWords(card, value)} on average, over ${count(test_rows)} ${heldOut(card)} that it was not trained on.`;
    return [off, simple?.(errorWords(card, baseline!)), "It can be wrong about you."].filter(Boolean).join(" ");
  }
  const recalls = recallWords(card, "It recognises");
  return [
    `This model is right for ${percent(value)} of ${findings(card)}${count(test_rows)} ${heldOut(card)} that it was not trained on${majorityWords(card)}.`,
    recalls ? `${recalls}${balanced === undefined ? "" : `: ${percent(balanced)} on the mean of ${findings(card) ? "presence and absence" : "the classes"}`}.` : null,
    simple?.(percent(baseline!)),
    "It can be wrong about you.",
  ]
    .filter(Boolean)
    .join(" ");
}

/** A mean error with its unit. */
function errorWords({ decision }: Card, error: number): string {
  return decision.kind === "value" && decision.unit ? `${real(error, 3)}\u00a0${decision.unit}` : real(error, 3);
}

/** Several findings are counted one by one. */
function findings({ decision }: Card): string {
  return decision.kind === "findings" ? "the findings of " : "";
}

function majorityWords({ accuracy }: Card): string {
  return accuracy?.majority === undefined ? "" : `, where always the most frequent answer is right for ${percent(accuracy.majority)}`;
}

function recallWords({ accuracy, classes }: Card, verb: string): string | null {
  const known = accuracy?.recall ?? [];
  if (known.length > MOST_RECALLS) return null;
  const recalls = known.flatMap((share, i) => (share === null || share === undefined ? [] : [`${percent(share)} of “${classes[i]}”`]));
  const last = recalls.pop();
  return last === undefined ? null : `${verb} ${recalls.length > 0 ? `${recalls.join(", ")} and ` : ""}${last}`;
}

/** What is known of inputs that the model's integers have no room for. */
export function overflowWords({ rule, rows, margin_bits, probability, probed, overflowing }: Overflow): string {
  if (rule === "excluded") return "The program's integers have room for every input that the page accepts: none gets a wrong result by overflow.";
  const odds =
    probability === undefined
      ? `${count(rows)} rows of data are too few to estimate how often that happens`
      : `the estimated probability for inputs like the ${count(rows)} that it was fitted to is below 2^${(Math.ceil(10 * Math.log2(probability)) / 10).toFixed(1)}`;
  const found = overflowing === 0 ? `none of ${count(probed)} extreme inputs of a search does` : `${count(overflowing)} of ${count(probed)} extreme inputs of a search do`;
  return `An input that drives the program's integers beyond their margin (${margin_bits ?? 0} bits) would get a wrong result: ${odds}; ${found}.`;
}
