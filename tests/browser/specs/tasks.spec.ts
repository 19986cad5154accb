/** Each task is shown as what it is, and a model that the page cannot show hides no others. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Locator, Page } from "@playwright/test";
import { expect, test } from "../support/fixtures";
import { choose, loadSample, prepared, submit } from "../support/page";
import { tool } from "../support/server";

let folder: string;

test.beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sotto-tasks-"));
  execFileSync(tool("sotto-tasks"), [folder]);
});
test.afterAll(() => rmSync(folder, { recursive: true }));

/** Picks a model of the page, and runs a sample. */
async function run(page: Page, model: string, sample: string): Promise<Locator> {
  await choose(page, model);
  await loadSample(page, sample);
  await prepared(page);
  await submit(page).click();
  const result = page.locator(".result");
  await expect(result.locator('[data-exact="equal"]')).toBeVisible();
  return result;
}

for (const reveal of ["scores", "class"] as const) {
  test(`each task is shown as what it is, with --reveal ${reveal}`, async ({ page, launch, recording }) => {
    const server = await launch({ models: folder, args: ["--reveal", reveal] });
    await page.goto(server.url);
    const unusable = page.locator(".model.unusable");
    await expect(unusable).toHaveText(/leads.*cannot show what the model reads.*asks for 2 channels/);
    const open = reveal === "scores";

    let result = await run(page, "logit", "[1.0, 1.0]");
    await expect(result.locator(".decision")).toHaveText("Malignant");
    await expect(result.locator(".score")).toHaveText(open ? [/Benign.*11.9/, /Malignant.*88.1/] : []);
    await expect(result).toContainText("Recorded diagnosis: malignant. The model agrees.");
    result = await run(page, "logit", "[2.0, -1.0]");
    await expect(result.locator(".missed")).toContainText("Recorded: malignant; the model's answer: benign.");

    result = await run(page, "findings", "[2.0, -1.0]");
    await expect(result.locator(".decision")).toHaveText("Effusion, nodule");
    const figures = open ? ["present, 88.1", "absent, 26.9", "present, 73.1"] : ["present", "absent", "present"];
    await expect(result.locator(".score-value")).toHaveText(figures.map((figure) => new RegExp(`^${figure}`)));
    await expect(result.locator(".score-mark")).toHaveCount(open ? 3 : 0);

    result = await run(page, "many", "one");
    await expect(result.locator(".decision")).toHaveText("Kind 34");
    await expect(result.locator(".score")).toHaveCount(open ? 5 : 0);

    if (open) {
      result = await run(page, "value", "[7.0, 0.5]");
      await expect(result.locator(".decision")).toHaveText("Bone age: 24\u00a0years");
      await expect(result.locator(".missed")).toContainText("outside of what the model was made to answer (0 to 20\u00a0years)");
      await expect(result).toContainText("Recorded: 25\u00a0years.");
    } else {
      await expect(page.locator("#model-value")).toHaveCount(0);
    }
    expect(recording.problems).toEqual([]);
  });
}
