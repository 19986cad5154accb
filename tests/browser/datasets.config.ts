import config from "./playwright.config";

/** `npm run datasets -w tests/browser`: public data sets, which are no part of the project. */
export default { ...config, testDir: "datasets" } satisfies typeof config;
