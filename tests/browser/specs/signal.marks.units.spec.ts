/** Marks of beats and rates, in the page's module as in the command: one code, compiled twice. Without a browser. */

import { execFileSync } from "node:child_process";
import { expect, test } from "@playwright/test";
import { ecg } from "../support/ecg";
import { findPeaks, resample } from "../support/filters";
import { tool } from "../support/server";

interface Native {
  values: (number | null)[];
  beats: [number, number][];
}

/** The same by the code for this machine. */
function native(rate: number, to: number, values: number[]): Native {
  const input = JSON.stringify({ rate, to, rows: [values.map((value) => (Number.isNaN(value) ? null : value))] });
  return (JSON.parse(execFileSync(tool("sotto-beats"), { input, maxBuffer: 2 ** 28 }).toString()) as Native[])[0]!;
}

for (const rate of [100, 250, 360, 500, 1000]) {
  test(`at ${rate} per second the page and the command put marks on the same values`, () => {
    const noise = (i: number): number => 0.03 * Math.sin(i * 12.9898) * Math.sin(i * 78.233);
    const upright = ecg({ rate, seconds: 6, beat: 0.77 }).map((value, i) => value + noise(i));
    for (const values of [upright, upright.map((value) => -value), upright.fill(Number.NaN, 2 * rate, 2 * rate + 20)]) {
      const page = resample(values, rate, 180);
      const command = native(rate, 180, values);
      expect(command.values).toHaveLength(page.length);
      const away = command.values.map((value, i) => (value === null ? Number(!Number.isNaN(page[i])) : Math.abs(value - page[i]!)));
      expect(Math.max(...away)).toBeLessThan(1e-12);
      const marks = findPeaks(page, 180);
      expect(marks.length).toBeGreaterThan(5);
      expect(marks.map(({ index }) => index)).toEqual(command.beats.map(([index]) => index));
    }
  });
}
