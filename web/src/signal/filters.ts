/** What the client's code does to signals, as a worker loads it; tests load it in another way. */

import type { LowPass } from "@sotto/client/tools";
import type { Peak } from "./peaks";

export interface Filters {
  /** Values at another rate. */
  resample(values: Float64Array, from: number, to: number): Float64Array;
  /** What the low-pass of that does. */
  lowPass(from: number, to: number): LowPass;
  beats(values: Float64Array, rate: number): Peak[];
}
