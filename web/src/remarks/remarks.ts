/** What sets an input apart from the data that the model was fitted to, as the model's card has it in rounded figures. */

import type { Model } from "../api";
import type { Compare, Compared } from "./protocol";
import { t } from "../texts/texts";

/** Compares in a worker of its own, because the session's may be computing; the comparison itself is the client's. */
export class Remarks {
  #worker: Worker | null = null;
  #request = 0;

  constructor(
    private readonly model: Model,
    /** Hears the remarks about the latest values. */
    private readonly say: (remarks: string[]) => void,
  ) {}

  /** Asks for the remarks about `values`; without any, there are none. */
  about(values: number[] | null): void {
    this.#request += 1;
    if (!values || !this.model.card.statistics) return this.say([]);
    const message: Compare = { request: this.#request, description: this.model.json, values };
    (this.#worker ??= this.#start()).postMessage(message);
  }

  #start(): Worker {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "sotto remarks" });
    worker.addEventListener("message", ({ data }: MessageEvent<Compared>) => {
      if (data.request === this.#request) this.say(data.remarks ?? [t.run.unknownRemarks]);
    });
    worker.addEventListener("error", () => this.say([t.run.unknownRemarks]));
    return worker;
  }
}
