/**
 * Messages between the page and the worker that runs the protocol.
 *
 * One worker serves one session with one model. Cancelling is ending the worker: its WebSocket closes with it. Only a
 * session that rests is asked to close. The raw measurements go into the worker and never come out of it again; the only
 * things that the page gets back are what it shows.
 */

import type { ErrorKind, KnownAnswer, Phase, Progress } from "@sotto/client";

export type { KnownAnswer, Phase, Progress };

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
}

export interface Inference {
  /** The output integers, revealed to this page only. */
  output: bigint[];
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
  /** Opens a session with a model and prepares one inference. `description` is the server's JSON of the model. */
  | { type: "open"; url: string; model: string; description: string }
  /** Runs one inference; prepares first when nothing is prepared. */
  | { type: "infer"; request: number; values: number[] }
  /** Prepares one more inference. */
  | { type: "prepare" }
  /** Ends the session in order, and then the worker itself. */
  | { type: "close" }
  /** Runs the known-answer tests of the cryptographic kernels. Needs no session. */
  | { type: "self-test" };

export type FromWorker =
  | { type: "progress"; progress: Progress }
  | { type: "prepared"; inferences: number }
  | { type: "result"; request: number; inference: Inference }
  /** An inference ended without a result that can be right. The session goes on as after a result. */
  | { type: "damaged"; request: number; failure: Failure }
  | { type: "failed"; request: number | null; failure: Failure }
  | { type: "self-test"; checks: KnownAnswer[]; platform: string };
