/** What sets an input apart from the data that the model was fitted to, as the model's card has it in rounded figures. */

import type { Model } from "../api";
import type { FromWorker, ToWorker } from "../protocol";
import { t } from "../texts/texts";
import { remarkWords } from "./words";

/** Compares in a worker of its own, because the session's may be computing; the comparison itself is the client's. */
export class Remarks {
  #worker: Worker | null = null;
  #request = 0;
  #answer: (remarks: string[]) => void = () => {};

  constructor(private readonly model: Model) {}

  /** The remarks about `values`, and none without any. Never resolves when it is asked about others meanwhile. */
  about(values: number[] | null): Promise<string[]> {
    this.#request += 1;
    return new Promise((resolve) => {
      this.#answer = resolve;
      if (!values || !this.model.card.statistics) return resolve([]);
      const message: ToWorker = { type: "compare", request: this.#request, description: this.model.json, values };
      (this.#worker ??= this.#start()).postMessage(message);
    });
  }

  #start(): Worker {
    const worker = new Worker(new URL("../worker.ts", import.meta.url), { type: "module", name: "sotto remarks" });
    worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
      if (data.type !== "compared" || data.request !== this.#request) return;
      this.#answer(data.remarks?.map((remark) => remarkWords(remark, this.model.card)) ?? [t.run.unknownRemarks]);
    });
    worker.addEventListener("error", () => this.#answer([t.run.unknownRemarks]));
    return worker;
  }
}
