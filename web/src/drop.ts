/** Files and text that are dropped or pasted anywhere in the page. */

import { byId } from "./dom";
import { t } from "./texts/texts";

/** `take` gets them, and says whether there was a place for them. */
export function takeAnywhere(take: (files: File[], text: string | null) => boolean): void {
  const say = byId("dropped");
  document.body.dataset["drop"] = t.page.dropHere;
  const offer = (files: File[], text: string | null): void => {
    say.textContent = files.length > 0 && !take(files, text) ? t.page.noPlace : "";
  };
  let depth = 0;
  const over = (change: 1 | -1 | 0): void => {
    depth = change === 0 ? 0 : Math.max(0, depth + change);
    document.body.toggleAttribute("data-over", depth > 0);
  };
  window.addEventListener("dragenter", ({ dataTransfer }) => over(dataTransfer?.types.includes("Files") ? 1 : 0));
  window.addEventListener("dragleave", () => over(-1));
  // Without this a dropped file replaces the page.
  window.addEventListener("dragover", (event) => event.preventDefault());
  window.addEventListener("drop", (event) => {
    event.preventDefault();
    over(0);
    offer([...(event.dataTransfer?.files ?? [])], null);
  });
  window.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (files.length > 0) {
      event.preventDefault();
      offer(files, null);
    } else if (/[^\s][\s,;]+[^\s]/.test(text.trim()) && take([], text)) {
      event.preventDefault();
    }
  });
}
