/** What of a long signal is in sight, and its extremes there: exact, and without a browser. */

import { expect, test } from "@playwright/test";
import { ExtremesOf } from "../../../web/src/signal/extremes";
import { Sight } from "../../../web/src/signal/sight";

test("extremes of any stretch are those of its values", () => {
  for (const length of [1, 15, 16, 17, 255, 256, 4097]) {
    const values = Float64Array.from({ length }, (_, i) => (i % 37 === 5 || (i > 300 && i < 340) ? NaN : ((i * 7919) % 1009) - 500));
    const extremes = new ExtremesOf(values);
    for (let n = 0; n < 200; n += 1) {
      const from = (n * 131) % length;
      const to = from + ((n * 57) % (length - from + 3));
      const inside = [...values.subarray(from, to)].filter((value) => !Number.isNaN(value));
      const wanted = inside.length === 0 ? null : { low: Math.min(...inside), high: Math.max(...inside) };
      expect(extremes.within(from, to), `${from} to ${to} of ${length}`).toEqual(wanted);
    }
  }
  expect(new ExtremesOf(new Float64Array(500).fill(NaN)).within(0, 500)).toBeNull();
});

test("extremes of a long signal are told without looking at each value", () => {
  const values = Float64Array.from({ length: 1_000_000 }, (_, i) => Math.sin(i));
  let looked = 0;
  const watched = new Proxy(values, {
    get: (target, name) => {
      if (typeof name === "string" && /^\d+$/.test(name)) looked += 1;
      return Reflect.get(target, name, target) as unknown;
    },
  });
  const extremes = new ExtremesOf(watched);
  looked = 0;
  extremes.within(3, 999_997);
  expect(looked).toBeLessThan(64);
});

test("what is in sight stays within the signal, and what is pointed at stays in place", () => {
  const sight = new Sight(10_000);
  expect([sight.from, sight.to, sight.isWhole]).toEqual([0, 10_000, true]);
  sight.zoom(4, 5000);
  expect([sight.from, sight.to]).toEqual([3750, 6250]);
  sight.zoom(2, 6250);
  expect([sight.from, sight.to]).toEqual([5000, 6250]);
  sight.move(-9999);
  expect([sight.from, sight.to]).toEqual([0, 1250]);
  sight.move(1e9);
  expect([sight.from, sight.to]).toEqual([8750, 10_000]);
  sight.zoom(1e9, 9000);
  expect([sight.width, sight.isClosest]).toEqual([90, true]);
  sight.zoom(0, 9000);
  expect(sight.isWhole).toBe(true);
  sight.around(9990, 1000);
  expect([sight.from, sight.to]).toEqual([9000, 10_000]);
  sight.show(100, 228);
  expect([sight.from, sight.to]).toEqual([0, 1000]);
  sight.show(300, 428);
  expect(sight.from, "in sight already").toBe(0);
  const short = new Sight(50);
  short.zoom(8, 20);
  expect([short.width, short.isWhole, short.isClosest]).toEqual([50, true, true]);
});
