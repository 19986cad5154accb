/** What can go wrong, and what a person can do about it. */

const KEPT = "Your entries are still here.";

export const errors = {
  again: "Try again",
  detail: "Technical detail",
  inPhase: (detail: string, phase: string) => `${detail} (while in phase: ${phase})`,
  damagedCode: {
    title: "The page was damaged on the way",
    text: "A part of its program is not what the server was built with, so nothing is computed. Please reload the page.",
  },
  ownFault: { title: "Something unexpected went wrong", text: `The page hit a fault of its own. ${KEPT}` },
  busy: { title: "The server is full", text: `All its places are taken just now. Please try again in a moment. ${KEPT}` },
  modelChanged: {
    title: "The server has another version of this model",
    text: "It is not the one that this page shows. Reloading the page fetches that; note down your entries first.",
  },
  tooLarge: { title: "This model is too large for the page", text: "It would take more data than the page allows one model." },
  ticket: { title: "This server asks for a ticket", text: `It opens sessions for those who have one. ${KEPT}` },
  exhausted: {
    title: "Nothing more can be computed for now",
    text: `What this server allows you is used up; below it says for how long. ${KEPT}`,
  },
  damagedModel: {
    title: "What the server says of this model was damaged on the way",
    text: "It is not used. Reloading the page asks for it again; note down your entries first.",
  },
  damaged: {
    title: "The result was damaged on the way and is not shown",
    text:
      "Something between this page and the server changed what they sent, or the numbers cannot come from this model. " +
      "Your measurements stayed private. Reloading the page starts anew; note down your entries first.",
  },
  version: {
    title: "Page and server do not match",
    text:
      "They have different versions of the protocol. Reloading the page usually fetches the matching one; note down " +
      "your entries first.",
  },
  unknownModel: { title: "The server does not offer this model", text: "Please choose another one." },
  timeout: { title: "The server took too long", text: `No answer arrived in time, so the connection was closed. ${KEPT}` },
  away: { title: "The server cannot be reached", text: "Either it is not running or the network is down." },
  awayKept: `Either it is not running or the network is down. ${KEPT}`,
  full: "All its places are taken just now. Please try again in a moment.",
  unreadable: {
    title: "Page and server do not match",
    text: "The server's answer is not one that this page understands. Reloading the page usually fetches the matching one.",
  },
  input: { title: "These values cannot be used", text: `They were refused before anything left this page. ${KEPT}` },
  malformed: {
    title: "The two sides disagreed",
    text: `A message did not have the form that the protocol asks for, so the session was stopped. ${KEPT}`,
  },
  internal: { title: "Something unexpected went wrong", text: `The computation stopped with a fault of its own. ${KEPT}` },
  lost: { title: "The connection was lost", text: `It ended before a result was there. Your measurements stayed private. ${KEPT}` },
  noProtocol: "the protocol code could not be loaded",
};
