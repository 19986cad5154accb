/** What stands around the steps: head and foot, in the page's language, and the choice of another. */

import { byId, h } from "./dom";
import { type Language, language, LANGUAGES, speak } from "./language";
import { t } from "./texts/texts";

const NAMES: Record<Language, string> = { en: "English", de: "Deutsch" };

/** Puts the words into the page's HTML; `forget` clears everything that was entered. */
export function showShell(forget: () => void): void {
  const { page } = t;
  document.documentElement.lang = language;
  document.title = page.documentTitle;
  showSkip(page.skip);
  byId("disclaimer").replaceChildren(h("strong", {}, page.demonstration), ` ${page.noDevice}`);
  byId("languages").replaceChildren(languages());
  byId("headline").textContent = page.headline;
  byId("lead").textContent = page.lead;
  byId("models-heading").textContent = page.choose;
  byId("models").replaceChildren(h("p", { class: "quiet" }, page.asking));
  byId("about").replaceChildren(h("summary", {}, page.about.title), h("ul", {}, ...page.about.items.map((item) => h("li", {}, item))));
  byId("forget-about").textContent = page.forget.about;
  byId("forget").textContent = page.forget.button;
  byId("forget").addEventListener("click", forget);
  byId("self-test-title").textContent = page.selfTest.title;
  byId("self-test-about").textContent = page.selfTest.about;
  byId("self-test-run").textContent = page.selfTest.run;
}

/** It moves the focus and leaves the address alone, which says where the person is. */
function showSkip(words: string): void {
  const skip = byId("skip");
  skip.textContent = words;
  skip.addEventListener("click", (event) => {
    event.preventDefault();
    byId("main").focus();
  });
}

/** A button for each other language, in its own words. */
function languages(): HTMLElement {
  const buttons = LANGUAGES.filter((other) => other !== language).map((other) => {
    const button = h("button", { type: "button", class: "button-link", lang: other }, NAMES[other]);
    button.addEventListener("click", () => speak(other));
    return button;
  });
  return h("div", { role: "group", "aria-label": t.page.language }, ...buttons);
}
