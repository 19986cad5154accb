/** An error, said readably, with a button that tries again. */

import { h } from "./dom";
import type { Notice } from "./errors";
import { t } from "./texts/texts";

export function noticeBox(notice: Notice, retry: (() => void) | null): HTMLElement {
  const button = h("button", { type: "button", class: "button-quiet" }, t.errors.again);
  if (retry) button.addEventListener("click", retry);
  return h(
    "div",
    { class: "notice", role: "alert" },
    h("p", { class: "notice-title" }, notice.title),
    h("p", {}, notice.text),
    h("details", {}, h("summary", {}, t.errors.detail), h("p", { class: "detail" }, notice.detail)),
    notice.retry && retry ? button : null,
  );
}
