/**
 * The page's font with the letters that English and German texts need, and the weights that the style sheets name: two fifths of the file
 * that the package has. A page that shows others fetches that one, too (`unicode-range` in `tokens.css`).
 */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import subsetFont from "subset-font";
import type { Plugin } from "vite";

const here = (path: string): URL => new URL(path, import.meta.url);
const STYLES = here("src/styles/tokens.css");
const FONT = here("../node_modules/@fontsource-variable/atkinson-hyperlegible-next/files/atkinson-hyperlegible-next-latin-wght-normal.woff2");
const TEXTS = here("src/texts/");
const FOLDER = here("src/generated/");

/** A rule of the style sheet for a file of the font. */
interface Face {
  file: string;
  weights: { min: number; max: number };
  letters: Set<number>;
}

/** Writes the file, before anything reads the style sheet that names it. */
export function letters(): Plugin {
  return {
    name: "letters",
    async buildStart() {
      const faces = read(readFileSync(STYLES, "utf8"));
      const own = faces.find(({ file }) => file.includes("/generated/"));
      const others = faces.filter((face) => face !== own);
      if (!own || others.length === 0) return this.error(`${fileURLToPath(STYLES)} has no rule for the font's letters, or for all others`);
      const missing = [...used()].filter((letter) => !own.letters.has(letter) && others.some(({ letters }) => letters.has(letter)));
      if (missing.length > 0) return this.error(`add to the unicode-range of the page's letters: ${missing.map((letter) => `U+${letter.toString(16).toUpperCase()}`).join(", ")}`);
      const options = { targetFormat: "woff2", variationAxes: { wght: own.weights } } as const;
      const font = await subsetFont(readFileSync(FONT), String.fromCodePoint(...own.letters), options);
      mkdirSync(FOLDER, { recursive: true });
      writeFileSync(new URL("letters.woff2", FOLDER), font);
    },
  };
}

/** The style sheet's rules for fonts. */
function read(styles: string): Face[] {
  return [...styles.matchAll(/@font-face\s*\{([^}]*)\}/g)].map(([, rule = ""]) => {
    const [, min, max] = /font-weight:\s*(\d+)\s+(\d+)/.exec(rule) ?? [];
    const ranges = [.../unicode-range:\s*([^;]*)/.exec(rule)?.[1]?.matchAll(/U\+([0-9A-F]+)(?:-([0-9A-F]+))?/g) ?? []];
    const letters = ranges.flatMap(([, first = "", last = first]) => {
      const start = Number.parseInt(first, 16);
      return Array.from({ length: Number.parseInt(last, 16) - start + 1 }, (_, i) => start + i);
    });
    return { file: /url\("([^"]*)"\)/.exec(rule)?.[1] ?? "", weights: { min: Number(min), max: Number(max) }, letters: new Set(letters) };
  });
}

/** What the page's own texts are written with. */
function used(): Set<number> {
  const files = readdirSync(TEXTS, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const texts = files.map((file) => readFileSync(new URL(file, TEXTS), "utf8"));
  return new Set(texts.flatMap((text) => Array.from(text, (letter) => letter.codePointAt(0)!)).filter((letter) => letter >= 0x20));
}
