/** Recordings of devices: WFDB, EDF and DICOM waveforms, by writers of the test's own. */

import { expect, test } from "@playwright/test";
import { isEdf, readEdf } from "../../../web/src/signal/edf";
import { readWaveform } from "../../../web/src/signal/waveform";
import { readWfdb } from "../../../web/src/signal/wfdb";
import { dicom, type Elements, SYNTAX } from "../support/dicom";

const SAMPLES = [0, 1, -1, 200, -200, 511, -511, 37, 5, -6, 77, 100];
const sum = (values: number[]): number => (values.reduce((a, b) => a + b, 0) << 16) >> 16;

/** Packs samples in a format of WFDB (signal(5)). */
function packed(format: number, samples: number[]): Buffer {
  const bytes: number[] = [];
  const low = (value: number, count: number): void => {
    for (let i = 0; i < count; i += 1) bytes.push((value >> (8 * i)) & 255);
  };
  if (format === 212) {
    for (let i = 0; i < samples.length; i += 2) {
      const [a, b] = [samples[i]! & 0xfff, (samples[i + 1] ?? 0) & 0xfff];
      bytes.push(a & 255, (a >> 8) | ((b >> 8) << 4), b & 255);
    }
  } else if (format === 310 || format === 311) {
    for (let i = 0; i < samples.length; i += 3) {
      const [a, b, c] = [0, 1, 2].map((k) => (samples[i + k] ?? 0) & 0x3ff) as [number, number, number];
      if (format === 311) low(a | (b << 10) | (c << 20), 4);
      else {
        low((a << 1) | ((c & 31) << 11), 2);
        low((b << 1) | ((c >> 5) << 11), 2);
      }
    }
  } else for (const value of samples) low(value, format / 8);
  return Buffer.from(bytes);
}

const record = (header: string, data: Buffer): { name: string; bytes: Uint8Array }[] => [
  { name: "r.dat", bytes: data },
  { name: "r.hea", bytes: Buffer.from(header) },
];

for (const format of [16, 24, 32, 212, 310, 311]) {
  test(`WFDB, format ${format}: values by gain and baseline, gaps, and sums`, () => {
    const gap = { 16: -32768, 24: -8388608, 32: -2147483648, 212: -2048, 310: -512, 311: -512 }[format]!;
    const two = SAMPLES.flatMap((value) => [value, value === 37 ? gap : 2 * (value % 100)]);
    const second = two.filter((_, i) => i % 2 === 1);
    const lines = [
      `r 2 360 ${SAMPLES.length}`,
      `r.dat ${format} 200(10)/mV 11 0 0 ${sum(SAMPLES)} 0 MLII`,
      `r.dat ${format} 100 11 5 0 ${sum(second)} 0 V5`,
      "# a remark",
    ];
    const { columns, rate, times } = readWfdb(record(`${lines.join("\n")}\n`, packed(format, two)));
    expect([rate, times]).toEqual([360, "the header of the WFDB file"]);
    expect(columns.map(({ name, lead, unit, gaps }) => [name, lead, unit, gaps])).toEqual([
      ["MLII", "MLII", "mV", 0],
      ["V5", "V5", "mV", 1],
    ]);
    expect([...columns[0]!.values]).toEqual(SAMPLES.map((value) => (value - 10) / 200));
    expect([...columns[1]!.values]).toEqual(second.map((value) => (value === gap ? Number.NaN : (value - 5) / 100)));
  });
}

