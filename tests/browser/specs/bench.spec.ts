/** What `npm run bench` measures works; how fast is not looked at here. */

import { benchModel, benchOp, openBench } from "../support/bench";
import { expect, test } from "../support/fixtures";

test("a browser and a server compute both halves of a bench", async ({ page, launch, recording }) => {
  const server = await launch({ args: ["--bench"] });
  await openBench(page, server);
  for (const op of ["millionaires", "relu", "cot", "random-ot"]) {
    const record = await benchOp(page, server, { op, bits: 37, n: 300 });
    expect(record).toMatchObject({ client: "browser", op, bits: 37, n: 300, checked: 300 });
    expect(record.bits_per_op).toBeGreaterThan(0);
  }
  expect(await benchOp(page, server, { op: "relu", ot: "classic", digit: 7, n: 300 })).toMatchObject({ ot: "classic", digit: 7, checked: 300 });
  expect(await benchModel(page, server, "wdbc", 3)).toMatchObject({ client: "browser", op: "model", model: "wdbc", n: 3, checked: 3 });
  await expect(benchOp(page, server, { op: "relu", bits: 99 })).rejects.toThrow(/--bits/);
  expect(recording.problems).toEqual([]);
});

test("a server runs no benches unless it is told to", async ({ page, server }) => {
  await openBench(page, server);
  await expect(benchOp(page, server, { op: "relu" })).rejects.toThrow(/cannot connect/);
});
