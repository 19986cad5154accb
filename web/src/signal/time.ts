/** Times beside the values: which column has them, what they count in, and how many values a second they make. */

import { real } from "../format";
import { isNumber, resolution } from "./cells";
import { readClock } from "./clock";
import { type Row, type Sheet, shorten, SignalError } from "./csv";
import { fileTexts } from "../texts/files";
import { t } from "../texts/texts";

export interface Times {
  /** Index of the column. */
  column: number;
  name: string;
  /** Values per second. */
  rate: number;
  /** How the cells were read, where the file leaves it open. */
  reading: string;
}

export interface TimeSearch {
  times: Times | null;
  /** Columns that count the values, or whose times cannot be read: no signals. */
  others: number[];
  /** What was found about them, in sentences. */
  notes: string[];
}

/** Names of a time column. */
const TIME =
  /^(elapsed|date|seconds?|secs?|milliseconds?|t|s|ms|zeit|uhrzeit|zeitpunkt|temps|tiempo|tempo)\b|^time|time(stamp)?$/i;
/** Names of a column that counts the values. */
const INDEX = /^(#|no\.?|nr\.?|n|i|idx|index|row|samples?|sample[ _]?(#|number|no|index)?|unnamed: ?0)$/i;
const NAMED: [RegExp, number, string][] = [
  [/^(s|sec|secs|seconds?|sekunden?)$/, 1, "seconds"],
  [/^(ms|msecs?|milliseconds?|millisekunden?)$/, 1e-3, "milliseconds"],
  [/^([uµμ]s|[uµμ]secs?|microseconds?)$/, 1e-6, "microseconds"],
  [/^(ns|nanoseconds?)$/, 1e-9, "nanoseconds"],
  [/^(min|minutes?)$/, 60, "minutes"],
];
const SCALES = NAMED.slice(0, 4).map(([, scale, words]) => ({ scale, words }));

/** Values per second that a recording of a heart may have, to tell units of time apart. */
const USUAL = { min: 40, max: 20_000 };
/** A column that is not named as times must have so many that rise evenly to be taken for it. */
const LEAST = 8;
/** A time may be this much of a step away from where an even rate puts it: times are often rounded. */
const JITTER = 0.75;

/** Looks for times among the columns: by their names first, then by what is in them. */
export function findTimes({ rows, names, units }: Sheet): TimeSearch {
  const width = rows[0]!.cells.length;
  const found: TimeSearch = { times: null, others: [], notes: [] };
  if (width === 1 || rows.length < 2) return found;
  const label = (i: number): string => names[i] || (i === 0 && names.length === 0 ? fileTexts.recordings.time : t.signal.unnamed(i + 1));
  const named = range(width).filter((i) => TIME.test(names[i] ?? "") || (units[i] && scaleOf(units[i]!)) || isStamp(names[i] ?? ""));
  // A column that says what it counts in is a recorder's clock; the one beside it may be of whoever received the values.
  const exact = (i: number): number => Number(!scaleOf(units[i] ?? "") && !scaleInName(names[i] ?? ""));
  named.sort((a, b) => exact(a) - exact(b));
  const others = range(width).filter((i) => !named.includes(i) && (names.length > 0 || i === 0));
  let uneven: unknown = null;
  for (const i of [...named, ...others]) {
    if (found.times) break;
    const isNamed = named.includes(i);
    if (!isNamed && uneven) break;
    const cells = rows.map((row) => row.cells[i]!);
    const seconds = readColumn(cells);
    if (!seconds) {
      const wrong = cells.findIndex((cell) => !isNumber(cell) && !readClock(cell));
      if (!isNamed) continue;
      found.others.push(i);
      found.notes.push(
        wrong < 0
          ? fileTexts.recordings.times.dates(label(i))
          : fileTexts.recordings.times.unread(label(i), shorten(cells[wrong]!), rows[wrong]!.line),
      );
      continue;
    }
    const declared = seconds.clock ? null : (scaleOf(units[i] ?? "") ?? scaleInName(names[i] ?? ""));
    const isIndex = INDEX.test(names[i] ?? "");
    if (!isNamed && !isIndex && !seconds.clock && (rows.length < LEAST || !isEven(seconds.values))) continue;
    const counts =
      !seconds.clock &&
      !declared &&
      seconds.values.every((value, k) => k === 0 || value - seconds.values[k - 1]! === 1);
    if (counts || (isIndex && isEven(seconds.values))) {
      found.others.push(i);
      found.notes.push(fileTexts.recordings.times.counts(label(i)));
      continue;
    }
    if (isIndex) continue;
    let even: { step: number };
    try {
      even = evenSteps(seconds.values, rows, i, label(i));
    } catch (error) {
      // Another column of times may be even.
      uneven ??= error;
      continue;
    }
    const scale = seconds.clock ? { scale: 1, words: "" } : (declared ?? usualScale(even.step));
    if (!scale) {
      if (!isNamed) continue;
      found.others.push(i);
      found.notes.push(fileTexts.recordings.times.unknownUnit(label(i), real(even.step, 3)));
      continue;
    }
    const rate = wholeRate(seconds.values, scale.scale, seconds.resolution) ?? 1 / (even.step * scale.scale);
    const reading = seconds.clock || declared ? "" : fileTexts.recordings.times.taken(scale.words);
    found.times = { column: i, name: label(i), rate, reading };
  }
  if (!found.times && uneven) throw uneven;
  for (const i of named) {
    if (i === found.times?.column || found.others.includes(i) || !isRising(rows, i)) continue;
    found.others.push(i);
    found.notes.push(fileTexts.recordings.times.unused(label(i)));
  }
  return found;
}

/** `sensor timestamp [ns]`: a time whose unit stands behind it. */
function isStamp(name: string): boolean {
  return /time(stamp)?\s*[[(][^\])]*[\])]\s*$/i.test(name);
}

