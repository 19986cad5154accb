/** Reads files that a list names in the page, as a person would, and writes what became of each. Run by the scripts in `tests/corpus`. */

import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "../support/fixtures";
import { pickModel } from "../support/page";

interface Asked {
  /** Chosen together. */
  paths: string[];
  /** Of those that read such files. */
  model: string;
}

test("the page reads the files of a list", async ({ page, recording, server }) => {
  // Keeps what the workers say.
  expect(recording.problems).toEqual([]);
  const list = process.env["SOTTO_CORPUS"];
  if (!list) throw new Error("SOTTO_CORPUS names no list");
  const made: object[] = [];
  let model = "";
  /** Answers of the workers that read files; not of those that prepare what was chosen of a recording. */
  const answers = (): Promise<object[]> =>
    page.evaluate(() =>
      (globalThis as unknown as { fromWorker: { result?: object }[] }).fromWorker.filter(
        (message) => "ok" in message && !(message.result && "series" in message.result),
      ),
    );
  for (const { paths, model: wanted } of JSON.parse(readFileSync(list, "utf8")) as Asked[]) {
    if (wanted !== model) await pickModel(page, server.url, (model = wanted));
    await page.evaluate(() => ((globalThis as unknown as { fromWorker: object[] }).fromWorker.length = 0));
    await page.locator("#picture-file, #signal-file").setInputFiles(paths);
    await expect.poll(async () => (await answers()).length, { timeout: 120_000 }).toBe(1);
    made.push((await answers())[0]!);
  }
  writeFileSync(`${list}.made`, JSON.stringify(made, (_, value: unknown) => (ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value)));
});
