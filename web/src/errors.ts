/** Readable words for everything that can go wrong, and what the person can do about it. */

import { ApiError } from "./api";
import { DamagedCode } from "./code";
import type { Failure } from "./protocol";
import { SessionError } from "./session";
import { t } from "./texts/texts";

export interface Notice {
  title: string;
  text: string;
  /** Technical detail for a bug report. */
  detail: string;
  /** Whether trying the same again can help. */
  retry: boolean;
}

type Said = Pick<Notice, "title" | "text">;

/** The notice for any error that reached the page. */
export function notice(error: unknown): Notice {
  if (error instanceof SessionError) return failureNotice(error.failure);
  if (error instanceof ApiError) return { ...apiNotice(error), detail: error.message, retry: error.kind !== "unknown" };
  if (error instanceof DamagedCode) return { ...t.errors.damagedCode, detail: error.message, retry: false };
  return { ...t.errors.ownFault, detail: error instanceof Error ? error.message : String(error), retry: true };
}

/** The notice for a failed session. */
export function failureNotice(failure: Failure): Notice {
  const detail = failure.phase ? t.errors.inPhase(failure.detail, failure.phase) : failure.detail;
  return { ...said(failure), detail, retry: !FINAL.includes(failure.kind) };
}

/** Kinds that stay as they are when the same is tried again. */
const FINAL: Failure["kind"][] = ["model-changed", "too-large", "ticket", "damaged", "unknown-model"];

function said({ kind, phase }: Failure): Said {
  switch (kind) {
    case "busy":
      return t.errors.busy;
    case "model-changed":
      return t.errors.modelChanged;
    case "too-large":
      return t.errors.tooLarge;
    case "ticket":
      return t.errors.ticket;
    case "exhausted":
      return t.errors.exhausted;
    case "damaged":
      // Before a session it is what the server says of the model.
      return phase === null ? t.errors.damagedModel : t.errors.damaged;
    case "version":
      return t.errors.version;
    case "unknown-model":
      return t.errors.unknownModel;
    case "timeout":
      return t.errors.timeout;
    case "transport":
      // Without a phase there was no session yet.
      return phase === null ? { ...t.errors.away, text: t.errors.awayKept } : t.errors.lost;
    case "closed":
      return t.errors.lost;
    case "input":
      return t.errors.input;
    case "malformed":
      return t.errors.malformed;
    case "usage":
    case "aborted":
    case "internal":
      return t.errors.internal;
  }
}

function apiNotice({ kind }: ApiError): Said {
  switch (kind) {
    case "away":
      return t.errors.away;
    case "busy":
      return { ...t.errors.busy, text: t.errors.full };
    case "unknown":
      return t.errors.unknownModel;
    case "unreadable":
      return t.errors.unreadable;
  }
}
