/** Recordings of devices in the page: nothing is asked that they say, and the two files of a WFDB record are chosen together. */

import type { SignalInput } from "../../../web/src/card";
import { type Bundle, bundles } from "../support/cards";
import { ecg } from "../support/ecg";
import { expect, test } from "../support/fixtures";
import { diagnose, pickModel, prepared } from "../support/page";

const MODEL = bundles().find(({ card }) => card.input.kind === "signal")! as Bundle;
const { sample_rate: rate } = MODEL.card.input as SignalInput;
const COUNTS = ecg({ rate: 360, seconds: 4 }).map((value) => Math.round(200 * value) + 1024);

test("a WFDB record is its header and its numbers, chosen together", async ({ page, server }) => {
  await pickModel(page, server.url, MODEL.id);
  await prepared(page);
  const sum = (COUNTS.reduce((a, b) => a + b, 0) << 16) >> 16;
  const header = `100 1 360 ${COUNTS.length}\n100.dat 16 200(1024)/mV 11 1024 0 ${sum} 0 MLII\n`;
  const numbers = { name: "100.dat", mimeType: "application/octet-stream", buffer: Buffer.from(Int16Array.from(COUNTS).buffer) };
  const files = [numbers, { name: "100.hea", mimeType: "text/plain", buffer: Buffer.from(header) }];
  const chooser = page.locator("#signal-file");
  await chooser.setInputFiles(numbers);
  await expect(page.getByRole("alert")).toContainText("choose the .hea file together with them");
  await chooser.setInputFiles(files);
  await expect(page.locator(".steps")).toContainText("360 per second after the header of the WFDB file");
  await expect(page.locator(".steps")).toContainText("In mV, as the file says");
  await expect(page.locator(".steps")).toContainText(`At ${rate} per second`);
  await expect(await diagnose(page)).toContainText("Normal");
});

test("what is written in an EDF file's header is not asked", async ({ page, server }) => {
  await pickModel(page, server.url, MODEL.id);
  const fields = (length: number, ...values: (string | number)[]): string => values.map((value) => String(value).padEnd(length)).join("");
  const head =
    fields(8, "0") + fields(80, "X", "X") + fields(8, "01.01.20", "00.00.00", 512) + fields(44, "") + fields(8, 4, 1) + fields(4, 1) +
    fields(16, "ECG II") + fields(80, "") + fields(8, "uV", -3276.8, 3276.7, -32768, 32767) + fields(80, "") + fields(8, 360) + fields(32, "");
  const tenths = ecg({ rate: 360, seconds: 4 }).map((value) => Math.round(10_000 * value));
  const buffer = Buffer.concat([Buffer.from(head, "latin1"), Buffer.from(Int16Array.from(tenths).buffer)]);
  await page.locator("#signal-file").setInputFiles({ name: "night.edf", mimeType: "application/octet-stream", buffer });
  await expect(page.locator(".steps")).toContainText("360 per second after the header of the EDF file");
  await expect(page.locator(".steps")).toContainText("In µV, as the file says");
  await page.locator("#signal-file").setInputFiles({ name: "cut.edf", mimeType: "application/octet-stream", buffer: buffer.subarray(0, -2) });
  await expect(page.getByRole("alert")).toContainText("announces 4 records, and 3 are there");
});
