//! What a bench reports.

use serde::Serialize;
use sotto_mpc::{OtKind, Params, Phase, Stats};

/// One measurement; one line of JSON.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Record {
    /// Where the client runs: `native` or `browser`. The server is native.
    pub client: String,
    /// The operation, or `model`.
    pub op: String,
    /// The model's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Ring width of the operation's (or the model's) input; bits of an element of Z_n.
    pub bits: u32,
    /// The odd n of Z_n.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modulus: Option<u64>,
    /// Values in the batch, or inferences of the model.
    pub n: u64,
    /// Source of random OTs.
    pub ot: String,
    /// Largest parameter set of silent OT.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lpn: Option<&'static str>,
    /// Most bits per leaf of a comparison; without, each call has its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digit: Option<u32>,
    /// Elements per protocol call.
    pub chunk: u32,
    /// Bits shifted out, where that matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shift: Option<u32>,
    /// The divisor, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub divisor: Option<u64>,
    /// Clip's upper threshold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<u64>,
    /// Values in a window, where there are windows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<u32>,
    /// Width of the output ring, where that matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out_bits: Option<u32>,
    /// Payload bytes of preprocessing and online phase.
    pub bytes_client_to_server: u64,
    /// Payload bytes of preprocessing and online phase.
    pub bytes_server_to_client: u64,
    /// Payload bytes of handshake and setup, both directions; once a session.
    pub setup_bytes: u64,
    /// Of the two counts above, both directions.
    pub preprocess_bytes: u64,
    /// Of the two counts above, both directions.
    pub online_bytes: u64,
    /// Bits in both directions, preprocessing included, setup not, for one of `n`.
    pub bits_per_op: f64,
    /// Online rounds (of one inference).
    pub rounds: f64,
    /// Rounds of the preprocessing (of one inference).
    pub preprocess_rounds: f64,
    /// Wall-clock seconds of each phase, for all of `n`.
    pub seconds: Seconds,
    /// Processor seconds of each party's thread, all phases.
    pub cpu_seconds: CpuSeconds,
    /// The AES calls behind the OTs of a protocol over a ring, where they are real.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aes: Option<Aes>,
    /// Results that were compared with the reference; a difference is an error.
    pub checked: u64,
    /// Seed of the inputs.
    pub seed: u64,
}

/// Wall-clock seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Seconds {
    /// Handshake and base OTs.
    pub setup: f64,
    /// Preprocessing.
    pub preprocess: f64,
    /// Online phase.
    pub online: f64,
}

/// Processor seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct CpuSeconds {
    /// The client's, where a thread's time can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<f64>,
    /// The server's, where the client knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<f64>,
}

/// A party's AES calls and their share of its time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct AesShare {
    /// Calls, one block each.
    pub calls: u64,
    /// Processor seconds of as many calls in bulk, measured after the protocol in the same run.
    pub seconds: f64,
    /// Share of the party's processor time that is not theirs.
    pub rest: f64,
}

/// AES calls of both parties.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Aes {
    /// The client's.
    pub client: AesShare,
    /// The server's.
    pub server: AesShare,
}

impl Record {
    /// A record with these parameters and the machine's part, everything else empty.
    pub(crate) fn of(params: Params, ideal: bool) -> Self {
        let client = if cfg!(target_family = "wasm") { "browser" } else { "native" };
        let ot = if ideal { "ideal" } else { params.ot.name() };
        let Params { digit, chunk, .. } = params;
        let lpn = (!ideal && params.ot == OtKind::Silent).then(|| params.lpn.name());
        Record { client: client.into(), ot: ot.into(), lpn, digit, chunk, ..Record::default() }
    }

    /// Books the client's counters of `runs` operations that ran one after the other.
    pub(crate) fn book(&mut self, stats: &Stats, runs: u64) {
        let [handshake, setup, preprocess, online] = Phase::ALL.map(|phase| stats.phase(phase));
        self.bytes_client_to_server = preprocess.bytes_sent + online.bytes_sent;
        self.bytes_server_to_client = preprocess.bytes_received + online.bytes_received;
        self.setup_bytes = handshake.bytes() + setup.bytes();
        self.preprocess_bytes = preprocess.bytes();
        self.online_bytes = online.bytes();
        self.bits_per_op = 8.0 * (preprocess.bytes() + online.bytes()) as f64 / self.n as f64;
        self.rounds = online.rounds as f64 / runs as f64;
        self.preprocess_rounds = preprocess.rounds as f64 / runs as f64;
        self.seconds = Seconds {
            setup: handshake.seconds + setup.seconds,
            preprocess: preprocess.seconds,
            online: online.seconds,
        };
    }
}
