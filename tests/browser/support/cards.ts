/** The shipped models as they lie on disk, and an independent reading of their fixed-point input. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { MODELS } from "./server";

interface Field {
  name: string;
  label: string;
  min: number;
  max: number;
  offset?: number;
  scale?: number;
  choices?: { value: number; label: string }[];
}

export interface Bundle {
  id: string;
  card: {
    title: string;
    classes: string[];
    input: { fields: Field[] };
    samples: { name: string; values: number[]; label: number; expected: number[] }[];
  };
  program: { input: { bits: number; frac_bits: number }; ops: { name: string; kind: { op: string } }[] };
}

/** All bundles of the models folder. */
export function bundles(): Bundle[] {
  return readdirSync(MODELS)
    .filter((id) => existsSync(`${MODELS}/${id}/card.json`))
    .sort()
    .map((id) => ({ id, card: read(`${MODELS}/${id}/card.json`), program: read(`${MODELS}/${id}/program.json`) }));
}

export function bundle(id: string): Bundle {
  const found = bundles().find((candidate) => candidate.id === id);
  if (!found) throw new Error(`there is no model ${id} in ${MODELS}`);
  return found;
}

/** `(raw − offset) · scale · 2^frac_bits`, rounded half away from zero. */
export function quantise(model: Bundle, values: number[]): number[] {
  const unit = 2 ** model.program.input.frac_bits;
  return values.map((raw, i) => {
    const { offset = 0, scale = 1 } = model.card.input.fields[i]!;
    const value = (raw - offset) * scale * unit;
    return Math.sign(value) * Math.round(Math.abs(value)) + 0;
  });
}

function read<T>(path: string): T {
  return JSON.parse(readFileSync(path, "utf8")) as T;
}
