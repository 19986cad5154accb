/**
 * A peer that no real server can be: it passes the page on from a real one, and answers its WebSocket in its own way.
 */

import { createHash } from "node:crypto";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";

export interface Impostor {
  url: string;
  close(): Promise<void>;
}

/** Starts an impostor in front of `real`; `talk` gets every upgraded connection. */
export async function startImpostor(real: string, talk: (socket: Duplex) => void): Promise<Impostor> {
  const sockets = new Set<Duplex>();
  const server = createServer((incoming, outgoing) => {
    const onward = request(new URL(incoming.url ?? "/", real), { method: incoming.method ?? "GET" }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.end();
  });
  server.on("upgrade", (incoming, socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    const key = `${incoming.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const accept = createHash("sha1").update(key).digest("base64");
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    talk(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** An unmasked WebSocket frame of less than 126 bytes. */
export function frame(opcode: "binary" | "close", payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([opcode === "close" ? 0x88 : 0x82, payload.length]), payload]);
}

/** A Close frame. */
export function closeFrame(code: number, reason: string): Buffer {
  const payload = Buffer.from(`\0\0${reason}`);
  payload.writeUInt16BE(code);
  return frame("close", payload);
}

/** A connection to the real server on which a page's first message is passed on, and nothing after it; resolves with what ends it. */
export function passFirstMessage(real: string, socket: Duplex): Promise<() => void> {
  return new Promise((resolve, reject) => {
    socket.once("data", (first: Buffer) => {
      const headers = { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13", "sec-websocket-key": "c290dG8gc290dG8gc290dA==" };
      const onward = request(new URL("ws", real), { headers });
      onward.on("error", reject);
      onward.on("upgrade", (_, server) => {
        server.on("error", () => server.destroy());
        server.once("data", () => resolve(() => server.destroy()));
        server.write(first);
      });
      onward.end();
    });
  });
}
