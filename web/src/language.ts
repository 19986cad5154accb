/** Which language the page speaks: what was chosen in this tab, or else the first of the browser's languages that the page has. */

export const LANGUAGES = ["en", "de"] as const;

export type Language = (typeof LANGUAGES)[number];

const KEY = "sotto-language";
/** What a worker's name says of the language: a worker cannot see the tab's storage. */
const IN_NAME = /\blang=(\w+)/;

function known(tag: string | null | undefined): Language | null {
  const primary = tag?.toLowerCase().split("-")[0];
  return LANGUAGES.find((language) => language === primary) ?? null;
}

function chosen(): string | null {
  try {
    return globalThis.sessionStorage?.getItem(KEY) ?? null;
  } catch {
    // A browser that forbids storage.
    return null;
  }
}

function choose(): Language {
  // Outside of a browser, in tests, whatever the machine's language is.
  if (typeof self === "undefined") return "en";
  const named = IN_NAME.exec(typeof name === "string" ? name : "")?.[1];
  const wanted = [named, chosen(), ...(globalThis.navigator?.languages ?? [])];
  for (const tag of wanted) {
    const language = known(tag);
    if (language) return language;
  }
  return "en";
}

/** Stays the same for as long as the page is loaded. */
export const language: Language = choose();

/** Whether words in that language need a note beside the page's. */
export function isForeign(tag: string): boolean {
  return known(tag) !== language;
}

/** A worker's name with the language in it, so that what it says is in the same. */
export function workerName(what: string): string {
  return `${what} lang=${language}`;
}

/** Shows the page in another language: it loads again, and keeps what was entered. */
export function speak(other: Language): void {
  try {
    sessionStorage.setItem(KEY, other);
  } catch {
    // Then the browser's choice stays.
  }
  location.reload();
}
