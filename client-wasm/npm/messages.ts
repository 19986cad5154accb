/** What a client and its Worker say to each other. */

import type { ConnectOptions, ErrorKind, Limits, Phase } from "./sotto_client.js";

/** Listeners, which stay on their side. */
export const LISTENERS = ["onProgress", "onQueue", "onConnection"] as const satisfies (keyof ConnectOptions)[];
export type Listener = (typeof LISTENERS)[number];

/** Methods that are called over there. */
export type Method = "preprocess" | "infer" | "expectedOutput" | "stats" | "traffic" | "memoryBytes" | "close";

export type ToWorker =
  | { type: "connect"; id: number; url: unknown; options: unknown; listeners: Listener[]; module: string | WebAssembly.Module | null }
  | { type: "call"; id: number; method: Method; argument?: unknown; options?: unknown; abortable: boolean }
  | { type: "abort"; id: number };

/** What a client's getters say. */
export interface State {
  prepared: number;
  draining: boolean;
  sessionId: string | undefined;
}

/** What stays as it is. */
export interface Session {
  digest: string | undefined;
  programJson: string;
  limits: Limits;
}

export type FromWorker =
  | { type: "connected"; id: number; state: State; session: Session }
  | { type: "done"; id: number; state: State; value: unknown }
  | { type: "failed"; id: number; state: State | null; kind: ErrorKind; phase: Phase | undefined; message: string }
  | { type: "heard"; listener: Listener; state: State | null; value: unknown };

/** A client's Worker, in a browser or elsewhere. */
export interface Port {
  post(message: ToWorker, transfer: ArrayBuffer[]): void;
  /** Hears what the Worker says, and why it is no more. */
  listen(hear: (message: FromWorker) => void, fail: (why: string) => void): void;
  end(): void;
}
