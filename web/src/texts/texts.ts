/**
 * All words of the page, in the language that it speaks. `en` says which texts there are; a text that another language lacks does not
 * compile. What a model's card says is its hospital's, and is shown as it is.
 */

import { type Language, language } from "../language";
import { de } from "./de";
import { en, type Texts } from "./en";

const ALL: Record<Language, Texts> = { en, de };

export const t: Texts = ALL[language];
