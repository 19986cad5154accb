/** What everybody must be able to use: no sideways scrolling, nothing that axe finds, and room for fingers and for wider letters. */

import { expect, type Page } from "@playwright/test";
import axe from "axe-core";

export async function check(page: Page, state: string): Promise<void> {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow, `sideways overflow, ${state}`).toBe(0);
  expect(await smallTargets(page), `targets of less than 24 pixels, ${state}`).toEqual([]);
  expect(await spaced(page), `what wider spacing of text pushes out, ${state}`).toEqual([]);
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  const findings = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
  expect(findings, `accessibility, ${state}`).toEqual([]);
}

/** Whatever can be pressed and is smaller than WCAG 2.2 has it (2.5.8). */
function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll("a, button, select, summary, input:not([type=file])")]
      .filter((element) => element.checkVisibility() && !element.closest(".skip"))
      .flatMap((element) => {
        const { width, height } = element.getBoundingClientRect();
        return width < 24 || height < 24 ? [`${element.tagName} “${(element.textContent ?? "").trim()}”: ${width} × ${height}`] : [];
      }),
  );
}

/** What scrolls sideways or is cut off with the spacing of WCAG 1.4.12. */
function spaced(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-bottom: 2em !important }");
    document.adoptedStyleSheets.push(sheet);
    const { scrollWidth, clientWidth } = document.documentElement;
    const cut = [...document.querySelectorAll<HTMLElement>("body *")]
      .filter((element) => element.checkVisibility() && !element.closest(".visually-hidden, .intro, svg") && getComputedStyle(element).overflowX === "hidden")
      .filter((element) => element.scrollWidth > element.clientWidth + 1)
      .map((element) => element.className);
    document.adoptedStyleSheets.pop();
    return scrollWidth > clientWidth ? ["the page", ...cut] : cut;
  });
}
