/** Tables to signals: reading, rates, windows, axes. Exact, and without a browser. */

import { expect, test } from "@playwright/test";
import type { SignalInput } from "../../../web/src/card";
import { readTable } from "../../../web/src/signal/csv";
import { resample, signalColumns, toSeries } from "../../../web/src/signal/series";
import { ticks } from "../../../web/src/signal/ticks";
import { checkLength, defaultStart, outOfRange, windowWords } from "../../../web/src/signal/window";

const INPUT: SignalInput = {
  kind: "signal",
  label: "Heartbeat",
  channels: 1,
  length: 4,
  sample_rate: 180,
  unit: "mV",
  min: -10,
  max: 10,
  marker: { index: 1, label: "R peak" },
  help: "",
};

const columns = (text: string): [string, number[]][] => readTable(text).columns.map(({ name, values }) => [name, values]);
/** The signal of a file as the page takes it at first. */
const series = (text: string, input = INPUT): ReturnType<typeof toSeries> => {
  const table = readTable(text);
  const { time, signals } = signalColumns(table);
  return toSeries(table, time, signals[0]!, input);
};

test("tables are read as people have them", () => {
  expect(columns("1\n2.5\n-3e-1\n")).toEqual([["column 1", [1, 2.5, -0.3]]]);
  expect(columns("\ufeffmV\r\n1\r\n\r\n2\r\n")).toEqual([["mV", [1, 2]]]);
  expect(columns("# from a monitor\n1\n2")).toEqual([["column 1", [1, 2]]]);
  expect(columns("time,value\n0,1\n1,2")).toEqual([["time", [0, 1]], ["value", [1, 2]]]);
  expect(columns("t;mV\n0,5;1,25\n1;-2")).toEqual([["t", [0.5, 1]], ["mV", [1.25, -2]]]);
  expect(columns("0,5\t1\n1\t2")).toEqual([["column 1", [0.5, 1]], ["column 2", [1, 2]]]);
  expect(columns("'time','MLII'\n's','mV'\n0,1\n1,2")).toEqual([["time s", [0, 1]], ["MLII mV", [1, 2]]]);
  // A column of words is left out.
  expect(columns("time,value,note\n0,1,a\n1,2,b")).toEqual([["time", [0, 1]], ["value", [1, 2]]]);
});

const MALFORMED: [string, string, string][] = [
  ["an empty file", " \n\n", "no numbers in it"],
  ["words", "hello\nworld\n", "line 1 begins “hello”"],
  ["no text", "a\0b", "not a text file"],
  ["a word among numbers", "1\n2\nthree\n4", "Line 3: “three” is not a number."],
  ["a gap", "time,value\n0,1\n1,\n2,3", "Line 3 (value) lacks a number."],
  ["a line too short", "0,1\n1,2\n2\n", "Line 3 has 1 column, and the lines before it 2."],
  ["names that do not fit", "time,value\n1\n2", "Line 2 has 1 columns, and the names in line 1 are 2."],
  ["a number too large", "1\n1e999\n", "Line 2: “1e999” is not a number."],
  ["a long preamble", "a\nb\nc\n1", "Line 3 is not a line of numbers: “c”."],
];

for (const [name, text, message] of MALFORMED) {
  test(`a malformed table is refused with its line: ${name}`, () => {
    expect(() => readTable(text)).toThrow(message);
  });
}

test("columns are found by their names, or by their order", () => {
  const found = (text: string): unknown => {
    const { time, signals } = signalColumns(readTable(text));
    return [time?.name ?? null, signals.map(({ name }) => name)];
  };
  expect(found("1\n2")).toEqual([null, ["column 1"]]);
  expect(found("lead,time\n5,0\n4,1")).toEqual(["time", ["lead"]]);
  expect(found("Time (ms);V5;ECG\n0;1;2\n1;2;3")).toEqual(["Time (ms)", ["ECG", "V5"]]);
  expect(found("a,b\n3,1\n1,2")).toEqual([null, ["a", "b"]]);
  expect(found("0,1\n0.1,2")).toEqual(["time", ["column 2"]]);
  expect(() => found("0,12\n0,13\n0,11")).toThrow(/does not rise in line 2.*decimal sign/);
});

