/**
 * The gzip and brotli forms of the built page's files, beside them: the server has sessions to run and only sends them.
 */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

/** Writes the forms that are smaller than the file, after all other plugins have changed what they change. */
export function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    writeBundle: {
      order: "post",
      sequential: true,
      handler({ dir }) {
        if (!dir) return this.error("the page is written to no folder");
        for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
          if (!entry.isFile()) continue;
          const file = join(entry.parentPath, entry.name);
          const plain = readFileSync(file);
          const hint = { [constants.BROTLI_PARAM_SIZE_HINT]: plain.length };
          const forms = { gz: gzipSync(plain, { level: 9 }), br: brotliCompressSync(plain, { params: hint }) };
          for (const [ending, form] of Object.entries(forms)) {
            if (form.length < plain.length) writeFileSync(`${file}.${ending}`, form);
          }
        }
      },
    },
  };
}
