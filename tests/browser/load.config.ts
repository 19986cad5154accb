import config from "./playwright.config";

/** `npm run load -w tests/browser`: how long a first visit takes on a line as telephones have it. No part of the tests: it measures. */
export default {
  ...config,
  testDir: "load",
  workers: 1,
  reporter: [["line"]],
  projects: (config.projects ?? []).filter(({ name }) => name === "chromium"),
} satisfies typeof config;
