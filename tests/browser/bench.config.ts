import config from "./playwright.config";

/** `cargo xtask bench`: the tests' browser, other work. */
export default { ...config, testDir: "bench", timeout: 1_800_000, reporter: [["line"]] } satisfies typeof config;
