/** A table of results of several inputs in a row, filled as they come. */

import { unlessAborted } from "./aborted";
import { headline } from "./accuracy";
import type { Model } from "./api";
import { capitalise } from "./card";
import { h } from "./dom";
import type { Item } from "./items";
import { answer, confidence } from "./prediction";
import type { Inference } from "./protocol";
import { Remarks } from "./remarks/remarks";
import { save } from "./report";
import { address } from "./route";
import { t } from "./texts/texts";
import { warningItems } from "./warnings";
import { resultNoun } from "./wording";

interface Line {
  item: Item;
  row: HTMLElement;
  /** Of a finished one: what a file of results has of it. */
  done: object | null;
}

export class BatchTable {
  readonly element: HTMLElement;
  readonly #lines: Line[];
  readonly #summary = h("p", { class: "confidence", role: "status" });
  readonly #heading = h("h2", { class: "decision", tabindex: -1 });
  readonly #save = h("button", { type: "button", class: "button-quiet" }, t.result.keep.json);

  constructor(
    private readonly model: Model,
    items: Item[],
  ) {
    const next = h("a", { class: "button-primary", href: address({ model: model.id, result: false }) }, t.result.next[resultNoun(model.card)]);
    this.#lines = items.map((item) => {
      const row = h("tr", {}, h("th", { scope: "row" }, item.name), h("td", { colspan: 3 }, t.batch.waits));
      return { item, done: null, row };
    });
    const columns = [t.batch.input, t.batch.answer, t.batch.clear, t.run.warnings].map((name) => h("th", { scope: "col" }, name));
    const rows = this.#lines.map(({ row }) => row);
    const table = h("table", { class: "batch" }, h("thead", {}, h("tr", {}, ...columns)), h("tbody", {}, ...rows));
    this.#save.addEventListener("click", () => this.#keep());
    const print = h("button", { type: "button", class: "button-quiet" }, t.result.keep.print);
    print.addEventListener("click", () => globalThis.print());
    this.#heading.textContent = t.batch.title(items.length);
    this.element = h(
      "section",
      { class: "result several", "aria-label": t.result.label },
      this.#heading,
      this.#summary,
      h("p", { class: "accuracy" }, `${headline(model.card, true)} ${t.result.canBeWrong}`),
      h("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": t.batch.title(items.length) }, table),
      h("div", { class: "actions" }, next, print, this.#save),
    );
  }

  focus(): void {
    this.#heading.focus({ preventScroll: true });
  }

  /** Runs one after the other; what cannot be used is said in its row. Rejects when `infer` does. */
  async run(infer: (values: number[]) => Promise<Inference>, signal: AbortSignal): Promise<void> {
    const comparison = new Remarks(this.model);
    for (const line of this.#lines) {
      if (line.done) continue;
      this.#tell();
      this.#fill(line, h("td", { colspan: 3 }, t.run.computing));
      const reading = await line.item.read(signal).catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
      signal.throwIfAborted();
      if (typeof reading === "string") {
        this.#fill(line, h("td", { colspan: 3, class: "bad" }, reading));
        line.done = { input: line.item.name, error: reading };
        continue;
      }
      // What compares may still be on its way here.
      const remarks = await unlessAborted(comparison.about(reading.values), signal);
      this.#show(line, await infer(reading.values), [...reading.warnings, ...remarks]);
    }
    this.#tell();
  }

  /** What was not run stays empty. */
  stopped(): void {
    for (const line of this.#lines) if (!line.done) this.#fill(line, h("td", { colspan: 3 }, t.batch.notRun));
    this.#tell();
  }

  #show(line: Line, inference: Inference, warnings: string[]): void {
    const { card } = this.model;
    const { prediction, digest, output } = inference;
    const said = capitalise(answer(prediction));
    const sure = confidence(prediction, card);
    const wrong = inference.plain?.some((value, i) => value !== output[i]) ?? false;
    if (wrong) {
      this.#fill(line, h("td", { colspan: 3, class: "bad" }, t.result.different));
      line.done = { input: line.item.name, error: t.result.different };
      return;
    }
    this.#fill(
      line,
      h("td", { class: "batch-answer", lang: card.language }, said),
      h("td", {}, sure ?? ""),
      warnings.length > 0 ? h("td", {}, warningItems(warnings)) : h("td", { class: "nothing" }, "–"),
    );
    line.done = { input: line.item.name, answer: said, confidence: sure, output: output.map(String), warnings, digest };
  }

  #fill({ row }: Line, ...cells: HTMLElement[]): void {
    row.replaceChildren(row.firstElementChild!, ...cells);
  }

  #tell(): void {
    this.#summary.textContent = t.batch.done(this.#lines.filter(({ done }) => done).length, this.#lines.length);
  }

  #keep(): void {
    const results = this.#lines.flatMap(({ done }) => (done ? [done] : []));
    const [model, at] = [this.model.id, new Date()];
    save(model, at, { format: "sotto-results-1", note: t.page.noDevice, at: at.toISOString(), model, results });
  }
}
