/** A model whose preparation takes time. */

import { execFileSync } from "node:child_process";
import { type Bundle, bundles } from "./cards";
import { tool } from "./server";

/** Writes it into a folder: a picture of `side` × `side` pixels, and twice `side`² · `channels` values between layers. */
export function largeModel(folder: string, side: number, channels: number): Bundle {
  execFileSync(tool("sotto-large"), [folder, String(side), String(channels)]);
  return bundles(folder)[0]!;
}
