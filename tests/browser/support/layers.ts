/** Random linear layers as bundles, with what the reference executor makes of their inputs. */

import { execFileSync } from "node:child_process";
import { type Bundle, bundles } from "./cards";
import { tool } from "./server";

/** Writes `count` bundles into a folder: the same for a seed each time. */
export function randomLayers(folder: string, seed: string, count: number): Bundle[] {
  execFileSync(tool("sotto-layers"), [folder, seed, String(count)]);
  return bundles(folder);
}
