import config from "./playwright.config";

/** The scripts in `tests/corpus`: the tests' browser, files of others. */
export default { ...config, testDir: "corpus", timeout: 1_800_000, workers: 1, reporter: [["line"]] } satisfies typeof config;
