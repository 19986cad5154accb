//! `sotto bench`: both parties in one process, over a real WebSocket on loopback, every result checked.

mod aes;
mod args;
mod linear;
mod link;
mod model;
mod op;
mod report;

use clap::{ArgMatches, Args, Command, FromArgMatches, Subcommand};
use futures_executor::block_on;
use sotto_bench::{Op, peer};
use sotto_mpc::{Channel, Stats};

use crate::clock::thread_seconds;
use args::{ModelArgs, OpArgs};
use linear::LinearArgs;

/// What to measure.
#[derive(Clone, Debug)]
pub(crate) enum BenchCommand {
    /// One operation: a subcommand for each of [`Op::ALL`].
    Op(Op, Box<OpArgs>),
    /// Something larger.
    Larger(Larger),
}

/// What is larger than an operation.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Larger {
    /// Linear layers, by oblivious transfer and by encryption: bytes, ciphertexts, seconds, noise.
    Linear(LinearArgs),
    /// Whole private inferences with a model bundle.
    Model(ModelArgs),
}

/// What `--help` says of an operation.
fn about(op: Op) -> &'static str {
    match op {
        Op::Millionaires => "Comparison of two private integers, 1{x < y}",
        Op::Drelu => "Sign of a shared value as a shared bit, 1{x >= 0}",
        Op::Relu => "max(x, 0)",
        Op::Abs => "The absolute value",
        Op::ReluShift => "max(x, 0) >> S in one step, written to a ring of L2 bits",
        Op::Truncate => "x >> S (floor), written to a ring of L2 bits",
        Op::Clip => "min(max(x, 0), C) >> S in one step, written to a ring of L2 bits",
        Op::Divide => "x / D, rounded down, written to a ring of L2 bits",
        Op::Maxpool => "Largest of K neighbours; an op is one of N windows",
        Op::Argmax => "Index of the largest of N shared values; an op is one value",
        Op::Equality => "Equality of two private integers, 1{x = y}",
        Op::Lookup => "Entry of a public table of 2^L entries at a shared index, L at most 8",
        Op::Mux => "b ? x : 0 for a shared bit and a shared value",
        Op::B2a => "A shared bit as an additively shared one",
        Op::Cot => "Correlated OT: shares of y * delta, for the server's delta and the client's bit y",
        Op::RandomOt => {
            "Random OT: two random strings for the server, one of them for the client; all of it is preprocessing"
        }
    }
}

impl Subcommand for BenchCommand {
    fn augment_subcommands(command: Command) -> Command {
        let add = |command: Command, op: Op| {
            command.subcommand(OpArgs::augment_args(Command::new(op.name())).about(about(op)))
        };
        Larger::augment_subcommands(Op::ALL.into_iter().fold(command, add))
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        Op::from_name(name).is_some() || Larger::has_subcommand(name)
    }
}

impl FromArgMatches for BenchCommand {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let op = matches.subcommand().and_then(|(name, options)| Some((Op::from_name(name)?, options)));
        match op {
            Some((op, options)) => Ok(Self::Op(op, OpArgs::from_arg_matches(options)?.into())),
            None => Larger::from_arg_matches(matches).map(Self::Larger),
        }
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Measures, checks and prints.
pub(crate) fn run(command: BenchCommand) -> crate::Result<()> {
    match command {
        BenchCommand::Op(op, args) => report::print(&op::measure(args.spec(op), args.common.ot)?, args.common.json),
        BenchCommand::Larger(Larger::Linear(args)) => linear::run(&args),
        BenchCommand::Larger(Larger::Model(args)) => report::print(&model::measure(&args)?, args.common.json),
    }
}

/// The server's half of whatever bench the client at the other end asks for.
///
/// # Errors
/// As [`peer::answer`].
pub(crate) fn answer(channel: Channel) -> sotto_mpc::Result<Stats> {
    block_on(peer::answer(channel, thread_seconds))
}
