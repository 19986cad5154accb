/** What went wrong, in classes that a caller can act on. */
export type ErrorKind =
  /** The connection could not be opened. */
  | "transport"
  /** The session is over: the connection was lost, or the server or `close()` ended it. */
  | "closed"
  /** The server sent something that the protocol does not allow. */
  | "malformed"
  /** The server speaks another version or other parameters. */
  | "version"
  /** The server has no model of that name. */
  | "unknown-model"
  /** The server runs as many sessions as it allows. */
  | "busy"
  /** The values do not fit the model; the message names the field. The session goes on. */
  | "input"
  /** The server was silent for too long, or gave up on this side. */
  | "timeout"
  /** A defect. */
  | "internal"
  /** The server's model is another version than the `description`: load that again. */
  | "model-changed"
  /** The model takes more bytes than `maxBytes`; the message has the number that it needs. */
  | "too-large"
  | "ticket"
  | "exhausted"
  /**
   * A result that cannot be right, and is not given: something changed on the way. The server must not learn of it, so the
   * session goes on as after a result; use it, or close it, as if there were one.
   */
  | "damaged";

/** The phases of a session, in order; the last two repeat with every inference. */
export type Phase = "handshake" | "setup" | "preprocess" | "online";

/** What every promise and function of this package rejects with or throws. */
export class SottoError extends Error {
  readonly kind: ErrorKind;
  /** The phase in which it happened; `null` outside a session. */
  readonly phase: Phase | null;
  constructor(kind: ErrorKind, phase: Phase | undefined, message: string);
}