test("WFDB: what is missing, cut off or of another record is refused with its name", () => {
  const header = `r 1 360 ${SAMPLES.length}\nr.dat 16 200 11 0 0 ${sum(SAMPLES)} 0 II\n`;
  const data = packed(16, SAMPLES);
  const refused = (text: string, bytes: Buffer, message: string): void => expect(() => readWfdb(record(text, bytes)), message).toThrow(message);
  expect(() => readWfdb([{ name: "r.dat", bytes: data }])).toThrow("choose the .hea file together with them");
  expect(() => readWfdb([{ name: "r.hea", bytes: Buffer.from(header) }])).toThrow("names the file “r.dat”");
  refused(header, data.subarray(2), "announces 12 samples of each signal, and 11 are there");
  refused(header, packed(16, SAMPLES.map((value) => value + 1)), "is not what the record's header was written for");
  refused("r/3 1 360 12\nr.dat 16\n", data, "segments");
  refused(header.replace(" 16 ", " 80 "), data, "in format 80");
  refused(header.replace("360", "no"), data, "its rate is “no”");
  refused("r 2 360 12\nr.dat 16\n", data, "announces 2 signals, and has 1 line for them");
  refused("r 0 360 12\n", data, "“0” signals");
  // Without a gain nobody knows what a count is.
  const bare = readWfdb(record("r 1 100\nr.dat 16\n", data));
  expect(bare.columns.map(({ unit, values }) => [unit, values.length])).toEqual([["counts", 12]]);
  // Two samples a frame are twice the rate; what is slower is left out.
  const mixed = readWfdb(record("r 2 100 4\nr.dat 16x2 1 16 0 0 0 0 fast\nr.dat 16 1 16 0 0 0 0 slow\n".replaceAll(" 0 0 0 0 ", " 0 0 "), data));
  expect([mixed.rate, mixed.columns.map(({ name }) => name), mixed.notes]).toEqual([200, ["signal 1"], ["Left out, at other rates: “signal 2”."]]);
});

interface EdfSignal {
  label: string;
  unit: string;
  physical: [number, number];
  digital: [number, number];
  records: number[][];
}

function edf(signals: EdfSignal[], { reserved = "", seconds = 1, count = signals[0]!.records.length, wide = false } = {}): Buffer {
  const pad = (text: string | number, length: number): string => String(text).padEnd(length);
  const each = (length: number, value: (signal: EdfSignal) => string | number): string => signals.map((signal) => pad(value(signal), length)).join("");
  const version = wide ? "\xffBIOSEMI" : pad("0", 8);
  const size = 256 * (1 + signals.length);
  const head = [
    version + pad("X", 80) + pad("Startdate", 80) + pad("01.01.20", 8) + pad("00.00.00", 8),
    pad(size, 8) + pad(reserved, 44) + pad(count, 8) + pad(seconds, 8) + pad(signals.length, 4),
    each(16, ({ label }) => label) + each(80, () => "") + each(8, ({ unit }) => unit),
    each(8, ({ physical }) => physical[0]) + each(8, ({ physical }) => physical[1]),
    each(8, ({ digital }) => digital[0]) + each(8, ({ digital }) => digital[1]),
    each(80, () => "") + each(8, ({ records }) => records[0]!.length) + each(32, () => ""),
  ].join("");
  const data = signals[0]!.records.flatMap((_, r) => signals.flatMap(({ records }) => records[r]!.map((value) => packed(wide ? 24 : 16, [value]))));
  return Buffer.concat([Buffer.from(head, "latin1"), ...data]);
}

const ECG: EdfSignal = { label: "ECG II", unit: "uV", physical: [-3200, 3200], digital: [-32768, 32767], records: [[0, 1, -1, 32767], [-32768, 5, 6, 7]] };
const SLOW: EdfSignal = { label: "Temp", unit: "C", physical: [30, 40], digital: [0, 100], records: [[1], [2]] };
const NOTES: EdfSignal = { label: "EDF Annotations", unit: "", physical: [-1, 1], digital: [-32768, 32767], records: [[43, 48], [43, 49]] };

