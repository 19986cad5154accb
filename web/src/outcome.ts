/** From the program's integers to what a person reads. The integers decide; the scores only illustrate. */

import type { Program } from "./api";
import type { Card, Sample } from "./card";

export interface Outcome {
  /** Index of the decided class. */
  decided: number;
  /** Softmax of the outputs, one per class; empty when the server reveals the decision only. */
  scores: number[];
}

/** Reads the program's result; `null` when it does not belong to this card. */
export function readOutcome(card: Card, program: Program, output: bigint[]): Outcome | null {
  const last = program.ops.at(-1);
  if (!last || output.length === 0) return null;
  if (last.kind.op === "argmax") {
    const decided = Number(output[0]);
    return decided >= 0 && decided < card.classes.length ? { decided, scores: [] } : null;
  }
  if (output.length !== card.classes.length) return null;
  return { decided: indexOfLargest(output), scores: softmax(output.map((v) => Number(v) / 2 ** last.output.frac_bits)) };
}

/**
 * What the plain computation reveals for a sample, in the form of the private output; `null` when the card's numbers lost
 * digits on their way through JSON, beyond 2^53.
 */
export function expectedOutput(program: Program, sample: Sample): bigint[] | null {
  if (!sample.expected.every(Number.isSafeInteger)) return null;
  const expected = sample.expected.map(BigInt);
  return program.ops.at(-1)?.kind.op === "argmax" ? [BigInt(indexOfLargest(expected))] : expected;
}

/** The lowest index wins ties, as in the program. */
function indexOfLargest(values: bigint[]): number {
  return values.reduce((best, value, i) => (value > values[best]! ? i : best), 0);
}

function softmax(logits: number[]): number[] {
  const top = Math.max(...logits);
  const powers = logits.map((v) => Math.exp(v - top));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((p) => p / sum);
}
