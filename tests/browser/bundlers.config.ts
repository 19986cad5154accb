import config from "./playwright.config";

/** `cargo xtask bundlers`: pages that were built with the npm package. Chromium alone runs them: what differs is what was built. */
export default {
  ...config,
  testDir: "bundlers",
  reporter: [["list"]],
  projects: (config.projects ?? []).filter(({ name }) => name === "chromium"),
} satisfies typeof config;
