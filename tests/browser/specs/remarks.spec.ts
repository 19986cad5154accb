/** What sets an input apart from the model's data: the client finds it, the page words it, and a result has it however late it comes. */

import type { Page } from "@playwright/test";
import type { Card } from "../../../web/src/card";
import { remarkWords } from "../../../web/src/remarks/words";
import { bundle } from "../support/cards";
import { expect, test } from "../support/fixtures";
import { openModule } from "../support/module";
import { loadSample, pickModel, submit } from "../support/page";

/** All that the client remarks on these inputs. */
function remarksOf(page: Page, id: string, inputs: number[][]): Promise<string[]> {
  return page.evaluate(
    async ([id, inputs]) => {
      const description = await (await fetch(`api/models/${id}`)).text();
      return inputs.flatMap((values) => globalThis.sotto.remarks(description, Float64Array.from(values)));
    },
    [id, inputs] as const,
  );
}

/** Inputs of which each has few figures that are unlike the data, as the client says only the first four. */
function unlike(id: string): number[][] {
  const { card } = bundle(id);
  const { input } = card as unknown as Card;
  const usual = card.samples[0]!.values;
  if (input.kind === "fields") return input.fields.map((field, i) => usual.map((value, k) => (i === k ? field.max : value)));
  const [low, high] = [input.min, input.max];
  const width = input.kind === "image" ? input.width : usual.length;
  const inner = (at: number): boolean => at >= width / 4 && at < (3 * width) / 4;
  const mark = input.kind === "signal" ? input.marker!.index : -1;
  return [
    usual.map(() => low),
    usual.map(() => high),
    usual.map((value, i) => (i % 2 ? high : value)),
    usual.map((value, i) => (inner(i % width) && inner(Math.floor(i / width)) ? high : value)),
    usual.map((value, i) => (i === mark ? low : value)),
    usual.map((_, i) => (i === mark ? high : low)),
  ];
}

for (const id of ["wdbc", "pneumonia", "heartbeat"]) {
  test(`${id}: the page has words of its own for everything that the client remarks`, async ({ page, server }) => {
    await openModule(page, server.url);
    const card = bundle(id).card as unknown as Card;
    const said = await remarksOf(page, id, unlike(id));
    const words = said.map((remark) => remarkWords(remark, card));
    for (const [i, sentence] of words.entries()) {
      expect(sentence, said[i]).toMatch(/: .+ Of 100 \w+ that the model learned from, 98 have between .+\.$|more of its figures|One more/);
    }
    const figures = new Set(words.map((sentence) => sentence.split(":")[0]).filter((words) => !words!.includes("more of its")));
    expect(figures.size, [...figures].join("; ")).toBe(card.statistics!.features.length);
  });
}

test("remarks that come later than the result are still part of it", async ({ page, server }) => {
  await page.addInitScript(() => {
    let open: () => void;
    const gate = new Promise<void>((resolve) => (open = resolve));
    Object.assign(globalThis, { compare: () => open() });
    globalThis.Worker = class extends Worker {
      readonly #slow: boolean;
      constructor(url: string | URL, options?: WorkerOptions) {
        super(url, options);
        this.#slow = options?.name === "sotto remarks";
      }
      override postMessage(message: unknown): void {
        if (this.#slow) void gate.then(() => super.postMessage(message));
        else super.postMessage(message);
      }
    };
  });
  await pickModel(page, server.url, "wdbc");
  await loadSample(page, bundle("wdbc").card.samples[0]!.name);
  await expect(page.locator('.status[data-state="ready"]')).toBeAttached();
  await submit(page).click();
  await expect(page.locator('.phases [data-phase="online"]')).toHaveAttribute("data-state", "done");
  await expect(page.locator(".result")).toBeHidden();
  await page.evaluate(() => (globalThis as unknown as { compare: () => void }).compare());
  await expect(page.locator(".result .doubts")).toContainText("Texture, standard error: 3.6");
});
