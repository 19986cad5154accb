/**
 * All words of the page, in the language that it speaks. `en` says which texts there are; a text that another language lacks does not
 * compile. What a model's card says is its hospital's, and is shown as it is.
 *
 * English is in the page's script, any other language in one of its own, which is checked and fetched before anything is said. Where that
 * fails the page speaks English.
 */

import { checkLanguageCode } from "../code";
import { type Language, language } from "../language";
import { en, type Texts } from "./en";

const OTHERS: Record<Exclude<Language, "en">, () => Promise<Texts>> = {
  de: async () => (await import("./de")).de,
};

async function other(language: Exclude<Language, "en">): Promise<Texts> {
  try {
    await checkLanguageCode(language);
    return await OTHERS[language]();
  } catch {
    return en;
  }
}

export const t: Texts = language === "en" ? en : await other(language);
