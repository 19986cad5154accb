//! The plain objects that cross to JavaScript in a session; `convert` makes those that are given.

use crate::declare::{declarations, given, taken};

taken! {
    /// Options of `connect`. One that is not declared here is refused, with kind `usage`.
    ConnectOptions, "connect" {
        /// Id of the model on the server.
        required model: "string" = text -> String,
        /// The server's JSON of the model (`/api/models/{id}`) as it came, for `infer` on raw values and for `prediction`.
        optional description: "string" = json -> String,
        /// How linear layers are prepared: all by oblivious transfer, all by encryption, or (`auto`, the default) each by what costs less.
        optional linear: "\"auto\" | \"ot\" | \"he\"" = text -> String,
        /// Where random OTs come from: silent OT (the default), or IKNP and KK13.
        optional ot: "\"silent\" | \"classic\"" = text -> String,
        /// The largest parameter set of silent OT, `b12` by default: larger ones send less and need more memory and cache. The one of the
        /// fewest bytes is taken up to it.
        optional lpn: "\"b9\" | \"b10\" | \"b11\" | \"b12\" | \"b13\"" = text -> String,
        /// Most bits per leaf of a comparison, 1 to 8: without, each call has the leaves that make it cost least.
        optional digit: "number" = count -> u64,
        /// What is between the parties, and so what a round is worth: calls send less in more rounds where that costs less by it.
        optional network: "\"lan\" | \"wan\" | \"mobile\" | \"metered\"" = text -> String,
        /// Most bytes that setup and one inference may take, both ways, 2^30 by default: a model that takes more is refused, with
        /// the number in the message.
        optional maxBytes: "number" = count -> u64,
        /// What lets the client in, where the server asks for it. Sent to the server in the first message, never in an address.
        optional ticket: "string" = text -> String,
        /// Workers that share the computation, 1 to 8, this one among them and 1 by default; the server may grant fewer, and does for small models. Of
        /// `@sotto/client/workers` alone: elsewhere there is one.
        optional workers: "number" = count -> u64,
        /// Makes a further Worker and returns a `MessagePort`, of whose other end that Worker calls `assist`. Needed for more than one.
        optional makeWorker: "() => MessagePort" = function -> js_sys::Function,
        /// Called when a step of a phase starts, during long ones ten times a second, and when a phase is done.
        optional onProgress: "(progress: Progress) => void" = function -> js_sys::Function,
        /// Called when what was asked for has to wait for a place at the server, when its standing changes, and when it has its place.
        optional onQueue: "(standing: Standing) => void" = function -> js_sys::Function,
        /// Called when the connection is lost, when the session goes on over another one, for which it waits up to two minutes, and
        /// when the session is over.
        optional onConnection: "(connection: Connection) => void" = function -> js_sys::Function,
        /// Gives up connecting when it is aborted. It has no effect later.
        optional signal: "AbortSignal" = signal -> crate::abort::AbortSignal,
    }
}

taken! {
    /// Options of one call on a session.
    CallOptions, "this call" {
        /// Gives the call up when it is aborted. While the call waits for others, the session goes on; while it runs, the session ends,
        /// because the other side stands in the middle of the protocol.
        optional signal: "AbortSignal" = signal -> crate::abort::AbortSignal,
    }
}

given! {
    /// Where in the server's queue something stands.
    Standing {
        /// How many are served before it, and itself: 1 is next, and 0 has its place.
        position: "number",
        /// Estimated seconds until then; `null` where there is no estimate.
        seconds: "number | null",
    }
}

