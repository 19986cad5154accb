/** Tables of common devices, in their documented layouts and of nobody's heart: what their heads say is not asked. Without a browser. */

import { expect, test } from "@playwright/test";
import { readRecording } from "../../../web/src/signal/recording";
import { answered, questions, toSeries } from "../../../web/src/signal/series";
import { readRate, statedLead, statedRate } from "../../../web/src/signal/stated";
import { ecg } from "../support/ecg";
import { filters } from "../support/filters";

const TARGET = { sample_rate: 180, unit: "mV" };
const NOTHING = { rate: null, unit: null, perMillivolt: null, zero: null };
const read = (text: string): ReturnType<typeof readRecording> => readRecording(text, "a.csv");
/** That a file leaves nothing open, and its first column in millivolts as far as `values` go. */
function complete(text: string, values: number[], column = 0): ReturnType<typeof readRecording> {
  const recording = read(text);
  const chosen = recording.columns[column]!;
  const asked = questions(recording, chosen, TARGET);
  expect(asked).toEqual({ rate: null, unit: null });
  expect(answered(asked, NOTHING)).toBe(true);
  const { recorded } = toSeries(recording, chosen, asked, NOTHING, TARGET, filters);
  expect(recorded).toHaveLength(values.length);
  expect(Math.max(...recorded.map((value, i) => Math.abs(value - values[i]!)))).toBeLessThan(1e-6);
  return recording;
}

/** What the Health app of an Apple Watch exports: no name of a column, a blank line in the head, numbers of the person's language. */
function watch(head: string[], microvolts: number[], comma: boolean): string {
  const lines = microvolts.map((value) => (comma ? String(value).replace(".", ",") : String(value)));
  return `${[...head, "", ...lines].join("\n")}\n`;
}
const ENGLISH = [
  "Name",
  'Date of Birth,"Jan 8, 1900"',
  "Recorded Date,2024-05-01 16:32:18 -0700",
  "Classification,Sinus Rhythm",
  "Symptoms,",
  "Software Version,1.90",
  'Device,"Watch7,12"',
  "Sample Rate,512 hertz",
  "",
  "",
  "Lead,Lead I",
  "Unit,µV",
];
const GERMAN = [
  "Name",
  'Geburtstag,"01.01.1900"',
  "Aufzeichnungsdatum,2024-05-01 22:48:19 +0200",
  "Klassifizierung,Sinusrhythmus",
  "Symptome,",
  "Softwareversion,1.13",
  'Gerät,"Watch4,2"',
  "Messrate,511,562\u00a0Hertz",
  "",
  "Ableitung,Ableitung I",
  "Einheit,µV",
];
/** Three digits behind the mark, two, and none: as such files have them. */
const BEATS = ecg({ rate: 512, seconds: 3 }).map((value, i) => Number((1000 * value).toFixed(3 - (i % 4))));
const MILLIVOLTS = BEATS.map((value) => value / 1000);

test("Apple Health's export tells rate, lead and unit, in points or in commas", () => {
  const english = complete(watch(ENGLISH, BEATS, false), MILLIVOLTS);
  expect(english).toMatchObject({ rate: 512, times: "the line “Sample Rate,512 hertz”", columns: [{ lead: "I", unit: "µV" }] });
  const german = complete(watch(GERMAN, BEATS, true), MILLIVOLTS);
  expect(german).toMatchObject({ rate: 511.562, columns: [{ lead: "I", unit: "µV" }] });
  expect(german.notes.join()).toContain("Commas are read as decimal signs: the lines above the values name one lead and its unit.");
  // Windows' code page and ends of lines change nothing.
  expect(complete(watch(GERMAN, BEATS, true).replaceAll("\n", "\r\n"), MILLIVOLTS).rate).toBe(511.562);
  // In a language that is not known, the rate is offered and asked.
  const unknown = read(watch(GERMAN, BEATS, true).replace("Messrate", "Xyzzy"));
  expect([unknown.rate, unknown.hints]).toEqual([null, [{ rate: 511.562, where: "“Xyzzy,511,562\u00a0Hertz”" }]]);
});

test("rates are read in many languages, and a filter's frequency is none", () => {
  for (const line of [
    "Sample Rate,511,562 hertz",
    "Messrate,511,562 Hertz",
    "Abtastrate;511,562 Hz",
    "Fréquence d’échantillonnage,511,562 hertz",
    "Fréquence d'échantillonnage,511,562 hertz",
    "Frecuencia de muestreo,511,562 hertz",
    "Frequenza di campionamento,511,562 hertz",
    "Frequência de amostragem,511,562 hertz",
    "Bemonsteringsfrequentie,511,562 hertz",
    "Samplingsfrekvens: 511.562 Hz",
    "サンプルレート,511.562ヘルツ",
    '"Sampling Frequency","511.562 Hz"',
  ]) {
    expect(statedRate([line])?.rate, line).toBe(511.562);
  }
  for (const line of ["Filter,50 Hz", "Low pass,150 Hz", "Sample Rate,512", "Sample Rate,512 bpm", "Sample Rate,1.234,5 Hz", "Name,512 Hz"]) {
    expect(statedRate([line]), line).toBeNull();
  }
  expect(statedRate(["Sample Rate,512 hertz", "Sampling rate: 250 Hz"]), "they do not agree").toBeNull();
  // A mark of thousands and a decimal mark: only one of the two makes a recorder's rate.
  expect(["1,000 Hz", "1.000 Hz", "512,499 Hz", "0.5 kHz", "3 Hz", "90000 Hz"].map(readRate)).toEqual([1000, 1000, 512.499, 500, null, null]);
  for (const [line, lead] of [
    ["Lead,Lead I", "I"],
    ["Ableitung,Ableitung II", "II"],
    ["Dérivation,Dérivation I", "I"],
    ["Derivación,Derivación I", "I"],
    ["Afleiding,Afleiding I", "I"],
    ["誘導,I誘導", "I"],
    ["Leads,12", null],
    ["Name,I", null],
  ] as const) {
    expect(statedLead([line]), line).toBe(lead);
  }
});

