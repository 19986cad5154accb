/** A step that is done, as one row: what was chosen, and the way back to it. */

import { h } from "./dom";

/** `value` is what was chosen, if it is `done`; `change` names the link for those who do not see what it stands beside. */
export function foldedRow(label: string, value: string, href: string, change: { words: string; label: string }, done = true): HTMLElement {
  return h(
    "p",
    { class: "folded" },
    h("span", { class: "folded-mark", "aria-hidden": "true" }, done ? "✓" : ""),
    h("span", { class: "folded-what" }, h("span", { class: "folded-label" }, label), " ", h("span", { class: "folded-value" }, value)),
    h("a", { class: "folded-change", href, "aria-label": change.label }, change.words),
  );
}

/** Folds a card to its row, or opens it. */
export function setFolded(card: HTMLElement, row: HTMLElement | null): void {
  card.querySelector(":scope > .folded")?.remove();
  card.toggleAttribute("data-folded", row !== null);
  if (row) card.prepend(row);
}
