/** A client whose computation runs in a Worker, which it owns. */

import { SottoError } from "./error.js";
import { type FromWorker, type Listener, LISTENERS, type Method, type Port, type Session, type State } from "./messages.js";
import type { CallOptions, ConnectOptions, InferenceResult, Limits, Stats, Traffic } from "./sotto_client.js";

/** Options of `createClient`: those of `connect`, and of the Worker. */
export interface RemoteOptions extends ConnectOptions {
  /** Makes the Worker, whose script has to be, or import, `@sotto/client/worker`: for bundlers that do not find it by themselves. */
  worker?: () => Worker;
  /** Where the compiled module is, or itself: for bundlers that do not find it by themselves, and modules that are compiled ahead. */
  module?: string | URL | WebAssembly.Module;
}

/** Options of one call. */
export interface RemoteCallOptions extends CallOptions {
  /** Moves the values to the Worker, which leaves their array empty, in place of copying them. */
  transfer?: boolean;
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: SottoError): void;
  signal: AbortSignal | undefined;
  /** Stops listening to the signal. */
  release(): void;
}

/** A private session with one model of a server, in a Worker. {@link createClient} makes it. */
export class RemoteClient {
  readonly #port: Port;
  readonly #pending = new Map<number, Pending>();
  readonly #listeners: Partial<Record<Listener, (value: never) => void>>;
  #calls = 0;
  #state: State = { prepared: 0, draining: false, sessionId: undefined };
  #session: Session | null = null;
  /** Why there is no Worker any more. */
  #over: string | null = null;

  private constructor(port: Port, listeners: Partial<Record<Listener, (value: never) => void>>) {
    this.#port = port;
    this.#listeners = listeners;
    port.listen(
      (message) => this.#hear(message),
      (why) => this.#end(why, "transport"),
    );
  }

  /** @internal */
  static async start(url: string | URL, options: RemoteOptions, makeWorker: () => Worker | Port): Promise<RemoteClient> {
    const { listeners, rest, signal, worker, module } = divide(options);
    if (signal?.aborted) throw aborted(signal);
    const client = new RemoteClient(started(worker ?? makeWorker), listeners);
    try {
      const heard = Object.keys(listeners) as Listener[];
      await client.#ask(signal, (id) => ({ type: "connect", id, url: address(url), options: rest, listeners: heard, module }), []);
      return client;
    } catch (error) {
      client.free();
      throw error;
    }
  }

  /** Inferences that are prepared. */
  get prepared(): number {
    return this.#state.prepared;
  }

  /** Whether the server is shutting down: what is prepared can still be used, and another session is needed for more. */
  get draining(): boolean {
    return this.#state.draining;
  }

  /** The server's name for the session, which its log has, too; it opens nothing. `undefined` where a server has said none. */
  get sessionId(): string | undefined {
    return this.#state.sessionId;
  }

  /** Digest of the card and program that this session is about, in hexadecimal; `undefined` without a `description`. */
  get digest(): string | undefined {
    return this.#session?.digest;
  }

  /** The program that the server announced, as JSON. */
  get programJson(): string {
    return this.#session!.programJson;
  }

  /** What the package, and a server, set limits to. */
  get limits(): Limits {
    return this.#session!.limits;
  }

  /** As {@link Client.preprocess}. */
  preprocess(options?: CallOptions): Promise<void> {
    return this.#call("preprocess", options);
  }

  /** As {@link Client.infer}. */
  infer(values: Float64Array | BigInt64Array, options?: RemoteCallOptions): Promise<InferenceResult> {
    if (!isObject(options)) return this.#call("infer", options, values);
    const { transfer, ...rest } = options;
    const moves = transfer === true && ArrayBuffer.isView(values) && values.buffer instanceof ArrayBuffer;
    return this.#call("infer", rest, values, moves ? [values.buffer] : []);
  }

  /** As {@link Client.expectedOutput}. */
  expectedOutput(sample: number): Promise<BigInt64Array | undefined> {
    return this.#call("expectedOutput", undefined, sample);
  }

  /** The session's statistics after the last completed call. */
  stats(): Promise<Stats> {
    return this.#call("stats");
  }

  /** What has gone through the WebSocket so far. */
  traffic(): Promise<Traffic> {
    return this.#call("traffic");
  }

  /** Size of the memory of the Worker's module in bytes. */
  memoryBytes(): Promise<number> {
    return this.#call("memoryBytes");
  }

  /** Ends the session, whatever runs, and then the Worker; resolves to the session's statistics. */
  async close(): Promise<Stats> {
    try {
      return await this.#call<Stats>("close");
    } finally {
      this.free();
    }
  }

  /** Ends the Worker at once, and the connection with it. */
  free(): void {
    this.#end("the session is over: connect again", "closed");
  }

  async #call<T>(method: Method, options?: unknown, argument?: unknown, transfer: ArrayBuffer[] = []): Promise<T> {
    const { signal, ...unknown } = isObject(options) ? options : {};
    const listened = isSignal(signal) ? signal : undefined;
    // What is none of a call's options goes along by its name, and what is no signal as it is, to be refused over there.
    const names = Object.fromEntries(Object.keys(unknown).map((name) => [name, true]));
    const sent = isObject(options) ? { ...names, ...(listened ? {} : { signal }) } : options;
    return (await this.#ask(listened, (id) => ({ type: "call", id, method, argument, options: sent, abortable: !!listened }), transfer)) as T;
  }

