import { fileURLToPath } from "node:url";
import { defineConfig } from "@playwright/test";
import { findChromium, findFirefox } from "./support/browsers";

/** What a person does with the page; what the page's functions do is told by any one engine. */
const PAGE = /(access|damage|errors|limits|photo|picture(\.warnings)?|private|several|signal(\.(all|strip))?|steps|workers)\.spec\.ts$/;

export default defineConfig({
  testDir: "specs",
  outputDir: "../../test-results",
  // Half of the time of one is spent waiting. What tests print of times is worth something with `--workers=1`.
  workers: 2,
  fullyParallel: false,
  forbidOnly: true,
  retries: 0,
  timeout: 120_000,
  expect: { timeout: 30_000 },
  reporter: [["list"], ["./support/summary.ts"]],
  use: {
    headless: true,
    viewport: { width: 1280, height: 900 },
    // Scrolling smoothly keeps a button from being pressed.
    contextOptions: { reducedMotion: "reduce" },
    // `--trace retain-on-failure` shows what a test saw, and makes all take a third longer.
    trace: "off",
  },
  projects: [
    {
      name: "chromium",
      use: {
        browserName: "chromium",
        launchOptions: {
          executablePath: findChromium(),
          args: [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
          ],
        },
      },
    },
    {
      name: "firefox",
      testMatch: PAGE,
      grepInvert: /@chromium/,
      use: {
        browserName: "firefox",
        channel: "moz-firefox",
        launchOptions: {
          executablePath: fileURLToPath(new URL("support/firefox-bidi.mjs", import.meta.url)),
          // A slow machine is no reason to end a script.
          firefoxUserPrefs: { "dom.max_script_run_time": 0 },
          env: { ...process.env, SOTTO_FIREFOX: findFirefox() } as Record<string, string>,
        },
      },
    },
  ],
});
