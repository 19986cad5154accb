/** The page below a path of a proxy: all that it asks for is relative to where it is. */

import { createServer, request } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { bundle } from "../support/cards";
import { expect, test } from "../support/fixtures";
import { diagnose, loadSample, pickModel, prepared } from "../support/page";

const PATH = "/clinic/sotto";
const MODEL = bundle("wdbc");

test("below a path of a proxy everything works, and nothing is asked for beside it", async ({ page, recording, server }) => {
  const { hostname, port } = new URL(server.url);
  const below = (url = "/"): string | null => (url.startsWith(`${PATH}/`) ? url.slice(PATH.length) : null);
  const beside: string[] = [];
  const proxy = createServer((incoming, outgoing) => {
    const path = below(incoming.url);
    if (path === null) {
      beside.push(incoming.url ?? "");
      return void outgoing.writeHead(404).end();
    }
    const onward = request({ hostname, port, path, method: incoming.method, headers: incoming.headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  });
  proxy.on("upgrade", (incoming, client: Socket) => {
    const path = below(incoming.url);
    if (path === null) return void client.destroy();
    const onward = connect(Number(port), hostname);
    const headers = incoming.rawHeaders.map((text, i) => (i % 2 === 0 ? `${text}: ` : `${text}\r\n`));
    onward.write(`GET ${path} HTTP/1.1\r\n${headers.join("")}\r\n`);
    for (const [from, to] of [[client, onward], [onward, client]] as const) from.on("error", () => to.destroy()).pipe(to);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}${PATH}/`;
  try {
    await pickModel(page, url, MODEL.id);
    await loadSample(page, MODEL.card.samples[0]!.name);
    await prepared(page);
    await expect((await diagnose(page)).locator('[data-exact="equal"]')).toBeVisible();
    // Browsers look for an icon of the whole host by themselves.
    expect(beside.filter((path) => path !== "/favicon.ico")).toEqual([]);
    expect(recording.problems).toEqual([]);
  } finally {
    proxy.closeAllConnections();
    proxy.close();
  }
});
