//! Two-party secure inference after CrypTFlow2: oblivious transfer, protocols on shares, and the secure executor.
//!
//! Start with [`Client`] and [`Serving`]; below them, [`protocols`] on [`Arith`] and Boolean shares within a
//! [`Session`]. The crate knows no transport and no clock but a monotonic one: whoever owns the socket moves byte frames between it and
//! a [`Channel`]. It compiles for wasm32 and natively from the same source.
//!
//! What a program costs is known before anything runs:
//!
//! ```
//! use sotto_mpc::{Params, plan};
//! use sotto_nn::{Op, OpKind, Program, ValueType};
//!
//! let value = ValueType { shape: vec![100], bits: 16, frac_bits: 0 };
//! let relu = Op { name: "relu".into(), kind: OpKind::Relu, inputs: vec![0], output: value.clone() };
//! let program = Program { version: Program::VERSION, input: value, ops: vec![relu] };
//! let plan = plan::plan(&program, Params::default())?;
//! assert!(plan.online.to_server > 0 && plan.online_rounds > 0);
//! # Ok::<(), sotto_mpc::Error>(())
//! ```

// What only servers do is not compiled for browsers (`party::served`), and leaves behind what it was made of.
#![cfg_attr(target_family = "wasm", allow(dead_code, unreachable_code, unused_imports, unused_mut, unused_variables))]

mod channel;
mod client;
mod cost;
mod engine;
mod error;
mod names;
mod notice;
mod ot;
mod parallel;
mod party;
pub mod protocols;
mod resume;
mod serve;
mod session;
mod share;
mod sorted;
pub mod testing;
mod ticket;
mod wire;
mod workers;

pub use channel::{Channel, Incoming, MAX_FRAME, Transport};
pub use client::{Client, ClientOptions, Inference};
pub use cost::Cost;
pub use engine::budget::Budget;
pub use engine::calls::Calls;
pub use engine::forecast::{Forecast, Line};
pub use engine::linears::{Encryption, KeyUse, Layer, Linears, Method};
pub use engine::network::Network;
pub use engine::plan;
pub use error::{Error, ErrorKind, Result};
pub use notice::{MAX_NOTICE, Notice};
pub use ot::demand::{AesCalls, Demand};
pub use ot::lpn_set::LpnSet;
pub use ot::pads::{Entry, PadKind};
pub use ot::rot::RotKind;
pub use ot::supply::Supply;
pub use parallel::Threads;
pub use party::{LinearKind, OtKind, Params, Party};
pub use resume::{CONFIRM_WITHIN, Due, GIVEN_UP, Ledger, RESUME_WITHIN, ResumeSecret};
pub use serve::{Accepted, Greeting, MAX_PREPARED, ServedModel, ServerOptions, Serving, serve_session};
pub use session::Session;
pub use session::command::Command;
pub use session::handshake::PROTOCOL_VERSION;
pub use session::keys::KeySets;
pub use session::lane::Lane;
pub use session::phase::{Phase, Progress};
pub use session::progress::Observer;
pub use session::stats::{LayerStats, Stats, Traffic};
pub use share::{Arith, Modulus, OddModulus, Ring};
pub use ticket::{MAX_TICKET, Ticket};
pub use workers::post::{Letter, Post};
pub use workers::recruit::Recruit;
pub use workers::worker::Worker;
