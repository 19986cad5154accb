/** A web server for a folder of files, as an application would have one beside `sotto serve`. */

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const TYPES: Record<string, string> = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
};

export interface Site {
  origin: string;
  /** What every answer forbids from now on. */
  forbid(policy: string): void;
  close(): Promise<void>;
}

/** Serves a folder on a free port. */
export async function startSite(folder: string): Promise<Site> {
  let policy = "default-src 'none'";
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? "/", "http://site").pathname));
    const file = join(folder, path.endsWith("/") ? `${path}index.html` : path);
    readFile(file).then(
      (bytes) => {
        const headers = { "content-type": TYPES[extname(file)] ?? "application/octet-stream", "content-security-policy": policy };
        response.writeHead(200, headers).end(bytes);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    forbid: (forbidden) => (policy = forbidden),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
