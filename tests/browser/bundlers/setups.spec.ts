/** Pages that `cargo xtask bundlers` has built with the packed npm package, each with a real server of another origin. */

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import type { Page } from "@playwright/test";
import { bundle } from "../support/cards";
import { expect, test } from "../support/fixtures";
import type { Server } from "../support/server";
import { type Site, startSite } from "../support/site";

const MODEL = bundle("wdbc");
const SAMPLE = MODEL.card.samples[0]!;
const LABEL = MODEL.card.classes[SAMPLE.expected.indexOf(Math.max(...SAMPLE.expected))]!;
const FOLDER = process.env["SOTTO_BUNDLERS"] ?? "";
/** What a page needs that is allowed nothing else. */
const STRICT = "default-src 'none'; base-uri 'none'; form-action 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'";

let site: Site | null = null;

test.beforeAll(() => {
  if (!existsSync(`${FOLDER}/node_modules/@sotto/client`)) throw new Error("run `cargo xtask bundlers`, which builds the pages first");
});

test.afterEach(() => site?.close());

/** Opens a built page, and collects what the browser complains of. */
async function open(page: Page, launch: () => Promise<Server>, policy: (server: string) => string, folder: string): Promise<string[]> {
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  // Pages have no picture of their own.
  await page.route("**/favicon.ico", (route) => route.fulfill({ status: 204 }));
  const server = await launch();
  const origin = new URL(server.url).origin;
  site!.forbid(policy(`connect-src 'self' ${origin} ${origin.replace("http", "ws")}`));
  await page.goto(`${site!.origin}/?server=${origin}`);
  expect(existsSync(folder)).toBe(true);
  return complaints;
}

for (const [name, folder, policy] of [
  ["Vite", "vite/dist", (connect: string) => `${STRICT}; ${connect}`],
  ["webpack", "webpack/dist", (connect: string) => `${STRICT}; ${connect}`],
  ["Rollup", "rollup/dist", (connect: string) => `${STRICT}; ${connect}`],
  ["esbuild", "esbuild/dist", (connect: string) => `${STRICT}; ${connect}`],
  // It writes scripts into the page.
  ["Next.js", "next/out", (connect: string) => `${STRICT.replace("script-src", "script-src 'unsafe-inline'")}; ${connect}; style-src 'self'`],
] as const) {
  test(`a page that ${name} built`, async ({ page, launch }) => {
    site = await startSite(`${FOLDER}/${folder}`);
    const complaints = await open(page, () => launch({ args: ["--allow-origin", site!.origin] }), policy, `${FOLDER}/${folder}`);
    await expect(page.locator("#outcome[data-state=done]")).toBeVisible();
    const outcome: unknown = JSON.parse(await page.locator("#outcome").innerText());
    const phases = ["handshake", "setup", "preprocess", "online"];
    expect(outcome).toEqual({ label: LABEL, output: SAMPLE.expected, expected: SAMPLE.expected, phases, wrong: [] });
    expect(complaints).toEqual([]);
  });
}

for (const [name, folder] of [
  ["without a bundler", "examples/plain"],
  ["with React", "examples/react/dist"],
] as const) {
  test(`the example ${name}`, async ({ page, launch }) => {
    site = await startSite(`${FOLDER}/${folder}`);
    const start = () => launch({ args: ["--allow-origin", site!.origin] });
    const complaints = await open(page, start, (connect) => `${STRICT}; ${connect}`, `${FOLDER}/${folder}`);
    await expect(page.locator("#outcome[data-state=ready]")).toBeVisible();
    await page.getByRole("button", { name: "Get private diagnosis" }).click();
    await expect(page.locator("#outcome[data-state=done]")).toHaveText(new RegExp(`^${LABEL} \\(\\d+ %\\)$`));
    await page.getByRole("combobox").selectOption({ index: 1 });
    await page.getByRole("button", { name: "Get private diagnosis" }).click();
    const second = MODEL.card.samples[1]!.expected;
    await expect(page.locator("#outcome[data-state=done]")).toHaveText(new RegExp(`^${MODEL.card.classes[second.indexOf(Math.max(...second))]} `));
    expect(complaints).toEqual([]);
  });
}

test("the example in Node.js", async ({ server }) => {
  const node = process.env["SOTTO_NODE"] ?? process.execPath;
  const said = execFileSync(node, [`${FOLDER}/examples/node/main.js`, server.url], { encoding: "utf8", timeout: 60_000 });
  const lines = MODEL.card.samples.map(({ name, expected }) => `${name}: ${MODEL.card.classes[expected.indexOf(Math.max(...expected))]}`);
  expect(said.trim().split("\n")).toEqual([...lines, `${lines.length} inferences; the server saw none of the values`]);
});

test("what the example in Node.js says of a server that is not there", () => {
  const node = process.env["SOTTO_NODE"] ?? process.execPath;
  const run = (): string => execFileSync(node, [`${FOLDER}/examples/node/main.js`, "http://127.0.0.1:9"], { encoding: "utf8", stdio: "pipe" });
  expect(run).toThrow(/fetch failed/);
});
