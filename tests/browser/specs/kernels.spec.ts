/** The cryptographic building blocks compute in this browser what they compute natively. */

import { expect, test } from "../support/fixtures";
import { openModule } from "../support/module";

test("known answers of the kernels hold in the browser", async ({ page, server, recording }) => {
  await page.goto(server.url);
  await page.getByText("Check the cryptography of this browser").click();
  await page.getByRole("button", { name: "Run the tests" }).click();
  await expect(page.locator("[data-self-test]")).toHaveAttribute("data-self-test", "passed");
  const names = (await page.locator("[data-self-test] .checks li.good").allTextContents()).join("; ");
  await expect(page.locator("[data-self-test] .checks li.bad")).toHaveCount(0);
  for (const kernel of [/AES/, /prg/i, /hash/i, /transpose/i, /ristretto/i, /transform/i, /odd moduli/]) expect(names).toMatch(kernel);
  console.log(`known answers: ${names}`);
  expect(recording.problems).toEqual([]);
});

test("every platform's transform gives the same values; how fast", async ({ page, server, recording }) => {
  await openModule(page, server.url);
  const runs = await page.evaluate(() => {
    const { platforms, transformRepeatedly } = globalThis.sotto;
    return platforms().map((platform) => {
      const values = Array.from(transformRepeatedly(platform, 3) ?? []);
      // The best of many short runs: others use this machine as well.
      let microseconds = Infinity;
      for (let run = 0; run < 60; run++) {
        const start = performance.now();
        transformRepeatedly(platform, 500);
        microseconds = Math.min(microseconds, (performance.now() - start) * 2);
      }
      return { platform, values, microseconds };
    });
  });
  expect(runs.map(({ platform }) => platform)).toEqual(["portable", "wasm-simd128"]);
  for (const { values } of runs) {
    expect(values).toHaveLength(4096);
    expect(values).toEqual(runs[0]!.values);
  }
  for (const { platform, microseconds } of runs) {
    const ratio = runs[0]!.microseconds / microseconds;
    console.log(`NTT-4096 forward, ${platform}: ${microseconds.toFixed(1)} µs, ${ratio.toFixed(2)} times portable`);
  }
  expect(recording.problems).toEqual([]);
});

test("every platform's AES gives the same blocks; how fast", async ({ page, server, recording }) => {
  await openModule(page, server.url);
  const runs = await page.evaluate(() => {
    const { platforms, encryptRepeatedly } = globalThis.sotto;
    const runs = platforms().map((platform) => ({ platform, block: Array.from(encryptRepeatedly(platform, 3) ?? []), seconds: Infinity }));
    // The best of many short runs, in turns: others use this machine as well.
    for (let run = 0; run < 60; run++) {
      for (const timed of runs) {
        const start = performance.now();
        encryptRepeatedly(timed.platform, 100);
        timed.seconds = Math.min(timed.seconds, (performance.now() - start) / 1000);
      }
    }
    return runs;
  });
  expect(runs.map(({ platform }) => platform)).toEqual(["portable", "wasm-simd128"]);
  for (const { block } of runs) {
    expect(block).toHaveLength(16);
    expect(block).toEqual(runs[0]!.block);
  }
  for (const { platform, seconds } of runs) {
    const ratio = runs[0]!.seconds / seconds;
    console.log(`AES-128, ${platform}: ${((100 * 1024) / seconds / 1e6).toFixed(1)} million blocks/s, ${ratio.toFixed(2)} times portable`);
  }
  expect(recording.problems).toEqual([]);
});
