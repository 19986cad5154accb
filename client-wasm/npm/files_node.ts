/// <reference types="node" />
/** The package's files in Node.js. */

import { readFile } from "node:fs/promises";
import { unusable } from "./load.js";

/** A module that lies beside this file: `fetch` takes no addresses of files here. */
export async function own(name: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readFile(new URL(name, import.meta.url)));
  } catch (error) {
    throw unusable(error);
  }
}
