// node main.js [SERVER [MODEL]]: classifies the samples of a model's card, each as its own inference. Node.js 22 or later.
import { createClient, SottoError } from "@sotto/client";

const [server = "http://127.0.0.1:8080", model = "wdbc"] = process.argv.slice(2);

try {
  const description = await (await fetch(new URL(`api/models/${model}`, server))).text();
  const { card } = JSON.parse(description);
  const client = await createClient(new URL("ws", server.replace(/^http/, "ws")), { model, description });
  for (const { name, values } of card.samples) {
    const { prediction } = await client.infer(Float64Array.from(values), { signal: AbortSignal.timeout(60_000) });
    console.log(`${name}: ${prediction.label ?? JSON.stringify(prediction)}`);
  }
  const { inferences } = await client.close();
  console.log(`${inferences} inferences; the server saw none of the values`);
} catch (error) {
  console.error(error instanceof SottoError ? `${error.kind}: ${error.message}` : error);
  process.exitCode = 1;
}
