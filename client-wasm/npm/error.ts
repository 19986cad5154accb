import type { ErrorKind, Phase } from "./sotto_client.js";

/** What every promise of this package rejects with, and what its functions throw. */
export class SottoError extends Error {
  /** What went wrong. */
  readonly kind: ErrorKind;
  /** The phase in which it happened; `null` outside a session. */
  readonly phase: Phase | null;

  constructor(kind: ErrorKind, phase: Phase | undefined, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "SottoError";
    this.kind = kind;
    this.phase = phase ?? null;
  }
}
