#!/usr/bin/env bash
# Playwright's driver by WebDriver BiDi, and the system's Firefox.
#
# A good guess: Playwright has a browser channel `moz-firefox` that speaks WebDriver BiDi, the interface that Firefox documents as
# its standard one, so any current Firefox can be driven with it, as any current Chromium can.
# What happens: the first page cannot be opened. With every new context Playwright sends `emulation.setMediaFeaturesOverride`,
# whatever the options say (`colorScheme: null` too), Firefox answers "unknown command", and Playwright takes that as fatal.
# Versions: playwright-core 1.65.1, Firefox ESR 153.8.0 (Debian bookworm), Node.js 20. Seen on 2026-11-27.
# Why users care: nothing else is missing. With that one command answered, a suite of some 60 page tests (files, workers,
# WebAssembly, WebSockets, the keyboard) passes. Whoever believes the error gives up, or writes the tests again for another driver.
# Needed: node, npm, and Firefox as `firefox-esr` or named in FIREFOX.
set -euo pipefail
firefox=$(command -v "${FIREFOX:-firefox-esr}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-save --no-audit --no-fund playwright-core@1.65.1 >/dev/null
cat >open.mjs <<'JS'
import { firefox } from "playwright-core";
const browser = await firefox.launch({ channel: "moz-firefox", executablePath: process.argv[2], headless: true });
console.log(`started Firefox ${browser.version()}`);
for (const options of [{}, { colorScheme: null, reducedMotion: null, forcedColors: null, contrast: null }]) {
  try {
    await (await browser.newPage(options)).goto("data:text/html,hello");
    console.log("opened a page");
  } catch (error) {
    console.log(error.message.split("\n")[0]);
  }
}
await browser.close();
JS
node open.mjs "$firefox" | tee seen
expected='browser.newPage: Protocol error (emulation.setMediaFeaturesOverride): unknown command'
[ "$(grep -cF "$expected" seen)" = 2 ] || { echo "changed: another answer than in $(basename "$0")" >&2; exit 1; }
