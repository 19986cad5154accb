/** Files to recordings: tables, gaps, times, axes. Exact, and without a browser. */

import { expect, test } from "@playwright/test";
import { readSheet } from "../../../web/src/signal/csv";
import { readRecording } from "../../../web/src/signal/recording";
import { ticks } from "../../../web/src/signal/ticks";

const read = (text: string): ReturnType<typeof readRecording> => readRecording(text, "a.csv");
const columns = (text: string): [string, number[]][] =>
  read(text).columns.map(({ name, values }) => [name, [...values]]);
/** Times and values, one pair a line. */
const timed = (times: (string | number)[], head = "time,ecg"): string =>
  [head, ...times.map((time, i) => `${time},${(i % 7) * 0.1}`)].join("\n");
const every = (step: number, count = 40): number[] => Array.from({ length: count }, (_, i) => i * step);

test("tables are read as people have them", () => {
  expect(columns("1\n2.5\n-3e-1\n")).toEqual([["column 1", [1, 2.5, -0.3]]]);
  expect(columns("\ufeffmV\r\n1\r\n2\r\n\r\n")).toEqual([["mV", [1, 2]]]);
  expect(columns("# from a monitor\n1\n2")).toEqual([["column 1", [1, 2]]]);
  expect(columns("a;mV\n0,5;1,25\n0;-2")).toEqual([
    ["a", [0.5, 0]],
    ["mV", [1.25, -2]],
  ]);
  expect(columns("0,5\t1\n0\t2")).toEqual([
    ["column 1", [0.5, 0]],
    ["column 2", [1, 2]],
  ]);
  expect(columns("5 1.5\n4  -2\n 3 1")).toEqual([
    ["column 1", [5, 4, 3]],
    ["column 2", [1.5, -2, 1]],
  ]);
  expect(columns("5 1,5\n4 -2,25")).toEqual([
    ["column 1", [5, 4]],
    ["column 2", [1.5, -2.25]],
  ]);
  expect(columns(`"a","ecg"\n"7,5","-0,30"\n"0,5","1,25"`)).toEqual([
    ["a", [7.5, 0.5]],
    ["ecg", [-0.3, 1.25]],
  ]);
  expect(columns(`'say ''x''','b, or c'\n4,1\n3,2`)).toEqual([
    ["say 'x'", [4, 3]],
    ["b, or c", [1, 2]],
  ]);
  expect(columns("-0,305\n1,200\n0,015")).toEqual([["column 1", [-0.305, 1.2, 0.015]]]);
  expect(columns("ecg\n-0,305\n1,200\n0,015")[0]![1]).toEqual([-0.305, 1.2, 0.015]);
  // A signal in one line is one column.
  expect(
    columns(
      every(0.5, 30)
        .map((v) => v - 3)
        .join(","),
    )[0]![1],
  ).toHaveLength(30);
});

test("lines about the recording may stand above the table, and names and units in rows of their own", () => {
  const watch = "Name,N. N.\nSample Rate,512 hertz\n\nLead,Lead I\nUnit,µV\n\n-5.5\n10\n3";
  expect(readSheet(watch)).toMatchObject({
    remarks: ["Name,N. N.", "Sample Rate,512 hertz", "Lead,Lead I", "Unit,µV"],
    names: [],
  });
  expect(read(watch)).toMatchObject({ rate: 512, hints: [{ rate: 512 }], columns: [{ lead: "I", unit: "µV" }] });
  expect(read(watch.replace(/-5.5[^]*/, "-5,043\n10,250\n3,100")).columns[0]).toMatchObject({
    lead: "I",
    unit: "µV",
    values: new Float64Array([-5.043, 10.25, 3.1]),
  });
  expect(readSheet("'Elapsed time','MLII'\n'mm:ss.mmm','mV'\n'0:00.000',1\n'0:00.004',2")).toMatchObject({
    names: ["Elapsed time", "MLII"],
    units: ["mm:ss.mmm", "mV"],
    rows: [
      { line: 3, cells: ["0:00.000", "1"] },
      { line: 4, cells: ["0:00.004", "2"] },
    ],
  });
  // The row above is a remark where the one below is no row of units.
  expect(readSheet("Patient,someone\ntime,ecg\n0,1\n1,2")).toMatchObject({
    remarks: ["Patient,someone"],
    names: ["time", "ecg"],
  });
});

