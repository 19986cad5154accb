/** Pure parts of the page and of these tests. No browser is used. */

import { Ahead } from "../../../web/src/ahead";
import { type Field, groupFields } from "../../../web/src/card";
import { bytes, integer, percent, real, seconds } from "../../../web/src/format";
import { chiSquare, expectation, looksRandom } from "../../../web/src/histogram";
import { Pace } from "../../../web/src/pace";
import { checkEntry } from "../../../web/src/validate";
import type { Bundle } from "../support/cards";
import { expect, test } from "@playwright/test";
import { found, needles } from "../support/leaks";

const FIELD: Field = { name: "r", label: "R", unit: "mm", min: -2, max: 30, step: 0.1, example: 1, help: "", choices: [] };

test("entries are read as people write numbers", () => {
  for (const [text, value] of [["1.5", 1.5], [" 2 ", 2], ["1,5", 1.5], ["−1", -1], ["2e1", 20], [".5", 0.5]] as const) {
    expect(checkEntry(FIELD, text)).toEqual({ ok: true, value });
  }
  for (const text of ["", " ", "x", "1.2.3", "1 2", "NaN", "Infinity", "0x10", "1e999", "31", "-3", "12 mm"]) {
    expect(checkEntry(FIELD, text), text).toMatchObject({ ok: false });
  }
  const whole = { ...FIELD, step: 1 };
  expect(checkEntry(whole, "1.5")).toMatchObject({ ok: false, message: "Please enter a whole number." });
});

test("choices accept their values only", () => {
  const field = { ...FIELD, choices: [{ value: 0, label: "no" }, { value: 1, label: "yes" }] };
  expect(checkEntry(field, "1")).toEqual({ ok: true, value: 1 });
  expect(checkEntry(field, "")).toEqual({ ok: false, message: "Please choose one." });
  expect(checkEntry(field, "2")).toMatchObject({ ok: false });
});

test("fields are grouped by the last part of their labels", () => {
  const field = (label: string): Field => ({ ...FIELD, label });
  const labels = ["Radius, mean", "Area, mean", "Radius, worst", "Area, worst"];
  expect(groupFields(labels.map(field))).toEqual([
    { title: "Mean", fields: [{ index: 0, label: "Radius" }, { index: 1, label: "Area" }] },
    { title: "Worst", fields: [{ index: 2, label: "Radius" }, { index: 3, label: "Area" }] },
  ]);
  expect(groupFields(["Age", "Sex, recorded"].map(field))).toHaveLength(1);
  expect(groupFields(["A, b", "C, d"].map(field))).toHaveLength(1);
});

test("numbers are shown for people", () => {
  const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, " ");
  expect([0, 999, 1000, 12_345_678].map((n) => plain(bytes(n)))).toEqual(["0 B", "999 B", "1.0 kB", "12.3 MB"]);
  expect([0, 0.05, 1.234, 12.34, 125].map((n) => plain(seconds(n)))).toEqual(["0 ms", "50 ms", "1.23 s", "12.3 s", "2 min 5 s"]);
  expect([1, 0.974, 0.5].map((n) => plain(percent(n)))).toEqual(["100 %", "97.4 %", "50 %"]);
  expect([integer(-5), real(0.00085), real(1 / 3)]).toEqual(["−5", "0.00085", "0.333333"]);
});

test("a second inference is prepared after a result, where memory allows", async () => {
  const grow = async (ahead: Ahead, add: () => void): Promise<void> => ahead.measured(() => Promise.resolve(add()));
  for (const [machine, second] of [[undefined, true], [8, true], [1, false]] as const) {
    let memory = 10e6;
    const ahead = new Ahead(() => memory, machine);
    expect([0, 1].map((prepared) => ahead.isWorthMore(prepared))).toEqual([true, false]);
    await grow(ahead, () => (memory += 50e6));
    ahead.used();
    expect([0, 1, 2].map((prepared) => ahead.isWorthMore(prepared)), String(machine)).toEqual([true, second, false]);
    await grow(ahead, () => (memory += 400e6));
    expect([0, 1].map((prepared) => ahead.isWorthMore(prepared))).toEqual([true, false]);
  }
});

test("flat histograms look random and spiky ones do not", () => {
  const flat = Array.from({ length: 256 }, (_, i) => 100 + ((i * 37) % 21) - 10);
  expect(looksRandom(flat)).toBe(true);
  expect(looksRandom(flat.map((n, i) => (i === 0 ? n + 500 : n)))).toBe(false);
  expect(chiSquare(new Array<number>(256).fill(7))).toBe(0);
  expect(expectation(25_600)).toMatchObject({ mean: 100 });
});

test("the search for leaks finds values that were planted", () => {
  const model = { program: { input: { bits: 22, frac_bits: 12 } } } as Bundle;
  const [values, quantised] = [[17.99, 10.38, 122.8], [4497, -8481, 5199]];
  const patterns = needles(model, values, quantised);
  const noise = Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7919 + (i >> 3)) & 255));
  const plant = (bytes: Buffer): string[] => found(Buffer.concat([noise, bytes, noise]), patterns);
  const buffer = (length: number, fill: (b: Buffer) => void): Buffer => {
    const b = Buffer.alloc(length);
    fill(b);
    return b;
  };
  expect(plant(Buffer.alloc(0))).toEqual([]);
  expect(plant(Buffer.from("x=17.99"))).toHaveLength(1);
  expect(plant(buffer(8, (b) => b.writeDoubleBE(122.8)))).toHaveLength(1);
  expect(plant(buffer(8, (b) => b.writeBigInt64LE(-8481n)))).toHaveLength(1);
  expect(plant(buffer(12, (b) => quantised.forEach((v, i) => b.writeInt32LE(v, 4 * i))))).not.toEqual([]);
  expect(plant(buffer(12, (b) => values.forEach((v, i) => b.writeFloatLE(v, 4 * i))))).not.toEqual([]);
  const bits = quantised.reduce((sum, v, i) => sum | (BigInt.asUintN(22, BigInt(v)) << BigInt(3 + 22 * i)), 0n);
  const packed = Buffer.from(bits.toString(16).padStart(18, "0"), "hex").reverse();
  expect(plant(packed)).not.toEqual([]);
});

test("a phase's time is guessed from the latest of its kind and size", () => {
  const pace = new Pace();
  const run = (phase: "preprocess" | "online", bytes: number, seconds: number, done = true): void =>
    pace.remember({ phase, done, seconds, bytesSent: bytes / 2, bytesReceived: bytes / 2, bytesExpected: 0, layer: 0, layers: 1, name: "" });
  expect(pace.guess("online", 1e6)).toBeNull();
  run("online", 1e6, 3);
  run("online", 2e6, 4);
  run("online", 2e6, 9, false);
  run("online", 1e3, 1);
  run("preprocess", 3e6, 1);
  expect(pace.guess("online", 3e6)).toBe(6);
  expect(pace.guess("online", 1e5)).toBeNull();
  expect(pace.guess("preprocess", 12e6)).toBeNull();
});
