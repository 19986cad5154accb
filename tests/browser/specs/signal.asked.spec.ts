/** What a file does not tell, or tells in a way that cannot be: rates, units and leads. Without a browser. */

import { expect, test } from "@playwright/test";
import { rateHints } from "../../../web/src/signal/hints";
import { leadOf, preferred } from "../../../web/src/signal/leads";
import { readRecording } from "../../../web/src/signal/recording";
import { type Answers, answered, checkFlat, questions, toSeries } from "../../../web/src/signal/series";
import { judge, ratio, spread, unitInName, unitInRemarks } from "../../../web/src/signal/units";
import { ecg, withTimes } from "../support/ecg";
import { filters } from "../support/filters";

const TARGET = { sample_rate: 180, unit: "mV" };
const NOTHING: Answers = { rate: null, unit: null, perMillivolt: null, zero: null };

const read = (text: string, name = "a.csv"): ReturnType<typeof readRecording> => readRecording(text, name);
/** The first column of a file at the model's rate and in its unit. */
const series = (text: string, answers: Partial<Answers> = {}, name = "a.csv"): ReturnType<typeof toSeries> => {
  const recording = read(text, name);
  const column = recording.columns[0]!;
  const asked = questions(recording, column, TARGET);
  const all = { ...NOTHING, ...answers };
  expect(answered(asked, all), "everything is known").toBe(true);
  return toSeries(recording, column, asked, all, TARGET, filters);
};
const asked = (text: string, column = 0, name = "a.csv"): ReturnType<typeof questions> => {
  const recording = read(text, name);
  return questions(recording, recording.columns[column]!, TARGET);
};
/** A beat as sets for training have it: scaled to the range from 0 to 1. */
const SCALED = Array.from({ length: 187 }, (_, i) => (i % 40) / 40);

test("the rate is asked for, with what the file mentions", () => {
  const without = withTimes(ecg({ rate: 360, seconds: 2 }), 360)
    .replace(/^[\d.]+,/gm, "")
    .replace("time (s),", "");
  expect(asked(without, 0, "patient_360.csv").rate).toEqual({
    why: "The file does not tell how many values a second it has.",
    hints: [{ rate: 360, where: "the file's name" }],
  });
  expect(answered(asked(without), NOTHING)).toBe(false);
  expect(series(without, { rate: 360 }).steps[0]).toBe(
    "720 values in the column “II (mV)”, 360 per second, as you said.",
  );
  expect(() => series(without, { rate: 50 })).toThrow(
    "50 values per second, as you said. The model reads 180; from 90 to 18000 can be converted.",
  );
  const rates = (...where: Parameters<typeof rateHints>): number[] => rateHints(...where).map(({ rate }) => rate);
  expect(rates("a.csv", [], ["Sample Rate,512 hertz"])).toEqual([512]);
  expect(rates("a.csv", [], ["fs=250", "0.5 kHz", "sampling interval: 0.00277778 sec"])).toEqual([250, 500, 360]);
  expect(rates("x_1000Hz_12bit.csv", ["ECG_500"], [])).toEqual([500, 1000]);
  expect(rates("100.csv", ["sample #", "V5"], ["Patient 17, born 1960"]), "the number of a record is none").toEqual([]);
});

test("units are read where they are named, and a V alone may be a lead", () => {
  for (const [name, unit] of [
    ["mV", "mV"],
    ["ecg_mv", "mV"],
    ["II (mV)", "mV"],
    ["II [uV]", "µV"],
    ["ECG/µV", "µV"],
    ["MLII μV", "µV"],
    ["ecg_V", "V"],
    ["II (V)", "V"],
    ["lead volts", "V"],
    ["raw_adc", "counts"],
    ["V", null],
    ["ECG V", null],
    ["aVF", null],
    ["V5", null],
    ["ecg", null],
    ["II (a.u.)", null],
  ] as const) {
    expect(unitInName(name), name).toBe(unit);
  }
  expect(unitInRemarks(["Name,X", "Unit,µV"])).toBe("µV");
  expect(unitInRemarks(["Einheit;mV", "unit: uV"]), "they do not agree").toBeNull();
  expect([ratio("V", "mV"), ratio("µV", "mV"), ratio("mV", "µV")]).toEqual([1000, 1e-3, 1000]);
  expect([judge(1.5, "mV"), judge(1.5, "µV"), judge(1.5, "V"), judge(1500, "µV")]).toEqual([
    "plausible",
    "small",
    "large",
    "plausible",
  ]);
  expect(spread([...Array<number>(500).fill(0), NaN, 99])).toBe(0);
});

