/** The benches between this browser and a server that was started with `--bench`. */

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Page } from "@playwright/test";
import { openModule } from "./module";
import type { Server } from "./server";

const PACKAGE = fileURLToPath(new URL("../../../client-wasm/pkg-bench/", import.meta.url));

/** What the client has with the feature `bench`. */
interface Bench {
  benchSpec(op: string): string;
  benchOp(url: string, spec: string): Promise<string>;
  benchModel(url: string, id: string, description: string, n: number): Promise<string>;
}

/** An operation, and the options in which it differs from its defaults. */
export interface Case {
  op: string;
  [option: string]: number | string;
}

/** A line of `sotto bench --json`, as far as it matters here. */
export interface BenchRecord {
  client: string;
  op: string;
  model?: string;
  bits: number;
  ot: string;
  digit: number;
  n: number;
  checked: number;
  bits_per_op: number;
  seconds: { setup: number; preprocess: number; online: number };
}

/** Opens the page with the benches' client. */
export async function openBench(page: Page, server: Server): Promise<void> {
  if (!existsSync(PACKAGE)) throw new Error(`${PACKAGE} does not exist: build it with \`cargo xtask web --bench\``);
  await openModule(page, server.url, PACKAGE);
}

/** Runs an operation; a wrong result is an error. */
export async function benchOp(page: Page, server: Server, changed: Case): Promise<BenchRecord> {
  const json = await page.evaluate(
    ([url, changed]) => {
      const bench = globalThis.sotto as unknown as Bench;
      const spec = JSON.parse(bench.benchSpec(changed.op));
      for (const [option, value] of Object.entries(changed)) {
        (option in spec.params ? spec.params : spec)[option] = value;
      }
      return bench.benchOp(url, JSON.stringify(spec));
    },
    [`ws://127.0.0.1:${server.port}/bench`, changed] as const,
  );
  return JSON.parse(json) as BenchRecord;
}

/** Runs `n` inferences of a model; a wrong output is an error. */
export async function benchModel(page: Page, server: Server, id: string, n: number): Promise<BenchRecord> {
  const json = await page.evaluate(
    async ([url, id, n]) => {
      const description = await (await fetch(`api/models/${id}`)).text();
      return (globalThis.sotto as unknown as Bench).benchModel(url, id, description, n);
    },
    [`ws://127.0.0.1:${server.port}/ws`, id, n] as const,
  );
  return JSON.parse(json) as BenchRecord;
}
