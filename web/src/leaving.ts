/** The panel "What left this page": the masked values beside the private ones, and the bytes that were sent. */

import type { Model } from "./api";
import { h } from "./dom";
import { bytes, count, integer, real } from "./format";
import { histogram, looksRandom } from "./histogram";
import type { Inference } from "./protocol";

const FIRST = 6;

export function leavingPanel(model: Model, values: number[], inference: Inference): HTMLElement {
  return h(
    "section",
    { class: "leaving card", "aria-labelledby": "leaving-title" },
    h("h2", { id: "leaving-title" }, "What left this page"),
    h(
      "p",
      { class: "lead" },
      "Each measurement became an integer, and a fresh random number that only this page knows was subtracted from it. " +
        "The difference is all that the server got of it. Every difference is equally likely, whatever the measurement " +
        "was, so it tells nothing. All that followed was masked with fresh randomness too.",
    ),
    maskTable(model, values, inference),
    bytesSent(inference),
  );
}

function maskTable(model: Model, values: number[], inference: Inference): HTMLElement {
  const rows = model.card.fields.map((field, i) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, field.label),
      h("td", { class: "private" }, shown(model, i, values[i]!)),
      h("td", { class: "private number" }, integer(inference.quantised[i] ?? 0)),
      h("td", { class: "sent number" }, inference.masked[i] ?? ""),
    ),
  );
  rows.slice(FIRST).forEach((row) => (row.hidden = true));
  const table = h(
    "table",
    {},
    h("caption", { class: "visually-hidden" }, "Private values and what was sent in their place"),
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        h("th", { scope: "col" }, "Measurement"),
        h("th", { scope: "col" }, "You entered"),
        h("th", { scope: "col", class: "number" }, "As an integer", h("small", {}, "stays here")),
        h("th", { scope: "col", class: "number" }, "Masked", h("small", {}, `sent, ${model.program.input.bits} bits`)),
      ),
    ),
    h("tbody", {}, ...rows),
  );
  const box = h("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": "Private and masked values" }, table);
  if (rows.length <= FIRST) return box;
  const more = h("button", { type: "button", class: "button-quiet", "aria-expanded": "false" }, `Show all ${rows.length}`);
  more.addEventListener("click", () => {
    const open = more.getAttribute("aria-expanded") !== "true";
    more.setAttribute("aria-expanded", String(open));
    more.textContent = open ? `Show the first ${FIRST}` : `Show all ${rows.length}`;
    rows.slice(FIRST).forEach((row) => (row.hidden = !open));
  });
  return h("div", {}, box, more);
}

function shown(model: Model, index: number, value: number): string {
  const field = model.card.fields[index]!;
  return field.choices.find((option) => option.value === value)?.label ?? real(value);
}

function bytesSent(inference: Inference): HTMLElement {
  const { session, frames } = inference.sent;
  const total = session.reduce((sum, n) => sum + n, 0);
  const flat = looksRandom(session);
  return h(
    "div",
    { class: "histograms" },
    h("h3", {}, "All bytes sent, by value"),
    h(
      "p",
      {},
      `Since it connected, this page has sent ${bytes(total)} in ${count(frames)} messages. If they carried readable ` +
        "data, some bytes would stand out, as letters do in a text. Random bytes give a flat picture: each of the 256 " +
        "values turns up about equally often.",
    ),
    histogram(
      session,
      "What the page sent",
      flat
        ? "Flat: as even as random bytes are. The line is the average; nearly all bars of random data end in the shaded band."
        : "Not quite flat: the handshake and message headers are not random, and in short sessions they show.",
    ),
    histogram(
      plainBytes(inference.quantised),
      "For comparison: the integers themselves",
      "What the same picture would look like if the unmasked integers had been sent. They were not.",
    ),
  );
}

/** The counts that the private integers would give as 32-bit numbers. */
function plainBytes(values: bigint[]): number[] {
  const counts = new Array<number>(256).fill(0);
  const view = new DataView(new ArrayBuffer(4));
  for (const value of values) {
    view.setInt32(0, Number(BigInt.asIntN(32, value)), true);
    for (let i = 0; i < 4; i += 1) counts[view.getUint8(i)]! += 1;
  }
  return counts;
}
