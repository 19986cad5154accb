/** Runs the known-answer tests of the cryptographic kernels in a worker of their own and shows the outcome. */

import { byId, h } from "./dom";
import type { FromWorker, KnownAnswer, ToWorker } from "./protocol";
import { t } from "./texts/texts";

interface SelfTest {
  checks: KnownAnswer[];
  platform: string;
}

export function installSelfTest(): void {
  const button = byId<HTMLButtonElement>("self-test-run");
  const result = byId("self-test-result");
  button.addEventListener("click", () => {
    button.disabled = true;
    result.replaceChildren(h("p", {}, t.page.selfTest.running));
    run()
      .then((outcome) => result.replaceChildren(table(outcome)))
      .catch((error: unknown) => result.replaceChildren(h("p", { class: "bad" }, t.page.selfTest.failed(String(error)))))
      .finally(() => (button.disabled = false));
  });
}

function run(): Promise<SelfTest> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "sotto self-test" });
  return new Promise<SelfTest>((resolve, reject) => {
    worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
      if (data.type === "self-test") resolve(data);
      else if (data.type === "failed") reject(new Error(data.failure.detail));
    });
    worker.addEventListener("error", (event) => reject(new Error(event.message || t.page.selfTest.notLoaded)));
    worker.postMessage({ type: "self-test" } satisfies ToWorker);
  }).finally(() => worker.terminate());
}

function table({ checks, platform }: SelfTest): HTMLElement {
  const passed = checks.filter((check) => check.ok).length;
  return h(
    "div",
    { "data-self-test": passed === checks.length ? "passed" : "failed" },
    h("p", {}, h("strong", {}, t.page.selfTest.passed(passed, checks.length)), t.page.selfTest.kernels(platform)),
    h("ul", { class: "checks" }, ...checks.map(line)),
  );
}

function line({ name, ok }: KnownAnswer): HTMLElement {
  return h("li", { class: ok ? "good" : "bad" }, `${ok ? "✓" : "✗"} ${name}`);
}