test("without times the model's rate is taken; with them values are interpolated", () => {
  expect(series("1\n2\n3")).toEqual({ values: [1, 2, 3], steps: ["3 values, taken as 180 values per second in mV: the file names no times."] });
  const rising = (rate: number, n: number, unit = 1): string =>
    ["time,value", ...Array.from({ length: n }, (_, i) => `${((unit * i) / rate).toFixed(unit === 1 ? 6 : 3)},${i}`)].join("\n");
  expect(series(rising(180, 5)).values).toEqual([0, 1, 2, 3, 4]);
  const half = series(rising(360, 9));
  expect(half.values.map((v) => Number(v.toFixed(9)))).toEqual([0, 2, 4, 6, 8]);
  expect(half.steps).toEqual([
    "9 values in the column “value”, 360 per second after the times in “time”.",
    "Linear interpolation to 180 per second gives 5 values.",
  ]);
  expect(series(rising(90, 3).replace("time", "time_ms").replace(/^([\d.]+),/gm, (_, t) => `${Number(t) * 1000},`)).values).toHaveLength(5);
  // Times that are rounded to milliseconds are still even.
  const rounded = ["time,value", ...Array.from({ length: 50 }, (_, i) => `${(i / 360).toFixed(3)},0`)].join("\n");
  expect(series(rounded).steps[0]).toContain("per second after");
  expect(() => series(rising(50, 9))).toThrow(/50 values per second.*from 90 to 18000/);
  expect(() => series("time,value\n0,1\n0.1,2\n0.1,3")).toThrow("The time in line 4 does not rise: 0.1 is followed by 0.1.");
  expect(() => series("time,value\n0,1\n1,2\n2,3\n9,4\n10,5")).toThrow("between lines 4 and 5 they go from 2 to 9, and a usual step is 1");
  expect(resample([0, 10], 1, 4)).toEqual([0, 2.5, 5, 7.5, 10]);
  expect(resample([0, 10, 20], 3, 2)).toEqual([0, 15]);
});

test("of a long signal the largest value comes to the mark, as far as the part fits", () => {
  expect(defaultStart([0, 0, 0, -9, 0, 0, 0], INPUT)).toBe(2);
  // The largest stands where the part would reach beyond the end: the largest among the others is taken.
  expect(defaultStart([0, 3, 0, 0, 0, 9], INPUT)).toBe(0);
  expect(defaultStart([1, 1, 1, 1], INPUT)).toBe(0);
  expect(defaultStart([0, 0, 0, 0, 7, 0], { length: 4, marker: null })).toBe(2);
  const long = [0, 0, 0, -9, 0, 0, 0];
  expect(windowWords(long, 2, INPUT)).toBe("Chosen so that its largest absolute value, −9 mV, lies at the mark “R peak”: values 3 to 6 of 7, from 11.11 ms on.");
  expect(windowWords(long, 0, INPUT)).toBe("Chosen by you: values 1 to 4 of 7, from 0 ms on.");
  expect(windowWords([1, 2, 3, 4], 0, INPUT)).toBe("All 4 values are used.");
  expect(() => checkLength([1, 2, 3], INPUT)).toThrow("too short: 3 values at 180 per second. The model reads 4, that is 22.2 ms.");
  expect(outOfRange([0, 10, -10, 1], INPUT)).toBeNull();
  expect(outOfRange([0, 1, -11, 1], INPUT)).toBe("Value 3 of this part is −11, and the model takes −10 to 10 mV. Perhaps the file counts in another unit.");
});

test("axes have round numbers", () => {
  expect(ticks(0, 705, 8)).toEqual([0, 100, 200, 300, 400, 500, 600, 700]);
  expect(ticks(-0.42, 1.37, 6)).toEqual([0, 0.5, 1]);
  expect(ticks(-1, 1, 4)).toEqual([-1, -0.5, 0, 0.5, 1]);
  expect(ticks(0, 65535, 3)).toEqual([0, 50000]);
});
