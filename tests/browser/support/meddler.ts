/** A faulty line between page and server: passes everything on, and lets the test change bytes on the way. */

import { createServer, request } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import type { Duplex } from "node:stream";

export interface Faults {
  /** Changes the body of an HTTP answer in place. */
  answer?(path: string, body: Buffer): void;
  /** Changes what the server sends over a WebSocket in place. */
  toPage?(data: Buffer): void;
  /** Sees what the page sends over a WebSocket. */
  toServer?(data: Buffer): void;
}

export interface Meddler {
  url: string;
  /** WebSockets opened so far. */
  sockets(): number;
  close(): Promise<void>;
}

/** Starts a faulty line to `real`. */
export async function startMeddler(real: string, faults: Faults): Promise<Meddler> {
  const { hostname, port } = new URL(real);
  const open = new Set<Duplex>();
  let sockets = 0;
  const server = createServer((incoming, outgoing) => {
    const path = incoming.url ?? "/";
    const { "accept-encoding": _, ...headers } = incoming.headers;
    const onward = request(new URL(path, real), { method: incoming.method ?? "GET", headers }, (answer) => {
      const parts: Buffer[] = [];
      answer.on("data", (part: Buffer) => parts.push(part));
      answer.on("end", () => {
        const body = Buffer.concat(parts);
        faults.answer?.(path, body);
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        outgoing.end(body);
      });
    });
    onward.end();
  });
  server.on("upgrade", (incoming, page: Socket) => {
    sockets += 1;
    const upstream = connect(Number(port), hostname);
    for (const [one, other] of [[page, upstream], [upstream, page]] as const) {
      open.add(one);
      one.setNoDelay(true);
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
    const pairs = incoming.rawHeaders.map((text, i) => (i % 2 === 0 ? `${text}: ` : `${text}\r\n`));
    upstream.write(`GET ${incoming.url} HTTP/1.1\r\n${pairs.join("")}\r\n`);
    page.on("data", (data: Buffer) => {
      faults.toServer?.(data);
      upstream.write(data);
    });
    upstream.on("data", (data: Buffer) => {
      faults.toPage?.(data);
      page.write(data);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    sockets: () => sockets,
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
