/** The worker that compares what was entered with the data that a model was fitted to. The values stay here. */

import init, { remarks } from "@sotto/client";
import moduleUrl from "@sotto/client/sotto_client_bg.wasm?url";
import { fetchModule } from "../code";
import type { Compare, Compared } from "./protocol";

const scope = self as unknown as DedicatedWorkerGlobalScope;

scope.addEventListener("message", (event: MessageEvent<Compare>) => {
  const { request, description, values } = event.data;
  void init({ module_or_path: fetchModule(moduleUrl) })
    .then(() => remarks(description, Float64Array.from(values)))
    .catch(() => null)
    .then((remarks) => post({ request, remarks }));
});

function post(message: Compared): void {
  scope.postMessage(message);
}
