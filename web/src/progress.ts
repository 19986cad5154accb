/** The four phases of a session: which is at work, on which step, and folded away on which layer, with how many bytes and how long. */

import { h } from "./dom";
import { bytes, seconds } from "./format";
import { type Phase, PHASES, type Progress } from "./protocol";
import { t } from "./texts/texts";

const TITLES: Record<Phase, { title: string; about: string }> = t.run.phases;

/** Share of the bar that each phase takes. */
const WEIGHTS: Record<Phase, number> = { handshake: 0.05, setup: 0.15, preprocess: 0.45, online: 0.35 };

export class ProgressView {
  readonly element: HTMLElement;
  readonly #rows = new Map<Phase, { item: HTMLElement; facts: HTMLElement }>();
  readonly #latest = new Map<Phase, Progress>();
  readonly #bar = h("div", { class: "bar" });
  readonly #track = h(
    "div",
    { class: "track", role: "progressbar", "aria-label": t.run.progress, "aria-valuemin": 0, "aria-valuemax": 100 },
    this.#bar,
  );
  readonly #activity = h("p", { class: "activity" });
  readonly #announcer = h("p", { class: "visually-hidden", "aria-live": "polite" });

  constructor() {
    const list = h("ol", { class: "phases" });
    for (const phase of PHASES) {
      const { title, about } = TITLES[phase];
      const facts = h("span", { class: "phase-facts" }, about);
      const item = h(
        "li",
        { "data-phase": phase, "data-state": "waiting" },
        h("span", { class: "phase-mark", "aria-hidden": "true" }),
        h("span", { class: "phase-title" }, title),
        facts,
      );
      this.#rows.set(phase, { item, facts });
      list.append(item);
    }
    const steps = h("details", { class: "technical" }, h("summary", {}, t.run.technical), list);
    this.element = h("div", { class: "progress" }, this.#track, this.#activity, steps, this.#announcer);
    this.reset();
  }

  /** A new session. */
  reset(): void {
    for (const phase of PHASES) this.#clear(phase);
    this.#draw();
  }

  /** Another inference on the same session: the phases that are run again start anew. */
  restart(phase: Phase): void {
    for (const later of PHASES.slice(PHASES.indexOf(phase))) this.#clear(later);
    this.#draw();
  }

  update(progress: Progress): void {
    const before = this.#latest.get(progress.phase);
    // Preparing the next inference follows a finished one: its old marks go first.
    if (before?.done && !progress.done) this.restart(progress.phase);
    this.#latest.set(progress.phase, progress);
    const row = this.#rows.get(progress.phase)!;
    row.item.dataset["state"] = progress.done ? "done" : "active";
    row.facts.textContent = facts(progress);
    if (!before || before.done !== progress.done) this.#announce(progress);
    this.#draw();
  }

  /** The work ended without a result. */
  stop(): void {
    for (const { item } of this.#rows.values()) {
      if (item.dataset["state"] === "active") item.dataset["state"] = "stopped";
    }
    this.#activity.textContent = "";
  }

  /** Bytes each way of the phases so far. */
  totals(): { sent: number; received: number } {
    const all = [...this.#latest.values()];
    return {
      sent: all.reduce((sum, progress) => sum + progress.bytesSent, 0),
      received: all.reduce((sum, progress) => sum + progress.bytesReceived, 0),
    };
  }

  #clear(phase: Phase): void {
    this.#latest.delete(phase);
    const row = this.#rows.get(phase)!;
    row.item.dataset["state"] = "waiting";
    row.facts.textContent = TITLES[phase].about;
  }

  #announce(progress: Progress): void {
    const { title } = TITLES[progress.phase];
    this.#announcer.textContent = progress.done ? t.run.phaseDone(title) : t.run.phaseBegun(title);
  }

  #draw(): void {
    let share = 0;
    let active: Progress | null = null;
    for (const phase of PHASES) {
      const progress = this.#latest.get(phase);
      if (!progress) continue;
      share += WEIGHTS[phase] * fraction(progress);
      if (!progress.done) active = progress;
    }
    const percent = Math.round(share * 100);
    this.#bar.style.setProperty("--share", String(share));
    this.#track.setAttribute("aria-valuenow", String(percent));
    this.#activity.textContent = active ? describe(active) : "";
    this.#track.setAttribute("aria-valuetext", active ? describe(active) : `${percent} %`);
  }
}

/** How much of a phase is done: by its bytes where it is known how many they will be, otherwise by its steps. */
export function fraction(progress: Progress): number {
  if (progress.done) return 1;
  const { bytesSent, bytesReceived, bytesExpected } = progress;
  if (bytesExpected > 0) return Math.min((bytesSent + bytesReceived) / bytesExpected, 1);
  return progress.layers > 0 ? Math.min(progress.layer / progress.layers, 1) : 0;
}

function describe(progress: Progress): string {
  const { title } = TITLES[progress.phase];
  if (progress.layers === 0) return t.run.phaseBegun(title);
  return t.run.step(title, Math.min(progress.layer + 1, progress.layers), progress.layers);
}

function facts({ done, layer, layers, name, seconds: elapsed, bytesSent, bytesReceived, bytesExpected }: Progress): string {
  const at = done || layers === 0 ? "" : `${t.run.layer(Math.min(layer + 1, layers), layers, name)} · `;
  const moved = t.run.moved(bytes(bytesSent), bytes(bytesReceived));
  return `${at}${seconds(elapsed)} · ${moved}${done || bytesExpected === 0 ? "" : t.run.ofAll(bytes(bytesExpected))}`;
}
