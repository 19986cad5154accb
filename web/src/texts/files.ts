/** What is said of files by what reads them, in workers: apart from the other texts, so that the page's own script is without it. */

import { type Language, language } from "../language";
import { files as de } from "./de/files";
import { files as en } from "./en/files";

function chosen(all: Record<Language, typeof en>): typeof en {
  return all[language];
}

// Without the mark the bundler keeps it in scripts that do not use it.
export const fileTexts = /* @__PURE__ */ chosen({ en, de });
