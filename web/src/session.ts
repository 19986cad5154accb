/** The page's side of the worker: opens a session with a model, prepares ahead, runs inferences, cancels. */

import type { Model } from "./api";
import type { Failure, FromWorker, Inference, Progress, ToWorker } from "./protocol";

export type SessionState = "closed" | "preparing" | "ready" | "computing";

export interface SessionEvents {
  state(state: SessionState): void;
  progress(progress: Progress): void;
  /** Something failed that nobody was waiting for: the next inference opens a new session. */
  background(failure: Failure): void;
}

/** A failure as an exception. */
export class SessionError extends Error {
  constructor(readonly failure: Failure) {
    super(failure.detail);
  }
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

  constructor(
    private readonly model: Model,
    private readonly url: string,
    private readonly events: SessionEvents,
  ) {}

  get state(): SessionState {
    return this.#state;
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
          : { kind: "transport", phase: null, detail: "the protocol code could not be loaded" },
      );
    });
    this.#worker = worker;
    this.#enter("preparing");
    this.#send({ type: "open", url: this.url, model: this.model.id, description: this.model.json });
  }

  /** Runs one inference, on the open session when there is one. One at a time. */
  infer(values: number[]): Promise<Inference> {
    if (this.#waiting) return Promise.reject(new Error("an inference is running"));
    this.open();
    this.#enter("computing");
    const request = ++this.#requests;
    return new Promise((resolve, reject) => {
      this.#waiting = { request, resolve, reject };
      this.#send({ type: "infer", request, values });
    });
  }

  /** Ends the session: in order when it rests, else at once; a running inference rejects with {@link Cancelled}. */
  close(): void {
    if (this.#state === "ready") this.#part();
    else this.#drop();
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
        this.events.progress(message.progress);
        break;
      case "prepared":
        if (!this.#waiting) this.#enter("ready");
        break;
      case "result": {
        const waiting = this.#waiting;
        if (waiting?.request !== message.request) break;
        this.#waiting = null;
        this.#enter("preparing");
        waiting.resolve(message.inference);
        this.#send({ type: "prepare" });
        break;
      }
      case "damaged": {
        const waiting = this.#waiting;
        if (waiting?.request !== message.request) break;
        this.#waiting = null;
        this.#enter("preparing");
        waiting.reject(new SessionError(message.failure));
        // As after a result: to the server the two look the same.
        this.#send({ type: "prepare" });
        break;
      }
      case "failed":
        this.#fail(message.failure);
        break;
      case "self-test":
        break;
    }
  }

  #fail(failure: Failure): void {
    this.#drop();
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting) waiting.reject(new SessionError(failure));
    else this.events.background(failure);
  }

  /** Leaves the worker to close its session and itself. */
  #part(): void {
    this.#send({ type: "close" });
    this.#worker = null;
    this.#enter("closed");
  }

  #drop(): void {
    this.#worker?.terminate();
    this.#worker = null;
    this.#enter("closed");
  }

  #enter(state: SessionState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.events.state(state);
  }
}
