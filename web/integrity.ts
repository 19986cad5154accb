/**
 * Subresource integrity of the built page: a file that changed on its way from the server is not run.
 *
 * The page vouches for its own script and style sheet by attributes, what needs a WebAssembly module for that when it fetches it,
 * and the page's script for all other scripts, which it fetches once by the hashes in a `meta` before anything starts
 * (`src/code.ts`): browsers take no hash where a worker is started or a module imported, and then find them in their cache. What reads
 * files, and checks the browser, is fetched so before the first time, by a list that is fetched then, too, and decoders that few need by
 * those who need them.
 */

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

/** What stands in scripts until the hashes of the modules, each with the beginning of its name, and of the decoders are known. */
const MODULES = { sotto_client: "__MODULE_INTEGRITY__", sotto_tools: "__TOOLS_INTEGRITY__" };
const DECODERS = "__DECODER_INTEGRITY__";
/** The same of the client for large models, and how the names of its files begin. */
const [WORKERS, LARGE] = ["__WORKERS_INTEGRITY__", "sotto_workers"];

/** Of scripts that read files or check the browser: a list in a file of its own. */
const TOOLS_LIST = "tools-code-integrity";

function integrity(file: string): string {
  return `sha384-${createHash("sha384").update(readFileSync(file)).digest("base64")}`;
}

function replace(file: string, from: string, to: string): boolean {
  const before = readFileSync(file, "utf8");
  const after = before.replaceAll(from, to);
  if (after !== before) writeFileSync(file, after);
  return after !== before;
}

/** The scripts that these use, and so on, but for what is left out. */
function used(folder: string, by: string[], scripts: string[], leftOut: (name: string) => boolean): Set<string> {
  const found = new Set(by);
  for (const name of found) {
    const text = readFileSync(join(folder, name), "utf8");
    scripts.filter((other) => text.includes(other) && !leftOut(other)).forEach((other) => found.add(other));
  }
  return found;
}

/**
 * Writes the hashes into the page's files: into those first whose own hashes follow. Names of `decoders` begin with these, and those of
 * workers that are fetched later with that of `tools`; those of texts with one of `languages`, of which a page fetches the one that it speaks.
 */
export function subresourceIntegrity(decoders: string[], tools: string, languages: string[]): Plugin {
  return {
    name: "subresource-integrity",
    apply: "build",
    writeBundle({ dir }) {
      if (!dir) return this.error("the page is written to no folder");
      const assets = join(dir, "assets");
      const all = readdirSync(assets);
      const scripts = all.filter((name) => name.endsWith(".js"));
      const [late, rest] = [true, false].map((is) => all.filter((name) => [...decoders, LARGE].some((begin) => name.startsWith(begin)) === is));
      const known = late!.filter((name) => /\.(js|wasm)$/.test(name)).map((name) => `${name} ${integrity(join(assets, name))}`);
      const large = (entry: string): boolean => entry.startsWith(LARGE);
      for (const [mark, entries] of [[DECODERS, known.filter((entry) => !large(entry))], [WORKERS, known.filter(large)]] as const) {
        scripts.forEach((name) => replace(join(assets, name), mark, entries.join(",")));
      }
      for (const [begin, mark] of Object.entries(MODULES)) {
        const module = rest!.find((name) => name.startsWith(begin) && name.endsWith(".wasm"));
        if (!module) return this.error(`the page has no WebAssembly module ${begin}`);
        const users = scripts.filter((name) => replace(join(assets, name), mark, integrity(join(assets, module))));
        if (users.length === 0) return this.error(`no script fetches the WebAssembly module ${begin} by its hash`);
      }
      const html = join(dir, "index.html");
      const named = [...readFileSync(html, "utf8").matchAll(/"\.\/assets\/([^"]+)"/g)].map(([, name]) => name!).filter((name) => /\.(js|css)$/.test(name));
      for (const name of named) replace(html, `"./assets/${name}"`, `"./assets/${name}" integrity="${integrity(join(assets, name))}"`);
      const others = scripts.filter((name) => !named.includes(name) && !late!.includes(name));
      const page = named.filter((name) => name.endsWith(".js"));
      const spoken = (language: string, name: string): boolean => name.startsWith(`${language}-`);
      const isLanguage = (name: string): boolean => languages.some((language) => spoken(language, name));
      const first = used(assets, page, scripts, (name) => name.startsWith(tools) || late!.includes(name) || isLanguage(name));
      const pages = page.map((name) => readFileSync(join(assets, name), "utf8"));
      const ofPage = (name: string): boolean => pages.some((text) => text.includes(name));
      const lists: [meta: string, has: (name: string) => boolean][] = [
        ["code-integrity", (name) => first.has(name)],
        [TOOLS_LIST, (name) => !first.has(name)],
        ...languages.map((language): [string, (name: string) => boolean] => [`${language}-code-integrity`, (name) => spoken(language, name) && ofPage(name)]),
      ];
      for (const [meta, has] of lists) {
        let list = others.filter(has).map((name) => `assets/${name} ${integrity(join(assets, name))}`).join(",");
        if (meta === TOOLS_LIST) {
          // As long as the rest of the page, and not needed at first.
          const name = `assets/${meta}-${createHash("sha256").update(list).digest("hex").slice(0, 8)}.txt`;
          writeFileSync(join(dir, name), list);
          list = `${name} ${integrity(join(dir, name))}`;
        }
        replace(html, "</head>", `  <meta name="${meta}" content="${list}" />\n  </head>`);
      }
    },
  };
}
