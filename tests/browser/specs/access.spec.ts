/** Keyboard, small screens, both colour schemes, and what assistive technology is told. */

import type { Page } from "@playwright/test";
import { smallBundles } from "../support/cards";
import { check } from "../support/access";
import { expect, test } from "../support/fixtures";
import { chooseFile, diagnose, loadSample, pickModel, submit } from "../support/page";

const MODELS = smallBundles();

async function focusedId(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement;
    return element ? element.id || element.textContent?.trim() || element.tagName : "";
  });
}

/** Presses Tab until `wanted` has the focus, and checks that every stop shows it. */
async function tabTo(page: Page, wanted: string): Promise<void> {
  for (let i = 0; i < 120; i += 1) {
    await page.keyboard.press("Tab");
    const visible = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return true;
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
    });
    const id = await focusedId(page);
    expect(visible, `visible focus on ${id}`).toBe(true);
    if (id === wanted) return;
  }
  throw new Error(`Tab never reached ${wanted}`);
}

const FIELDS = MODELS.find(({ card }) => card.input.kind === "fields");
const IMAGE = MODELS.find(({ card }) => card.input.kind === "image");

test("the whole way with the keyboard alone", async ({ page, server }) => {
  const model = FIELDS;
  await page.goto(server.url);
  await page.locator(`#model-${model!.id}`).waitFor();
  await tabTo(page, `model-${model!.id}`);
  await page.keyboard.press("Enter");
  await page.locator("#field-0").waitFor();
  await expect(page.locator("#entry-title"), "the choice leads to the form").toBeFocused();
  await tabTo(page, model!.card.samples[0]!.name);
  await page.keyboard.press("Enter");
  await expect(page.locator("#field-0")).not.toHaveValue("");
  await tabTo(page, "Get private diagnosis");
  await page.keyboard.press("Enter");
  await expect(page.locator(".decision")).toBeFocused({ timeout: 60_000 });
  await expect(page.locator('[data-exact="equal"]')).toBeVisible();
});

test("a file is chosen with the keyboard alone", async ({ page, server }) => {
  // From the start: whether dialogs are intercepted is said to the browser beside the keys, and may come after them.
  const dialog = page.waitForEvent("filechooser");
  await page.goto(server.url);
  await page.locator(`#model-${IMAGE!.id}`).waitFor();
  await tabTo(page, `model-${IMAGE!.id}`);
  await page.keyboard.press("Enter");
  await expect(page.locator(".entry-card")).toContainText("Chest X-ray");
  await tabTo(page, "picture-file-button");
  await page.keyboard.press("Enter");
  await (await dialog).setFiles({ name: "words.txt", mimeType: "text/plain", buffer: Buffer.from("no picture") });
  await expect(page.getByRole("alert")).toContainText("“words.txt” cannot be used");
});

for (const colorScheme of ["light", "dark"] as const) {
  for (const model of MODELS) {
    const title = `${model.id}, ${colorScheme}: 360 pixels without sideways scrolling, and no accessibility findings`;
    // Firefox's driver cannot emulate colour schemes.
    test(title, { tag: "@chromium" }, async ({ page, server }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width: 360, height: 740 });
      await page.goto(server.url);
      await page.locator(`#model-${model.id}`).waitFor();
      await check(page, "start");
      await pickModel(page, server.url, model.id);
      await submit(page).click();
      await expect(page.getByRole("alert")).toBeVisible();
      await check(page, "incomplete form");
      if (model.card.input.kind !== "fields") {
        await chooseFile(page, "a name that is too long for a telephone, and goes on and on.dat", Buffer.from("\0"));
        await expect(page.getByRole("alert").filter({ hasText: "cannot be used" })).toBeVisible();
        await check(page, "refused file");
      }
      await loadSample(page, model.card.samples[0]!.name);
      await diagnose(page);
      await check(page, "result");
    });
  }
}

// 320 pixels wide is also 1280 at 400 %.
for (const model of MODELS) {
  test(`${model.id}: 320 pixels, as at 400 %, and forced colours`, { tag: "@chromium" }, async ({ page, server }) => {
    await page.emulateMedia({ forcedColors: "active", reducedMotion: "reduce" });
    await page.setViewportSize({ width: 320, height: 256 });
    await page.goto(server.url);
    await page.locator(`#model-${model.id}`).waitFor();
    await check(page, "start");
    await pickModel(page, server.url, model.id);
    await loadSample(page, model.card.samples[0]!.name);
    await check(page, "filled in");
    await diagnose(page);
    for (const summary of await page.locator("details > summary:visible").all()) await summary.click();
    await check(page, "result, unfolded");
    // What is told by colour alone elsewhere has a border here.
    const told = page.locator(".score-track, .verdict, .doubts, .button-quiet:visible");
    for (const border of await told.evaluateAll((elements) => elements.map((element) => getComputedStyle(element).borderLeftStyle))) {
      expect(border).toBe("solid");
    }
  });
}

test("in German nothing scrolls sideways either", { tag: "@chromium" }, async ({ browser, server }) => {
  const context = await browser.newContext({ locale: "de-DE", viewport: { width: 320, height: 568 } });
  const page = await context.newPage();
  for (const { id, card } of MODELS) {
    await page.goto(server.url);
    await page.locator(`#model-${id}`).click();
    await page.getByRole("button", { name: card.samples[0]!.name, exact: true }).click();
    await check(page, `${id}, filled in`);
    await page.getByRole("button", { name: "Private Diagnose holen" }).click();
    await expect(page.locator(".result")).toBeVisible();
    await check(page, `${id}, result`);
  }
  await context.close();
});

test("the progress is announced, and says which layer it is at", async ({ page, server }) => {
  const model = FIELDS;
  await pickModel(page, server.url, model!.id);
  const bar = page.locator('[role="progressbar"]');
  await expect(bar).toHaveAttribute("aria-valuenow", /\d+/);
  await expect(page.locator('.progress [aria-live="polite"]')).not.toBeEmpty();
  await loadSample(page, model!.card.samples[0]!.name);
  await diagnose(page);
  await expect(bar).toHaveAttribute("aria-valuenow", "100");
});

test("it says that it is no medical device", async ({ page, server }) => {
  await page.goto(server.url);
  await expect(page.getByRole("banner")).toContainText("Research demonstration");
  await expect(page.getByRole("banner")).toContainText("Not a medical device");
});
