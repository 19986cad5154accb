/** What a card says that its model was made for, against what a file's header says that it shows. */

import type { Domain } from "../card";
import { real } from "../format";
import type { Facts } from "./picture";

/** Sentences about each thing that is another than the model was made for, and one about all that the file does not say. */
export function domainWarnings(domain: Domain | undefined, facts: Facts | null, type: string): string[] {
  if (!domain) return [];
  const { modalities, body_parts: parts, views, age_years: ages } = domain;
  const warnings: string[] = [];
  const unknown: string[] = [];
  const compare = (name: string, wanted: string[] | undefined, said: string | null | undefined): void => {
    if (!wanted || wanted.length === 0) return;
    const list = wanted.join(" or ");
    if (!said) unknown.push(`${name} ${list}`);
    else if (!wanted.some((one) => normal(one) === normal(said))) {
      warnings.push(`The file says ${name} ${said}, and this model was made for ${list}: its result would mean nothing.`);
    }
  };
  compare("modality", modalities, facts?.modality);
  compare("body part", parts, facts?.bodyPart);
  compare("view", views, facts?.view);
  if (ages) {
    const range = `${real(ages.min)} to ${real(ages.max)} years`;
    const age = facts?.age ?? null;
    if (age === null) unknown.push(`an age of ${range}`);
    else if (age < ages.min || age > ages.max) {
      warnings.push(`The file says that the patient was ${age < 1 ? "less than a year" : age === 1 ? "a year" : `${age} years`} old, and this model was made for ${range}: its result would mean nothing.`);
    }
  }
  if (unknown.length > 0) {
    const subject = facts ? "The file does not say everything that it shows" : `A ${type} file does not say what it shows`;
    warnings.push(`${subject}. This model was made for ${and(unknown)}: use no other picture.`);
  }
  return warnings;
}

function normal(code: string): string {
  return code.trim().toUpperCase();
}

function and(parts: string[]): string {
  return parts.length < 2 ? parts.join() : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)!}`;
}
