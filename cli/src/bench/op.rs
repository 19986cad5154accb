//! One protocol on one batch, both parties in this process.

use futures_executor::block_on;
use sotto_bench::{Aes, Batch, CpuSeconds, Op, Record, Spec};
use sotto_mpc::{AesCalls, OtKind, Party};

use super::aes;
use super::args::Source;
use super::link::run_both;
use crate::Result;

/// Runs the batch and checks it.
///
/// # Errors
/// [`Error::Mismatch`](crate::Error::Mismatch) naming the first result that differs from the reference.
pub(super) fn measure(spec: Spec, ot: Source) -> Result<Record> {
    let batch = Batch::new(spec)?;
    let half = |channel, party| block_on(batch.run(channel, party)).map(|(outcome, _)| outcome);
    let (client, server) = run_both(|c| half(c, Party::Client), |c| half(c, Party::Server))?;
    let checked = batch.check(&client.value.words, &server.value.words)?;
    let cpu_seconds = CpuSeconds { client: Some(client.cpu_seconds), server: Some(server.cpu_seconds) };
    let mut record = batch.record(&client.value.stats, cpu_seconds, checked);
    let calls = |party| match (batch.spec().op, ot) {
        // One each, to compare a source of random OTs with.
        (Op::RandomOt, _) => Some(AesCalls { stream: batch.spec().n.into(), hash: 0 }),
        (_, Source::Real(OtKind::Classic)) if batch.spec().modulus.is_none() => {
            Some(batch.spec().calls().aes_calls(party))
        }
        _ => None,
    };
    let share = |party, cpu_seconds| calls(party).map(|calls| aes::measure(calls, cpu_seconds));
    let shares = share(Party::Client, client.cpu_seconds).zip(share(Party::Server, server.cpu_seconds));
    record.aes = shares.map(|(client, server)| Aes { client, server });
    Ok(record)
}
