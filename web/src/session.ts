/** The page's side of the worker: opens a session with a model, runs inferences, cancels. */

import type { Model } from "./api";
import type { Sample } from "./card";
import { heldTicket } from "./ticket";
import type { Connection, Failure, FromWorker, Inference, Progress, Standing, ToWorker } from "./protocol";
import { t } from "./texts/texts";

/** `resting` is open with nothing prepared, which a sparing session is left in. */
export type SessionState = "closed" | "resting" | "preparing" | "ready" | "computing";

/** How long a worker may take to end by itself, in milliseconds. */
const PATIENCE = 5000;

export interface SessionEvents {
  state(state: SessionState): void;
  progress(progress: Progress): void;
  /** What was asked for waits for a place at the server, or has got it. */
  queue(standing: Standing): void;
  /** The connection is lost and tried again, or there again. */
  connection(connection: Connection): void;
  /** Something failed that nobody was waiting for: the next inference opens a new session. */
  background(failure: Failure): void;
}

/** Bytes of a result, its preparation included, from which several Workers may be worth their module and their begin. */
const LARGE = 2e6;

/** Workers of a session, at most: a telephone has more cores than fast ones. */
const MOST_WORKERS = 4;

function workersFor({ cost }: Model): number {
  const bytes = cost ? cost.preprocess_bytes + cost.online_bytes : 0;
  return bytes < LARGE ? 1 : Math.min(navigator.hardwareConcurrency || 1, MOST_WORKERS);
}

/** A failure as an exception. */
export class SessionError extends Error {
  constructor(readonly failure: Failure) {
    super(failure.detail);
  }
}

/** Whether a session in this state has nothing prepared, and is not about to. */
export function hasNothing(state: SessionState): boolean {
  return state === "closed" || state === "resting";
}

/** The person cancelled. */
export class Cancelled extends Error {}

interface Waiting {
  request: number;
  resolve(inference: Inference): void;
  reject(error: Error): void;
}

export class Session {
  #worker: Worker | null = null;
  #state: SessionState = "closed";
  #waiting: Waiting | null = null;
  #requests = 0;
  /** Whether the worker is preparing. */
  #preparing = false;

  constructor(
    private readonly model: Model,
    private readonly url: string,
    /** Whether nothing is prepared but what {@link prepare} and {@link infer} ask for. */
    private readonly sparing: boolean,
    private readonly events: SessionEvents,
  ) {}

  get state(): SessionState {
    return this.#state;
  }

  /** Whether an inference is being prepared, for which the next one has to wait. */
  get preparing(): boolean {
    return this.#preparing;
  }

  /** Connects and prepares one inference, in the background. Does nothing when a session is open. */
  open(): void {
    if (this.#worker) return;
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "sotto" });
    worker.addEventListener("message", (event: MessageEvent<FromWorker>) => {
      if (this.#worker === worker) this.#receive(event.data);
    });
    worker.addEventListener("error", (event) => {
      if (this.#worker !== worker) return;
      // An error without a message is the browser's word for a script that it could not load.
      this.#fail(
        event.message
          ? { kind: "internal", phase: null, detail: event.message }
          : { kind: "transport", phase: null, detail: t.errors.noProtocol },
      );
    });
    this.#worker = worker;
    this.#enter("preparing");
    const { id: model, json: description } = this.model;
    this.#send({ type: "open", url: this.url, model, description, sparing: this.sparing, ticket: heldTicket(), workers: workersFor(this.model) });
  }

  /** Connects if need be, and prepares one inference. */
  prepare(): void {
    if (!this.#worker) return this.open();
    this.#enter("preparing");
    this.#send({ type: "prepare" });
  }

  /**
   * Runs one inference, on the open session when there is one. One at a time. `sample` is the card's sample that has these
   * values. Rejects with a {@link SessionError}, or {@link Cancelled}.
   */
  infer(values: number[], sample: Sample | null): Promise<Inference> {
    if (this.#waiting) return Promise.reject(new Error("an inference is running"));
    this.open();
    this.#enter("computing");
    const request = ++this.#requests;
    return new Promise((resolve, reject) => {
      this.#waiting = { request, resolve, reject };
      this.#send({ type: "infer", request, values, sample: sample && this.model.card.samples.indexOf(sample) });
    });
  }

  /** Ends the session, whatever it does; a running inference rejects with {@link Cancelled}. */
  close(): void {
    this.#part();
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.reject(new Cancelled("cancelled"));
  }

  #send(message: ToWorker): void {
    this.#worker?.postMessage(message);
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case "progress":
        this.#preparing = message.progress.phase === "preprocess" && !message.progress.done;
        this.events.progress(message.progress);
        break;
      case "queue":
        this.events.queue(message.standing);
        break;
      case "connection":
        this.events.connection(message.connection);
        break;
      case "prepared":
        this.#preparing = false;
        if (!this.#waiting) this.#enter("ready");
        break;
      case "result":
        this.#settle(message, (waiting) => waiting.resolve(message.inference));
        break;
      case "damaged":
      case "refused":
        this.#settle(message, (waiting) => waiting.reject(new SessionError(message.failure)));
        break;
      case "failed":
        this.#fail(message.failure);
        break;
      case "compared":
        break;
    }
  }

  /** An inference has ended, and the session goes on. */
  #settle({ request, prepared }: { request: number; prepared: number }, how: (waiting: Waiting) => void): void {
    const waiting = this.#waiting;
    if (waiting?.request !== request) return;
    this.#waiting = null;
    this.#enter(prepared > 0 ? "ready" : this.sparing ? "resting" : "preparing");
    how(waiting);
  }

  #fail(failure: Failure): void {
    this.#drop();
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting) waiting.reject(new SessionError(failure));
    else this.events.background(failure);
  }

  /** Leaves the worker to close its session and itself. It hears of this between two slices of what it computes. */
  #part(): void {
    this.#send({ type: "close" });
    const worker = this.#worker;
    if (worker) setTimeout(() => worker.terminate(), PATIENCE);
    this.#worker = null;
    this.#preparing = false;
    this.#enter("closed");
  }

  #drop(): void {
    this.#worker?.terminate();
    this.#worker = null;
    this.#preparing = false;
    this.#enter("closed");
  }

  #enter(state: SessionState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.events.state(state);
  }
}
