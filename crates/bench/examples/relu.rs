//! A batch of ReLUs on shares of 32 bits: both halves, the check of their results, and what they sent.
#![allow(clippy::print_stdout)] // an example talks on standard output

use std::error::Error;

use futures_executor::block_on;
use sotto_bench::{Batch, Op, Spec};
use sotto_mpc::testing::run2;
use sotto_mpc::{Party, Phase};

fn main() -> Result<(), Box<dyn Error>> {
    let batch = Batch::new(Spec { n: 1000, ..Spec::new(Op::Relu) })?;
    let half = async |channel, party| batch.run(channel, party).await.map(|(outcome, _)| outcome);
    let (client, server) =
        block_on(run2(|channel| half(channel, Party::Client), |channel| half(channel, Party::Server)));
    let (client, server) = (client?, server?);
    batch.check(&client.words, &server.words)?;
    let online = client.stats.phase(Phase::Online);
    println!(
        "{} ReLUs: {} bytes online, {} rounds",
        batch.spec().n,
        online.bytes_sent + online.bytes_received,
        online.rounds
    );
    Ok(())
}
