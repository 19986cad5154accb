/** What the results of many beats come to: how many of each class, and which of them are doubtful. */

import type { Prediction } from "../protocol";

/**
 * The best score of a decision that is called doubtful is below this. Of DS2's beats it marks one in eight, a quarter of which are wrong, and
 * half of all wrong ones: docs/decisions/0017.
 */
export const DOUBTFUL = 0.8;

export interface BeatResult {
  /** Which of the beats that were found, from 0, and the value of its mark. */
  number: number;
  index: number;
  /** What was decided, in words, and its class; `null` for what is no class. */
  label: string;
  group: number | null;
  /** Of what was decided; `null` where the server reveals none. */
  score: number | null;
}

export function isDoubtful({ score }: BeatResult): boolean {
  return score !== null && score < DOUBTFUL;
}

/** The class and score of a prediction. */
export function decided(prediction: Prediction): Pick<BeatResult, "group" | "score"> {
  if (prediction.kind !== "class") return { group: null, score: null };
  return { group: prediction.class, score: prediction.scores[prediction.class] ?? null };
}

export interface Tally {
  label: string;
  count: number;
  doubtful: number;
}

/** How many beats got each answer: classes in their order, also those that none got; answers that are no classes behind them. */
export function tally(results: BeatResult[], classes: string[]): Tally[] {
  const labels = [...classes, ...results.filter(({ group }) => group === null).map(({ label }) => label)];
  return [...new Set(labels)].map((label) => {
    const of = results.filter((result) => (result.group === null ? result.label : classes[result.group]) === label);
    return { label, count: of.length, doubtful: of.filter(isDoubtful).length };
  });
}

/** At most `most` of the places, from the first at or behind `from` on; those before it where there are too few. */
export function chosenOf(places: number[], from: number, most: number): { first: number; places: number[] } {
  const behind = places.findIndex((place) => place >= from);
  const first = Math.max(0, Math.min(behind < 0 ? places.length : behind, places.length - most));
  return { first, places: places.slice(first, first + most) };
}
