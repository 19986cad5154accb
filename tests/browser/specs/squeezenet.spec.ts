/** A network of ImageNet's size from page code to result. */

import type { Bundle } from "../support/cards";
import { expect, test } from "../support/fixtures";
import { openModule } from "../support/module";
import { squeezenet } from "../support/squeezenet";

/** Most WebAssembly memory, in bytes. */
const MEMORY = 400 * 2 ** 20;

test("SqueezeNet's result bit for bit, at the plan's cost, in bounded memory", async ({ page, launch, recording }, info) => {
  // A busy machine takes minutes.
  test.setTimeout(900_000);
  const folder = info.outputPath("models");
  const { model, plan } = squeezenet(folder);
  const server = await launch({ models: folder });
  await openModule(page, server.url);
  const run = await page.evaluate(async (id) => {
    const { Client, memoryBytes } = globalThis.sotto;
    const description = await (await fetch(`api/models/${id}`)).text();
    const url = new URL("ws", location.href.replace(/^http/, "ws")).href;
    const client = await Client.connect(url, { model: id, description });
    const sample = (JSON.parse(description) as Bundle).card.samples[0]!;
    await client.preprocess();
    const memory = [memoryBytes()];
    const { output } = await client.infer(Float64Array.from(sample.values));
    memory.push(memoryBytes());
    const { phases } = client.stats();
    await client.close();
    return { output: [...output], memory, phases };
  }, model.id);
  const [prepared, after] = run.memory.map((bytes) => (bytes / 2 ** 20).toFixed(0));
  const { setup, preprocess, online } = run.phases;
  const [preparing, inferring] = [preprocess, online].map((phase) => phase!.seconds.toFixed(1));
  console.log(`SqueezeNet: prepared in ${preparing} s with ${prepared} MiB of memory, result after ${inferring} s with ${after} MiB`);

  expect(run.output).toEqual(model.card.samples[0]!.expected.map(BigInt));
  for (const [phase, bytes] of [[setup, plan.setup], [preprocess, plan.preprocess], [online, plan.online]] as const) {
    expect(phase).toMatchObject({ bytesSent: bytes.to_server, bytesReceived: bytes.to_client });
  }
  expect(online!.rounds).toBe(plan.online_rounds);
  expect(online!.correlations, "all were there before").toBe(0);
  expect(preprocess!.correlations).toBeGreaterThan(1e6);
  for (const bytes of run.memory) expect(bytes).toBeLessThanOrEqual(MEMORY);
  expect(recording.problems).toEqual([]);
});
