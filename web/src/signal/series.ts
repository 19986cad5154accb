/** From a recording to values at the model's rate and in its unit; and what a person has to say before that can be. */

import type { LowPass } from "@sotto/client";
import { real } from "../format";
import { SignalError } from "./csv";
import type { Filters } from "./filters";
import type { RateHint } from "./hints";
import type { Recording, SignalColumn } from "./recording";
import { isVoltage, judge, ratio, type Size, spread, type Unit, type Voltage } from "./units";

/** What the model reads. */
export interface Target {
  sample_rate: number;
  unit: string;
}

/** What a person said about a file that does not say it; `null` where nothing was said. */
export interface Answers {
  rate: number | null;
  /** A unit, or the model's own word for it where that is no voltage. */
  unit: string | null;
  /** Counts of a converter for one millivolt, and at none. */
  perMillivolt: number | null;
  zero: number | null;
}

export interface UnitChoice {
  unit: string;
  /** How far the values would spread, with the unit. */
  words: string;
}

export interface Questions {
  /** Why the rate is asked for, and what the file mentions. */
  rate: { why: string; hints: RateHint[] } | null;
  unit: { why: string; choices: UnitChoice[] } | null;
}

export interface Series {
  values: Float64Array;
  /** Values per second of the recording. */
  recordingRate: number;
  /** The column in the model's unit, at the rate of the recording. */
  recorded: Float64Array;
  steps: string[];
}

/** Rates that differ by less are taken for the same. */
const SAME_RATE = 0.005;
/** Rates that can be converted, in parts of the model's. */
const SLOWEST = 0.5;
const FASTEST = 100;
const VOLTAGES: Voltage[] = ["mV", "µV", "V"];
const SIZES: Record<Size, string> = {
  plausible: "",
  small: ", too little for an electrocardiogram",
  large: ", too much for an electrocardiogram",
};

/** What the file leaves open about a column, or says in a way that cannot be. */
export function questions(recording: Recording, column: SignalColumn, target: Target): Questions {
  const rate =
    recording.rate === null
      ? { why: "The file does not tell how many values a second it has.", hints: recording.hints }
      : null;
  return { rate, unit: unitQuestion(column, target.unit) };
}

function unitQuestion(column: SignalColumn, wanted: string): Questions["unit"] {
  if (!isVoltage(wanted))
    return { why: "The file is not looked at for its unit.", choices: [{ unit: wanted, words: wanted }] };
  const width = spread(column.values);
  const choices = [
    ...VOLTAGES.map((unit) => ({
      unit,
      words: `${unit}: they spread over ${inMillivolts(width, unit)}${SIZES[judge(width, unit)]}`,
    })),
    { unit: "counts", words: "counts of a converter" },
  ];
  if (column.unit === null)
    return { why: `The file does not tell the unit of “${column.name}”${looks(column.values)}.`, choices };
  if (column.unit === "counts")
    return { why: `“${column.name}” has counts of a converter: millivolts need its gain and zero.`, choices };
  const size = judge(width, column.unit);
  if (size === "plausible") return null;
  const much = size === "small" ? "less" : "more";
  return {
    why:
      `The file has “${column.name}” in ${column.unit}, but then its values spread over ` +
      `${inMillivolts(width, column.unit)}, ${much} than those of an electrocardiogram.`,
    choices,
  };
}

/** What the values look like. Those that fill the range from 0 or −1 to 1 exactly were scaled, as for training. */
function looks(values: Float64Array): string {
  const there = values.filter((value) => !Number.isNaN(value));
  const [low, high] = [there.reduce((a, b) => Math.min(a, b)), there.reduce((a, b) => Math.max(a, b))];
  if (high === 1 && (low === 0 || low === -1)) {
    return `. They go from exactly ${real(low)} to exactly 1, as after scaling: then no unit is right, and the model cannot read them`;
  }
  return there.every(Number.isInteger) ? ". All are whole numbers, as counts of a converter are" : "";
}

function inMillivolts(width: number, unit: Voltage): string {
  return `${real(width * ratio(unit, "mV"), 2)} mV`;
}

/** Whether everything that was asked is answered. */
export function answered({ rate, unit }: Questions, answers: Answers): boolean {
  const counts = answers.unit !== "counts" || (answers.perMillivolt !== null && answers.zero !== null);
  return (!rate || answers.rate !== null) && (!unit || (answers.unit !== null && counts));
}

