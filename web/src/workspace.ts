/** Everything about one picked model: its input, its session, the run and its result. */

import { overflowWords } from "./accuracy";
import { type Model, sessionUrl } from "./api";
import { Consent, isMuch } from "./consent";
import { h } from "./dom";
import { failureNotice, notice } from "./errors";
import { bytes, percent, seconds } from "./format";
import { createInput } from "./input";
import type { InputView } from "./inputview";
import { leavingPanel } from "./leaving";
import { noticeBox } from "./notice";
import { pace } from "./pace";
import { fraction, ProgressView } from "./progress";
import type { Connection, Failure, Inference, Progress, Standing } from "./protocol";
import { Remarks } from "./remarks/remarks";
import { resultCard } from "./result";
import { Cancelled, Session, SessionError, type SessionState } from "./session";
import { TicketPanel } from "./ticket";
import { resultNoun } from "./wording";
import { t } from "./texts/texts";

export class Workspace {
  readonly element: HTMLElement;
  readonly #form: InputView;
  readonly #session: Session;
  /** For a model that takes much: nothing is sent without it. */
  readonly #consent: Consent | null;
  /** Asks for a ticket where the server does; then goes on with what it was asked for. */
  readonly #tickets = new TicketPanel(() => {
    const wanted = this.#asked;
    this.#clear();
    if (wanted) void this.#run(true);
    else this.open();
  });
  /** Whether a result was asked for when the server asked for a ticket. */
  #asked = false;
  readonly #remarks: Remarks;
  #remarked: string[] = [];
  /** While the button is held down warnings wait: above it they would push it from under the pointer, and the click be lost. */
  #pressed = false;
  readonly #progress = new ProgressView();
  readonly #status = h("p", { class: "status", role: "status" });
  /** How far a preparation is: it changes too often to be read out. */
  readonly #aside = h("span", { class: "status-aside", "aria-hidden": "true" });
  /** Where the session stands in the server's queue, while it waits. */
  readonly #queue = h("p", { class: "queue", role: "status" });
  readonly #submit = h("button", { type: "submit", class: "button-primary" });
  readonly #cancel = h("button", { type: "button", class: "button-quiet" }, t.run.cancel);
  readonly #warnings = h("div", { class: "warnings", role: "status" });
  readonly #problem = h("div", { class: "problem" });
  readonly #outcome = h("div", { class: "outcome" });
  readonly #below = h("div", { class: "below" });
  /** After a result, reports about the next preparation wait here, so that the finished run stays on view. */
  #held: Progress[] | null = null;

  constructor(private readonly model: Model) {
    this.#form = createInput(model, { changed: () => this.#entriesChanged() });
    this.#remarks = new Remarks(model, (remarks) => {
      this.#warnings.removeAttribute("aria-busy");
      this.#warn(remarks);
    });
    this.#consent = model.cost && isMuch(model.cost) ? new Consent(model.cost, () => this.#session.prepare()) : null;
    this.#session = new Session(model, sessionUrl(location), this.#consent !== null, {
      state: (state) => this.#show(state),
      progress: (progress) => this.#report(progress),
      queue: (standing) => this.#stand(standing),
      connection: (connection) => this.#connection(connection),
      background: (failure) => this.#background(failure),
    });
    this.#cancel.addEventListener("click", () => this.#session.close());
    this.#cancel.hidden = true;
    this.#submit.textContent = this.#invitation();
    this.#submit.addEventListener("pointerdown", () => this.#press());
    this.element = this.#layout();
  }

  /** Connects and prepares while the person is typing, or asks whether to. */
  open(): void {
    if (this.#consent) this.#consent.show(true);
    else this.#session.open();
  }

  /** Lets go of the session; the entries stay. */
  close(): void {
    this.#session.close();
  }

  #layout(): HTMLElement {
    const form = h("form", { novalidate: true, class: "workspace" });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#run();
    });
    const run = h(
      "section",
      { class: "card run", "aria-labelledby": "run-title" },
      h("h2", { id: "run-title" }, h("span", { class: "step", "aria-hidden": "true" }, "3"), t.run.title),
      this.#warnings,
      this.#consent?.element,
      this.#tickets.element,
      this.#problem,
      h("div", { class: "actions" }, this.#submit, this.#cancel),
      this.#status,
      this.#queue,
      this.#outcome,
      this.#progress.element,
    );
    form.append(
      h(
        "section",
        { class: "card entry-card", "aria-labelledby": "entry-title" },
        h("h2", { id: "entry-title" }, h("span", { class: "step", "aria-hidden": "true" }, "2"), this.#form.title),
        this.#form.element,
        this.#sources(),
      ),
      run,
    );
    return h("div", {}, form, this.#below);
  }

  #sources(): HTMLElement {
    const { provenance, licence, overflow } = this.model.card;
    const summary = h("summary", {}, t.run.sources);
    const limits = overflow ? h("p", { "data-overflow": overflow.rule }, overflowWords(overflow)) : null;
    return h("details", { class: "sources" }, summary, h("p", {}, provenance), h("p", {}, licence), limits);
  }

  /** `agreed`: to what it takes, where that is much and not prepared. */
  async #run(agreed = false): Promise<void> {
    if (this.#session.state === "computing") return;
    const clicked = performance.now();
    const values = this.#form.read();
    this.#clear();
    if (!values) {
      this.#problem.replaceChildren(h("p", { class: "form-error", role: "alert" }, this.#form.incomplete));
      return;
    }
    if (this.#consent && !agreed && asks(this.#session.state)) return this.#consent.ask(() => void this.#run(true));
    const prepared = this.#session.state === "ready";
    const waited = this.#session.preparing;
    if (this.#session.state === "closed") this.#progress.reset();
    else if (this.#held) this.#release();
    const before = this.#progress.totals();
    this.#working(true);
    try {
      const inference = await this.#session.infer(values, this.#form.sample()).finally(() => this.#working(false));
      const elapsed = (performance.now() - clicked) / 1000;
      this.#held = [];
      const { sent, received } = this.#progress.totals();
      const cost = { seconds: elapsed, sent: sent - before.sent, received: received - before.received, prepared, waited };
      this.#present(values, inference, cost);
    } catch (error) {
      this.#progress.stop();
      // The session goes on; the run that it was stays on view.
      if (error instanceof SessionError && error.failure.kind === "damaged") this.#held = [];
      if (error instanceof Cancelled) this.#cancelled();
      else if (error instanceof SessionError && error.failure.kind === "ticket") this.#askForTicket(true);
      else this.#problem.replaceChildren(noticeBox(notice(error), () => void this.#run()));
    }
  }

  #present(values: number[], inference: Inference, cost: Parameters<typeof resultCard>[3]): void {
    const card = resultCard(this.model, inference, this.#form.sample(), cost);
    this.#outcome.replaceChildren(card);
    this.#below.replaceChildren(leavingPanel(this.model, values, inference));
    card.querySelector<HTMLElement>(".decision")?.focus({ preventScroll: true });
    card.scrollIntoView({ block: "nearest", behavior: reducedMotion() ? "auto" : "smooth" });
  }

  #cancelled(): void {
    this.#status.textContent = t.run.cancelled;
    this.#submit.focus();
  }

  /** A result belongs to the values that it was computed from: it goes when they change. */
  #entriesChanged(): void {
    if (this.#session.state === "computing") return;
    this.#clear();
    this.#consent?.forget();
    // The last remarks stay until new ones come, a moment later.
    this.#warn(this.#remarked);
    this.#warnings.setAttribute("aria-busy", "true");
    this.#remarks.about(this.#form.values());
  }

  #press(): void {
    this.#pressed = true;
    const ended = new AbortController();
    const release = (): void => {
      ended.abort();
      // The click comes behind the pointer's event.
      setTimeout(() => {
        this.#pressed = false;
        this.#warn(this.#remarked);
      }, 100);
    };
    for (const event of ["pointerup", "pointercancel"]) addEventListener(event, release, { signal: ended.signal });
  }

  /**
   * Shows what speaks against the input: what its view says, and how it differs from the model's data. The same words again
   * are left alone, so that they are not read out again.
   */
  #warn(remarks: string[]): void {
    this.#remarked = remarks;
    if (this.#pressed) return;
    const warnings = [...this.#form.warnings(), ...remarks];
    const shown = [...this.#warnings.querySelectorAll("li")].map((item) => item.textContent);
    if (warnings.length === shown.length && warnings.every((warning, i) => warning === shown[i])) return;
    if (warnings.length === 0) return this.#warnings.replaceChildren();
    const title = h("p", { class: "warnings-title" }, t.run.warnings);
    this.#warnings.replaceChildren(title, h("ul", {}, ...warnings.map((warning) => h("li", {}, warning))));
  }

  #clear(): void {
    this.#problem.replaceChildren();
    this.#outcome.replaceChildren();
    this.#below.replaceChildren();
  }

  #working(on: boolean): void {
    this.#form.lock(on);
    // Not `disabled`, which would take the focus away from whoever pressed it by keyboard.
    this.#submit.setAttribute("aria-disabled", String(on));
    this.#submit.textContent = on ? t.run.computing : this.#invitation();
    this.#cancel.hidden = !on;
    this.element.toggleAttribute("data-working", on);
  }

  #invitation(): string {
    return t.run.invitation[resultNoun(this.model.card)];
  }

  #report(progress: Progress): void {
    pace.remember(progress);
    if (this.#held) this.#held.push(progress);
    else this.#progress.update(progress);
    const share = percent(Math.floor(100 * fraction(progress)) / 100);
    const preparing = progress.phase === "preprocess" && !progress.done;
    const ready = this.#session.state === "ready";
    this.#aside.textContent = preparing ? (ready ? t.run.oneMore(share) : ` ${share}`) : "";
  }

  #stand({ position, seconds: left }: Standing): void {
    const wait = left === null || left === 0 ? null : seconds(left);
    this.#queue.textContent = position === 0 ? "" : t.run.queue(position - 1, wait);
  }

  #connection(connection: Connection): void {
    this.#queue.textContent = connection === "lost" ? t.run.lost : "";
  }

  /** Shows what was held back, at the start of the next run. */
  #release(): void {
    const held = this.#held ?? [];
    this.#held = null;
    this.#progress.restart("preprocess");
    for (const progress of held) this.#progress.update(progress);
  }

  #show(state: SessionState): void {
    if (state === "closed") {
      this.#held = null;
      this.#queue.textContent = "";
    }
    this.#consent?.show(asks(state));
    this.#status.replaceChildren(this.#statusText(state), this.#aside);
    this.#status.dataset["state"] = state;
  }

  #statusText(state: SessionState): string {
    switch (state) {
      case "closed":
        return "";
      case "preparing":
        return t.run.preparing;
      case "ready": {
        const held = this.#held?.findLast(({ phase, done }) => phase === "preprocess" && done);
        const done = held ?? this.#progress.phase("preprocess");
        if (!done?.done) return t.run.prepared;
        return t.run.preparedFor(bytes(done.bytesSent + done.bytesReceived), seconds(done.seconds));
      }
      case "computing":
        return "";
      case "resting":
        return t.run.resting;
    }
  }

  #askForTicket(asked: boolean): void {
    this.#asked = asked;
    this.#tickets.ask(asked);
  }

  #background(failure: Failure): void {
    if (failure.kind === "ticket") {
      this.#progress.reset();
      return this.#askForTicket(false);
    }
    // A finished run stays on view beside its result; anything less is void.
    if (this.#outcome.childElementCount === 0) this.#progress.reset();
    const ended = failure.kind === "closed" || failure.kind === "timeout";
    const title = ended ? t.run.ended : failureNotice(failure).title;
    this.#status.textContent = t.run.again(title);
    this.#status.dataset["state"] = "failed";
  }
}

/** Whether a session in this state has nothing prepared, and is not about to. */
function asks(state: SessionState): boolean {
  return state === "closed" || state === "resting";
}

function reducedMotion(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