/** Whether a column has times that never go back. */
function isRising(rows: Row[], column: number): boolean {
  const read = readColumn(rows.map((row) => row.cells[column]!));
  return read !== null && read.values.every((value, k) => k === 0 || value >= read.values[k - 1]!);
}

interface Column {
  values: number[];
  resolution: number;
  /** Whether the cells are a clock's, which count in seconds. */
  clock: boolean;
}

/** All cells as numbers, or all as readings of a clock; `null` where they are neither. */
function readColumn(cells: string[]): Column | null {
  if (cells.every(isNumber)) {
    return {
      values: cells.map(Number),
      resolution: cells.reduce((least, cell) => Math.min(least, resolution(cell)), 1),
      clock: false,
    };
  }
  const readings = cells.map(readClock);
  const [first] = readings;
  if (!first || !readings.every((reading) => reading !== null && reading.date === first.date)) return null;
  const values = readings.map((reading) => reading!.seconds - first.seconds);
  return {
    values,
    resolution: readings.reduce((least, reading) => Math.min(least, reading!.resolution), 1),
    clock: true,
  };
}

function scaleOf(word: string): { scale: number; words: string } | null {
  const bare = word
    .trim()
    .replace(/^[[(]\s*(.*?)\s*[\])]$/, "$1")
    .toLowerCase();
  const [, scale, words] = NAMED.find(([pattern]) => pattern.test(bare)) ?? [];
  return scale && words ? { scale, words } : null;
}

/** The unit in a name such as `Time (ms)`, `time_ms`, `t [s]` or `seconds`. */
function scaleInName(name: string): { scale: number; words: string } | null {
  return scaleOf(
    /[[(]([^\])]*)[\])]\s*$/.exec(name)?.[1] ??
      name
        .trim()
        .split(/[\s_/,:-]+/)
        .at(-1)!,
  );
}

/** What the steps must count in for the rate to be a usual one; no two units can. */
function usualScale(step: number): { scale: number; words: string } | null {
  return SCALES.find(({ scale }) => 1 / (step * scale) >= USUAL.min && 1 / (step * scale) <= USUAL.max) ?? null;
}

function isEven(values: number[]): boolean {
  const step = (values.at(-1)! - values[0]!) / (values.length - 1);
  return step > 0 && values.every((value, i) => Math.abs(value - values[0]! - i * step) <= JITTER * step);
}

/** The step of evenly spaced times; an error where they are not even. */
function evenSteps(times: number[], rows: Row[], column: number, name: string): { step: number } {
  const shown = (i: number): string => rows[i]!.cells[column]!;
  const line = (i: number): number => rows[i]!.line;
  const fall = times.findIndex((t, i) => i > 0 && t <= times[i - 1]!);
  if (fall > 0) {
    throw new SignalError(fileTexts.recordings.times.falls(line(fall), name, shown(fall - 1), shown(fall)));
  }
  const step = (times.at(-1)! - times[0]!) / (times.length - 1);
  if (isEven(times)) return { step };
  const steps = times.slice(1).map((t, i) => t - times[i]!);
  const widest = steps.reduce((best, candidate, i) => (candidate > steps[best]! ? i : best), 0);
  const usual = steps.toSorted((a, b) => a - b)[Math.floor(steps.length / 2)]!;
  throw new SignalError(fileTexts.recordings.times.uneven(name, line(widest), line(widest + 1), shown(widest), shown(widest + 1), real(usual, 4)));
}

/** A whole number of values a second that explains all times as they were rounded. */
function wholeRate(times: number[], scale: number, resolution: number): number | null {
  const last = times.length - 1;
  const rate = Math.round(last / ((times[last]! - times[0]!) * scale));
  const step = 1 / (rate * scale);
  // Both a time and the first one may be off by one of their last digit; numbers themselves have some 16 digits.
  const tolerance = 1.001 * resolution + 1e-6 * step + 1e-15 * Math.abs(times[last]!);
  return rate > 0 && times.every((t, i) => Math.abs(t - times[0]! - i * step) <= tolerance) ? rate : null;
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}
