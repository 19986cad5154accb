//! How long an inference takes on a line, about: what is sent, what is waited for, and what is computed.
//!
//! A round is a message's way, half of the line's round trip; bytes pass at the line's rate; computing is counted by what it grows
//! with. Half of the shorter one of sending and computing is hidden behind the other, since lanes take turns. The constants are of two
//! native parties on one machine of two cores, by `sotto bench` and `sotto infer` on loopback (docs/benchmarks.md); a browser computes
//! two to four times as long.

use serde::Serialize;

use super::plan::{Bytes, Plan};
use crate::ot::rot::WIDE;

/// A line between the parties, the same in both directions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Line {
    /// Seconds there and back.
    pub round_trip: f64,
    /// Bits a second.
    pub rate: f64,
}

/// Seconds of an inference.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Forecast {
    /// Of its preprocessing.
    pub preprocess: f64,
    /// From the click to the result, when it is prepared.
    pub online: f64,
}

/// Seconds of a correlated OT, generated and hashed, at both parties one after the other.
const OT: f64 = 60e-9;
/// Seconds of a 1-of-16 OT that comes over GF(16), with its sixteen pads.
const WIDE_OT: f64 = 120e-9;
/// 1-of-16 OTs of a program from which on they do, about.
const MANY: usize = 1 << 20;
/// Seconds of a byte of online messages, made and read.
const BYTE: f64 = 16e-9;
/// Seconds of a product of a weight with an element of x − r, over two threads.
const PRODUCT_IN_CLEAR: f64 = 0.08e-9;
/// Seconds of a round beside the line: the hand-over between two processes.
const TURN: f64 = 150e-6;
/// Seconds of a ciphertext: encrypted and sent, computed on, replied and decrypted.
const UPLOAD: f64 = 0.36e-3;
/// See [`UPLOAD`].
const PRODUCT: f64 = 27e-6;
/// See [`UPLOAD`].
const REPLY: f64 = 1e-3;
/// Seconds of a key switch.
const KEY_SWITCH: f64 = 0.18e-3;
/// One-way flights of a preprocessing: its command, uploads, replies, correlations both ways, choices.
const PREPROCESS_ROUNDS: f64 = 8.0;

impl Line {
    /// Seconds of bytes and rounds, and of computing beside them.
    fn seconds(self, bytes: Bytes, rounds: f64, computing: f64) -> f64 {
        let sending = 8.0 * (bytes.to_server + bytes.to_client) as f64 / self.rate;
        rounds * self.round_trip / 2.0 + sending.max(computing) + sending.min(computing) / 2.0
    }
}

impl Plan {
    /// Seconds of an inference on `line`, between two native parties.
    pub fn forecast(&self, line: Line) -> Forecast {
        let (ots, wide) = self.ops.iter().fold((0, 0), |sum, op| (sum.0 + op.correlated_ots, sum.1 + op.wide_ots));
        let wide = if wide < MANY { 0 } else { wide };
        let ots = (ots - WIDE as usize * wide) as f64 * OT + wide as f64 * WIDE_OT;
        let encrypted = self.ops.iter().filter_map(|op| op.encryption.as_ref());
        let ciphertexts: f64 = encrypted
            .map(|he| {
                he.uploads as f64 * UPLOAD
                    + he.products as f64 * PRODUCT
                    + he.replies as f64 * REPLY
                    + he.key_switches as f64 * KEY_SWITCH
            })
            .sum();
        let (rounds, bytes) = (self.online_rounds as f64, (self.online.to_server + self.online.to_client) as f64);
        let online = rounds * TURN + bytes * BYTE + self.products as f64 * PRODUCT_IN_CLEAR;
        Forecast {
            preprocess: line.seconds(self.preprocess, PREPROCESS_ROUNDS, ots + ciphertexts),
            online: line.seconds(self.online, rounds, online),
        }
    }
}
