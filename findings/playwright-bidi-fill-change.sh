#!/usr/bin/env bash
# Playwright's `fill` by WebDriver BiDi, and the event `change`.
#
# A good guess: a field that was filled and left fires `change`, as it does when a person types into it, and as it does after
# `fill` in Chromium; the protocol that Playwright speaks to the browser makes no difference to the page.
# What happens: over BiDi, Firefox fires `input` and `blur` and never `change`. Playwright puts the text into the field by a
# script, and a browser counts as changed what a person, or an editing command, has changed. Keys (`pressSequentially`) fire it.
# Versions: playwright-core 1.65.1, ws 8.23.0, Firefox ESR 153.8.0 (Debian bookworm), Node.js 20. Seen on 2026-11-27.
# Why users care: a page that checks a field when it is left is never checked, and its test fails, or worse, passes, in this
# browser alone; no message says that the event is missing.
# Needed: node, npm, and Firefox as `firefox-esr` or named in FIREFOX. Firefox does not know a command that Playwright needs for
# a page (see playwright-bidi-firefox-esr.sh); `driver.mjs` below answers it and passes everything else on.
set -euo pipefail
firefox=$(command -v "${FIREFOX:-firefox-esr}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-save --no-audit --no-fund playwright-core@1.65.1 ws@8.23.0 >/dev/null
cat >driver.mjs <<JS
#!$(command -v node)
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { WebSocket, WebSocketServer } from "$folder/node_modules/ws/wrapper.mjs";
const firefox = spawn("$firefox", process.argv.slice(2), { stdio: ["ignore", "inherit", "pipe"] });
firefox.on("exit", (code) => process.exit(code ?? 1));
process.on("SIGTERM", () => firefox.kill());
createInterface({ input: firefox.stderr }).on("line", (line) => {
  const address = /^WebDriver BiDi listening on (.*)/.exec(line)?.[1];
  if (!address) return;
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 }, () =>
    process.stderr.write(\`WebDriver BiDi listening on ws://127.0.0.1:\${server.address().port}\n\`));
  server.on("connection", (runner, request) => {
    const browser = new WebSocket(address + request.url);
    const open = new Promise((resolve) => browser.on("open", resolve));
    browser.on("message", (data) => runner.send(String(data)));
    runner.on("message", async (data) => {
      const { id, method } = JSON.parse(data);
      await open;
      if (method !== "emulation.setMediaFeaturesOverride") return browser.send(String(data));
      runner.send(JSON.stringify({ type: "success", id, result: {} }));
    });
    runner.on("close", () => browser.close());
  });
});
JS
chmod +x driver.mjs
cat >fill.mjs <<'JS'
import { firefox } from "playwright-core";
const browser = await firefox.launch({ channel: "moz-firefox", executablePath: process.argv[2], headless: true });
const page = await browser.newPage();
for (const how of ["fill", "pressSequentially"]) {
  await page.setContent("<input><pre></pre>");
  await page.evaluate(() => {
    const log = (event) => (document.querySelector("pre").textContent += `${event.type} `);
    for (const type of ["input", "change", "blur"]) document.querySelector("input").addEventListener(type, log);
  });
  await page.locator("input")[how]("7");
  await page.locator("input").blur();
  console.log(`${how}: ${(await page.locator("pre").textContent()).trim()}`);
}
await browser.close();
JS
node fill.mjs "$folder/driver.mjs" | tee seen
expected='fill: input blur
pressSequentially: input change blur'
[ "$(cat seen)" = "$expected" ] || { echo "changed: other events than in $(basename "$0")" >&2; exit 1; }
