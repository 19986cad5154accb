/** Signals on their way to the model: the low-pass, R peaks, the part that is read, what speaks against it. No browser. */

import { expect, test } from "@playwright/test";
import type { SignalInput } from "../../../web/src/card";
import { measure } from "../../../web/src/signal/quality";
import { readRecording } from "../../../web/src/signal/recording";
import { questions, toSeries } from "../../../web/src/signal/series";
import { signalWarnings } from "../../../web/src/signal/warnings";
import { checkLength, defaultStart, partProblem, peaksThatFit, windowWords } from "../../../web/src/signal/window";
import { ecg, withTimes } from "../support/ecg";
import { filters, findPeaks, lowPass, resample } from "../support/filters";

const INPUT: SignalInput = {
  kind: "signal",
  label: "Heartbeat",
  channels: 1,
  length: 128,
  sample_rate: 180,
  unit: "mV",
  min: -10,
  max: 10,
  marker: { index: 64, label: "R peak" },
  help: "",
};
const DOMAIN = { leads: ["MLII", "II"], recording_rate: { min: 100, max: 1000 }, amplitude: { min: 0.2, max: 8 } };
const RATES = [100, 128, 250, 359.7, 360, 500, 1000];

const sine = (hz: number, rate: number, seconds: number, height = 1): number[] =>
  Array.from({ length: Math.round(rate * seconds) }, (_, i) => height * Math.sin(2 * Math.PI * hz * (i / rate) + 0.3));
const largest = (values: ArrayLike<number>): number => Math.max(...Array.from(values, Math.abs));

/** All warnings about the default part of a file. */
function warnings(text: string, start?: number, domain: Partial<typeof DOMAIN> = DOMAIN): string[] {
  const recording = readRecording(text, "a.csv");
  const column = recording.columns[0]!;
  const series = toSeries(
    recording,
    column,
    questions(recording, column, INPUT),
    { rate: null, unit: "mV", perMillivolt: null, zero: null },
    INPUT,
    filters,
  );
  const peaks = findPeaks(series.values, INPUT.sample_rate);
  const from = start ?? defaultStart(series.values, peaks, INPUT);
  const quality = measure(series, peaks, INPUT);
  return signalWarnings({ column, series, quality, peaks, start: from }, INPUT, domain);
}

for (const rate of RATES) {
  test(`from ${rate} per second: a level stays exactly, what fits passes, what would fold goes`, () => {
    const level = resample(Array<number>(3 * Math.round(rate)).fill(-0.3), rate, 180);
    expect(largest(level.map((v) => v + 0.3))).toBeLessThan(1e-12);
    const { pass, stop } = lowPass(rate, 180);
    for (const hz of [1, 7, 25, pass * 0.99]) {
      const values = resample(sine(hz, rate, 4), rate, 180);
      const exact = sine(hz, 180, 4);
      const inside = values.slice(100, -100).map((v, i) => v - exact[i + 100]!);
      expect(largest(inside), `${hz} Hz`).toBeLessThan(2e-3);
    }
    for (const hz of [stop * 1.01, stop * 1.3, stop * 1.9].filter((hz) => hz < rate / 2)) {
      expect(largest(resample(sine(hz, rate, 4), rate, 180).slice(100, -100)), `${hz} Hz`).toBeLessThan(2e-3);
    }
  });
}

test("0.2 mV at 150 Hz in a recording of 1000 per second does not fold to 30 Hz", () => {
  const clean = ecg({ rate: 1000, seconds: 3 });
  const noisy = clean.map((v, i) => v + 0.2 * Math.sin((2 * Math.PI * 150 * i) / 1000));
  const [with150, without] = [resample(noisy, 1000, 180), resample(clean, 1000, 180)];
  expect(largest(with150.slice(20, -20).map((v, i) => v - without[i + 20]!))).toBeLessThan(1e-3);
  // Without a low-pass it is there at nearly full height.
  const picked = Array.from(
    { length: 500 },
    (_, i) => noisy[Math.round((i * 1000) / 180)]! - clean[Math.round((i * 1000) / 180)]!,
  );
  expect(largest(picked)).toBeGreaterThan(0.19);
});