test("a rate that the times contradict is asked", () => {
  const rows = Array.from({ length: 50 }, (_, i) => `${i * 4},${i % 7}`).join("\n");
  const file = (hertz: number): string => `Sample Rate,${hertz} Hz\ntime (ms),II (mV)\n${rows}`;
  expect(read(file(250))).toMatchObject({ rate: 250, times: "the times in “time (ms)”" });
  expect(read(file(251)).rate, "clocks go a little wrong").toBe(250);
  const other = read(file(500));
  expect(other.rate).toBeNull();
  expect(other.hints.map(({ rate }) => rate)).toEqual([250, 500]);
  expect(other.notes.join()).toContain("there are 250 values a second, and after the line “Sample Rate,500 Hz” 500.");
});

/** Polar Sensor Logger: the phone's time jumps with each packet, the sensor's is in nanoseconds of its own. */
function polar(mark: string): string {
  const [rate, count] = [130.2, 520];
  const values = ecg({ rate, seconds: count / rate }).map((value) => Math.round(1000 * value));
  const rows = values.map((value, i) => {
    const arrival = new Date(Date.UTC(2024, 4, 1, 12) + Math.floor(i / 73) * 562).toISOString().slice(0, -1);
    const sensor = 599616050941733632n + BigInt(Math.round((i * 1e9) / rate));
    return [arrival, sensor, Number(((1000 * i) / rate).toFixed(6)), value].join(mark);
  });
  return `${[["Phone timestamp", "sensor timestamp [ns]", "timestamp [ms]", "ecg [uV]"].join(mark), ...rows].join("\n")}\n`;
}

for (const [name, mark] of [
  ["semicolons", ";"],
  ["tabs", "\t"],
] as const) {
  test(`Polar's files with ${name}: the sensor's own clock, and microvolts`, () => {
    const values = ecg({ rate: 130.2, seconds: 520 / 130.2 }).map((value) => Math.round(1000 * value) / 1000);
    const recording = complete(polar(mark), values);
    expect(recording.rate).toBeCloseTo(130.2, 4);
    expect(recording).toMatchObject({ times: "the times in “sensor timestamp [ns]”", columns: [{ name: "ecg [uV]", unit: "µV", lead: null }] });
    expect(recording.columns).toHaveLength(1);
  });
}

test("a packet that Polar's sensor lost is no shorter second", () => {
  const rows = polar(";").split("\n");
  rows.splice(200, 73);
  expect(() => read(rows.join("\n"))).toThrow("are not evenly spaced: between lines 200 and 201");
});

test("PhysioBank's exports: quotes and a row of units, tabs with seconds, and numbers of a converter", () => {
  const values = ecg({ rate: 360, seconds: 3 }).map((value) => Number(value.toFixed(3)));
  const quoted = values.map((value, i) => {
    const ms = Math.round((1000 * i) / 360);
    return `'${Math.floor(ms / 60_000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, "0")}.${String(ms % 1000).padStart(3, "0")}',${value},0`;
  });
  const export1 = ["'Elapsed time','MLII','V5'", "'mm:ss.mmm','mV','mV'", ...quoted].join("\n");
  expect(complete(export1, values)).toMatchObject({ rate: 360, columns: [{ lead: "MLII", unit: "mV" }, { lead: "V5" }] });
  const dated = export1
    .replace("mm:ss.mmm", "hh:mm:ss.mmm dd/mm/yyyy")
    .replace(/^'0:0(.*?)'/gm, "'[12:00:0$1 01/05/2024]'");
  expect(complete(dated, values).rate).toBe(360);
  // rdsamp -p -v
  const lines = values.map((value, i) => `${(i / 360).toFixed(3).padStart(7)}\t${value.toFixed(3).padStart(7)}\t  0.000`);
  const plain = ["time\tMLII\tV5", "(sec)\t(mV)\t(mV)", ...lines].join("\n");
  expect(complete(plain, values)).toMatchObject({ rate: 360, columns: [{ lead: "MLII", unit: "mV" }, { unit: "mV" }] });
  // rdsamp -v: neither rate nor gain are in it.
  const counts = values.map((value, i) => `${String(i).padStart(6)}\t${String(Math.round(200 * value + 1024)).padStart(5)}`);
  const raw = read(["samp #\tMLII", ...counts].join("\n"));
  expect(raw).toMatchObject({ rate: null, columns: [{ name: "MLII", unit: null }] });
  expect(questions(raw, raw.columns[0]!, TARGET).unit!.why).toContain("All are whole numbers, as counts of a converter are.");
});
