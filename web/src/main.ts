/** Entry point: lists the models, and leads through the steps of the one that is picked, as the address says. */

import moduleUrl from "@sotto/client/sotto_client_bg.wasm?url";
import { listModels, loadModel } from "./api";
import { lack } from "./capability";
import { checkCode, fetchModuleAhead } from "./code";
import { byId, h } from "./dom";
import { takeAnywhere } from "./drop";
import { notice } from "./errors";
import { foldedRow, setFolded } from "./fold";
import { forget } from "./kept";
import { noticeBox } from "./notice";
import { picker } from "./picker";
import { address, corrected, currentRoute, moved, onRoute } from "./route";
import { installSelfTest } from "./selftest/selftest";
import { showShell } from "./shell";
import { t } from "./texts/texts";
import { Workspace } from "./workspace";

const NOWHERE = { model: null, result: false };

const models = byId("models");
const choice = byId("choice");
const place = byId("workspace");
/** One workspace per model, so that going back finds everything as it was. */
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
    models.replaceChildren(...(list.length > 0 ? picker(list) : [h("p", {}, t.page.noModels)]));
    // While the person reads.
    fetchModuleAhead(moduleUrl);
    const [only] = list;
    if (currentRoute().model !== null) await follow(false);
    else if (list.length === 1 && only && "card" in only) await lead(only.id);
  } catch (error) {
    models.replaceChildren(noticeBox(notice(error), () => void showModels()));
  } finally {
    models.removeAttribute("aria-busy");
  }
}

/** Leads to the only model there is. */
async function lead(id: string): Promise<void> {
  corrected({ model: id, result: false });
  await follow(false);
}

/** Shows what the address says. `focus` where a person took a step. */
async function follow(focus: boolean): Promise<void> {
  const route = currentRoute();
  picking?.abort();
  if (route.model === null) return showChoice(focus);
  const { signal } = (picking = new AbortController());
  const { model: id, result } = route;
  try {
    const known = workspaces.get(id) ?? new Workspace(await loadModel(id, signal));
    if (signal.aborted) return;
    workspaces.set(id, known);
    enter(known);
    if (!known.lead(result, focus)) corrected({ model: id, result: false });
  } catch (error) {
    if (signal.aborted) return;
    leave();
    fold(id, false);
    place.replaceChildren(h("div", { class: "card" }, noticeBox(notice(error), () => void follow(true))));
  }
}

function enter(workspace: Workspace): void {
  fold(workspace.title);
  document.title = t.page.modelTitle(workspace.title);
  if (workspace === current) return;
  leave();
  current = workspace;
  place.replaceChildren(workspace.element);
  workspace.open();
}

function leave(): void {
  current?.close();
  current = null;
}

function fold(title: string, done = true): void {
  document.body.dataset["view"] = "model";
  setFolded(choice, foldedRow(t.page.model, title, address(NOWHERE), t.page.changeModel, done));
}

/** Back at the list. What was open goes on until another model is picked. */
function showChoice(focus: boolean): void {
  document.body.dataset["view"] = "choice";
  document.title = t.page.documentTitle;
  setFolded(choice, null);
  if (focus) byId("models-title").focus();
}

function forgetAll(): void {
  forget();
  for (const workspace of workspaces.values()) workspace.forget();
  moved(NOWHERE);
  showChoice(true);
}

showShell(forgetAll);
const missing = lack();
if (missing) {
  models.replaceChildren(h("div", { class: "notice", role: "alert" }, h("p", { class: "notice-title" }, t.page.lacks.title), h("p", {}, t.page.lacks[missing])));
} else {
  // A session that rests can still say that it ends.
  addEventListener("pagehide", () => current?.close());
  takeAnywhere(async (files, text) => current !== null && currentRoute().model === current.id && (await current.take(files, text)));
  installSelfTest();
  onRoute(() => void follow(true));
  void showModels();
}
