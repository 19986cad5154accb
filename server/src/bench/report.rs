//! What a bench reports.

use serde::Serialize;
use sotto_mpc::{Phase, Stats};

use super::aes::AesShare;
use crate::Result;
use crate::cli::{say, say_json};
use crate::table::{bytes, table};

/// One measurement; one line of JSON.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Record {
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
    /// Most bits per leaf of a comparison.
    pub digit: u32,
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
    /// The client's.
    pub client: f64,
    /// The server's.
    pub server: f64,
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
    /// Books the client's counters of `runs` operations that ran one after the other.
    pub(super) fn book(&mut self, stats: &Stats, runs: u64) {
        let [handshake, setup, preprocess, online] =
            [Phase::Handshake, Phase::Setup, Phase::Preprocess, Phase::Online].map(|phase| stats.phase(phase));
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

/// Prints a record as JSON or as a table of one row.
pub(super) fn print(record: &Record, json: bool) -> Result<()> {
    if json {
        return say_json(record);
    }
    let r = record;
    let name = r.model.as_deref().unwrap_or(&r.op);
    let headings = [
        "op",
        "bits",
        "n",
        "bits/op",
        "rounds",
        "setup",
        "preprocess",
        "online",
        "setup s",
        "prep s",
        "online s",
        "cpu s",
    ];
    let cells = vec![
        name.into(),
        r.bits.to_string(),
        r.n.to_string(),
        format!("{:.1}", r.bits_per_op),
        format!("{}", r.rounds),
        bytes(r.setup_bytes),
        bytes(r.preprocess_bytes),
        bytes(r.online_bytes),
        format!("{:.3}", r.seconds.setup),
        format!("{:.3}", r.seconds.preprocess),
        format!("{:.3}", r.seconds.online),
        format!("{:.3}+{:.3}", r.cpu_seconds.client, r.cpu_seconds.server),
    ];
    say(&table(&headings, &[cells]))?;
    say(&format!("all {} results equal the plain computation\n", r.checked))
}
