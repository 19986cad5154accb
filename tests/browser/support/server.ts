/** The real server binary, serving the real page, on a free port. */

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
/** Where the server finds its models, and the tests their expectations. */
export const MODELS = process.env["SOTTO_MODELS"] ?? `${ROOT}models`;
const PAGE = `${ROOT}web/dist`;
/** The server's binary; others of the workspace lie beside it. */
export const BINARY = process.env["SOTTO_BIN"] ?? `${ROOT}target/debug/sotto`;
/** Public data sets, where a machine has them: they are not part of the project. */
export const DATA = process.env["SOTTO_DATA"] ?? `${ROOT}../shared/data`;

/** A binary of the tests. */
export function tool(name: string): string {
  const path = join(dirname(BINARY), name);
  if (!existsSync(path)) throw new Error(`${path} does not exist: build it with \`cargo build -p sotto-tests\``);
  return path;
}

export interface Server {
  url: string;
  port: number;
  pid: number;
  /** Ends the process at once, as a crash would. */
  kill(): Promise<void>;
}

/** Starts `sotto serve` and waits until it answers. */
export async function startServer(options: { port?: number; models?: string; page?: string; args?: string[] } = {}): Promise<Server> {
  for (const [path, remedy] of [
    [BINARY, "build it with `cargo build -p sotto-cli --features bench`, or name it in SOTTO_BIN"],
    [`${PAGE}/index.html`, "build the page with `cargo xtask web`"],
  ] as const) {
    if (!existsSync(path)) throw new Error(`${path} does not exist: ${remedy}`);
  }
  const port = options.port ?? (await freePort());
  const models = options.models ?? MODELS;
  const args = ["serve", "--models", models, "--page", options.page ?? PAGE, "--listen", `127.0.0.1:${port}`, ...(options.args ?? [])];
  const child = spawn(BINARY, args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data: Buffer) => (output += data.toString()));
  const url = `http://127.0.0.1:${port}/`;
  await waitUntilLive(child, `${url}livez`, () => output);
  return { url, port, pid: child.pid!, kill: () => end(child) };
}

async function waitUntilLive(child: ChildProcess, url: string, output: () => string): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`the server ended with code ${child.exitCode}:\n${output()}`);
    try {
      if ((await fetch(url)).ok) return;
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await end(child);
  throw new Error(`the server did not answer within 30 s:\n${output()}`);
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill("SIGKILL");
  });
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => (typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port"))));
    });
  });
}
