/** Entry point: lists the models, and shows the workspace of the one that is picked. */

import { headline } from "./accuracy";
import { listModels, loadModel, type ModelSummary, type Unusable } from "./api";
import { checkCode } from "./code";
import { byId, h } from "./dom";
import { ignoreStrayDrops } from "./dropzone";
import { notice } from "./errors";
import { bytes } from "./format";
import { noticeBox } from "./notice";
import { installSelfTest } from "./selftest";
import { showShell } from "./shell";
import { Workspace } from "./workspace";
import { t } from "./texts/texts";

const models = byId("models");
const place = byId("workspace");
/** One workspace per model, so that going back finds the entries as they were. */
const workspaces = new Map<string, Workspace>();
/** Nothing starts before. */
const codeIsIntact = checkCode();
let current: Workspace | null = null;
let picking: AbortController | null = null;

async function showModels(): Promise<void> {
  models.setAttribute("aria-busy", "true");
  try {
    await codeIsIntact;
    const list = await listModels();
    models.replaceChildren(list.length > 0 ? picker(list) : h("p", {}, t.page.noModels));
    const [only] = list;
    if (list.length === 1 && only && "card" in only) models.querySelector<HTMLInputElement>("input")?.click();
  } catch (error) {
    models.replaceChildren(noticeBox(notice(error), () => void showModels()));
  } finally {
    models.removeAttribute("aria-busy");
  }
}

function picker(list: (ModelSummary | Unusable)[]): HTMLElement {
  const options = list.map((model) => {
    if (!("card" in model)) return unusable(model);
    const { id, card, sizes } = model;
    const input = h("input", { type: "radio", name: "model", value: id, id: `model-${id}`, autocomplete: "off" });
    input.addEventListener("change", () => void pick(id));
    const accuracy = headline(card);
    const preparation = sizes && bytes(sizes.setup_bytes + sizes.preprocess_bytes);
    const cost = sizes && preparation && t.page.modelCost(preparation, bytes(sizes.online_bytes));
    return h(
      "label",
      { class: "model", for: `model-${id}` },
      input,
      h("span", { class: "model-title", lang: card.language }, card.title),
      h("span", { class: "model-about", lang: card.language }, card.description),
      accuracy ? h("span", { class: "model-accuracy" }, accuracy) : null,
      cost ? h("span", { class: "model-cost" }, cost) : null,
    );
  });
  return h("div", { class: "models", role: "radiogroup", "aria-labelledby": "models-title" }, ...options);
}

/** A model that cannot be picked, and why. */
function unusable({ title, problem }: Unusable): HTMLElement {
  return h(
    "div",
    { class: "model unusable" },
    h("span", { class: "model-title" }, title),
    h("span", { class: "model-about" }, t.page.unusable(problem)),
  );
}

async function pick(id: string): Promise<void> {
  picking?.abort();
  const { signal } = (picking = new AbortController());
  current?.close();
  current = null;
  try {
    const known = workspaces.get(id) ?? new Workspace(await loadModel(id, signal));
    if (signal.aborted) return;
    workspaces.set(id, known);
    current = known;
    place.replaceChildren(known.element);
    known.open();
  } catch (error) {
    if (!signal.aborted) place.replaceChildren(h("div", { class: "card" }, noticeBox(notice(error), () => void pick(id))));
  }
}

// A session that rests can still say that it ends.
addEventListener("pagehide", () => current?.close());
showShell();
ignoreStrayDrops();
installSelfTest();
void showModels();
