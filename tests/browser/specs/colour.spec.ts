/** Pictures in colour: what the page makes of them for a model that reads red, green and blue. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "../support/fixtures";
import { chooseFile, diagnose, pickModel, shownColours, shownSteps } from "../support/page";
import { png } from "../support/png";
import { plainOutputs } from "../support/reference";
import { tool } from "../support/server";

let folder: string;

test.beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sotto-colour-"));
  execFileSync(tool("sotto-tasks"), [folder]);
});
test.afterAll(() => rmSync(folder, { recursive: true }));

test("a picture in colour is read in colour, and a grey one three times", async ({ page, launch, recording }) => {
  const server = await launch({ models: folder });
  await pickModel(page, server.url, "colour");
  // Two by two blocks of 3 × 3 pixels.
  const blocks = [[250, 10, 20], [0, 200, 30], [40, 50, 220], [90, 90, 90]];
  const samples = Array.from({ length: 36 }, (_, i) => blocks[2 * Math.floor(i / 18) + Math.floor((i % 6) / 3)]!).flat();
  await chooseFile(page, "colours.png", png({ width: 6, height: 6, samples, colour: "rgb" }));
  const planes = [0, 1, 2].flatMap((channel) => blocks.map((block) => block[channel]!));
  expect(await shownColours(page)).toEqual(planes);
  expect((await shownSteps(page)).join()).not.toMatch(/grey/i);
  await expect(page.locator(".warnings")).toBeEmpty();
  await diagnose(page);
  await page.getByText("What left this page").click();
  await expect(page.getByRole("img", { name: "The masked picture: noise" })).toBeVisible();
  const named = ["red", "green", "blue", "red", "green", "blue"].map((colour) => new RegExp(`^Row 2, column [12], ${colour}$`));
  await expect(page.locator(".leaving tbody th")).toHaveText(named);
  await chooseFile(page, "grey.png", png({ width: 2, height: 2, samples: [5, 100, 150, 255] }));
  const grey = [5, 100, 150, 255];
  await expect.poll(() => shownColours(page)).toEqual([...grey, ...grey, ...grey]);
  await diagnose(page);
  const outputs = (await recording.inferences()).map(({ output }) => output);
  expect(outputs).toEqual(plainOutputs("colour", [planes, [...grey, ...grey, ...grey]], folder));
  expect(recording.problems).toEqual([]);
});

test("a phone offers its camera beside its files, and a desk does not", async ({ page, browser, launch }) => {
  const server = await launch({ models: folder });
  await pickModel(page, server.url, "colour");
  await expect(page.getByRole("button", { name: "Choose a picture…" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Take a photo…" })).toBeHidden();
  const phone = await browser.newPage({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
  // From the start: whether dialogs are intercepted is said to the browser beside the tap, and may come after it.
  const dialog = phone.waitForEvent("filechooser");
  await pickModel(phone, server.url, "colour");
  await expect(phone.getByRole("button", { name: "Choose a picture…" })).toBeVisible();
  await phone.getByRole("button", { name: "Take a photo…" }).tap();
  const chooser = await dialog;
  await expect(phone.locator("input[capture]")).toHaveAttribute("accept", "image/jpeg");
  await chooser.setFiles({ name: "photo.png", mimeType: "image/png", buffer: png({ width: 2, height: 2, samples: [5, 100, 150, 255] }) });
  expect(await shownColours(phone)).toHaveLength(12);
  await phone.close();
});