given! {
    /// How far a phase is.
    Progress {
        /// The phase.
        phase: "Phase",
        /// Steps of the phase that are complete.
        layer: "number",
        /// Steps of the phase in all.
        layers: "number",
        /// Name of the step that starts now; empty when the phase is done.
        name: "string",
        /// Bytes sent in this phase of the current inference.
        bytesSent: "number",
        /// Bytes received in this phase of the current inference.
        bytesReceived: "number",
        /// Bytes that the phase takes in all, both ways, with the byte that asks for it; 0 for handshake and setup.
        bytesExpected: "number",
        /// Seconds since the phase began.
        seconds: "number",
        /// Whether the phase is complete.
        done: "boolean",
    }
}

given! {
    /// One of several classes.
    ClassPrediction {
        /// What kind of prediction this is.
        kind: "\"class\"",
        /// Index of the class.
        class: "number",
        /// Its name.
        label: "string",
        /// One score per class, summing to 1; empty when the program reveals the decision only.
        scores: "Float64Array",
    }
}

given! {
    /// Several findings, each present or not.
    FindingsPrediction {
        /// What kind of prediction this is.
        kind: "\"findings\"",
        /// Each of them, in the card's order.
        findings: "Finding[]",
    }
}

given! {
    /// A number.
    ValuePrediction {
        /// What kind of prediction this is.
        kind: "\"value\"",
        /// What the value is called.
        label: "string",
        /// The value.
        value: "number",
        /// Its unit, or empty.
        unit: "string",
        /// Whether it is outside what the model was made to answer.
        outside: "boolean",
    }
}

given! {
    /// One finding.
    Finding {
        /// Its name.
        label: "string",
        /// Whether it is there.
        present: "boolean",
        /// Between 0 and 1; `null` when the program reveals the decision only.
        score: "number | null",
        /// It is present when its score is above this.
        threshold: "number",
    }
}

given! {
    /// What an inference gave.
    InferenceResult {
        /// The program's output, revealed to this page only.
        output: "BigInt64Array",
        /// What the output says by the model's card; `null` without a `description`.
        prediction: "Prediction | null",
        /// Digest of the card and program that the result is of, in hexadecimal; `null` without a `description`.
        digest: "string | null",
        /// The fixed-point input. It never leaves this page.
        quantisedInput: "BigInt64Array",
        /// What was sent in its place, x − r, as elements of the program's input ring.
        maskedInput: "BigUint64Array",
        /// The session's statistics so far.
        stats: "Stats",
    }
}

given! {
    /// Traffic of a phase as the protocol counts it, payload alone, and what it took.
    PhaseTraffic {
        /// Bytes sent.
        bytesSent: "number",
        /// Bytes received.
        bytesReceived: "number",
        /// Turns from sending to receiving.
        rounds: "number",
        /// Seconds.
        seconds: "number",
        /// Random OTs and bit triples that were generated.
        correlations: "number",
    }
}

given! {
    /// The same of a step.
    StepTraffic {
        /// Of which phase it is a step.
        phase: "Phase",
        /// Its name.
        name: "string",
        /// Bytes sent.
        bytesSent: "number",
        /// Bytes received.
        bytesReceived: "number",
        /// Turns from sending to receiving.
        rounds: "number",
        /// Seconds.
        seconds: "number",
        /// Random OTs and bit triples that were generated.
        correlations: "number",
    }
}

given! {
    /// Statistics of a session.
    Stats {
        /// Sums per phase; a phase that has not run is absent.
        phases: "Partial<Record<Phase, PhaseTraffic>>",
        /// Sums per step, in order of first appearance.
        layers: "StepTraffic[]",
        /// Completed inferences.
        inferences: "number",
    }
}

given! {
    /// What went through the WebSocket, counted where it is handed to the browser.
    Traffic {
        /// Bytes sent.
        bytesSent: "number",
        /// Bytes received.
        bytesReceived: "number",
        /// Messages sent.
        framesSent: "number",
        /// Messages received.
        framesReceived: "number",
        /// How often each byte value was sent: 256 counts.
        histogram: "Float64Array",
    }
}

