/** One server for all tests that need nothing special of it, and a recording of every page. */

import { test as base } from "@playwright/test";
import { Recording } from "./page";
import { type Server, startServer } from "./server";

export { expect } from "@playwright/test";

export const test = base.extend<{ recording: Recording }, { server: Server }>({
  server: [
    async ({}, use) => {
      const server = await startServer();
      await use(server);
      await server.kill();
    },
    { scope: "worker", timeout: 60_000 },
  ],
  recording: async ({ page }, use) => use(await Recording.attach(page)),
});