test("gaps are kept as gaps, and columns of words are left out by name", () => {
  const { columns: found, notes } = read("a,b,note\n3,1,x\n1,NaN,y\n2,,z");
  expect(found.map(({ name, values, gaps }) => [name, [...values], gaps])).toEqual([
    ["a", [3, 1, 2], 0],
    ["b", [1, NaN, NaN], 2],
  ]);
  expect(notes).toEqual(["Left out, as no column of numbers: “note” (“x” in line 2)."]);
});

test("an empty line is a gap in a column alone, and no row of several columns", () => {
  for (const text of ["mV\n0.1\n\n0.2\n\n", "\n\n0.1\r\n \r\n0.2", "Lead,I\n\n0.1\n# a remark\n\n0.2\n"]) {
    expect([...columns(text)[0]![1]], JSON.stringify(text)).toEqual([0.1, NaN, 0.2]);
  }
  expect(columns("a,b\n3,0.1\n\n2,0.2\n")).toEqual([
    ["a", [3, 2]],
    ["b", [0.1, 0.2]],
  ]);
});

const SCALED = Array.from({ length: 187 }, (_, i) => (i % 40) / 40);
const MALFORMED: [string, string, string][] = [
  ["an empty file", " \n\n", "no numbers in it"],
  ["words", "hello\nworld\n", "line 1 begins “hello”"],
  ["no text", "a\0b", "not a text file"],
  ["a word among numbers", "1\n2\nthree\n4", "Line 3: “three” is not a number."],
  ["a time among numbers", "1\n2\n0:03\n4", "Line 3: “0:03” is a time and not a number."],
  ["a line too short", "0,1\n1,2\n2\n", "Line 3 has 1 column, and the lines before it 2."],
  ["names that do not fit", "time,mV\n1,2,3\n4,5,6", "Line 2 has 3 columns, and the names in line 1 are 2."],
  ["a number too large", "1\n1e999\n1\n", "Line 2: “1e999” is not a number."],
  ["decimal commas or two columns", "1,234\n1,235\n1,111", "can mean the number 1.234, or 1 and 234 in two columns"],
  ["thousands or decimals", "a;b\n1,234;1\n2,345;1", "“1,234” can mean 1234 or 1.234."],
  ["a long preamble", `${"word\n".repeat(70)}1\n2`, "At most 60 lines can stand above"],
  [
    "a beat a line",
    [...SCALED, 0]
      .map((v) => v * 3)
      .join(",")
      .concat("\n")
      .repeat(3),
    "one value a line",
  ],
  [
    "beats scaled for training",
    [...SCALED, 1].join(","),
    "188 numbers from 0 to 1, perhaps followed by a class: beats that were scaled",
  ],
  [
    "times that do not rise",
    "time,value\n0,1\n0.1,2\n0.1,3",
    "The time in line 4 (time) does not rise: 0.1 is followed by 0.1.",
  ],
  [
    "a missing piece",
    "time,value\n0,1\n1,2\n2,3\n9,4\n10,5",
    "between lines 4 and 5 they go from 2 to 9, and a usual step is 1",
  ],
];

for (const [name, text, message] of MALFORMED) {
  test(`a malformed file is refused with its reason: ${name}`, () => {
    expect(() => read(text)).toThrow(message);
  });
}