given! {
    /// What the package, and a server, set limits to.
    Limits {
        /// Inferences that a session may have prepared: one more is refused with kind `usage`.
        prepared: "number",
        /// Bytes that setup and one inference may take, both ways, unless `maxBytes` says otherwise.
        maxBytes: "number",
        /// Bytes of a ticket.
        ticketBytes: "number",
        /// Seconds that opening a connection may take.
        openSeconds: "number",
        /// Seconds without a byte either way after which a call fails with kind `timeout`.
        silentSeconds: "number",
        /// Seconds that a session waits for another connection when it has lost its own.
        resumeSeconds: "number",
    }
}

/// Unions of names, and of the objects above.
#[allow(dead_code)] // read by wasm-bindgen alone
const UNIONS: &str = r#"
/** The phases of a session, in order; the last two repeat with every inference. */
export type Phase = "handshake" | "setup" | "preprocess" | "online";

/** What becomes of the connection. */
export type Connection = "lost" | "open" | "closed";

/** What an output says, by the card's decision. */
export type Prediction = ClassPrediction | FindingsPrediction | ValuePrediction;
"#;

declarations! {
    DECLARED_UNIONS = UNIONS,
    DECLARED_KINDS = crate::failure::Kind::TYPESCRIPT,
    DECLARED_CONNECT_OPTIONS = ConnectOptions::TYPESCRIPT,
    DECLARED_CALL_OPTIONS = CallOptions::TYPESCRIPT,
    DECLARED_STANDING = Standing::TYPESCRIPT,
    DECLARED_PROGRESS = Progress::TYPESCRIPT,
    DECLARED_CLASS = ClassPrediction::TYPESCRIPT,
    DECLARED_FINDINGS = FindingsPrediction::TYPESCRIPT,
    DECLARED_VALUE = ValuePrediction::TYPESCRIPT,
    DECLARED_FINDING = Finding::TYPESCRIPT,
    DECLARED_RESULT = InferenceResult::TYPESCRIPT,
    DECLARED_PHASE_TRAFFIC = PhaseTraffic::TYPESCRIPT,
    DECLARED_STEP_TRAFFIC = StepTraffic::TYPESCRIPT,
    DECLARED_STATS = Stats::TYPESCRIPT,
    DECLARED_TRAFFIC = Traffic::TYPESCRIPT,
    DECLARED_LIMITS = Limits::TYPESCRIPT,
}

#[cfg(test)]
mod tests {
    use sotto_mpc::{LinearKind, LpnSet, Network, OtKind, Phase};

    use super::*;

    /// The names in the union behind `after`, in order.
    #[track_caller]
    fn union(text: &str, after: &str) -> Vec<String> {
        let (_, rest) = text.split_once(after).unwrap_or_else(|| panic!("there is no '{after}'"));
        let (union, _) = rest.split_once(';').unwrap();
        union.split('|').map(|name| name.trim().trim_matches('"').into()).collect()
    }

    #[test]
    fn unions_have_the_names_of_the_protocol() {
        let options = ConnectOptions::TYPESCRIPT;
        assert_eq!(union(options, "linear?: "), LinearKind::ALL.map(LinearKind::name));
        assert_eq!(union(options, "ot?: "), OtKind::ALL.map(OtKind::name));
        assert_eq!(union(options, "lpn?: "), LpnSet::ALL.map(LpnSet::name));
        assert_eq!(union(options, "network?: "), Network::ALL.map(Network::name));
        assert_eq!(union(UNIONS, "type Phase = "), Phase::ALL.map(Phase::name));
    }

    #[test]
    fn declarations_have_comments_and_marks() {
        let options = ConnectOptions::TYPESCRIPT;
        assert!(options.contains("  /**\n   * Id of the model on the server.\n   */\n  model: string;\n"), "{options}");
        assert!(options.contains("\n  signal?: AbortSignal;\n"));
        assert!(crate::failure::Kind::TYPESCRIPT.contains("   */\n  | \"unknown-model\"\n"));
    }
}
