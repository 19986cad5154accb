/** What a card says that its model was made for, against what a file's header says that it shows. */

import type { Domain } from "../card";
import { real } from "../format";
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
    const list = wanted.join(t.image.domain.or);
    if (!said) unknown.push(`${name} ${list}`);
    else if (!wanted.some((one) => normal(one) === normal(said))) {
      warnings.push(t.image.domain.other(name, said, list));
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
    warnings.push(t.image.domain.madeFor(subject, and(unknown)));
  }
  return warnings;
}

function normal(code: string): string {
  return code.trim().toUpperCase();
}

function and(parts: string[]): string {
  return parts.length < 2 ? parts.join() : `${parts.slice(0, -1).join(", ")}${t.form.and}${parts.at(-1)!}`;
}
