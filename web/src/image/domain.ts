/** What a card says that its model was made for, against what a file's header says that it shows. */

import type { Domain } from "../card";
import { listed, real } from "../format";
import type { Facts } from "./picture";
import { t } from "../texts/texts";

/** Sentences about each thing that is another than the model was made for, and one about all that the file does not say. */
export function domainWarnings(domain: Domain | undefined, facts: Facts | null, type: string): string[] {
  if (!domain) return [];
  const { modalities, body_parts: parts, views, age_years: ages } = domain;
  const warnings: string[] = [];
  const unknown: string[] = [];
  const compare = (name: string, wanted: string[] | undefined, said: string | null | undefined): void => {
    if (!wanted || wanted.length === 0) return;
    const list = codeWords(wanted).join(t.image.domain.or);
    if (!said) unknown.push(list);
    else if (!wanted.some((one) => normal(one) === normal(said))) {
      warnings.push(t.image.domain.other(name, codeWords([said]).join(), list));
    }
  };
  compare(t.image.domain.modality, modalities, facts?.modality);
  compare(t.image.domain.bodyPart, parts, facts?.bodyPart);
  compare(t.image.domain.view, views, facts?.view);
  if (ages) {
    const range = t.image.domain.years(real(ages.min), real(ages.max));
    const age = facts?.age ?? null;
    if (age === null) unknown.push(t.image.domain.age(range));
    else if (age < ages.min || age > ages.max) {
      warnings.push(t.image.domain.otherAge(age, range));
    }
  }
  if (unknown.length > 0) {
    const subject = facts ? t.image.domain.saysLittle : t.image.domain.saysNothing(type);
    warnings.push(t.image.domain.madeFor(subject, listed(unknown)));
  }
  return warnings;
}

/** Codes in words, each once, with the codes behind them where they say something else. */
function codeWords(codes: string[]): string[] {
  const known = new Map<string, string[]>();
  for (const code of codes) {
    const word = t.image.domain.codes[normal(code)] ?? code;
    known.set(word, [...(known.get(word) ?? []), code]);
  }
  return [...known].map(([word, behind]) => (behind.every((code) => normal(code) === normal(word)) ? word : `${word} (${behind.join(", ")})`));
}

function normal(code: string): string {
  return code.trim().toUpperCase();
}
