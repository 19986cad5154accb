import type { Prediction } from "@sotto/client";
import { type FormEvent, useState } from "react";
import { inWords, useClient } from "./useClient";

export function Diagnosis({ server, model: id }: { server: URL; model: string }) {
  const { model, client, problem } = useClient(server, id);
  const [chosen, choose] = useState(0);
  const [outcome, setOutcome] = useState<{ words: string; state: string } | null>(null);

  async function run(event: FormEvent): Promise<void> {
    event.preventDefault();
    const sample = model?.samples[chosen];
    if (!client || !sample) return;
    setOutcome({ words: "Computing…", state: "busy" });
    try {
      const { prediction } = await client.infer(Float64Array.from(sample.values));
      setOutcome({ words: says(prediction), state: "done" });
    } catch (error) {
      setOutcome({ words: inWords(error), state: "failed" });
    }
  }

  const { words, state } =
    outcome ?? (problem ? { words: problem, state: "failed" } : client ? { words: "Ready.", state: "ready" } : { words: "Connecting…", state: "busy" });
  return (
    <main>
      <h1>{model?.title ?? id}</h1>
      <form onSubmit={(event) => void run(event)}>
        <label>
          Sample{" "}
          <select value={chosen} onChange={({ target }) => choose(Number(target.value))}>
            {model?.samples.map(({ name }, i) => (
              <option key={name} value={i}>
                {name}
              </option>
            ))}
          </select>
        </label>{" "}
        <button disabled={!client || state === "busy"}>Get private diagnosis</button>
      </form>
      <p id="outcome" role="status" data-state={state}>
        {words}
      </p>
    </main>
  );
}

function says(prediction: Prediction | null): string {
  switch (prediction?.kind) {
    case "class":
      return `${prediction.label} (${Math.round(100 * (prediction.scores[prediction.class] ?? 0))} %)`;
    case "findings":
      return prediction.findings.filter(({ present }) => present).map(({ label }) => label).join(", ") || "none of the findings";
    case "value":
      return `${prediction.label}: ${prediction.value} ${prediction.unit}`;
    default:
      return "";
  }
}