test("the ends go on by reflection, never as zeros", () => {
  // A straight line stays one, up to its ends.
  const line = Array.from({ length: 400 }, (_, i) => 2 + 0.01 * i);
  const half = resample(line, 360, 180);
  expect(half).toHaveLength(200);
  expect(largest(half.map((v, i) => v - (2 + 0.02 * i)))).toBeLessThan(1e-9);
});

test("a gap spreads as far as the filter reaches, and no farther", () => {
  const values = ecg({ rate: 360, seconds: 3 });
  const whole = resample(values, 360, 180);
  const gap = resample(values.with(500, NaN), 360, 180);
  const lost = [...gap].flatMap((v, i) => (Number.isNaN(v) ? [i] : []));
  expect([lost[0]! >= 250 - 16, lost.at(-1)! <= 250 + 16, lost.length]).toEqual([
    true,
    true,
    lost.at(-1)! - lost[0]! + 1,
  ]);
  expect([...gap].every((v, i) => Number.isNaN(v) || v === whole[i])).toBe(true);
});

test("R peaks are found at any level and rate, in either direction, and only in hearts", () => {
  const expected = [0.5, 1.3, 2.1, 2.9, 3.7].map((seconds) => Math.round(180 * seconds));
  for (const level of [-3, 0, 0.5]) {
    for (const sign of [1, -1]) {
      const peaks = findPeaks(
        ecg({ rate: 180, seconds: 4.4, level }).map((v) => sign * v),
        180,
      );
      expect(peaks.map(({ index }) => index)).toEqual(expected);
      for (const { height } of peaks) expect(sign * height).toBeGreaterThan(1);
    }
  }
  for (const rate of RATES) {
    const peaks = findPeaks(resample(ecg({ rate, seconds: 4.4 }), rate, 180), 180);
    expect(
      peaks.map(({ index }, i) => Math.abs(index - expected[i]!) <= 1),
      `${rate}`,
    ).toEqual(expected.map(() => true));
  }
  // A single beat, and one beside a gap.
  expect(findPeaks(ecg({ rate: 180, seconds: 0.72, first: 64 / 180 }), 180)).toMatchObject([{ index: 64 }]);
  const gapped = ecg({ rate: 180, seconds: 4.4 }).fill(NaN, 230, 240);
  expect(findPeaks(gapped, 180).map(({ index }) => index)).toEqual(expected.filter((index) => index !== 234));
  expect(findPeaks(Array<number>(500).fill(1), 180)).toEqual([]);
  expect(findPeaks(Array<number>(500).fill(NaN), 180)).toEqual([]);
});

test("by default the R peak farthest from the median lies at the mark, whatever the level", () => {
  for (const level of [-0.3, -0.8, -3]) {
    const values = ecg({ rate: 180, seconds: 4.4, level });
    const peaks = findPeaks(values, 180);
    expect(defaultStart(values, peaks, INPUT)).toBe(378 - 64);
    expect(windowWords(values, 314, peaks, INPUT)).toMatch(
      /^Chosen as the farthest from its median: R peak 3 of 5, 1\.3\d* mV .*values 315 to 442 of 792, from 1744 ms on\.$/,
    );
    expect(windowWords(values, 378 + 144 - 64, peaks, INPUT)).toMatch(/^Chosen by you: R peak 4 of 5/);
    expect(windowWords(values, 3, peaks, INPUT)).toBe("Chosen by you: values 4 to 131 of 792, from 16.67 ms on.");
  }
  // A part with a gap is not chosen, and neither is one that reaches beyond the ends.
  const values = ecg({ rate: 180, seconds: 4.4 }).with(400, NaN);
  const peaks = findPeaks(values, 180);
  expect(peaksThatFit(values, peaks, INPUT).map(({ index }) => index)).toEqual([90, 234, 522, 666]);
  expect(Array.from(values.slice(defaultStart(values, peaks, INPUT)).slice(0, 128)).some(Number.isNaN)).toBe(false);
  // Without peaks, the value farthest from the median of all.
  const step = Array<number>(300).fill(5).with(200, 4);
  expect(defaultStart(step, [], INPUT)).toBe(136);
  expect(windowWords(step, 136, [], INPUT)).toContain(
    "Chosen so that the value farthest from the median, 4 mV, lies at the mark “R peak”",
  );
  expect(defaultStart(step, [], { length: 128, marker: null })).toBe(136);
  expect(windowWords(step.slice(0, 128), 0, [], INPUT)).toBe("All 128 values are used.");
});

