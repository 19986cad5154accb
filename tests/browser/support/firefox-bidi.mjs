#!/usr/bin/env node
/**
 * Starts the Firefox that `SOTTO_FIREFOX` names, as its command line says, and stands between it and the test runner, which speaks
 * WebDriver BiDi. The runner (Playwright, channel `moz-firefox`) sends every browser a command that Firefox's stable releases do
 * not know yet, and gives up at the error; here it is answered instead. Colour schemes can therefore not be emulated.
 */

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { WebSocket, WebSocketServer } from "ws";

/** What Firefox does not know, by its name in the specification. */
const UNKNOWN = new Set(["emulation.setMediaFeaturesOverride"]);
const READY = /^WebDriver BiDi listening on (ws:.*)$/;
/** Screenshots and large files come as one message. */
const LIMITS = { maxPayload: 2 ** 30, perMessageDeflate: false };

const firefox = spawn(process.env.SOTTO_FIREFOX ?? "firefox-esr", process.argv.slice(2), {
  stdio: ["ignore", "inherit", "pipe"],
});
firefox.on("error", (error) => end(`${error.message}\n`, 1));
firefox.on("exit", (code) => end("", code ?? 1));
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => firefox.kill(signal));

createInterface({ input: firefox.stderr }).on("line", (line) => {
  const ready = READY.exec(line);
  if (!ready) return process.stderr.write(`${line}\n`);
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, ...LIMITS });
  server.on("connection", (runner, request) => connect(runner, ready[1] + request.url));
  server.on("listening", () => {
    process.stderr.write(`WebDriver BiDi listening on ws://127.0.0.1:${server.address().port}\n`);
  });
});

/** Passes messages on, in both directions and in order, but for what Firefox does not know. */
function connect(runner, url) {
  const browser = new WebSocket(url, LIMITS);
  const waiting = [];
  browser.on("open", () => {
    for (const message of waiting.splice(0)) browser.send(message);
  });
  runner.on("message", (data) => {
    const message = data.toString();
    const { id, method } = JSON.parse(message);
    if (UNKNOWN.has(method)) runner.send(JSON.stringify({ type: "success", id, result: {} }));
    else if (browser.readyState === WebSocket.CONNECTING) waiting.push(message);
    else browser.send(message);
  });
  browser.on("message", (data) => runner.send(data.toString()));
  for (const [one, other] of [
    [runner, browser],
    [browser, runner],
  ]) {
    one.on("close", () => other.close());
    one.on("error", (error) => process.stderr.write(`WebDriver BiDi: ${error.message}\n`));
  }
}

function end(reason, code) {
  process.stderr.write(reason);
  process.exit(code);
}
