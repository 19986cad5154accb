/** What the client's tools do to signals, in this process: the module as it is built for the page. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Filters } from "../../../web/src/signal/filters";
import type { Peak } from "../../../web/src/signal/peaks";
import { findBeats, initSync, resampleSignal, signalLowPass } from "../../../client-wasm/pkg/sotto_tools.js";

const MODULE = fileURLToPath(new URL("../../../client-wasm/pkg/sotto_tools_bg.wasm", import.meta.url));

initSync({ module: readFileSync(MODULE) });

export const lowPass = signalLowPass;

export function resample(values: ArrayLike<number>, from: number, to: number): Float64Array {
  return resampleSignal(Float64Array.from(values), from, to);
}

export function findPeaks(values: ArrayLike<number>, rate: number): Peak[] {
  return findBeats(Float64Array.from(values), rate);
}

export const filters: Filters = { resample: resampleSignal, lowPass: signalLowPass, beats: findBeats };
