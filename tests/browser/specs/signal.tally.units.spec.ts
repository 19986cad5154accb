/** What the results of many beats come to. Without a browser. */

import { expect, test } from "@playwright/test";
import { type BeatResult, chosenOf, decided, isDoubtful, tally } from "../../../web/src/signal/tally";

const CLASSES = ["normal", "supraventricular", "ventricular"];
const beat = (group: number | null, score: number | null, label = group === null ? "5 mm" : CLASSES[group]!): BeatResult => ({
  number: 0,
  index: 64,
  label,
  group,
  score,
});

test("beats are counted by class, and doubtful ones among them", () => {
  const results = [beat(0, 0.98), beat(0, 0.79), beat(2, 0.8), beat(2, 0.2)];
  expect(tally(results, CLASSES)).toEqual([
    { label: "normal", count: 2, doubtful: 1 },
    { label: "supraventricular", count: 0, doubtful: 0 },
    { label: "ventricular", count: 2, doubtful: 1 },
  ]);
  expect(tally([beat(null, null), beat(null, null, "6 mm")], []).map(({ label, count }) => [label, count])).toEqual([["5 mm", 1], ["6 mm", 1]]);
  expect(isDoubtful(beat(0, null)), "without scores nothing is").toBe(false);
});

test("a prediction's class and its score", () => {
  expect(decided({ kind: "class", class: 2, label: "ventricular", scores: [0.1, 0.2, 0.7] } as never)).toEqual({ group: 2, score: 0.7 });
  expect(decided({ kind: "class", class: 1, label: "x", scores: [] } as never)).toEqual({ group: 1, score: null });
  expect(decided({ kind: "value", label: "x", value: 3, unit: "", outside: false } as never)).toEqual({ group: null, score: null });
});

test("of many beats those from the chosen one on are taken, and earlier ones where there are too few", () => {
  const places = Array.from({ length: 10 }, (_, i) => 100 * i);
  expect(chosenOf(places, 0, 20)).toEqual({ first: 0, places });
  expect(chosenOf(places, 250, 4)).toEqual({ first: 3, places: [300, 400, 500, 600] });
  expect(chosenOf(places, 800, 4)).toEqual({ first: 6, places: [600, 700, 800, 900] });
  expect(chosenOf(places, 5000, 4)).toEqual({ first: 6, places: [600, 700, 800, 900] });
  expect(chosenOf([], 0, 4)).toEqual({ first: 0, places: [] });
});
