/** The model card, as the server publishes it, and how fields are grouped into a form. */

/** One input of the model. The worker turns it into fixed point by `offset` and `scale`; the page does not. */
export interface Field {
  name: string;
  label: string;
  unit: string;
  min: number;
  max: number;
  step: number;
  example: number;
  help: string;
  /** When not empty, the field is a choice between these values. */
  choices: Choice[];
}

export interface Choice {
  value: number;
  label: string;
}

/** A list of measurements that a person types in. */
export interface FieldsInput {
  kind: "fields";
  fields: Field[];
}

/** A picture: `channels · height · width` numbers from `min` (black) to `max` (white), in the order [channel, row, column]. */
export interface ImageInput {
  kind: "image";
  label: string;
  /** 1 for grey levels, 3 for colours. */
  channels: number;
  height: number;
  width: number;
  min: number;
  max: number;
  /** Of the channels. */
  order: "rgb" | "bgr";
  /** How a picture of another shape becomes one of this, and how it is resized. */
  fit: Fit;
  filter: Filter;
  help: string;
}

export type Fit = "centre-crop" | { "shorter-side": { size: number } } | { letterbox: { fill: number } } | "stretch";

/** `area` is the mean over areas; `linear` that of two neighbours each way, as TensorFlow has it; the others are Pillow's. */
export const FILTERS = ["area", "nearest", "box", "bilinear", "bicubic", "lanczos", "linear"] as const;

export type Filter = (typeof FILTERS)[number];

/** A signal: `channels · length` values in `unit`. */
export interface SignalInput {
  kind: "signal";
  label: string;
  channels: number;
  length: number;
  /** Values per second. */
  sample_rate: number;
  unit: string;
  min: number;
  max: number;
  /** A place in the signal that means something, such as the R peak. */
  marker: Marker | null;
  help: string;
}

export interface Marker {
  index: number;
  label: string;
}

export type Input = FieldsInput | ImageInput | SignalInput;

/** How good the fixed-point model is on held-out rows. */
export interface Accuracy {
  metric: string;
  value: number;
  float_value: number;
  test_rows: number;
  /** Share of each class that is recognised, in class order. */
  recall: (number | null)[];
  /** Mean of the recalls. */
  balanced?: number;
  /** Share of the most frequent class: what always picking it would be right on. */
  majority?: number;
  baseline?: number;
  baseline_source?: string;
}

/** An input that is shipped with the model, and the class scores that the plain computation gives for it. */
export interface Sample {
  name: string;
  values: number[];
  /** The true class; `null` for a synthetic input, which has none. */
  label: number | null;
  /** Whether each finding is present, and the true value; `null` where nobody knows. */
  present: boolean[] | null;
  value: number | null;
  expected: number[];
}

/** An interval with its ends. */
export interface Range {
  min: number;
  max: number;
}

/** The inputs that a model is meant for; what is absent is not looked at. */
export interface Domain {
  /** Codes of DICOM's Modality. */
  modalities?: string[];
  /** Values of DICOM's Body Part Examined. */
  body_parts?: string[];
  /** Values of DICOM's View Position. */
  views?: string[];
  age_years?: Range;
  /** Names of leads, the one that the model was trained on first. */
  leads?: string[];
  /** Samples a second of a recording as it comes. */
  recording_rate?: Range;
  /** Largest less smallest value of what the model reads, in the input's unit. */
  amplitude?: Range;
}

/** What is known of inputs that overflow a ring of the program. */
export interface Overflow {
  /** `excluded`: no accepted input does. */
  rule: "excluded" | "estimated" | "fixed";
  /** Calibration rows. */
  rows: number;
  /** Fewest bits beyond what those rows need. */
  margin_bits?: number;
  /** Estimated from above, for an input like those rows. */
  probability?: number;
  /** Accepted inputs among which large values were searched for, and how many of them overflow. */
  probed: number;
  overflowing: number;
}

/** What the calibration data looked like; the client compares inputs with it. */
export interface Statistics {
  rows: number;
  features: { name: string; low: number; mean: number; high: number }[];
}

/** What scores mean, and how they decide; the client reads them. */
export type Decision =
  | { kind: "class" }
  | { kind: "logit"; threshold?: number }
  | { kind: "findings"; thresholds: number[] }
  | { kind: "value"; unit?: string; range: Range };

export interface Card {
  /** Of its texts, as in HTML. */
  language: string;
  title: string;
  description: string;
  task: string;
  input: Input;
  classes: string[];
  decision: Decision;
  domain?: Domain;
  provenance: string;
  licence: string;
  accuracy: Accuracy | null;
  overflow?: Overflow;
  statistics?: Statistics;
  samples: Sample[];
}

/** What a person chooses a model by, in the list of models: fields are counted there, and of many classes none is named. */
export type Brief = Omit<Card, "input"> & { input: { kind: "fields"; count: number } | ImageInput | SignalInput };

/** Of either, what says how far a model is to be trusted. */
export type Tested = Pick<Card, "accuracy" | "classes" | "decision"> & { input: Pick<Card["input"], "kind"> };

export interface FieldGroup {
  title: string | null;
  /** Index of the field in the card beside the label to show below this heading. */
  fields: { index: number; label: string }[];
}

/**
 * Groups the fields by the last part of their labels when all of them have the form "Radius, mean" and the parts repeat;
 * otherwise they form one group without a title.
 */
export function groupFields(fields: Field[]): FieldGroup[] {
  const groups = new Map<string, FieldGroup>();
  for (const [index, { label }] of fields.entries()) {
    const comma = label.lastIndexOf(", ");
    if (comma < 0) return ungrouped(fields);
    const title = capitalise(label.slice(comma + 2));
    const group = groups.get(title) ?? { title, fields: [] };
    group.fields.push({ index, label: label.slice(0, comma) });
    groups.set(title, group);
  }
  return groups.size * 2 <= fields.length ? [...groups.values()] : ungrouped(fields);
}

function ungrouped(fields: Field[]): FieldGroup[] {
  return [{ title: null, fields: fields.map(({ label }, index) => ({ index, label })) }];
}

/** Whether the plain computation picks another class than the sample's true one. What one score decides, the client knows. */
export function isMissed({ label, expected }: Sample): boolean {
  return expected.length > 1 && label !== null && expected.length > 0 && expected.indexOf(Math.max(...expected)) !== label;
}

/** The sample whose values are exactly these. */
export function matchingSample(card: Card, values: number[]): Sample | null {
  return (
    card.samples.find(
      (sample) => sample.values.length === values.length && sample.values.every((value, i) => value === values[i]),
    ) ?? null
  );
}

export function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
