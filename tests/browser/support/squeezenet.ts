/** SqueezeNet 1.0 with random weights, and what its inference takes by the plan. */

import { execFileSync } from "node:child_process";
import { type Bundle, bundles } from "./cards";
import { BINARY, tool } from "./server";

interface Bytes {
  to_server: number;
  to_client: number;
}

/** Of a session with one inference, as `sotto inspect` counts it. */
export interface Plan {
  setup: Bytes;
  preprocess: Bytes;
  online: Bytes;
  online_rounds: number;
  generated_online: number;
}

/** Writes the bundle into a folder: a picture of 224 × 224 pixels in three colours, and a thousand classes. */
export function squeezenet(folder: string): { model: Bundle; plan: Plan } {
  execFileSync(tool("sotto-squeezenet"), [folder]);
  const model = bundles(folder)[0]!;
  const answer = execFileSync(BINARY, ["inspect", "--json", `${folder}/${model.id}`], { maxBuffer: 2 ** 28 });
  return { model, plan: (JSON.parse(answer.toString()) as { plan: Plan }).plan };
}
