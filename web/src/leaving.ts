/** The panel t.leaving.title: the masked values beside the private ones, and the bytes that were sent. */

import type { Model } from "./api";
import { h } from "./dom";
import { bytes, count } from "./format";
import { histogram, looksRandom } from "./histogram";
import { masked } from "./masked";
import type { Inference } from "./protocol";
import { masking } from "./wording";
import { t } from "./texts/texts";

export function leavingPanel(model: Model, values: number[], inference: Inference): HTMLElement {
  return h(
    "details",
    { class: "leaving card" },
    h("summary", {}, h("h2", {}, t.leaving.title)),
    h(
      "p",
      { class: "lead" },
      t.leaving.lead(masking(model.card)),
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
    h("h3", {}, t.leaving.bytesTitle),
    h(
      "p",
      {},
      t.leaving.bytesText(bytes(total), count(frames)),
      receipts.messages > 0 ? t.leaving.receipts(bytes(receipts.bytes), t.leaving.messages(count(receipts.messages))) : null,
    ),
    histogram(
      session,
      t.leaving.sentTitle,
      flat
        ? t.leaving.flat
        : t.leaving.notFlat,
    ),
    histogram(
      plainBytes(inference.quantised),
      t.leaving.plainTitle,
      t.leaving.plainText,
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
