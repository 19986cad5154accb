/** From a recording to values at the model's rate and in its unit; and what a person has to say before that can be. */

import type { LowPass } from "@sotto/client/tools";
import { real } from "../format";
import { SignalError } from "./csv";
import type { Filters } from "./filters";
import type { RateHint } from "./hints";
import type { Recording, SignalColumn } from "./recording";
import { isVoltage, judge, ratio, type Size, spread, type Unit, type Voltage } from "./units";
import { t } from "../texts/texts";

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

/** Rates that differ by less are taken for the same; all three as `sotto_nn::signal` has them. */
const SAME_RATE = 0.005;
/** Rates that can be converted, in parts of the model's. */
const SLOWEST = 0.5;
const FASTEST = 100;
const VOLTAGES: Voltage[] = ["mV", "µV", "V"];
const SIZES: Record<Size, string> = {
  plausible: "",
  small: t.signal.questions.small,
  large: t.signal.questions.large,
};

/** What the file leaves open about a column, or says in a way that cannot be. */
export function questions(recording: Recording, column: SignalColumn, target: Target): Questions {
  const rate =
    recording.rate === null
      ? { why: t.signal.questions.noRate, hints: recording.hints }
      : null;
  return { rate, unit: unitQuestion(column, target.unit) };
}

function unitQuestion(column: SignalColumn, wanted: string): Questions["unit"] {
  if (!isVoltage(wanted))
    return { why: t.signal.questions.unitNotRead, choices: [{ unit: wanted, words: wanted }] };
  const width = spread(column.values);
  const choices = [
    ...VOLTAGES.map((unit) => ({
      unit,
      words: t.signal.questions.spread(unit, inMillivolts(width, unit)) + SIZES[judge(width, unit)],
    })),
    { unit: "counts", words: t.signal.questions.counts },
  ];
  if (column.unit === null)
    return { why: t.signal.questions.noUnit(column.name, looks(column.values)), choices };
  if (column.unit === "counts")
    return { why: t.signal.questions.needsGain(column.name), choices };
  const size = judge(width, column.unit);
  if (size === "plausible") return null;
  return {
    why: t.signal.questions.implausible(column.name, column.unit, inMillivolts(width, column.unit), size === "small"),
    choices,
  };
}

/** What the values look like. Those that fill the range from 0 or −1 to 1 exactly were scaled, as for training. */
function looks(values: Float64Array): string {
  const there = values.filter((value) => !Number.isNaN(value));
  const [low, high] = [there.reduce((a, b) => Math.min(a, b)), there.reduce((a, b) => Math.max(a, b))];
  if (high === 1 && (low === 0 || low === -1)) {
    return t.signal.questions.scaled(real(low));
  }
  return there.every(Number.isInteger) ? t.signal.questions.whole : "";
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
  const source = asked.rate ? t.signal.steps.said : t.signal.steps.after(recording.times);
  if (!(given >= SLOWEST * target.sample_rate && given <= FASTEST * target.sample_rate)) {
    throw new SignalError(t.signal.steps.rate(real(given, 4), source, real(target.sample_rate), real(SLOWEST * target.sample_rate), real(FASTEST * target.sample_rate)));
  }
  const count = t.signal.steps.values(column.values.length);
  const from =
    recording.columns.length > 1 || column.name !== t.signal.unnamed(Number(/\d+$/.exec(column.name)?.[0]))
      ? t.signal.steps.inColumn(count, column.name)
      : count;
  const gaps = column.gaps > 0 ? t.signal.steps.gaps(column.gaps) : "";
  const unit = converted(column, asked.unit ? answers : null, target.unit);
  const same = Math.abs(given / target.sample_rate - 1) < SAME_RATE;
  const rate = t.signal.steps.perSecond(real(given, 4), source, same);
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
      words: t.signal.steps.counts(real(gain), real(zero)),
    };
  }
  const who = answers ? t.signal.steps.byYou : t.signal.steps.byFile;
  if (!isVoltage(unit) || !isVoltage(wanted) || unit === wanted) return { values, words: t.signal.steps.unit(wanted, who) };
  const factor = ratio(unit, wanted);
  const equal = factor >= 1 ? t.signal.steps.larger(unit, real(factor), wanted) : t.signal.steps.smaller(real(1 / factor), unit, wanted);
  // Dividing by a whole number rounds once, multiplying by its inverse twice.
  return {
    values: values.map((value) => (factor >= 1 ? value * factor : value / Math.round(1 / factor))),
    words: t.signal.steps.converted(unit, who, equal),
  };
}

function filterWords({ taps, pass, half, stop }: LowPass, from: number, to: number, count: number): string {
  const hz = (value: number): string => real(value, 3);
  return t.signal.steps.filter(from > to, taps, hz(pass), hz(half), hz(stop), real(to), count);
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
  throw new SignalError(t.signal.steps.flat(column.name, real(level)));
}

/** Units that need further numbers. */
export function needsGain(unit: string | null): unit is Extract<Unit, "counts"> {
  return unit === "counts";
}