test("times are understood as files write them, and rounding does not change the rate", () => {
  const rate = (text: string): number | null => read(text).rate;
  const at = (hz: number, write: (seconds: number, i: number) => string): string[] =>
    Array.from({ length: 50 }, (_, i) => write(i / hz, i));
  expect(rate(timed(every(1 / 360)))).toBe(360);
  expect(
    rate(
      timed(
        at(360, (t) => t.toFixed(3)),
        "time (s),ecg",
      ),
    ),
  ).toBe(360);
  expect(
    rate(
      timed(
        at(250, (t) => (1000 * t).toFixed(0)),
        "Time_ms,ecg",
      ),
    ),
  ).toBe(250);
  expect(
    rate(
      timed(
        at(250, (t) => String(1e6 * t)),
        "t [µs],ecg",
      ),
    ),
  ).toBe(250);
  expect(
    rate(
      timed(
        at(360, (t) => `'0:${t.toFixed(3).padStart(6, "0")}'`),
        "'Elapsed time','MLII'\n'mm:ss.mmm','mV'",
      ),
    ),
  ).toBe(360);
  expect(
    rate(
      timed(
        at(360, (t) => `[11:59:${(59 + t).toFixed(3)} 01/05/2024]`),
        "Time and date,ecg",
      ),
    ),
  ).toBe(360);
  expect(
    rate(
      timed(
        at(500, (t) => new Date(1.7e12 + 1000 * t).toISOString()),
        "stamp,ecg",
      ),
    ),
  ).toBe(500);
  // Over midnight, with a date that can be read.
  expect(
    rate(
      timed(
        at(200, (t) => new Date(Date.UTC(2024, 1, 28, 23, 59, 59, 900) + 1000 * t).toISOString()),
        "stamp,ecg",
      ),
    ),
  ).toBe(200);
  expect(rate(timed(at(200, (t, i) => `0${1 + Math.floor(i / 25)}.05.2024 12:00:0${t.toFixed(3)}`)))).toBeNull();
  // A unit that is not named is the one that gives a usual rate, and that is said.
  const ms = read(timed(every(4)));
  expect([ms.rate, ms.times]).toEqual([
    250,
    "the times in “time” (taken for milliseconds, as no other unit gives a usual rate)",
  ]);
  expect(read(timed(every(4), "time (ms),ecg")).times).toBe("the times in “time (ms)”");
  // Without names, the first column is the time where it rises evenly.
  expect(
    read(
      every(0.004, 9)
        .map((t, i) => `${t.toFixed(3)} ${i % 3}`)
        .join("\n"),
    ).rate,
  ).toBe(250);
  expect(read("9 1\n4 2\n5 1")).toMatchObject({ rate: null, columns: [{ name: "column 1" }, { name: "column 2" }] });
});

test("times that cannot be used are named, and never taken for something", () => {
  const notes = (text: string): string[] => read(text).notes;
  expect(notes(timed(every(1), "sample,ecg"))).toEqual(["The column “sample” counts the values and tells no times."]);
  // Seconds, or milliseconds at 1000 a second: it could be either.
  expect(notes(timed(every(1)))).toEqual(["The column “time” counts the values and tells no times."]);
  expect(
    notes(
      timed(
        every(7).map((t) => `${t} h`),
        "Zeit,ecg",
      ),
    ),
  ).toEqual(["The times in the column “Zeit” could not be read: “0 h” in line 2."]);
  expect(notes(timed(every(0.035)))).toEqual([
    "What the times in the column “time” count in is not known: they go up by 0.035.",
  ]);
  expect(notes(timed(Array.from({ length: 9 }, (_, i) => `0${1 + i}.05.2024 12:00:00`)))[0]).toContain(
    "dates in a form that cannot be read for sure",
  );
  for (const text of [timed(every(1)), timed(every(1), "sample,ecg"), timed(every(0.035))]) {
    expect(read(text)).toMatchObject({ rate: null, columns: [{ name: "ecg" }] });
  }
});

test("axes have round numbers", () => {
  expect(ticks(0, 705, 8)).toEqual([0, 100, 200, 300, 400, 500, 600, 700]);
  expect(ticks(-0.42, 1.37, 6)).toEqual([0, 0.5, 1]);
  expect(ticks(-1, 1, 4)).toEqual([-1, -0.5, 0, 0.5, 1]);
  expect(ticks(0, 65535, 3)).toEqual([0, 50000]);
});