/** The values of one column at the model's rate and in its unit. Throws a {@link SignalError} where that cannot be. */
export function toSeries(
  recording: Recording,
  column: SignalColumn,
  asked: Questions,
  answers: Answers,
  target: Target,
  filters: Pick<Filters, "resample" | "lowPass">,
): Series {
  const given = asked.rate ? answers.rate! : recording.rate!;
  const source = asked.rate ? ", as you said" : ` after ${recording.times}`;
  if (!(given >= SLOWEST * target.sample_rate && given <= FASTEST * target.sample_rate)) {
    throw new SignalError(
      `This file has ${real(given, 4)} values per second${source}. The model reads ${real(target.sample_rate)}; from ` +
        `${real(SLOWEST * target.sample_rate)} to ${real(FASTEST * target.sample_rate)} can be converted.`,
    );
  }
  const count = `${column.values.length} values`;
  const from =
    recording.columns.length > 1 || !column.name.startsWith("column ")
      ? `${count} in the column “${column.name}”`
      : count;
  const gaps = column.gaps > 0 ? ` ${column.gaps} of them ${column.gaps === 1 ? "is a gap" : "are gaps"}.` : "";
  const unit = converted(column, asked.unit ? answers : null, target.unit);
  const same = Math.abs(given / target.sample_rate - 1) < SAME_RATE;
  const rate = `${real(given, 4)} per second${source}${same ? ", as the model reads them" : ""}`;
  const steps = [...recording.notes, `${from}, ${rate}.${gaps}`, unit.words];
  if (same) return { values: unit.values, recorded: unit.values, recordingRate: given, steps };
  const values = filters.resample(unit.values, given, target.sample_rate);
  return {
    values,
    recorded: unit.values,
    recordingRate: given,
    steps: [...steps, filterWords(filters.lowPass(given, target.sample_rate), given, target.sample_rate, values.length)],
  };
}

function converted(
  { values, unit: stated }: SignalColumn,
  answers: Answers | null,
  wanted: string,
): { values: Float64Array; words: string } {
  const unit = answers ? answers.unit : stated;
  if (unit === "counts" && isVoltage(wanted)) {
    const [gain, zero] = [answers!.perMillivolt!, answers!.zero!];
    const perUnit = gain * ratio(wanted, "mV");
    return {
      values: values.map((value) => (value - zero) / perUnit),
      words: `Counts, as you said: ${real(gain)} are 1 mV, and ${real(zero)} is 0 mV.`,
    };
  }
  const who = answers ? "as you said" : "as the file says";
  if (!isVoltage(unit) || !isVoltage(wanted) || unit === wanted) return { values, words: `In ${wanted}, ${who}.` };
  const factor = ratio(unit, wanted);
  const equal = factor >= 1 ? `1 ${unit} is ${real(factor)} ${wanted}` : `${real(1 / factor)} ${unit} are 1 ${wanted}`;
  // Dividing by a whole number rounds once, multiplying by its inverse twice.
  return {
    values: values.map((value) => (factor >= 1 ? value * factor : value / Math.round(1 / factor))),
    words: `In ${unit}, ${who}: ${equal}.`,
  };
}

function filterWords({ taps, pass, half, stop }: LowPass, from: number, to: number, count: number): string {
  const hz = (value: number): string => real(value, 3);
  const why = from > to ? "Low-pass before the rate goes down" : "Interpolated by a low-pass";
  return (
    `${why}: windowed sinc (Kaiser, ${taps} taps), gain 1 up to ${hz(pass)} Hz, ½ at ${hz(half)} Hz, below 0.001 from ${hz(stop)} Hz on; ` +
    `reflected at the ends. At ${real(to)} per second these are ${count} values.`
  );
}

/** Whether all values of a column are the same. */
export function isFlat({ values }: SignalColumn): boolean {
  const first = values.find((value) => !Number.isNaN(value));
  return values.every((value) => Number.isNaN(value) || value === first);
}

/** Refuses a column whose values are all the same, before anything is asked about it. */
export function checkFlat(column: SignalColumn): void {
  if (!isFlat(column)) return;
  const level = column.values.find((value) => !Number.isNaN(value))!;
  throw new SignalError(
    `“${column.name}” is a flat line: every value is ${real(level)}. That is no electrocardiogram.`,
  );
}

/** Units that need further numbers. */
export function needsGain(unit: string | null): unit is Extract<Unit, "counts"> {
  return unit === "counts";
}
