/** The page speaks the browser's language, or the one that is chosen, and its numbers are set in it. */

import { bundle } from "../support/cards";
import { ecg } from "../support/ecg";
import { expect, test } from "../support/fixtures";
import { chooseFile, loadSample, pickModel } from "../support/page";
import { png } from "../support/png";

const WDBC = bundle("wdbc");

test.describe("in German", () => {
  test.use({ locale: "de-CH" });

  test("words and numbers are German, and the hospital's texts are marked as what they are", async ({ page, server, recording }) => {
    await pickModel(page, server.url, WDBC.id);
    await expect(page.locator("html")).toHaveAttribute("lang", "de");
    await expect(page.locator("#choice .folded")).toContainText("Ändern");
    await expect(page.locator(".model-title").first()).toHaveAttribute("lang", "en");
    await loadSample(page, WDBC.card.samples[0]!.name);
    await expect(page.locator('[name="radius_mean"]')).toHaveValue(String(WDBC.card.samples[0]!.values[0]).replace(".", ","));
    await expect(page.locator(".warnings")).toContainText("Texture, standard error: 3,6\u00a0grey levels. Bei 98 von 100 Patienten, aus denen");
    await page.getByRole("button", { name: "Private Diagnose holen" }).click();
    await expect(page.locator('[data-exact="equal"]')).toContainText("genau dasselbe wie offen berechnet");
    await expect(page.locator(".accuracy")).toContainText("bei 97\u00a0von\u00a0100 richtig");
    await expect(page.locator('[data-fact="accuracy"]')).toContainText(/\d+,\d\s%/);
    expect(recording.problems).toEqual([]);
  });

  test("what workers say is German too", async ({ page, server }) => {
    await pickModel(page, server.url, "pneumonia");
    await chooseFile(page, "leer.png", png({ width: 28, height: 28, samples: new Array<number>(784).fill(7) }));
    await expect(page.getByRole("alert")).toContainText("kann nicht verwendet werden");
    const samples = Array.from({ length: 56 * 28 }, (_, i) => (i * 11) % 256);
    await chooseFile(page, "breit.png", png({ width: 56, height: 28, samples }));
    await expect(page.locator(".steps")).toContainText("PNG: 56\u00a0×\u00a028 Bildpunkte, 8 Bit je Kanal, in dieser Seite dekodiert.");
    await expect(page.locator(".warnings")).toContainText("Eine PNG-Datei sagt nicht, was sie zeigt.");
  });
});

test.describe("in German, signals", () => {
  test.use({ locale: "de" });

  test("questions, steps and warnings are German", async ({ page, server }) => {
    await pickModel(page, server.url, "heartbeat");
    await chooseFile(page, "worte.csv", Buffer.from("eins\nzwei\n"));
    await expect(page.getByRole("alert")).toContainText("In dieser Datei sind keine Zahlen");
    await chooseFile(page, "kopf.hea", Buffer.from("r 1 no 12\nr.dat 16\n"));
    await expect(page.getByRole("alert")).toContainText("Dieser WFDB-Kopf ergibt keinen Sinn (seine Rate ist „no“).");
    await chooseFile(page, "kurz.edf", Buffer.from("0".padEnd(100)));
    await expect(page.getByRole("alert")).toContainText("Diese EDF-Datei ist beschädigt (ihr Kopf ist abgeschnitten).");
    const values = ecg({ rate: 360, seconds: 4.4 }).map((value) => value.toFixed(3));
    await chooseFile(page, "herz.csv", Buffer.from(`ecg\n${values.join("\n")}\n`));
    await expect(page.locator(".questions")).toContainText("Was die Datei nicht sagt");
    await page.getByLabel("Werte je Sekunde").fill("360");
    await page.getByLabel("Einheit der Werte").selectOption("mV");
    await expect(page.locator(".steps")).toContainText("360 je Sekunde, wie Sie sagten.");
    await expect(page.locator(".warnings")).toContainText("Die Datei sagt nicht, welche Ableitung „ecg“ ist.");
  });
});

test("another language can be chosen, for this tab", async ({ page, server }) => {
  await page.goto(server.url);
  await expect(page.locator("#headline")).toHaveText("A diagnosis without showing your data");
  await page.getByRole("button", { name: "Deutsch" }).click();
  await expect(page.locator("#headline")).toHaveText("Eine Diagnose, ohne Ihre Daten zu zeigen");
  await page.reload();
  await expect(page.locator("#headline")).toHaveText("Eine Diagnose, ohne Ihre Daten zu zeigen");
  await page.getByRole("button", { name: "English" }).click();
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
});
