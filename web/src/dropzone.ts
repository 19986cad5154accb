/** Where a file is chosen: by a button, or as a photograph that a phone takes. The file stays in the page, and it is said so right there. */

import { h } from "./dom";
import { t } from "./texts/texts";

export interface DropzoneOptions {
  id: string;
  /** "a chest X-ray". */
  what: string;
  /** Types for the file dialog. */
  accept: string;
  /** What can be read, in a sentence. */
  hint: string;
  /** Whether a phone offers its camera. */
  camera?: boolean;
  /** Whether files can be chosen together. */
  several?: boolean;
  /** What was chosen: one file, or the first and others with it. */
  chosen(file: File, others: File[]): void;
}

export class Dropzone {
  readonly element: HTMLElement;
  readonly #button: HTMLButtonElement;
  readonly #camera: HTMLButtonElement | null;
  readonly #status = h("p", { class: "drop-status", role: "status" });
  readonly #error = h("div", { class: "drop-error" });

  constructor(private readonly options: DropzoneOptions) {
    const { id, what, accept, hint, camera, several = false } = options;
    const file = this.#chooser(id, { accept, ...(several ? { multiple: "" } : {}) });
    this.#button = this.#opener(file, t.form.file.choose(what));
    // Beside the other, since a chooser that takes a photograph offers no files. Phones turn HEIC into JPEG where JPEG is asked for.
    const photo = camera ? this.#chooser(`${id}-camera`, { accept: "image/jpeg", capture: "environment" }) : null;
    this.#camera = photo && this.#opener(photo, t.form.file.photo);
    this.#camera?.classList.add("drop-camera");
    this.element = h(
      "div",
      { class: "drop" },
      file,
      photo,
      h("p", { class: "drop-line" }, this.#button, this.#camera, h("span", { class: "drop-or" }, t.form.file.drop)),
      h("p", { class: "hint", id: `${id}-hint` }, h("strong", {}, t.form.file.stays), ` ${hint}`),
      this.#status,
      this.#error,
    );
  }

  /** Focuses the button, for a person who pressed on without a file. */
  focus(): void {
    this.#button.focus();
  }

  lock(locked: boolean): void {
    for (const button of [this.#button, this.#camera]) if (button) button.disabled = locked;
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
        h("p", { class: "notice-title" }, t.form.file.refused(shorten(name))),
        h("p", {}, why),
      ),
    );
  }

  #chooser(id: string, attributes: Record<string, string>): HTMLInputElement {
    const chooser = h("input", { type: "file", id, hidden: true, tabindex: -1, "aria-hidden": "true", ...attributes });
    chooser.addEventListener("change", () => {
      const [chosen, ...others] = chooser.files ?? [];
      // The same file can be chosen again, after it was changed.
      chooser.value = "";
      if (chosen) this.options.chosen(chosen, others);
    });
    return chooser;
  }

  #opener(chooser: HTMLInputElement, words: string): HTMLButtonElement {
    const attributes = { class: "button-quiet", id: `${chooser.id}-button`, "aria-describedby": `${this.options.id}-hint` };
    const button = h("button", { type: "button", ...attributes }, words);
    button.addEventListener("click", () => chooser.click());
    return button;
  }
}

function shorten(name: string): string {
  return name.length > 40 ? `${name.slice(0, 24)}…${name.slice(-14)}` : name;
}