  #ask(signal: AbortSignal | undefined, message: (id: number) => Parameters<Port["post"]>[0], transfer: ArrayBuffer[]): Promise<unknown> {
    if (this.#over !== null) return Promise.reject(new SottoError("closed", undefined, this.#over));
    if (signal?.aborted) return Promise.reject(aborted(signal));
    const id = ++this.#calls;
    return new Promise((resolve, reject) => {
      const abort = (): void => this.#port.post({ type: "abort", id }, []);
      signal?.addEventListener("abort", abort);
      this.#pending.set(id, { resolve, reject, signal, release: () => signal?.removeEventListener("abort", abort) });
      try {
        this.#port.post(message(id), transfer);
      } catch (error) {
        // What cannot be copied is nothing that a call takes.
        const words = error instanceof Error ? error.message : String(error);
        this.#settle(id, ({ reject }) => reject(new SottoError("usage", undefined, `an argument cannot be given to a Worker: ${words}`, error)));
      }
    });
  }

  #hear(message: FromWorker): void {
    if (message.state) this.#state = message.state;
    switch (message.type) {
      case "connected":
        this.#session = message.session;
        this.#settle(message.id, ({ resolve }) => resolve(undefined));
        break;
      case "done":
        this.#settle(message.id, ({ resolve }) => resolve(message.value));
        break;
      case "failed": {
        const { id, kind, phase, message: words } = message;
        this.#settle(id, ({ reject, signal }) => reject(new SottoError(kind, phase, words, kind === "aborted" ? signal?.reason : undefined)));
        break;
      }
      case "heard":
        this.#listeners[message.listener]?.(message.value as never);
        break;
    }
  }

  #settle(id: number, how: (pending: Pending) => void): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.release();
    if (pending) how(pending);
  }

  #end(why: string, kind: "closed" | "transport"): void {
    if (this.#over !== null) return;
    this.#over = why;
    this.#state = { ...this.#state, prepared: 0 };
    this.#port.end();
    for (const id of [...this.#pending.keys()]) this.#settle(id, ({ reject }) => reject(new SottoError(kind, undefined, why)));
  }
}

export interface RemoteClient {
  [Symbol.dispose](): void;
}

// As the module's own class: engines without the symbol have no use for it.
if (Symbol.dispose) RemoteClient.prototype[Symbol.dispose] = RemoteClient.prototype.free;

interface Divided {
  listeners: Partial<Record<Listener, (value: never) => void>>;
  rest: Record<string, unknown>;
  signal: AbortSignal | undefined;
  worker: (() => Worker) | undefined;
  module: string | WebAssembly.Module | null;
}

/** What of the options goes to the Worker, and what stays. All else is looked at over there. */
function divide(options: unknown): Divided {
  if (!isObject(options)) throw usage("the options of createClient are missing, or no object");
  const { worker, module, signal, ...rest } = options;
  const listeners: Divided["listeners"] = {};
  for (const name of LISTENERS) {
    const listener = rest[name];
    delete rest[name];
    if (listener === undefined || listener === null) continue;
    if (typeof listener !== "function") throw usage(`options.${name} of createClient is no function`);
    listeners[name] = listener as (value: never) => void;
  }
  for (const [name, value] of Object.entries(rest)) {
    if (typeof value === "function" || typeof value === "symbol") throw usage(`options.${name} of createClient is a ${typeof value}`);
  }
  if (worker !== undefined && typeof worker !== "function") throw usage("options.worker of createClient is no function that makes a Worker");
  if (signal !== undefined && signal !== null && !isSignal(signal)) throw usage("options.signal of createClient is no AbortSignal");
  const isModule = module instanceof WebAssembly.Module;
  if (module !== undefined && !isModule && typeof module !== "string" && !(module instanceof URL)) {
    throw usage("options.module of createClient is no address and no compiled module");
  }
  return {
    listeners,
    rest,
    signal: signal ?? undefined,
    worker: worker as Divided["worker"],
    // The Worker's own address is another one.
    module: module === undefined ? null : isModule ? module : address(module),
  };
}

/** The whole address of what may be given relative to the page; what is none stays as it is. */
function address<T>(url: T): string | (T extends string | URL ? never : T) {
  if (url instanceof URL) return url.href;
  const base = (globalThis as { document?: { baseURI: string }; location?: { href: string } }).document?.baseURI ?? globalThis.location?.href;
  if (typeof url !== "string" || base === undefined) return url as never;
  return URL.canParse(url, base) ? new URL(url, base).href : url;
}

function started(make: () => Worker | Port): Port {
  try {
    const made = make();
    return "post" in made ? made : browserPort(made);
  } catch (error) {
    throw new SottoError("transport", undefined, `the Worker cannot be started: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

function browserPort(worker: Worker): Port {
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    listen(hear, fail) {
      worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => hear(data));
      // An error without a message is the browser's word for a script that it could not load.
      worker.addEventListener("error", ({ message }) => fail(message ? `the Worker failed: ${message}` : "the Worker's script could not be loaded"));
    },
    end: () => worker.terminate(),
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isSignal(value: unknown): value is AbortSignal {
  const hears = (name: string): boolean => isObject(value) && typeof value[name] === "function";
  return isObject(value) && typeof value["aborted"] === "boolean" && hears("addEventListener") && hears("removeEventListener");
}

function usage(message: string): SottoError {
  return new SottoError("usage", undefined, message);
}

function aborted(signal: AbortSignal): SottoError {
  return new SottoError("aborted", undefined, "the caller gave it up", signal.reason);
}
