/** The strip of a whole signal: what of it is in sight, and where a value lies on it. */

import { expect, type Page } from "@playwright/test";
import { MARGIN } from "../../../web/src/signal/paint";

export interface Seen {
  from: number;
  to: number;
}

/** After what was asked for before has been drawn, which is at the next frame. */
export async function sight(page: Page): Promise<Seen> {
  const canvas = page.locator(".strip-canvas");
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
  await expect(canvas).toHaveAttribute("data-sight", /\d/);
  const [from, to] = (await canvas.getAttribute("data-sight"))!.split(" ").map(Number) as [number, number];
  return { from, to };
}

/** Where on the page a value is drawn. */
export async function placeOf(page: Page, index: number): Promise<{ x: number; y: number }> {
  const { from, to } = await sight(page);
  const canvas = page.locator(".strip-canvas");
  await canvas.scrollIntoViewIfNeeded();
  const { x, y, width, height } = (await canvas.boundingBox())!;
  const across = width - MARGIN.left - MARGIN.right;
  return { x: x + MARGIN.left + ((index - from) / (to - from - 1)) * across, y: y + height / 2 };
}

/** Presses on a value that is in sight. */
export async function pressOn(page: Page, index: number): Promise<void> {
  const { x, y } = await placeOf(page, index);
  await page.mouse.click(x, y);
}
