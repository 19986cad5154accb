/** Readable words for everything that can go wrong, and what the person can do about it. */

import { ApiError } from "./api";
import { DamagedCode } from "./code";
import type { Failure } from "./protocol";
import { SessionError } from "./session";

export interface Notice {
  title: string;
  text: string;
  /** Technical detail for a bug report. */
  detail: string;
  /** Whether trying the same again can help. */
  retry: boolean;
}

const KEPT = "Your entries are still here.";

/** The notice for any error that reached the page. */
export function notice(error: unknown): Notice {
  if (error instanceof SessionError) return failureNotice(error.failure);
  if (error instanceof ApiError) return apiNotice(error);
  if (error instanceof DamagedCode) {
    return {
      title: "The page was damaged on the way",
      text: "A part of its program is not what the server was built with, so nothing is computed. Please reload the page.",
      detail: error.message,
      retry: false,
    };
  }
  return {
    title: "Something unexpected went wrong",
    text: `The page hit a fault of its own. ${KEPT}`,
    detail: error instanceof Error ? error.message : String(error),
    retry: true,
  };
}

/** The notice for a failed session. */
export function failureNotice(failure: Failure): Notice {
  const detail = failure.phase ? `${failure.detail} (while in phase: ${failure.phase})` : failure.detail;
  const say = (title: string, text: string, retry = true): Notice => ({ title, text, detail, retry });
  switch (failure.kind) {
    case "busy":
      return say("The server is full", `All its places are taken just now. Please try again in a moment. ${KEPT}`);
    case "model-changed":
      return say(
        "The server has another version of this model",
        "It is not the one that this page shows. Reloading the page fetches that; note down your entries first.",
        false,
      );
    case "too-large":
      return say("This model is too large for the page", "It would take more data than the page allows one model.", false);
    case "ticket":
      return say("This server asks for a ticket", `It opens sessions for those who have one. ${KEPT}`, false);
    case "exhausted":
      return say("Nothing more can be computed for now", `What this server allows you is used up; below it says for how long. ${KEPT}`);
    case "damaged":
      // Before a session it is what the server says of the model.
      if (failure.phase === null) {
        return say(
          "What the server says of this model was damaged on the way",
          "It is not used. Reloading the page asks for it again; note down your entries first.",
          false,
        );
      }
      return say(
        "The result was damaged on the way and is not shown",
        "Something between this page and the server changed what they sent, or the numbers cannot come from this model. " +
          "Your measurements stayed private. Reloading the page starts anew; note down your entries first.",
        false,
      );
    case "version":
      return say(
        "Page and server do not match",
        "They have different versions of the protocol. Reloading the page usually fetches the matching one; note down " +
          "your entries first.",
      );
    case "unknown-model":
      return say("The server no longer offers this model", "Please reload the page and pick another one.", false);
    case "timeout":
      return say("The server took too long", `No answer arrived in time, so the connection was closed. ${KEPT}`);
    case "transport":
      // Without a phase there was no session yet.
      if (failure.phase !== null) return lost(say);
      return say("The server cannot be reached", `Either it is not running or the network is down. ${KEPT}`);
    case "closed":
      return lost(say);
    case "input":
      return say("These values cannot be used", `They were refused before anything left this page. ${KEPT}`);
    case "malformed":
      return say(
        "The two sides disagreed",
        `A message did not have the form that the protocol asks for, so the session was stopped. ${KEPT}`,
      );
    case "internal":
      return say("Something unexpected went wrong", `The computation stopped with a fault of its own. ${KEPT}`);
  }
}

function lost(say: (title: string, text: string) => Notice): Notice {
  return say("The connection was lost", `It ended before a result was there. Your measurements stayed private. ${KEPT}`);
}

function apiNotice(error: ApiError): Notice {
  switch (error.kind) {
    case "away":
      return {
        title: "The server cannot be reached",
        text: "Either it is not running or the network is down.",
        detail: error.message,
        retry: true,
      };
    case "busy":
      return {
        title: "The server is full",
        text: "All its places are taken just now. Please try again in a moment.",
        detail: error.message,
        retry: true,
      };
    case "unreadable":
      return {
        title: "Page and server do not match",
        text: "The server's answer is not one that this page understands. Reloading the page usually fetches the matching one.",
        detail: error.message,
        retry: true,
      };
  }
}
