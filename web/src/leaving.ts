/** The panel "What left this page": the masked values beside the private ones, and the bytes that were sent. */

import type { Model } from "./api";
import { h } from "./dom";
import { bytes, count } from "./format";
import { histogram, looksRandom } from "./histogram";
import { masked } from "./masked";
import type { Inference } from "./protocol";
import { masking } from "./wording";

export function leavingPanel(model: Model, values: number[], inference: Inference): HTMLElement {
  return h(
    "section",
    { class: "leaving card", "aria-labelledby": "leaving-title" },
    h("h2", { id: "leaving-title" }, "What left this page"),
    h(
      "p",
      { class: "lead" },
      `${masking(model.card)} became an integer, and a fresh random number that only this page knows was subtracted from it. ` +
        "The difference is all that the server got of it. Every difference is equally likely, whatever was " +
        "entered, so it tells nothing. All that followed was masked with fresh randomness too.",
    ),
    masked(model, values, inference),
    bytesSent(inference),
  );
}

function bytesSent(inference: Inference): HTMLElement {
  const { session, frames, receipts } = inference.sent;
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
        "values turns up about equally often." +
        (receipts.messages > 0
          ? ` Beside these, ${bytes(receipts.bytes)} of text in ${count(receipts.messages)} messages said how many of the ` +
            "server's had arrived, and which session goes on where a connection was lost."
          : ""),
    ),
    histogram(
      session,
      "What the page sent",
      flat
        ? "Flat: as even as random bytes are. The line is the average; nearly all bars of random data end in the shaded band."
        : "Not quite flat: the handshake is not random, and parts of messages are filled up with zero bits to whole bytes. " +
          "Neither depends on what was entered.",
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
