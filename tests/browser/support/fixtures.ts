/** One server for all tests that need nothing special of it, and a recording of every page. */

import { test as base } from "@playwright/test";
import { Recording } from "./page";
import { type Server, startServer } from "./server";

export { expect } from "@playwright/test";

type Launch = (options?: Parameters<typeof startServer>[0]) => Promise<Server>;

export const test = base.extend<{ recording: Recording; launch: Launch }, { server: Server }>({
  server: [
    async ({}, use) => {
      const server = await startServer();
      await use(server);
      await server.kill();
    },
    { scope: "worker", timeout: 60_000 },
  ],
  /** Starts servers that end with the test, however it ends. */
  launch: async ({}, use) => {
    const servers: Server[] = [];
    await use(async (options) => {
      const server = await startServer(options);
      servers.push(server);
      return server;
    });
    await Promise.all(servers.map((server) => server.kill()));
  },
  recording: async ({ page }, use) => use(await Recording.attach(page)),
});
