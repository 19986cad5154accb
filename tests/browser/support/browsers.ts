/** Finds browsers that are already installed. Nothing here downloads one. */

import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** `SOTTO_CHROMIUM`, or the first of the usual names in `PATH`. */
export function findChromium(): string {
  return find("SOTTO_CHROMIUM", ["chromium", "chromium-browser", "google-chrome"]);
}

/** `SOTTO_FIREFOX`, or the first of the usual names in `PATH`. */
export function findFirefox(): string {
  return find("SOTTO_FIREFOX", ["firefox-esr", "firefox"]);
}

function find(variable: string, names: string[]): string {
  const named = process.env[variable];
  if (named) return named;
  for (const name of names) {
    for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
      const path = join(folder, name);
      if (folder && executable(path)) return path;
    }
  }
  throw new Error(`no browser found: install ${names[0]}, or name one in ${variable} (looked for ${names.join(", ")} in PATH)`);
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