test("EDF: values by the ranges of the header, annotations and slower signals apart", () => {
  for (const wide of [false, true]) {
    const file = edf([ECG, SLOW, { ...NOTES, label: wide ? "BDF Annotations" : "EDF Annotations" }], { reserved: wide ? "24BIT" : "EDF+C", wide });
    expect(isEdf(file)).toBe(true);
    const { columns, rate, notes } = readEdf(file);
    expect([rate, notes]).toEqual([4, ["Left out, at lower rates: “Temp”."]]);
    expect(columns.map(({ name, lead, unit }) => [name, lead, unit])).toEqual([["ECG II", "II", "µV"]]);
    expect([...columns[0]!.values]).toEqual(ECG.records.flat().map((value) => -3200 + (value + 32768) * (6400 / 65535)));
  }
  expect(readEdf(edf([ECG], { count: -1, seconds: 0.5 })).rate).toBe(8);
});

test("EDF: what is discontinuous, cut off or makes no sense is refused", () => {
  const whole = edf([ECG, SLOW]);
  expect(() => readEdf(edf([ECG], { reserved: "EDF+D" }))).toThrow("discontinuous");
  expect(() => readEdf(whole.subarray(0, -1))).toThrow("announces 2 records, and 1 are there");
  expect(() => readEdf(whole.subarray(0, 300))).toThrow("header is cut off");
  expect(() => readEdf(edf([{ ...ECG, digital: [5, 5] }]))).toThrow("range without width");
  expect(() => readEdf(edf([NOTES]))).toThrow("annotations alone");
  expect(() => readEdf(edf([ECG], { seconds: 0 }))).toThrow("last 0 seconds");
  for (let length = 8; length < whole.length; length += 1) expect(() => readEdf(whole.subarray(0, length))).toThrow(/EDF file/);
});

const code = (text: string): Elements[string] => ["SQ", [{ "00080100": ["SH", text], "00080104": ["LO", text] }]];
const short = (value: number): Buffer => Buffer.from(Uint16Array.of(value).buffer);

function waveform(values: number[], more: Elements = {}): Elements {
  const channel = (name: string, sensitivity: string): Elements => ({
    "003a0208": code(name),
    "003a0210": ["DS", sensitivity],
    "003a0211": code("uV"),
    "003a0212": ["DS", "1"],
    "003a0213": ["DS", "3"],
  });
  return {
    "003a0005": ["US", short(2)],
    "003a0010": ["UL", Buffer.from(Uint32Array.of(values.length / 2).buffer)],
    "003a001a": ["DS", "500"],
    "003a0200": ["SQ", [channel("Lead I (Einthoven)", "2.5"), channel("Lead aVR", "1")]],
    "54001004": ["US", short(16)],
    "54001006": ["CS", "SS"],
    "54001010": ["OW", Buffer.from(Int16Array.from(values).buffer)],
    ...more,
  };
}

const file = (...groups: Elements[]): Buffer => dicom({ columns: 1, rows: 1, pixels: [0], more: { "54000100": ["SQ", groups] } });

test("DICOM: the longest waveform, by sensitivity and baseline", async () => {
  const { columns, rate, notes } = await readWaveform(file(waveform([1, 2]), waveform([10, -1, -32768, 7])));
  expect([rate, notes]).toEqual([500, ["The file has 2 groups of channels: the longest is taken."]]);
  expect(columns.map(({ lead, unit, values }) => [lead, unit, [...values]])).toEqual([
    ["I", "µV", [28, -81_917]],
    ["aVR", "µV", [2, 10]],
  ]);
  const padded = await readWaveform(file(waveform([10, -1, -32768, 7], { "5400100a": ["OW", Buffer.from(Int16Array.of(-32768).buffer)] })));
  expect([...padded.columns[0]!.values]).toEqual([28, Number.NaN]);
  await expect(readWaveform(file(waveform([1, 2], { "003a0010": ["UL", Buffer.from(Uint32Array.of(9).buffer)] })))).rejects.toThrow("cut off");
  await expect(readWaveform(file(waveform([1, 2], { "54001006": ["CS", "MB"] })))).rejects.toThrow("coded as MB");
  await expect(readWaveform(dicom({ columns: 1, rows: 1, pixels: [0], syntax: SYNTAX.explicit }))).rejects.toThrow("no waveform");
});
