/** Byte histograms, and how far from flat they are. */

import { h, s } from "./dom";
import { count } from "./format";
import { t } from "./texts/texts";

const WIDTH = 512;
const HEIGHT = 120;

/**
 * Where a histogram of random bytes lies: the mean, and the band that about 99.7 % of its bars stay in.
 */
export function expectation(total: number): { mean: number; low: number; high: number } {
  const mean = total / 256;
  const spread = 3 * Math.sqrt(mean * (1 - 1 / 256));
  return { mean, low: Math.max(0, mean - spread), high: mean + spread };
}

/** Pearson's statistic against the flat distribution, 255 degrees of freedom. */
export function chiSquare(counts: number[]): number {
  const total = counts.reduce((sum, n) => sum + n, 0);
  const mean = total / counts.length;
  return total === 0 ? 0 : counts.reduce((sum, n) => sum + (n - mean) ** 2 / mean, 0);
}

/** Whether the counts are as flat as random bytes: within about six standard deviations of the expected statistic. */
export function looksRandom(counts: number[]): boolean {
  const degrees = counts.length - 1;
  return chiSquare(counts) < degrees + 6 * Math.sqrt(2 * degrees);
}

/** A figure of the 256 counts with the band of randomness behind the bars. */
export function histogram(counts: number[], title: string, caption: string): HTMLElement {
  const total = counts.reduce((sum, n) => sum + n, 0);
  const { mean, low, high } = expectation(total);
  const top = Math.max(...counts, high, 1) * 1.05;
  const y = (value: number): number => HEIGHT - (value / top) * HEIGHT;
  const step = WIDTH / counts.length;
  const path = counts.map((n, byte) => `M${byte * step} ${HEIGHT}V${y(n).toFixed(2)}h${step}V${HEIGHT}z`).join("");
  const picture = s(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": `${title}. ${caption}` },
    s("rect", { class: "band", x: 0, width: WIDTH, y: y(high), height: Math.max(0, y(low) - y(high)) }),
    s("path", { class: "bars", d: path }),
    s("line", { class: "mean", x1: 0, x2: WIDTH, y1: y(mean), y2: y(mean) }),
  );
  return h(
    "figure",
    { class: "histogram" },
    h("figcaption", {}, h("strong", {}, title), " ", h("span", { class: "total" }, t.leaving.totalBytes(count(total)))),
    h("div", { class: "plot" }, picture),
    h("div", { class: "axis", "aria-hidden": "true" }, h("span", {}, t.leaving.firstByte), h("span", {}, "128"), h("span", {}, "255")),
    h("p", { class: "caption" }, caption),
  );
}
