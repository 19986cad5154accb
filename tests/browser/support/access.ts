/** What everybody must be able to use: no sideways scrolling, and nothing that axe finds. */

import { expect, type Page } from "@playwright/test";
import axe from "axe-core";

export async function check(page: Page, state: string): Promise<void> {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow, `sideways overflow, ${state}`).toBe(0);
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  const findings = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
  expect(findings, `accessibility, ${state}`).toEqual([]);
}
