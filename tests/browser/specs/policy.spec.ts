/** The content security policy: one, said by the page and by the server. */

import { expect, test } from "../support/fixtures";

test("page and server have one policy, but for frames, which a server alone can forbid", async ({ page, server }) => {
  const answer = await page.goto(server.url);
  const own = await page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute("content");
  expect(own).toContain("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'");
  expect(answer!.headers()["content-security-policy"]).toBe(`${own}; frame-ancestors 'none'`);
});
