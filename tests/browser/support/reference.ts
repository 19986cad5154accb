/** The plain computation of a bundle, by the reference executor in a process of its own. */

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { MODELS, tool } from "./server";

/** The program's outputs for rows of raw values. */
export function plainOutputs(model: string, rows: number[][], folder = MODELS): bigint[][] {
  const answer = execFileSync(tool("sotto-reference"), [join(folder, model)], { input: JSON.stringify(rows), maxBuffer: 2 ** 28 });
  // Integers beyond 2^53 would lose digits; class scores are far below.
  return (JSON.parse(answer.toString()) as number[][]).map((row) => row.map(BigInt));
}
