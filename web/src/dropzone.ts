/** Where a file is chosen: by a button, or dropped. The file stays in the page, and it is said so right there. */

import { h } from "./dom";

export interface DropzoneOptions {
  id: string;
  /** "a chest X-ray". */
  what: string;
  /** Types for the file dialog. */
  accept: string;
  /** What can be read, in a sentence. */
  hint: string;
  chosen(file: File): void;
}

export class Dropzone {
  readonly element: HTMLElement;
  readonly #button: HTMLButtonElement;
  readonly #status = h("p", { class: "drop-status", role: "status" });
  readonly #error = h("div", { class: "drop-error" });

  constructor(private readonly options: DropzoneOptions) {
    const { id, what, accept, hint } = options;
    const file = h("input", { type: "file", id, accept, hidden: true, tabindex: -1, "aria-hidden": "true" });
    this.#button = h(
      "button",
      { type: "button", class: "button-quiet", id: `${id}-button`, "aria-describedby": `${id}-hint` },
      `Choose ${what}…`,
    );
    this.#button.addEventListener("click", () => file.click());
    file.addEventListener("change", () => {
      const [chosen] = file.files ?? [];
      // The same file can be chosen again, after it was changed.
      file.value = "";
      if (chosen) this.options.chosen(chosen);
    });
    this.element = h(
      "div",
      { class: "drop" },
      file,
      h("p", { class: "drop-line" }, this.#button, h("span", { class: "drop-or" }, "or drop the file here")),
      h("p", { class: "hint", id: `${id}-hint` }, h("strong", {}, "The file stays in this page: nothing of it is uploaded."), ` ${hint}`),
      this.#status,
      this.#error,
    );
    this.#listen();
  }

  /** Focuses the button, for a person who pressed on without a file. */
  focus(): void {
    this.#button.focus();
  }

  lock(locked: boolean): void {
    this.#button.disabled = locked;
  }

  /** Says what is going on. */
  say(words: string): void {
    this.#status.textContent = words;
    this.#error.replaceChildren();
  }

  /** Says why a file cannot be used. */
  refuse(name: string, why: string): void {
    this.#status.textContent = "";
    this.#error.replaceChildren(
      h(
        "div",
        { class: "notice", role: "alert" },
        h("p", { class: "notice-title" }, `“${shorten(name)}” cannot be used`),
        h("p", {}, why),
      ),
    );
  }

  #listen(): void {
    const over = (event: DragEvent, on: boolean): void => {
      event.preventDefault();
      this.element.toggleAttribute("data-over", on && !this.#button.disabled);
    };
    this.element.addEventListener("dragover", (event) => over(event, true));
    this.element.addEventListener("dragleave", (event) => over(event, false));
    this.element.addEventListener("drop", (event) => {
      over(event, false);
      const [file] = event.dataTransfer?.files ?? [];
      if (file && !this.#button.disabled) this.options.chosen(file);
    });
  }
}

/** A file that is dropped beside its place must not replace the page. */
export function ignoreStrayDrops(): void {
  for (const type of ["dragover", "drop"] as const) addEventListener(type, (event) => event.preventDefault());
}

function shorten(name: string): string {
  return name.length > 40 ? `${name.slice(0, 24)}…${name.slice(-14)}` : name;
}
