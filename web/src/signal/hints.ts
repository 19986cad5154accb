/** Rates that a file mentions beside its numbers: to suggest, never to assume. */

import { fileTexts } from "../texts/files";

export interface RateHint {
  rate: number;
  /** Where it stands. */
  where: string;
}

/** Rates of usual recorders, to be told from other numbers in a name. */
const USUAL = [
  100, 120, 125, 128, 180, 200, 240, 250, 256, 257, 300, 360, 400, 500, 512, 800, 1000, 1024, 2000, 2048, 4000,
];
const MOST = 6;

/** Hints in the file's name, its names of columns and the lines above its table, without repetitions. */
export function rateHints(fileName: string, names: string[], remarks: string[]): RateHint[] {
  const hints = [
    ...remarks.flatMap((remark) =>
      ratesIn(remark).map((rate) => ({ rate, where: fileTexts.recordings.quoted(remark.length > 40 ? `${remark.slice(0, 39)}…` : remark) })),
    ),
    ...names.flatMap((name) =>
      [...ratesIn(name), ...bareRates(name)].map((rate) => ({ rate, where: fileTexts.recordings.columnHint(name) })),
    ),
    ...[...ratesIn(fileName), ...bareRates(fileName)].map((rate) => ({ rate, where: fileTexts.recordings.fileName })),
  ];
  return hints.filter(({ rate }, i) => hints.findIndex((other) => other.rate === rate) === i).slice(0, MOST);
}

/** `360 Hz`, `0.5 kHz`, `Sample Rate,512`, `fs=250`, `sampling interval: 0.004 s`. */
function ratesIn(text: string): number[] {
  const rates: number[] = [];
  for (const [, number, kilo] of text.matchAll(/(\d+(?:[.,]\d+)?)\s*(k?)(?:hz|hertz)\b/gi))
    rates.push(decimal(number!) * (kilo ? 1000 : 1));
  for (const [, number] of text.matchAll(/(?:rate|frequency|frequenz|freq|\bfs)[^\d\w]{0,12}(\d+(?:\.\d+)?)/gi))
    rates.push(Number(number));
  for (const [, number, milli] of text.matchAll(/(?:interval|period)[^\d\w]{0,12}(\d*\.?\d+)\s*(m?)s/gi)) {
    const rate = (milli ? 1000 : 1) / Number(number);
    // The interval is rounded.
    rates.push(Math.abs(rate - Math.round(rate)) < 1e-3 * rate ? Math.round(rate) : Number(rate.toPrecision(5)));
  }
  return rates.filter((rate) => Number.isFinite(rate) && rate >= 1 && rate <= 100_000);
}

/** Numbers of a name that are usual rates; a name that is a number alone is that of a record. */
function bareRates(text: string): number[] {
  if (/^\d+(\.[a-z]+)?$/i.test(text)) return [];
  return (text.match(/(?<![\d.])\d+(?![\d.]*\d)/g) ?? []).map(Number).filter((number) => USUAL.includes(number));
}

function decimal(text: string): number {
  return Number(text.replace(",", "."));
}