test("a part that cannot be read says why", () => {
  const beat = ecg({ rate: 180, seconds: 0.72, first: 64 / 180 }).slice(0, 128);
  expect(partProblem(beat, INPUT)).toBeNull();
  expect(partProblem(beat.with(60, NaN), INPUT)).toMatch(
    /^This part has a gap: 1 of its 128 values, from the 61st on, is missing/,
  );
  expect(partProblem(beat.with(2, -11), INPUT)).toBe(
    "Value 3 of this part is −11, and the model takes −10 to 10 mV. Perhaps the file counts in another unit.",
  );
  expect(
    partProblem(
      beat.map((v) => v / 50),
      INPUT,
    ),
  ).toContain("This part is a flat line: its values spread over 0.028 mV.");
  expect(() => checkLength([1, 2, 3], INPUT)).toThrow(
    "too short: 3 values at 180 per second. The model reads 128, that is 711 ms.",
  );
});

test("what speaks against a recording is named", () => {
  const beats = ecg({ rate: 360, seconds: 4.4 });
  const file = (values: number[], head = "time (s),II (mV)", rate = 360): string => withTimes(values, rate, head);
  expect(warnings(file(beats))).toEqual([]);
  expect(warnings(file(beats, "time (s),MLII (mV)"))).toEqual([]);
  expect(warnings(file(beats, "time (s),V5 (mV)"))).toEqual([
    "The model was made for lead MLII or II, and this is lead V5: beats look different there, and the result may be wrong.",
  ]);
  expect(warnings(file(beats, "time (s),ecg_mv"))).toEqual([
    "The model was made for lead MLII or II. The file does not tell which lead “ecg_mv” is.",
  ]);
  expect(warnings(file(beats, "time (s),ecg_mv"), undefined, {})).toEqual([]);
  expect(warnings(file(beats.map((v) => -v)))).toEqual([
    "The signal seems to be inverted: 5 of 5 beats point down. Electrodes may have been exchanged.",
  ]);
  expect(warnings(file(ecg({ rate: 360, seconds: 0.72, first: 64 / 180 }).map((v) => -v)))).toEqual([
    "The beat points down. Ventricular beats can; in an inverted lead (electrodes exchanged) all do.",
  ]);
  expect(warnings(file(beats.map((v) => Math.min(v, 0.5))))).toEqual([
    "The signal is cut off at 0.5 mV: what is beyond was not recorded.",
  ]);
  expect(warnings(file(beats.map((v) => v * 0.1)))).toEqual([
    "This part spreads over 0.15 mV. The model was made for 0.2 to 8 mV: the unit or the gain may be wrong.",
  ]);
  expect(warnings(file(ecg({ rate: 2000, seconds: 3 }), undefined, 2000))).toEqual([
    "The recording has 2000 values a second. The model was made for recordings of 100 to 1000.",
  ]);
  expect(warnings(file(beats), 314 + 9)).toEqual([
    "The mark “R peak” lies 50 ms beside the nearest R peak that was found.",
  ]);
  expect(warnings(file(beats), 0)).toEqual(["The mark “R peak” lies 140 ms beside the nearest R peak that was found."]);
  const off = ecg({ rate: 180, seconds: 4.4 }).map((v, i) => (i > 385 && i < 445 ? -0.3 : v));
  expect(warnings(file(off, undefined, 180))).toEqual([
    "For 310 ms of this part the signal does not move: an electrode may have been off.",
  ]);
  // Times that are wrong by a factor make hearts that cannot be.
  expect(warnings(withTimes(ecg({ rate: 360, seconds: 12 }), 1260))).toEqual([
    expect.stringContaining("260 beats a minute: the rate may be wrong"),
    expect.stringContaining("1260 values a second"),
  ]);
  for (const hz of [1.3, 12, 40]) {
    expect(warnings(file(sine(hz, 360, 6))).join(" "), `${hz} Hz`).toMatch(/No R peak was found|hardly stand out/);
  }
});
