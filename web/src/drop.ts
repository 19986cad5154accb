/** Files and text that are dropped or pasted anywhere in the page. */

import { byId } from "./dom";
import { t } from "./texts/texts";

/** `take` gets them, and says whether there was a place for them. */
export function takeAnywhere(take: (files: File[], text: string | null) => Promise<boolean>): void {
  const say = byId("dropped");
  document.body.dataset["drop"] = t.page.dropHere;
  const offer = async (files: File[]): Promise<void> => {
    say.textContent = files.length > 0 && !(await take(files, null)) ? t.page.noPlace : "";
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
    void offer([...(event.dataTransfer?.files ?? [])]);
  });
  window.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (files.length > 0) {
      event.preventDefault();
      void offer(files);
    } else if (/\d[\s,;]+-?\d.*\d[\s,;]+-?\d/s.test(text)) {
      // More than one number can only be a row, or a table.
      event.preventDefault();
      void take([], text).then((taken) => (say.textContent = taken ? "" : t.page.noPlace));
    }
  });
}
