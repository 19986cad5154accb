/** The browser's half of `cargo xtask bench`, which says in the environment what to measure and where to write it. */

import { writeFileSync } from "node:fs";
import { benchModel, benchOp, type BenchRecord, type Case, openBench } from "../support/bench";
import { smallBundles } from "../support/cards";
import { test } from "../support/fixtures";

/** As `cargo xtask bench` writes it. */
interface Plan {
  cases: Case[];
  inferences: number;
  runs: number;
}

test("measure", async ({ page, browser, launch }) => {
  const { cases, inferences, runs } = JSON.parse(process.env["SOTTO_BENCH_PLAN"]!) as Plan;
  const server = await launch({ args: ["--bench"] });
  await openBench(page, server);
  const records: BenchRecord[] = [];
  const measure = async (run: () => Promise<BenchRecord>): Promise<void> => {
    for (let k = 0; k < runs; k++) records.push(await run());
  };
  for (const one of cases) await measure(() => benchOp(page, server, one));
  for (const { id } of smallBundles()) await measure(() => benchModel(page, server, id, inferences));
  writeFileSync(process.env["SOTTO_BENCH_OUT"]!, JSON.stringify({ browser: browser.version(), records }));
});
