/**
 * The client's remarks on an input in the page's own words. The client says them in English sentences, each about one figure of the
 * card's statistics: which figure and its value are taken from the sentence, and the words and the interval from here and the card.
 */

import type { Card, Statistics } from "../card";
import { real } from "../format";
import { heldOut } from "../wording";
import { t } from "../texts/texts";

/** How the client begins a sentence about a figure of a picture or a signal. */
const CLIENTS = {
  image: {
    mean: "The mean grey level",
    spread: "The standard deviation of the grey levels",
    lowest: "The darkest level",
    highest: "The brightest level",
    roughness: "The mean difference of neighbouring pixels",
    centre: "The middle's mean level less the whole",
  },
  signal: {
    mean: "The mean value",
    spread: "The standard deviation of the values",
    lowest: "The lowest value",
    highest: "The highest value",
    roughness: "The mean difference of neighbouring values",
    marker: "The value at the marker less the mean",
  },
} as const;

interface Figure {
  /** How the client calls it. */
  client: string;
  /** How the page does. */
  words: string;
  unit: string;
}

/** One remark of the client; a sentence that is not known is said in general. */
export function remarkWords(remark: string, card: Card): string {
  const more = /^(\d+) more of its figures /.exec(remark)?.[1];
  if (more) return t.run.remarks.more(Number(more));
  for (const feature of card.statistics?.features ?? []) {
    const figure = figureOf(feature, card);
    if (!figure || !remark.startsWith(`${figure.client} is `)) continue;
    const value = Number.parseFloat(remark.slice(figure.client.length + " is ".length));
    const unit = figure.unit && `\u00a0${figure.unit}`;
    return t.run.remarks.unlike(figure.words, real(value) + unit, heldOut(card), real(feature.low), real(feature.high) + unit);
  }
  return t.run.remarks.other;
}

function figureOf({ name }: Statistics["features"][number], { input }: Card): Figure | null {
  switch (input.kind) {
    case "fields": {
      const field = input.fields.find((one) => one.name === name);
      if (!field) return null;
      const { label, unit } = field;
      return { client: label + (unit && ` (${unit})`), words: label, unit };
    }
    case "image":
      if (!isKey(CLIENTS.image, name)) return null;
      return { client: `${CLIENTS.image[name]} of the picture`, words: t.run.remarks.image[name], unit: "" };
    case "signal": {
      const unit = input.unit && `, in ${input.unit},`;
      if (!isKey(CLIENTS.signal, name)) return null;
      return { client: `${CLIENTS.signal[name]} of the signal${unit}`, words: t.run.remarks.signal[name], unit: input.unit };
    }
  }
}

function isKey<T extends object>(known: T, name: string): name is keyof T & string {
  return Object.hasOwn(known, name);
}
