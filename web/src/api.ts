/** The server's HTTP side: which models it offers, and their public parts. */

import { type Brief, type Card, type Field, FILTERS, type Input, type Sample } from "./card";

/** Public architecture, as far as the page shows it. */
export interface Program {
  version: number;
  input: ValueType;
  ops: { name: string; kind: { op: string }; output: ValueType }[];
}

export interface ValueType {
  shape: number[];
  bits: number;
  frac_bits: number;
}

/** What a session costs in bytes, both directions together. */
export interface Sizes {
  setup_bytes: number;
  preprocess_bytes: number;
  online_bytes: number;
  /** Messages of an inference that wait for an answer. */
  online_rounds?: number;
}

/** The same of one model, with the bytes that the page holds of a prepared inference. */
export interface Cost extends Sizes {
  stored: number;
}

export interface ModelSummary {
  id: string;
  card: Brief;
  sizes: Sizes | null;
}

/** A model whose card asks for what this page does not have. */
export interface Unusable {
  id: string;
  title: string;
  problem: string;
}

export interface Model {
  id: string;
  card: Card;
  program: Program;
  cost: Cost | null;
  /** The server's answer for this model, verbatim, for the worker. */
  json: string;
}

/** The server could not be reached, or answered something that this page does not understand. */
export class ApiError extends Error {
  constructor(
    readonly kind: "away" | "busy" | "unknown" | "unreadable",
    detail: string,
  ) {
    super(detail);
  }
}

/** All models on offer; those that this page cannot show hide no others. */
export async function listModels(signal?: AbortSignal): Promise<(ModelSummary | Unusable)[]> {
  const { value } = await get("api/models", signal);
  if (!Array.isArray(value)) throw new ApiError("unreadable", "the list of models is not a list");
  return value.map((entry: unknown) => {
    if (!isObject(entry) || typeof entry["id"] !== "string") {
      throw new ApiError("unreadable", "an entry of the list of models has no id");
    }
    const { id, card } = entry as { id: string; card: unknown };
    try {
      return { id, card: readBrief(card), sizes: readSizes(entry) };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const title = isObject(card) && typeof card["title"] === "string" ? card["title"] : id;
      return { id, title, problem: error.message };
    }
  });
}

/** One model with its program. */
export async function loadModel(id: string, signal?: AbortSignal): Promise<Model> {
  const { value, text } = await get(`api/models/${encodeURIComponent(id)}`, signal);
  if (!isObject(value) || !isObject(value["program"])) {
    throw new ApiError("unreadable", `the description of model ${id} has no program`);
  }
  return { id, card: readCard(value["card"]), program: value["program"] as unknown as Program, cost: readCost(value), json: text };
}

/** The address of the protocol's WebSocket on the server that this page came from. */
export function sessionUrl(location: Location): string {
  const url = new URL("ws", location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  url.search = "";
  url.hash = "";
  return url.href;
}

async function get(path: string, signal?: AbortSignal): Promise<{ value: unknown; text: string }> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(path, { headers: { accept: "application/json" }, ...(signal ? { signal } : {}) });
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError("away", `${path}: ${String(error)}`);
  }
  if (response.status === 503) throw new ApiError("busy", `${path}: HTTP 503`);
  if (!response.ok) throw new ApiError(response.status >= 500 ? "away" : response.status === 404 ? "unknown" : "unreadable", `${path}: HTTP ${response.status}`);
  try {
    return { value: JSON.parse(text) as unknown, text };
  } catch {
    throw new ApiError("unreadable", `${path} is not JSON`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function readSizes({ sizes }: Record<string, unknown>): Sizes | null {
  return isObject(sizes) ? (sizes as unknown as Sizes) : null;
}

function readCost(value: Record<string, unknown>): Cost | null {
  const sizes = readSizes(value);
  const { stored } = (value["plan"] ?? {}) as { stored?: [client: number, server: number] };
  return sizes && { ...sizes, stored: stored?.[0] ?? 0 };
}

/** Checks the parts of a card that the page cannot do without, and fills in what the server leaves out. */
function readCard(value: unknown): Card {
  return read(value, readInput) as Card;
}

/** The same of one in the list of models. */
function readBrief(value: unknown): Brief {
  const input = (title: string, { kind, count, ...rest }: Record<string, unknown>): unknown =>
    kind === "fields" && typeof count === "number" ? { kind, count } : readInput(title, { kind, ...rest });
  return read(value, input) as Brief;
}

function read(value: unknown, readInput: (title: string, input: Record<string, unknown>) => unknown): object {
  const input = isObject(value) ? value["input"] : null;
  if (!isObject(value) || !isObject(input)) throw new ApiError("unreadable", "a model has no card");
  const { title, classes, samples } = value;
  if (typeof title !== "string" || !Array.isArray(classes)) {
    throw new ApiError("unreadable", "a model card lacks its title or classes");
  }
  return {
    language: "en",
    accuracy: null,
    decision: { kind: "class" },
    ...value,
    samples: Array.isArray(samples) ? samples.map((sample: Partial<Sample>) => ({ label: null, present: null, value: null, ...sample })) : [],
    input: readInput(title, input),
  };
}

function isFit(fit: unknown): boolean {
  return fit === "centre-crop" || fit === "stretch" || (isObject(fit) && ("shorter-side" in fit || "letterbox" in fit));
}

/** What the model reads, of the kinds that this page has a form for. */
function readInput(title: string, input: Record<string, unknown>): Input {
  const { kind, fields, channels, fit, filter = "area" } = input;
  const lacks = (what: string): never => {
    throw new ApiError("unreadable", `the card of “${title}” ${what}`);
  };
  const sizes = (...names: string[]): void => {
    for (const name of names) {
      const size = input[name];
      if (typeof size !== "number" || !(size > 0)) lacks(`has no ${name}`);
    }
    if (channels !== 1 && !(kind === "image" && channels === 3)) lacks(`asks for ${String(channels)} channels, which this page has no form for`);
  };
  switch (kind) {
    case "fields":
      if (!Array.isArray(fields)) return lacks("has no fields");
      return { kind, fields: fields.map((field: Partial<Field>) => ({ unit: "", help: "", choices: [], ...field }) as Field) };
    case "image":
      sizes("channels", "height", "width");
      if (!(FILTERS as readonly unknown[]).includes(filter)) lacks(`resizes pictures by “${String(filter)}”, which this page does not know`);
      if (!isFit(fit)) lacks(`fits pictures by “${JSON.stringify(fit)}”, which this page does not know`);
      return { label: "Picture", help: "", order: "rgb", ...input, filter } as unknown as Input;
    case "signal":
      sizes("channels", "length", "sample_rate");
      return { label: "Signal", unit: "", help: "", marker: null, ...input } as unknown as Input;
    default:
      return lacks(`has an input of the kind “${String(kind)}”, which this page does not know`);
  }
}
