/**
 * Messages between the page and the worker that runs the protocol.
 *
 * One worker serves one session with one model. It prepares inferences by itself, unless they take much, and is told to close whatever it does: the
 * session ends then, and the worker with it. The raw measurements go into the worker and never come out of it again; the only
 * things that the page gets back are what it shows.
 */

import type { Connection, ErrorKind, Phase, Prediction, Progress, Standing } from "@sotto/client";

export type { Connection, Phase, Prediction, Progress, Standing };

/** The phases of a session, in order. */
export const PHASES = ["handshake", "setup", "preprocess", "online"] as const satisfies Phase[];

/** What went wrong, as far as the person at the page can act on it. */
export interface Failure {
  kind: ErrorKind;
  /** The phase it happened in, when known. */
  phase: Phase | null;
  /** Technical detail, shown small below the readable message. */
  detail: string;
}

/** How often each byte value left through the WebSocket, counted at the browser's own `send`. */
export interface SentBytes {
  /** 256 counts over the whole session. */
  session: number[];
  /** 256 counts over this inference's online phase alone. */
  online: number[];
  /** Number of messages of the session. */
  frames: number;
  /** What was sent beside the protocol, and is not in the counts: how many of the server's messages have arrived, and which session goes on. */
  receipts: { messages: number; bytes: number };
}

export interface Inference {
  /** The output integers, revealed to this page only. */
  output: bigint[];
  /** What they say; the client reads them. */
  prediction: Prediction;
  /** What the plain computation reveals for the sample that was used unchanged, if any. */
  plain: bigint[] | null;
  /** Digest of the card and program that the result is of, in hexadecimal. */
  digest: string | null;
  /** The fixed-point input before masking, signed. It never leaves this page. */
  quantised: bigint[];
  /** What was sent in its place: `x − r`, as unsigned ring elements (decimal, up to 64 bits). */
  masked: string[];
  sent: SentBytes;
  /** Size of the protocol code's memory, in bytes. */
  memory: number;
}

export type ToWorker =
  /**
   * Opens a session with a model and prepares one inference, and a sparing one further inferences only when it is told to.
   * `description` is the server's JSON of the model. `workers` share the work of a large one.
   */
  | { type: "open"; url: string; model: string; description: string; sparing: boolean; ticket: string | null; workers: number }
  /** Prepares one more inference. */
  | { type: "prepare" }
  /** Runs one inference, as soon as one is prepared. `sample` is the card's sample that has these values. */
  | { type: "infer"; request: number; values: number[]; sample: number | null }
  /** Ends the session, in order if it rests, and then the worker itself. */
  | { type: "close" }
  /** To a further worker of a session, from the first: works for it with the same module, and then ends. */
  | { type: "assist"; port: MessagePort; module: WebAssembly.Module }
  /** Compares an input with the model's data. Needs no session. */
  | { type: "compare"; request: number; description: string; values: number[] };

/** The end of an inference after which the session goes on. `prepared` counts inferences that are ready to be run. */
type Settled<T extends string> = { type: T; request: number; prepared: number };

export type FromWorker =
  | { type: "progress"; progress: Progress }
  /** Something waits for a place at the server, or has got it. */
  | { type: "queue"; standing: Standing }
  /** The connection is lost and tried again, there again, or the session is over. */
  | { type: "connection"; connection: Connection }
  | { type: "prepared"; inferences: number }
  | (Settled<"result"> & { inference: Inference })
  /** Without a result that can be right. To the server this is as after a result. */
  | (Settled<"damaged"> & { failure: Failure })
  /** The values do not fit the model. Nothing has left the page. */
  | (Settled<"refused"> & { failure: Failure })
  /** The session is over. */
  | { type: "failed"; failure: Failure }
  /** What sets the input apart; `null` when there is no answer. */
  | { type: "compared"; request: number; remarks: string[] | null };
