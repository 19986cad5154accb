//! Two-party secure inference after CrypTFlow2: oblivious transfer, protocols on shares, and the secure executor.
//!
//! Start with [`Client`] and [`serve_session`]; below them, [`protocols`] on [`Arith`] and Boolean shares within a
//! [`Session`]. The crate knows no transport and no clock but a monotonic one: whoever owns the socket moves byte frames between it and
//! a [`Channel`]. It compiles for wasm32 and natively from the same source.

mod channel;
mod client;
mod command;
mod cost;
mod error;
mod exec;
mod handshake;
mod he;
mod ideal;
mod lanes;
mod linear;
mod network;
mod ot;
mod party;
mod phase;
pub mod plan;
mod preprocess;
mod progress;
pub mod protocols;
mod serve;
mod session;
mod share;
mod stats;
pub mod testing;
mod wire;

pub use channel::{Channel, Incoming, MAX_FRAME, Transport};
pub use client::{Client, ClientOptions, Inference};
pub use cost::{Cost, Supply};
pub use error::{Error, ErrorKind, Result};
pub use handshake::PROTOCOL_VERSION;
pub use he::KeySets;
pub use lanes::{Chunks, Store};
pub use linear::{Encryption, KeyUse, Linears, Method};
pub use network::Network;
pub use ot::{AesCalls, Demand, LpnSet, RotKind};
pub use party::{LinearKind, OtKind, Params, Party};
pub use phase::{Phase, Progress};
pub use progress::Observer;
pub use serve::{ServedModel, ServerOptions, serve_session};
pub use session::Session;
pub use share::{Arith, Modulus, OddModulus, Ring};
pub use stats::{LayerStats, Stats, Traffic};
