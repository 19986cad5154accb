//! TypeScript declarations of the plain objects that cross to JavaScript; `convert` makes them.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
import type { Phase } from "./error.js";

export interface ConnectOptions {
  /** Id of the model on the server. */
  model: string;
  /** The server's JSON of the model (`/api/models/{id}`), for `infer` on raw values and for `prediction`. */
  description?: string;
  /** How linear layers are prepared: all by oblivious transfer, all by encryption, or (`auto`, the default) each by what costs less. */
  linear?: "auto" | "ot" | "he";
  /** Where random OTs come from: silent OT (the default), or IKNP and KK13. */
  ot?: "silent" | "classic";
  /** The largest parameter set of silent OT, `b11` by default: larger ones send less and need more memory and cache. */
  lpn?: "b9" | "b10" | "b11" | "b12" | "b13";
  /** Most bits per leaf of a comparison, 1 to 8, 4 by default: 2 sends least, and takes more rounds. */
  digit?: number;
  /** Instead of `digit`, take the leaves that cost this model least on such a network; needs `description`. */
  network?: "lan" | "wan" | "mobile" | "metered";
  /**
   * Most bytes that setup and one inference may take, both ways, 2^30 by default: a model that takes more is refused, with
   * the number in the message.
   */
  maxBytes?: number;
  /** What lets the client in, where the server asks for it. Sent to the server in the first message, never in an address. */
  ticket?: string;
  /** Called when a step of a phase starts, during long ones ten times a second, and when a phase is done. */
  onProgress?: (progress: Progress) => void;
  /** Called when what was asked for has to wait for a place at the server, when its standing changes, and when it has its place. */
  onQueue?: (standing: Standing) => void;
  /**
   * Called when the connection is lost, when the session goes on over another one, for which it waits up to two minutes, and when
   * the session is over.
   */
  onConnection?: (connection: Connection) => void;
}

export type Connection = "lost" | "open" | "closed";

/** Where in the server's queue something stands. */
export interface Standing {
  /** How many are served before it, and itself: 1 is next, and 0 has its place. */
  position: number;
  /** Estimated seconds until then; `null` where there is no estimate. */
  seconds: number | null;
}

export interface Progress {
  phase: Phase;
  /** Steps of the phase that are complete. */
  layer: number;
  /** Steps of the phase in all. */
  layers: number;
  /** Name of the step that starts now; empty when the phase is done. */
  name: string;
  /** Bytes sent in this phase of the current inference. */
  bytesSent: number;
  /** Bytes received in this phase of the current inference. */
  bytesReceived: number;
  /** Bytes that the phase takes in all, both ways, with the byte that asks for it; 0 for handshake and setup. */
  bytesExpected: number;
  /** Seconds since the phase began. */
  seconds: number;
  /** Whether the phase is complete. */
  done: boolean;
}

export type Prediction =
  | {
      kind: "class";
      /** Index of the class, and its name. */
      class: number;
      label: string;
      /** One score per class, summing to 1; empty when the program reveals the decision only. */
      scores: Float64Array;
    }
  | { kind: "findings"; findings: Finding[] }
  | {
      kind: "value";
      /** What the value is called. */
      label: string;
      value: number;
      /** Its unit, or empty. */
      unit: string;
      /** Whether it is outside what the model was made to answer. */
      outside: boolean;
    };

export interface Finding {
  label: string;
  present: boolean;
  /** Between 0 and 1; `null` when the program reveals the decision only. */
  score: number | null;
  /** It is present when its score is above this. */
  threshold: number;
}

export interface FittedPicture {
  /** Raw values in the order of the card's elements. */
  values: Float64Array;
  /** The part of the picture that they were made from, in its pixels. */
  crop: { x: number; y: number; width: number; height: number };
}

export interface InferenceResult {
  /** The program's output, revealed to this page only. */
  output: BigInt64Array;
  /** What the output says by the model's card; `null` without a `description`. */
  prediction: Prediction | null;
  /** Digest of the card and program that the result is of, in hexadecimal; `null` without a `description`. */
  digest: string | null;
  /** The fixed-point input. It never leaves this page. */
  quantisedInput: BigInt64Array;
  /** What was sent in its place, x − r, as elements of the program's input ring. */
  maskedInput: BigUint64Array;
  /** The session's statistics so far. */
  stats: Stats;
}

/** Traffic as the protocol counts it, payload alone, and what it took. */
export interface PhaseTraffic {
  bytesSent: number;
  bytesReceived: number;
  rounds: number;
  seconds: number;
  /** Random OTs and bit triples that were generated. */
  correlations: number;
}

export interface Stats {
  /** Sums per phase; a phase that has not run is absent. */
  phases: Partial<Record<Phase, PhaseTraffic>>;
  /** Sums per step, in order of first appearance. */
  layers: (PhaseTraffic & { phase: Phase; name: string })[];
  /** Completed inferences. */
  inferences: number;
}

/** What went through the WebSocket, counted where it is handed to the browser. */
export interface Traffic {
  bytesSent: number;
  bytesReceived: number;
  framesSent: number;
  framesReceived: number;
  /** How often each byte value was sent: 256 counts. */
  histogram: Float64Array;
}

export interface KnownAnswer {
  name: string;
  ok: boolean;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// The `ConnectOptions` object.
    #[wasm_bindgen(typescript_type = "ConnectOptions")]
    pub type ConnectOptions;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn model(this: &ConnectOptions) -> Option<String>;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn description(this: &ConnectOptions) -> Option<String>;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn linear(this: &ConnectOptions) -> Option<String>;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn ot(this: &ConnectOptions) -> Option<String>;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn lpn(this: &ConnectOptions) -> Option<String>;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn network(this: &ConnectOptions) -> Option<String>;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn digit(this: &ConnectOptions) -> Option<f64>;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn ticket(this: &ConnectOptions) -> Option<String>;

    #[wasm_bindgen(method, getter, js_name = maxBytes)]
    pub(crate) fn max_bytes(this: &ConnectOptions) -> Option<f64>;

    #[wasm_bindgen(method, getter, js_name = onProgress)]
    pub(crate) fn on_progress(this: &ConnectOptions) -> Option<js_sys::Function>;

    #[wasm_bindgen(method, getter, js_name = onQueue)]
    pub(crate) fn on_queue(this: &ConnectOptions) -> Option<js_sys::Function>;

    #[wasm_bindgen(method, getter, js_name = onConnection)]
    pub(crate) fn on_connection(this: &ConnectOptions) -> Option<js_sys::Function>;
}
