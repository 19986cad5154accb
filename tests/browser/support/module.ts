/** The npm package by itself, in the page but outside its worker. */

import { cpSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, type Page } from "@playwright/test";
import type * as Sotto from "../../../client-wasm/pkg/index.js";
import type * as Tools from "../../../client-wasm/pkg/tools.js";

const PACKAGE = fileURLToPath(new URL("../../../client-wasm/pkg/", import.meta.url));

declare global {
  /** The package, and its tools. */
  var sotto: typeof Sotto & typeof Tools;
  /** Close codes of the page's WebSockets. */
  var closings: { code: number; wasClean: boolean }[];
}

/** A page with nothing but the package in `sotto`, in a folder to serve: a browser does not ask its driver for the scripts of Workers. */
export function packagePage(): string {
  const folder = mkdtempSync(join(tmpdir(), "sotto-package-"));
  cpSync(PACKAGE, join(folder, "package"), { recursive: true });
  writeFileSync(join(folder, "page.js"), 'import * as sotto from "./package/index.js"; globalThis.sotto = sotto;');
  writeFileSync(join(folder, "index.html"), '<!doctype html><title>package</title><script type="module" src="page.js"></script>');
  return folder;
}

/** Opens the page, and loads the package a second time, or another one, into `sotto`. */
export async function openModule(page: Page, origin: string, folder = PACKAGE): Promise<void> {
  const script = `
    import init, * as sotto from "./index.js";
    import initTools, * as tools from "./tools.js";
    globalThis.closings = [];
    globalThis.WebSocket = class extends WebSocket {
      constructor(url) {
        super(url);
        this.addEventListener("close", ({ code, wasClean }) => closings.push({ code, wasClean }));
      }
    };
    await Promise.all([init(), initTools()]);
    globalThis.sotto = { ...tools, ...sotto };`;
  await page.route("**/package/*", (route) => {
    const name = new URL(route.request().url()).pathname.split("/").at(-1)!;
    if (name === "load-it.js") return route.fulfill({ contentType: "text/javascript", body: script });
    return route.fulfill({ path: `${folder}${name}` });
  });
  await page.goto(origin);
  await page.addScriptTag({ url: "package/load-it.js", type: "module" });
  await expect.poll(() => page.evaluate(() => "sotto" in globalThis)).toBe(true);
}
