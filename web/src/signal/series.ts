/** From a table to values at the model's rate: which column is what, and linear interpolation where rates differ. */

import { real } from "../format";
import { type Column, SignalError, type Table } from "./csv";

export interface Rate {
  /** Values per second that the model reads. */
  sample_rate: number;
  unit: string;
}

export interface Series {
  values: number[];
  steps: string[];
}

/** Names of a time column; what it counts in is read from the rest of the name. */
const TIME = /^(time|t|elapsed|elapsed[ _]time|seconds|secs?|s|ms|milliseconds|zeit)\b|^time/i;
const MILLISECONDS = /\bms\b|_ms\b|milli/i;

/** Rates that differ by less are taken for the same. */
const SAME_RATE = 0.005;
/** Rounded times give a rate that is a little off; one this near to a whole number is taken for it. */
const WHOLE_RATE = 0.0005;
/** A time may be this much of a step away from where an even rate puts it: times are often rounded. */
const JITTER = 0.75;

/** Columns that can be the signal, all but the time. The first is the one to begin with. */
export function signalColumns(table: Table): { time: Column | null; signals: Column[] } {
  const { columns, named } = table;
  if (columns.length === 0) throw new SignalError("This file has no column of numbers.");
  if (columns.length === 1) return { time: null, signals: columns };
  if (named) {
    const time = columns.find(({ name }) => TIME.test(name)) ?? null;
    const signals = columns.filter((column) => column !== time);
    const likely = signals.findIndex(({ name }) => /value|signal|ecg|ekg|lead|mlii|mv/i.test(name));
    return { time, signals: likely > 0 ? [signals[likely]!, ...signals.filter((_, i) => i !== likely)] : signals };
  }
  const [first, ...rest] = columns;
  if (first!.values.some((value, i) => i > 0 && value <= first!.values[i - 1]!)) {
    throw new SignalError(
      `This file has ${columns.length} columns without names, and the first is no time: it does not rise in line ` +
        `${table.lines[first!.values.findIndex((value, i) => i > 0 && value <= first!.values[i - 1]!)]}. Name the columns in ` +
        "the first line. If a comma is meant as a decimal sign, write a point, or separate columns by semicolons.",
    );
  }
  return { time: { ...first!, name: "time" }, signals: rest };
}

/** The values of one column at the model's rate. */
export function toSeries(table: Table, time: Column | null, signal: Column, rate: Rate): Series {
  const { values } = signal;
  const count = `${values.length} values`;
  const from = table.columns.length > 1 ? `${count} in the column “${signal.name}”` : count;
  if (!time) {
    return { values, steps: [`${from}, taken as ${real(rate.sample_rate)} values per second in ${rate.unit}: the file names no times.`] };
  }
  if (values.length < 2) throw new SignalError("This file has one value only.");
  const given = evenRate(time, table.lines);
  const words = `${from}, ${real(given, 4)} per second after the times in “${time.name}”`;
  if (Math.abs(given / rate.sample_rate - 1) < SAME_RATE) {
    return { values, steps: [`${words}, as the model reads them.`] };
  }
  if (given < rate.sample_rate / 2 || given > rate.sample_rate * 100) {
    throw new SignalError(
      `This file has ${real(given, 4)} values per second after the times in “${time.name}”. The model reads ` +
        `${real(rate.sample_rate)}; from ${real(rate.sample_rate / 2)} to ${real(rate.sample_rate * 100)} can be converted.`,
    );
  }
  const resampled = resample(values, given, rate.sample_rate);
  return {
    values: resampled,
    steps: [`${words}.`, `Linear interpolation to ${real(rate.sample_rate)} per second gives ${resampled.length} values.`],
  };
}

/** Values per second of evenly spaced times; an error where they are not even. */
function evenRate(time: Column, lines: number[]): number {
  const unit = MILLISECONDS.test(time.name) ? 1000 : 1;
  const times = time.values;
  const fall = times.findIndex((t, i) => i > 0 && t <= times[i - 1]!);
  if (fall > 0) throw new SignalError(`The time in line ${lines[fall]} does not rise: ${real(times[fall - 1]!)} is followed by ${real(times[fall]!)}.`);
  const first = times[0]!;
  const step = (times.at(-1)! - first) / (times.length - 1);
  if (times.some((t, i) => Math.abs(t - first - i * step) > JITTER * step)) {
    const steps = times.slice(1).map((t, i) => t - times[i]!);
    const widest = steps.reduce((best, candidate, i) => (candidate > steps[best]! ? i : best), 0);
    const usual = steps.toSorted((a, b) => a - b)[Math.floor(steps.length / 2)]!;
    throw new SignalError(
      `The times are not evenly spaced: between lines ${lines[widest]} and ${lines[widest + 1]} they go from ${real(times[widest]!)} to ` +
        `${real(times[widest + 1]!)}, and a usual step is ${real(usual, 4)}. A piece may be missing.`,
    );
  }
  const rate = unit / step;
  const whole = Math.round(rate);
  return Math.abs(rate / whole - 1) < WHOLE_RATE ? whole : rate;
}

/** Linear interpolation at multiples of 1/`to` seconds, as far as the values reach. */
export function resample(values: number[], from: number, to: number): number[] {
  // The tolerance keeps a last value that rounding puts a hair behind the end.
  const length = Math.floor(((values.length - 1) * to) / from + 1e-9) + 1;
  return Array.from({ length }, (_, i) => {
    const place = (i * from) / to;
    const left = Math.min(Math.floor(place), values.length - 1);
    const right = Math.min(left + 1, values.length - 1);
    return values[left]! + (place - left) * (values[right]! - values[left]!);
  });
}
