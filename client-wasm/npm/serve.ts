/** A Worker's side of a client that is driven from another thread. */

import { SottoError } from "./error.js";
import type { FromWorker, Method, State, ToWorker } from "./messages.js";
import { Client, type ConnectOptions, limits, memoryBytes } from "./sotto_client.js";

/** Serves one client. `load` loads the module; `post` answers. */
export function serve(
  load: (module: string | WebAssembly.Module | null) => Promise<unknown>,
  post: (message: FromWorker) => void,
): (message: ToWorker) => void {
  let client: Client | null = null;
  const controllers = new Map<number, AbortController>();
  const state = (): State | null => client && { prepared: client.prepared, draining: client.draining, sessionId: client.sessionId };

  async function connect({ url, options, listeners, module }: Extract<ToWorker, { type: "connect" }>, signal: AbortSignal): Promise<Client> {
    await load(module);
    const heard = listeners.map((listener) => [listener, (value: unknown) => post({ type: "heard", listener, state: state(), value })]);
    return Client.connect(url as string, { ...(options as ConnectOptions), ...Object.fromEntries(heard), signal });
  }

  function call(client: Client, method: Method, argument: unknown, options: object | undefined): unknown {
    switch (method) {
      case "preprocess":
        return client.preprocess(options);
      case "infer":
        return client.infer(argument as Float64Array, options);
      case "expectedOutput":
        return client.expectedOutput(argument as number);
      case "memoryBytes":
        return memoryBytes();
      default:
        return client[method]();
    }
  }

  async function answer(message: Extract<ToWorker, { id: number }>): Promise<void> {
    if (message.type === "abort") return controllers.get(message.id)?.abort();
    const { id } = message;
    const controller = new AbortController();
    controllers.set(id, controller);
    try {
      if (message.type === "connect") {
        client = await connect(message, controller.signal);
        const session = { digest: client.digest, programJson: client.programJson, limits: limits() };
        post({ type: "connected", id, state: state()!, session });
      } else {
        // Nobody has this before it is connected.
        const session = client!;
        const { method, argument, options, abortable } = message;
        const withSignal = abortable ? { ...(options as object), signal: controller.signal } : (options as object | undefined);
        const value = await call(session, method, argument, withSignal);
        post({ type: "done", id, state: state()!, value });
      }
    } catch (error) {
      const { kind, phase, message: words } = error instanceof SottoError ? error : new SottoError("internal", undefined, String(error));
      post({ type: "failed", id, state: state(), kind, phase: phase ?? undefined, message: words });
    } finally {
      controllers.delete(id);
    }
  }

  return (message) => void answer(message);
}
