/** Everything about one picked model: its input, its session, the run and its result. */

import { type Model, sessionUrl } from "./api";
import { BatchTable } from "./batch";
import { matchingSample } from "./card";
import { Consent, isMuch } from "./consent";
import { h } from "./dom";
import { Entry } from "./entry";
import { failureNotice, notice } from "./errors";
import { forecastWords } from "./forecastline";
import type { Item } from "./items";
import { leavingPanel } from "./leaving";
import { noticeBox } from "./notice";
import type { Failure, Inference } from "./protocol";
import type { Finished } from "./report";
import { type Readiness, resultCard } from "./result";
import { whileFull } from "./retry";
import { moved } from "./route";
import { RunCard } from "./runcard";
import { Cancelled, hasNothing, Session, SessionError, type SessionState } from "./session";
import { t } from "./texts/texts";
import { TicketPanel } from "./ticket";
import { Warnings } from "./warnings";
import { resultNoun } from "./wording";

export class Workspace {
  readonly element: HTMLElement;
  readonly #entry: Entry;
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
  readonly #warnings: Warnings;
  readonly #card: RunCard;
  readonly #below = h("div", { class: "below" });
  /** Ends the run, whatever it waits for; `null` while there is none. */
  #running: AbortController | null = null;

  constructor(private readonly model: Model) {
    this.#entry = new Entry(model, { changed: () => this.#entriesChanged() });
    this.#warnings = new Warnings(model, () => (this.#entry.items ? [] : this.#entry.form.warnings()));
    this.#consent =
      model.cost && isMuch(model.cost) ? new Consent(model.cost, () => this.#session.prepare(), () => this.#card.focusButton()) : null;
    this.#session = new Session(model, sessionUrl(location), this.#consent !== null, {
      state: (state) => this.#show(state),
      progress: (progress) => this.#card.status.report(progress, this.#session.state === "ready"),
      queue: (standing) => this.#card.status.stand(standing),
      connection: (connection) => this.#card.status.connection(connection),
      background: (failure) => this.#background(failure),
    });
    this.#card = new RunCard(this.#warnings, this.#consent, this.#tickets, () => this.#cancel());
    this.#card.invite(this.#invitation(), forecastWords(model.cost, 1));
    this.element = this.#layout();
    this.#entry.restore();
  }

  get id(): string {
    return this.model.id;
  }

  get title(): string {
    return this.model.card.title;
  }

  /** Connects and prepares while the person is typing, or asks whether to. */
  open(): void {
    if (this.#consent) this.#consent.show(true);
    else this.#session.open();
  }

  /** Lets go of the session; the entries stay. */
  close(): void {
    this.#entry.form.leave?.();
    this.#session.close();
  }

  /** Leads to a step. There is no result to lead to when the page was loaded anew: then to the entries, and `false`. */
  lead(result: boolean, focus: boolean): boolean {
    const there = result && (this.#running !== null || this.#card.hasOutcome);
    this.#step(there ? "result" : "enter");
    if (focus) this.#focus(there);
    if (result && !there) this.#card.status.say(t.run.notKept);
    return there === result;
  }

  /** Fills in files that were dropped or pasted somewhere, or text; `false` when there is no place for them. */
  async take(files: File[], text: string | null): Promise<boolean> {
    if (this.#running || !(await this.#entry.take(files, text))) return false;
    moved({ model: this.id, result: false });
    this.#step("enter");
    return true;
  }

  /** Clears everything that was entered, and what came of it. */
  forget(): void {
    this.#stop();
    this.#entry.clear();
    this.#clear();
    this.#step("enter");
  }

  #layout(): HTMLElement {
    const form = h("form", { novalidate: true, class: "workspace", "data-step": "enter" });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#run();
    });
    form.append(this.#entry.element, this.#card.element);
    return h("div", {}, form, this.#below);
  }

  #step(step: "enter" | "result"): void {
    this.element.firstElementChild!.setAttribute("data-step", step);
    this.#entry.fold(step === "result");
  }

  #focus(result: boolean): void {
    const target = result ? this.#card.landmark : this.#entry.heading;
    target.focus({ preventScroll: true });
    scrollTo({ top: 0 });
  }

  /** `agreed`: to what it takes, where that is much and not prepared. */
  async #run(agreed = false): Promise<void> {
    if (this.#running) return;
    if (this.#entry.items) return this.#runAll(this.#entry.items);
    const clicked = performance.now();
    const pending = this.#entry.form.pending?.();
    if (pending) {
      await pending;
      if (this.#running) return;
    }
    const values = this.#entry.form.read();
    this.#clear();
    if (!values) {
      this.#step("enter");
      this.#card.fail(h("p", { class: "form-error", role: "alert" }, this.#entry.form.incomplete));
      return;
    }
    if (this.#consent && !agreed && hasNothing(this.#session.state)) return this.#consent.ask(() => void this.#run(true));
    const [prepared, waited] = [this.#session.state === "ready", this.#session.preparing];
    this.#card.status.begin(this.#session.state);
    const before = this.#card.status.progress.totals();
    const { signal } = this.#working(true);
    try {
      const attempt = (): Promise<Inference> => this.#session.infer(values, this.#entry.form.sample());
      const computed = whileFull(attempt, (left) => this.#full(left), signal).then((inference) => {
        // What is prepared from here on is the next one's.
        this.#card.status.hold();
        const { sent, received } = this.#card.status.progress.totals();
        const seconds = (performance.now() - clicked) / 1000;
        return { inference, seconds, sent: sent - before.sent, received: received - before.received };
      });
      // The comparison is another worker's, which may be slower than a result.
      const [done, warnings] = await Promise.all([computed, this.#warnings.all(signal)]).finally(() => this.#working(false));
      const [entered, sample] = [this.#entry.summary(), this.#entry.form.sample()];
      const finished = { model: this.model, values, entered, sample, warnings, ...done, at: new Date() };
      this.#present(finished, { prepared, waited });
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Several inputs, one after the other. When it is tried again, what is done stays done. */
  async #runAll(items: Item[], table = new BatchTable(this.model, items)): Promise<void> {
    if (this.#running) return;
    this.#clear();
    this.#card.status.begin(this.#session.state);
    const { signal } = this.#working(true);
    this.#card.present(table.element);
    moved({ model: this.id, result: true });
    this.#step("result");
    table.focus();
    const infer = (values: number[]): Promise<Inference> => {
      const sample = matchingSample(this.model.card, values);
      return whileFull(() => this.#session.infer(values, sample), (left) => this.#full(left), signal);
    };
    try {
      await table.run(infer, signal).finally(() => this.#working(false));
      this.#card.status.hold();
    } catch (error) {
      table.stopped();
      this.#card.status.progress.stop();
      if (error instanceof Cancelled || signal.aborted) return;
      this.#card.fail(noticeBox(notice(error), () => void this.#runAll(items, table)));
    }
  }

  #failed(error: unknown): void {
    this.#card.status.progress.stop();
    if (error instanceof Cancelled) return this.#cancelled();
    const failure = error instanceof SessionError ? error.failure : null;
    // The session goes on; the run that it was stays on view.
    if (failure?.kind === "damaged") this.#card.status.hold();
    if (failure?.kind === "ticket") return this.#askForTicket(true);
    this.#card.fail(noticeBox(notice(error), () => void this.#run()));
  }

  #present(finished: Finished, readiness: Readiness): void {
    this.#card.present(resultCard(finished, readiness));
    this.#below.replaceChildren(leavingPanel(finished.model, finished.values, finished.inference));
    moved({ model: this.id, result: true });
    this.#step("result");
    this.#focus(true);
  }

  /** Ends the run, or what was ordered to be prepared without one. */
  #cancel(): void {
    if (this.#running) return this.#stop();
    this.#session.close();
    this.#cancelled();
  }

  /** Ends what runs; without a run, the session's preparation goes on. */
  #stop(): void {
    if (!this.#running) return;
    this.#running.abort(new Cancelled("cancelled"));
    this.#session.close();
  }

  #cancelled(): void {
    this.#step("enter");
    this.#card.status.say(t.run.cancelled);
    this.#card.focusButton();
  }

  /** A result belongs to the values that it was computed from: it goes when they change. */
  #entriesChanged(): void {
    if (this.#running) return;
    this.#clear();
    this.#consent?.forget();
    const { items } = this.#entry;
    this.#warnings.about(items ? null : this.#entry.form.values());
    this.#card.invite(this.#invitation(), forecastWords(this.model.cost, items?.length ?? 1));
  }

  #clear(): void {
    this.#card.clear();
    this.#below.replaceChildren();
  }

  /** A run has begun, or has ended. */
  #working(on: boolean): AbortController {
    const run = new AbortController();
    this.#running = on ? run : null;
    this.#entry.form.lock(on);
    this.#card.lock(on);
    this.#card.invite(on ? t.run.computing : this.#invitation());
    this.#card.cancellable(on || this.#ordered());
    this.element.toggleAttribute("data-working", on);
    return run;
  }

  /** Whether something is prepared that the person has ordered, which may take minutes. */
  #ordered(): boolean {
    return this.#consent !== null && this.#session.state === "preparing";
  }

  /** The server is full, and the page tries again in so many seconds. */
  #full(left: number | null): void {
    this.#card.status.queue.textContent = left === null ? "" : t.run.full(left);
    this.#card.invite(left === null ? t.run.computing : t.run.waiting);
  }

  #invitation(): string {
    const { items } = this.#entry;
    return items ? t.batch.invitation(items.length) : t.run.invitation[resultNoun(this.model.card)];
  }

  #show(state: SessionState): void {
    this.#consent?.show(hasNothing(state));
    this.#card.cancellable(this.#running !== null || this.#ordered());
    this.#card.status.enter(state);
  }

  #askForTicket(asked: boolean): void {
    this.#asked = asked;
    this.#step("enter");
    this.#tickets.ask(asked);
  }

  #background(failure: Failure): void {
    if (failure.kind === "ticket") {
      this.#card.status.progress.reset();
      return this.#askForTicket(false);
    }
    // A finished run stays on view beside its result; anything less is void.
    if (!this.#card.hasResult) this.#card.status.progress.reset();
    const ended = failure.kind === "closed" || failure.kind === "timeout";
    this.#card.status.say(t.run.again(ended ? t.run.ended : failureNotice(failure).title), "failed");
  }
}
