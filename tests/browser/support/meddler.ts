/** A faulty line between page and server: passes everything on, and lets the test change bytes on the way. */

import { createServer, request } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import type { Duplex } from "node:stream";

export interface Faults {
  /** Changes the body of an HTTP answer in place. */
  answer?(path: string, body: Buffer): void;
  /** Changes a binary message of the server in place. */
  toPage?(data: Buffer): void;
  /** Sees a binary message of the page, masked as it is (RFC 6455, section 5.3). */
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
    page.on("data", frames((data) => faults.toServer?.(data), upstream));
    let head = Buffer.alloc(0);
    const answered = frames((data) => faults.toPage?.(data), page);
    const answer = (data: Buffer): void => {
      head = Buffer.concat([head, data]);
      const end = head.indexOf("\r\n\r\n") + 4;
      if (end < 4) return;
      page.write(head.subarray(0, end));
      upstream.off("data", answer);
      upstream.on("data", answered);
      answered(head.subarray(end));
    };
    upstream.on("data", answer);
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

/** Hands on whole frames; `look` sees the payloads of binary ones. */
function frames(look: (payload: Buffer) => void, to: Socket): (data: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (data) => {
    rest = Buffer.concat([rest, data]);
    for (;;) {
      if (rest.length < 2) return;
      const short = rest[1]! & 127;
      const start = 2 + (short === 127 ? 8 : short === 126 ? 2 : 0) + (rest[1]! & 128 ? 4 : 0);
      if (rest.length < start) return;
      const length = short === 127 ? Number(rest.readBigUInt64BE(2)) : short === 126 ? rest.readUInt16BE(2) : short;
      if (rest.length < start + length) return;
      if ((rest[0]! & 15) === 2) look(rest.subarray(start, start + length));
      to.write(rest.subarray(0, start + length));
      rest = rest.subarray(start + length);
    }
  };
}
