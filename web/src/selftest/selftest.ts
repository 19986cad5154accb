/** Runs the known-answer tests of the cryptographic kernels in a worker of their own and shows the outcome. */

import type { KnownAnswer } from "@sotto/client/tools";
import { checkToolsCode } from "../code";
import { byId, h } from "../dom";
import { t } from "../texts/texts";
import type { SelfTest } from "./worker";

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

async function run(): Promise<SelfTest> {
  await checkToolsCode();
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "sotto self-test" });
  return new Promise<SelfTest>((resolve, reject) => {
    worker.addEventListener("message", ({ data }: MessageEvent<SelfTest | string>) => {
      if (typeof data === "string") reject(new Error(data));
      else resolve(data);
    });
    worker.addEventListener("error", (event) => reject(new Error(event.message || t.page.selfTest.notLoaded)));
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
