//! `sotto bench`: both parties in one process, over a real WebSocket on loopback, every result checked.

mod aes;
mod args;
mod linear;
mod link;
mod model;
mod op;
mod report;

use clap::Subcommand;
use futures_executor::block_on;
use sotto_bench::{Op, peer};
use sotto_mpc::{Channel, Stats};

use crate::Result;
use crate::clock::thread_seconds;
use args::{ModelArgs, OpArgs};

/// What to measure.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum BenchCommand {
    /// Comparison of two private integers, 1{x < y}.
    Millionaires(OpArgs),
    /// Sign of a shared value as a shared bit, 1{x >= 0}.
    Drelu(OpArgs),
    /// max(x, 0).
    Relu(OpArgs),
    /// The absolute value.
    Abs(OpArgs),
    /// max(x, 0) >> S in one step, written to a ring of L2 bits.
    ReluShift(OpArgs),
    /// x >> S (floor), written to a ring of L2 bits.
    Truncate(OpArgs),
    /// min(max(x, 0), C) >> S in one step, written to a ring of L2 bits.
    Clip(OpArgs),
    /// x / D, rounded down, written to a ring of L2 bits.
    Divide(OpArgs),
    /// Largest of K neighbours; an op is one of N windows.
    Maxpool(OpArgs),
    /// Index of the largest of N shared values; an op is one value.
    Argmax(OpArgs),
    /// Equality of two private integers, 1{x = y}.
    Equality(OpArgs),
    /// Entry of a public table of 2^L entries at a shared index, L at most 8.
    Lookup(OpArgs),
    /// b ? x : 0 for a shared bit and a shared value.
    Mux(OpArgs),
    /// A shared bit as an additively shared one.
    B2a(OpArgs),
    /// Correlated OT: shares of y * delta, for the server's delta and the client's bit y.
    Cot(OpArgs),
    /// Random OT: two random strings for the server, one of them for the client. All of it is preprocessing.
    RandomOt(OpArgs),
    /// Linear layers, by oblivious transfer and by encryption: bytes, ciphertexts, seconds, noise.
    Linear(linear::LinearArgs),
    /// Whole private inferences with a model bundle.
    Model(ModelArgs),
}

pub(crate) fn run(command: BenchCommand) -> Result<()> {
    let (op, args) = match command {
        BenchCommand::Millionaires(args) => (Op::Millionaires, args),
        BenchCommand::Drelu(args) => (Op::Drelu, args),
        BenchCommand::Relu(args) => (Op::Relu, args),
        BenchCommand::Abs(args) => (Op::Abs, args),
        BenchCommand::ReluShift(args) => (Op::ReluShift, args),
        BenchCommand::Truncate(args) => (Op::Truncate, args),
        BenchCommand::Clip(args) => (Op::Clip, args),
        BenchCommand::Divide(args) => (Op::Divide, args),
        BenchCommand::Maxpool(args) => (Op::Maxpool, args),
        BenchCommand::Equality(args) => (Op::Equality, args),
        BenchCommand::Lookup(args) => (Op::Lookup, args),
        BenchCommand::Argmax(args) => (Op::Argmax, args),
        BenchCommand::Mux(args) => (Op::Mux, args),
        BenchCommand::B2a(args) => (Op::B2a, args),
        BenchCommand::Cot(args) => (Op::Cot, args),
        BenchCommand::RandomOt(args) => (Op::RandomOt, args),
        BenchCommand::Linear(args) => return linear::run(&args),
        BenchCommand::Model(args) => return report::print(&model::measure(&args)?, args.common.json),
    };
    report::print(&op::measure(args.spec(op), args.common.ot)?, args.common.json)
}

/// The server's half of whatever bench the client at the other end asks for.
///
/// # Errors
/// As [`peer::answer`].
pub(crate) fn answer(channel: Channel) -> sotto_mpc::Result<Stats> {
    block_on(peer::answer(channel, thread_seconds))
}
