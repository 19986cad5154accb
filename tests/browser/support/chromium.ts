/** Finds a browser that is already installed. Nothing here downloads one. */

import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** `SOTTO_CHROMIUM`, or the first of the usual names in `PATH`. */
export function findChromium(): string {
  const named = process.env["SOTTO_CHROMIUM"];
  if (named) return named;
  for (const name of NAMES) {
    for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
      const path = join(folder, name);
      if (folder && executable(path)) return path;
    }
  }
  throw new Error(`no browser found: install chromium, or name one in SOTTO_CHROMIUM (looked for ${NAMES.join(", ")} in PATH)`);
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
