/** The shipped models as they lie on disk, and an independent reading of their fixed-point input. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { MODELS } from "./server";

interface Affine {
  offset?: number;
  scale?: number;
}

interface Field extends Affine {
  name: string;
  label: string;
  min: number;
  max: number;
  choices?: { value: number; label: string }[];
}

/** What a model reads; one mean and deviation for each channel of a picture or for all, one offset and scale for a signal. */
export type Input =
  | { kind: "fields"; fields: Field[] }
  | {
      kind: "image";
      channels: number;
      height: number;
      width: number;
      min: number;
      max: number;
      mean?: number | number[];
      std?: number | number[];
      order?: "rgb" | "bgr";
    }
  | ({ kind: "signal"; length: number; sample_rate: number; marker?: { index: number } } & Affine);

export interface Bundle {
  id: string;
  card: {
    title: string;
    classes: string[];
    input: Input;
    samples: { name: string; values: number[]; label?: number; expected: number[] }[];
    statistics?: { features: { low: number; high: number }[] };
  };
  program: { input: { bits: number; frac_bits: number }; ops: { name: string; kind: { op: string } }[] };
}

/** All bundles of the models folder, or another. */
export function bundles(folder = MODELS): Bundle[] {
  return readdirSync(folder)
    .filter((id) => existsSync(`${folder}/${id}/card.json`))
    .sort()
    .map((id) => ({ id, card: read(`${folder}/${id}/card.json`), program: read(`${folder}/${id}/program.json`) }));
}

/** The shipped models whose inferences take moments: all but those that read photographs. */
export function smallBundles(): Bundle[] {
  return bundles().filter(({ card: { input } }) => input.kind !== "image" || input.channels === 1);
}

export function bundle(id: string): Bundle {
  const found = bundles().find((candidate) => candidate.id === id);
  if (!found) throw new Error(`there is no model ${id} in ${MODELS}`);
  return found;
}

/** What the plain computation reveals for a sample: its scores, or the first class of the largest. */
export function plain({ program }: Bundle, { expected }: Bundle["card"]["samples"][number]): bigint[] {
  const alone = program.ops.at(-1)!.kind.op === "argmax";
  return (alone ? [expected.indexOf(Math.max(...expected))] : expected).map(BigInt);
}

/** A sample of a model with fields and no choices, all of whose values are ordinary among the model's data. */
export function ordinarySample({ card }: Bundle): Bundle["card"]["samples"][number] {
  const features = card.statistics?.features ?? [];
  const found = card.samples.find(({ values }) => features.every(({ low, high }, i) => low <= values[i]! && values[i]! <= high));
  if (!found || features.length !== found.values.length) throw new Error("no sample is ordinary");
  return found;
}

/** `(raw − offset) · scale · 2^frac_bits`, rounded half away from zero. */
export function quantise(model: Bundle, values: number[]): number[] {
  const unit = 2 ** model.program.input.frac_bits;
  return values.map((raw, i) => {
    const { offset = 0, scale = 1 } = affine(model.card.input, i);
    const value = (raw - offset) * scale * unit;
    return Math.sign(value) * Math.round(Math.abs(value)) + 0;
  });
}

/** Of value `i`. */
function affine(input: Input, i: number): Affine {
  if (input.kind === "fields") return input.fields[i]!;
  if (input.kind === "signal") return input;
  const { height, width, mean = 0, std = 1 } = input;
  const [offset, deviation] = [mean, std].map((of) => (Array.isArray(of) ? of[Math.floor(i / (height * width))]! : of)) as [number, number];
  return { offset, scale: 1 / deviation };
}

function read<T>(path: string): T {
  return JSON.parse(readFileSync(path, "utf8")) as T;
}
