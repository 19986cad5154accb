/** What the page says of a model's limits: accuracy, overflows, samples that it misses, inputs unlike its data. */

import { bundle, ordinarySample } from "../support/cards";
import { expect, test } from "../support/fixtures";
import { chooseFile, diagnose, loadSample, pickModel, submit } from "../support/page";
import { png } from "../support/png";

const WDBC = bundle("wdbc");
const largest = (scores: number[]): number => scores.indexOf(Math.max(...scores));
const missed = WDBC.card.samples.filter(({ label, expected }) => label !== undefined && largest(expected) !== label);

test("the list of models has the recalls beside the accuracy", async ({ page, server }) => {
  await page.goto(server.url);
  const heartbeat = page.locator('#model-heartbeat .model-accuracy');
  await expect(heartbeat).toContainText("right for 93\u00a0of\u00a0100");
  await expect(heartbeat).toContainText("always giving the most frequent answer: 90\u00a0of\u00a0100");
  await expect(heartbeat).toContainText("4\u00a0of\u00a0100 that are “supraventricular”");
});

test("samples that the model misses are named, before and after the result", async ({ page, server }) => {
  expect(missed.length).toBeGreaterThan(0);
  await pickModel(page, server.url, "wdbc");
  for (const { name } of missed) await expect(page.locator(".samples-missed")).toContainText(name);
  const { name, label, expected } = missed[0]!;
  await loadSample(page, name);
  const { classes } = WDBC.card;
  const said = `The model is wrong here. Recorded: ${classes[label!]}; the model's answer: ${classes[largest(expected)]}.`;
  await expect((await diagnose(page)).locator(".missed")).toHaveText(said);
  const right = WDBC.card.samples.find((sample) => largest(sample.expected) === sample.label)!;
  await loadSample(page, right.name);
  await expect((await diagnose(page)).locator(".missed")).toHaveCount(0);
});

test("values unlike the model's data are named above the button, and no longer when they change", async ({ page, server, recording }) => {
  await pickModel(page, server.url, "wdbc");
  await loadSample(page, ordinarySample(WDBC).name);
  const warnings = page.locator(".warnings");
  await expect(warnings).toBeEmpty();
  const radius = page.locator('[name="radius_mean"]');
  const before = await radius.inputValue();
  await radius.fill("29");
  await expect(warnings).toContainText("Radius, mean: 29\u00a0image units. Of 100 patients that the model learned from, 98 have between");
  // Nothing is said of an entry that is no value at all.
  await radius.fill("");
  await expect(warnings).toBeEmpty();
  await radius.fill(before);
  await expect(warnings).toBeEmpty();
  expect(recording.problems).toEqual([]);
});

test("a warning that comes while the button is pressed does not take the press away", async ({ page, server }) => {
  await page.addInitScript(() => {
    // Questions about the model's data wait until they are let go.
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (this: Worker, message: unknown, options?: object): void {
      const go = (): void => Reflect.apply(post, this, [message, options]);
      if (typeof message === "object" && message !== null && "description" in message && "values" in message && "request" in message)
        addEventListener("let-go", go, { once: true });
      else go();
    };
  });
  await pickModel(page, server.url, "wdbc");
  await loadSample(page, missed[0]!.name);
  await expect(page.locator('.status[data-state="ready"]')).toBeVisible();
  const warnings = page.locator(".warnings");
  await submit(page).hover();
  await page.mouse.down();
  await page.evaluate(() => dispatchEvent(new Event("let-go")));
  await page.waitForTimeout(1000);
  await expect(warnings, "it waits").toBeEmpty();
  await page.mouse.up();
  await expect(page.locator(".result")).toBeVisible();
  await expect(warnings).toContainText("that the model learned from, 98 have between");
});

test("a picture unlike the model's data is named by what sets it apart", async ({ page, server }) => {
  await pickModel(page, server.url, "pneumonia");
  const samples = Array.from({ length: 28 * 28 }, (_, i) => (i % 2) * 8);
  await chooseFile(page, "dark.png", png({ width: 28, height: 28, samples }));
  await expect(page.locator(".warnings")).toContainText("Brightness of the picture (mean of its grey levels): 4. Of 100 pictures that the model learned from");
});

test("what is known of overflows stands with the sources", async ({ page, server }) => {
  await pickModel(page, server.url, "heart");
  await page.locator(".sources summary").click();
  await expect(page.locator('[data-overflow="excluded"]')).toContainText("none gets a wrong result by overflow");
});
