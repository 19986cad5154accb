/** Whether this browser can run the private computation at all. */

/** A module with one function of SIMD instructions, which the protocol's code is made of. */
const SIMD = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];

export type Lack = "webassembly" | "simd" | "worker";

/** What is missing; `null` when nothing is. */
export function lack(): Lack | null {
  if (typeof WebAssembly !== "object") return "webassembly";
  if (!WebAssembly.validate(Uint8Array.from(SIMD))) return "simd";
  return typeof Worker === "function" ? null : "worker";
}
