/** Runs the known-answer tests of the cryptographic kernels, and posts what they gave, or why there is nothing. */

import init, { type KnownAnswer, knownAnswers, platform } from "@sotto/client/tools";
import toolsUrl from "@sotto/client/sotto_tools_bg.wasm?url";
import { fetchTools } from "../code";

export interface SelfTest {
  checks: KnownAnswer[];
  platform: string;
}

const scope = self as unknown as DedicatedWorkerGlobalScope;

init({ module_or_path: fetchTools(toolsUrl) })
  .then((): SelfTest => ({ checks: knownAnswers(), platform: platform() }))
  .catch(String)
  .then((outcome) => scope.postMessage(outcome));
