/**
 * Random linear layers in this browser against the reference executor, bit for bit: by oblivious transfer, and by encryption.
 * Programs have rings alone; encryption over odd moduli is among the known answers.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bundle } from "../support/cards";
import { expect, test } from "../support/fixtures";
import { randomLayers } from "../support/layers";
import { openModule } from "../support/module";

/** Other layers with another seed, more with another count. */
const SEED = process.env["SOTTO_LAYERS_SEED"] ?? "1";
const COUNT = Number(process.env["SOTTO_LAYERS_COUNT"] ?? 48);
/** Bytes that no setup without keys sends, and one public key alone exceeds. */
const PUBLIC_KEY = 50_000;

let folder: string;
let layers: Bundle[];

test.beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sotto-layers-"));
  layers = randomLayers(folder, SEED, COUNT);
});
test.afterAll(() => rmSync(folder, { recursive: true }));

for (const linear of ["ot", "he"] as const) {
  test(`random linear layers by ${linear}`, async ({ page, launch, recording }) => {
    const server = await launch({ models: folder });
    await openModule(page, server.url);
    const inputs = layers.map(({ id, card }) => ({ id, inputs: card.samples.map(({ values }) => values) }));
    const runs = await page.evaluate(
      async ([inputs, linear]) => {
        const url = new URL("ws", location.href.replace(/^http/, "ws")).href;
        const runs = [];
        for (const { id, inputs: rows } of inputs) {
          const client = await globalThis.sotto.Client.connect(url, { model: id, linear });
          const outputs = [];
          for (const row of rows) outputs.push([...(await client.infer(BigInt64Array.from(row, BigInt))).output]);
          const { phases } = await client.close();
          runs.push({ id, outputs, keys: phases.setup!.bytesSent });
        }
        return runs;
      },
      [inputs, linear] as const,
    );
    expect(runs).toHaveLength(COUNT);
    for (const [i, { id, outputs, keys }] of runs.entries()) {
      const { card, program } = layers[i]!;
      const about = `${id} of seed ${SEED}: ${JSON.stringify(program)}`;
      expect(outputs, about).toEqual(card.samples.map(({ expected }) => expected.map(BigInt)));
      expect(keys > PUBLIC_KEY, `${about}: encryption's keys were sent`).toBe(linear === "he");
    }
    expect(recording.problems).toEqual([]);
  });
}