test("a unit that is not named or cannot be is asked for, and converted as it is said", () => {
  const beats = ecg({ rate: 180, seconds: 2 });
  const file = (factor: number, head: string): string =>
    withTimes(
      beats.map((v) => v * factor),
      180,
      head,
    );
  const same = (text: string, answers: Partial<Answers> = {}): void => {
    const { values } = series(text, answers);
    expect(Math.max(...values.map((v, i) => Math.abs(v - beats[i]!)))).toBeLessThan(2e-3);
  };
  same(file(1, "time (s),II (mV)"));
  same(file(1000, "time (s),II (µV)"));
  same(file(0.001, "time (s),II_V"));
  const unnamed = asked(file(1000, "time (s),ecg")).unit!;
  expect(unnamed.why).toBe("The file does not tell the unit of “ecg”.");
  expect(unnamed.choices.map(({ words }) => words)).toEqual([
    "mV: they spread over 1400 mV, too much for an electrocardiogram",
    "µV: they spread over 1.4 mV",
    "V: they spread over 1400000 mV, too much for an electrocardiogram",
    "counts of a converter",
  ]);
  same(file(1000, "time (s),ecg"), { unit: "µV" });
  expect(series(file(1000, "time (s),ecg"), { unit: "µV" }).steps).toContain("In µV, as you said: 1000 µV are 1 mV.");
  expect(asked(file(1000, "time (s),II (mV)")).unit!.why).toContain(
    "in mV, but then its values spread over 1400 mV, more than",
  );
  expect(asked(file(0.001, "time (s),II (mV)")).unit!.why).toContain("less than");
  // Counts are whole numbers, and need their gain and zero.
  const counts = withTimes(
    beats.map((v) => Math.round(v * 200 + 1024)),
    180,
    "time (s),MLII",
  );
  expect(asked(counts).unit!.why).toContain("All are whole numbers, as counts of a converter are.");
  expect(answered(asked(counts), { ...NOTHING, unit: "counts", perMillivolt: 200 })).toBe(false);
  const said = series(counts, { unit: "counts", perMillivolt: 200, zero: 1024 });
  expect(Math.max(...said.values.map((v, i) => Math.abs(v - beats[i]!)))).toBeLessThanOrEqual(0.0026);
  expect(said.steps).toContain("Counts, as you said: 200 are 1 mV, and 1024 is 0 mV.");
  expect(asked(withTimes(SCALED.concat(1), 180, "time (s),ecg")).unit!.why).toContain(
    "from exactly 0 to exactly 1, as after scaling",
  );
  const flat = read(withTimes(Array<number>(200).fill(0), 180)).columns[0]!;
  expect(() => checkFlat(flat)).toThrow("“II (mV)” is a flat line: every value is 0. That is no electrocardiogram.");
});

test("leads are found in any usual spelling, and the model's own comes first", () => {
  for (const [name, lead] of [
    ["MLII", "MLII"],
    ["II", "II"],
    ["ii", "II"],
    ["lead ii", "II"],
    ["Lead 2", "II"],
    ["ECG_II (mV)", "II"],
    ["DII", "II"],
    ["LII", "II"],
    ["lead_II", "II"],
    ["Ableitung 3", "III"],
    ["ecgII", "II"],
    ["LeadII", "II"],
    ["avr", "aVR"],
    ["aVF [mV]", "aVF"],
    ["V5", "V5"],
    ["MLI", "MLI"],
    // As EDF+, DICOM and ISO 11073-10102 write them.
    ["ECG II", "II"],
    ["EKG aVL", "aVL"],
    ["ECG LL-RA", "II"],
    ["ECG LA-RA", "I"],
    ["LL-LA", "III"],
    ["Lead aVF", "aVF"],
    ["Lead II (Einthoven)", "II"],
    ["MDC_ECG_LEAD_V3", "V3"],
    ["MDC_ECG_LEAD_II", "II"],
    ["ECG V4R", "V4R"],
    ["EEG LA-RAX", null],
    ["ECG", null],
    ["mV", null],
    ["V", null],
    ["value 2", null],
    ["diiv", null],
  ] as const) {
    expect(leadOf(name), name).toBe(lead);
  }
  expect(preferred(["V5", "II", "MLII"], ["MLII", "II"])).toBe(2);
  expect(preferred(["V5", "II"], ["MLII", "ii"])).toBe(1);
  expect(preferred(["V5", null], ["MLII", "II"])).toBe(-1);
});
