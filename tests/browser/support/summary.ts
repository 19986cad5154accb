/** Ends the report with one line that says how many tests passed and failed. */

import type { FullResult, Reporter, TestCase, TestResult } from "@playwright/test/reporter";

export default class Summary implements Reporter {
  readonly #outcomes = new Map<string, TestResult["status"]>();

  onTestEnd(test: TestCase, result: TestResult): void {
    this.#outcomes.set(test.id, result.status);
  }

  onEnd(result: FullResult): void {
    const all = [...this.#outcomes.values()];
    const passed = all.filter((status) => status === "passed").length;
    const skipped = all.filter((status) => status === "skipped").length;
    const failed = all.length - passed - skipped;
    const note = skipped > 0 ? `, ${skipped} skipped` : "";
    console.log(`browser tests (${result.status}): ${passed} passed, ${failed} failed${note}`);
  }
}
