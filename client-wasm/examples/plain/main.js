// A page without a bundler. `sotto` beside it is a copy of the package: cp -r node_modules/@sotto/client sotto
import { createClient, SottoError } from "./sotto/index.js";

/** The server: this page's own, or the one that its address names, which has to allow this page's origin. */
const server = new URL(new URLSearchParams(location.search).get("server") ?? location.origin);
const [form, samples, outcome] = ["form", "samples", "outcome"].map((id) => document.getElementById(id));

function say(words, state) {
  outcome.textContent = words;
  outcome.dataset.state = state;
}

try {
  const description = await (await fetch(new URL("api/models/wdbc", server))).text();
  const { card } = JSON.parse(description);
  samples.replaceChildren(...card.samples.map(({ name }) => new Option(name)));
  const address = new URL("ws", server);
  address.protocol = server.protocol.replace("http", "ws");
  const client = await createClient(address, { model: "wdbc", description });
  // What needs no input is done before there is one.
  await client.preprocess();
  for (const element of form.elements) element.disabled = false;
  say("Ready.", "ready");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    say("Computing…", "busy");
    try {
      const { prediction } = await client.infer(Float64Array.from(card.samples[samples.selectedIndex].values));
      say(`${prediction.label} (${Math.round(100 * prediction.scores[prediction.class])} %)`, "done");
    } catch (error) {
      fail(error);
    }
  });
} catch (error) {
  fail(error);
}

function fail(error) {
  say(error instanceof SottoError ? `${error.kind}: ${error.message}` : String(error), "failed");
}
