/** How far a model is to be trusted, in words: accuracy with the recalls beside it, and what is known of overflows. */

import type { Overflow, Tested } from "./card";
import { count, listed, percent, real } from "./format";
import { heldOut } from "./wording";
import { t } from "./texts/texts";

/** Recalls of more classes than this are too many to read. */
const MOST_RECALLS = 12;

/** For everybody, in whole numbers of a hundred. `counted` says of how many. */
export function headline(card: Tested, counted = false): string {
  const { accuracy } = card;
  if (!accuracy) return t.result.untested;
  const held = counted ? `${count(accuracy.test_rows)} ${heldOut(card)}` : heldOut(card);
  if (card.decision.kind === "value") return t.result.headlineError(errorWords(card, accuracy.value), held);
  const { value, majority } = accuracy;
  const recalls = recallWords(card, (share, name) => t.result.headlineRecall(ofHundred(share), name));
  const simple = majority === undefined ? "" : t.result.headlineMajority(ofHundred(majority));
  const right = t.result.headlineRight(ofHundred(value), findings(card), held, simple);
  return recalls ? `${right} ${t.result.headlineRecalls(recalls)}` : right;
}

/** "97 of 100"; of a thousand where a hundred would say none or all, and neither is so. */
function ofHundred(share: number): string {
  const rough = [0, 100].includes(Math.round(100 * share)) && share > 0 && share < 1;
  const of = rough ? 1000 : 100;
  return t.result.ofHundred(count(Math.round(of * share)), count(of));
}

/** All figures, for those who know them; `null` for a card without held-out rows. */
export function accuracyWords(card: Tested): string | null {
  const { accuracy } = card;
  if (!accuracy) return null;
  const { value, test_rows, balanced, baseline, baseline_source } = accuracy;
  const simple = baseline === undefined ? null : (figure: string) => t.result.baseline(figure, baseline_source);
  if (card.decision.kind === "value") {
    const off = t.result.accuracyError(errorWords(card, value), count(test_rows), heldOut(card));
    return [off, simple?.(errorWords(card, baseline!))].filter(Boolean).join(" ");
  }
  const recalls = recallWords(card, (share, name) => t.result.recall(percent(share), name));
  return [
    t.result.accuracyRight(percent(value), findings(card), count(test_rows), heldOut(card), majorityWords(card)),
    recalls ? t.result.accuracyRecalls(recalls, balanced === undefined ? null : percent(balanced), findings(card) !== "") : null,
    simple?.(percent(baseline!)),
  ]
    .filter(Boolean)
    .join(" ");
}

/** A mean error with its unit. */
function errorWords({ decision }: Tested, error: number): string {
  return decision.kind === "value" && decision.unit ? `${real(error, 3)}\u00a0${decision.unit}` : real(error, 3);
}

/** Several findings are counted one by one. */
function findings({ decision }: Tested): string {
  return decision.kind === "findings" ? t.result.ofFindings : "";
}

function majorityWords({ accuracy }: Tested): string {
  return accuracy?.majority === undefined ? "" : t.result.majority(percent(accuracy.majority));
}

function recallWords({ accuracy, classes }: Tested, words: (share: number, name: string) => string): string | null {
  const known = accuracy?.recall ?? [];
  if (known.length > MOST_RECALLS) return null;
  const recalls = known.flatMap((share, i) => (share === null || share === undefined ? [] : [words(share, classes[i] ?? "")]));
  return recalls.length === 0 ? null : listed(recalls);
}

/** What is known of inputs that the model's integers have no room for. */
export function overflowWords({ rule, rows, margin_bits, probability, probed, overflowing }: Overflow): string {
  if (rule === "excluded") return t.result.overflow.excluded;
  const odds =
    probability === undefined
      ? t.result.overflow.tooFew(count(rows))
      : t.result.overflow.odds(count(rows), real(Math.ceil(10 * Math.log2(probability)) / 10));
  const found = t.result.overflow.found(overflowing, count(overflowing), count(probed));
  return t.result.overflow.margin(margin_bits ?? 0, odds, found);
}
