/** What every set-up builds: one inference of the card's first sample, at the server that the page's address names, and the tools. */

import { createClient, type InferenceResult, type Progress, SottoError } from "@sotto/client";
import loadTools, { knownAnswers } from "@sotto/client/tools";

interface Model {
  card: { samples: { values: number[] }[] };
}

async function inference(server: URL): Promise<{ result: InferenceResult; expected: BigInt64Array | undefined; phases: string[] }> {
  const description = await (await fetch(new URL("api/models/wdbc", server))).text();
  const address = new URL("ws", server);
  address.protocol = server.protocol === "https:" ? "wss:" : "ws:";
  const phases = new Set<string>();
  const client = await createClient(address, {
    model: "wdbc",
    description,
    onProgress: ({ phase }: Progress) => phases.add(phase),
    signal: AbortSignal.timeout(60_000),
  });
  await client.preprocess();
  const values = (JSON.parse(description) as Model).card.samples[0]!.values;
  const result = await client.infer(Float64Array.from(values), { transfer: true });
  const expected = await client.expectedOutput(0);
  await client.close();
  return { result, expected, phases: [...phases] };
}

/** Runs it, and shows in `place` what came of it. */
export async function show(place: HTMLElement): Promise<void> {
  const server = new URLSearchParams(location.search).get("server") ?? location.origin;
  try {
    const { result, expected, phases } = await inference(new URL(server));
    await loadTools();
    const wrong = knownAnswers().flatMap(({ name, ok }) => (ok ? [] : [name]));
    const { prediction } = result;
    const label = prediction?.kind === "class" ? prediction.label : null;
    place.textContent = JSON.stringify({ label, output: [...result.output].map(Number), expected: [...(expected ?? [])].map(Number), phases, wrong });
  } catch (error) {
    place.textContent = error instanceof SottoError ? `${error.kind}: ${error.message}` : String(error);
  }
  place.dataset["state"] = "done";
}
