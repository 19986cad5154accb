//! The client's half of whole inferences with a model.

use sotto_mpc::{Channel, Client, ClientOptions, Params, Stats};
use sotto_nn::Program;
use sotto_nn::card::{Card, InputError};

use crate::{CpuSeconds, Error, Record, Result};

/// Outputs of so many inferences in one session, and the session's counters.
#[derive(Clone, Debug)]
pub struct Inferences {
    /// The output of each.
    pub outputs: Vec<Vec<i64>>,
    /// Counters of the inferences, without the goodbye.
    pub stats: Stats,
}

/// Runs the inferences one after the other.
///
/// # Errors
/// The session's.
pub async fn infer(channel: Channel, options: ClientOptions, inputs: &[Vec<i64>]) -> sotto_mpc::Result<Inferences> {
    let mut client = Client::connect(channel, options).await?;
    let mut outputs = Vec::with_capacity(inputs.len());
    for input in inputs {
        outputs.push(client.infer(input).await?.output);
    }
    // Before the goodbye, so that the counts are those of the inferences.
    let stats = client.stats().clone();
    client.close().await?;
    Ok(Inferences { outputs, stats })
}

/// Compares outputs with those expected.
///
/// # Errors
/// [`Error::Mismatch`] naming the first that differs.
pub fn check(id: &str, outputs: &[Vec<i64>], expected: &[Vec<i64>]) -> Result<()> {
    match outputs.iter().zip(expected).position(|(output, expected)| output != expected) {
        Some(k) => {
            let (output, expected) = (&outputs[k], &expected[k]);
            Err(Error::Mismatch(format!("{id}: input {k} gives {output:?}, not {expected:?}")))
        }
        None if outputs.len() == expected.len() => Ok(()),
        None => Err(Error::Mismatch(format!("{id}: {} outputs, not {}", outputs.len(), expected.len()))),
    }
}

/// The fixed-point inputs of a card's samples.
///
/// # Errors
/// The first sample that does not fit the program.
pub fn samples(card: &Card, program: &Program) -> std::result::Result<Vec<Vec<i64>>, InputError> {
    card.samples.iter().map(|sample| card.quantise(program, &sample.values)).collect()
}

/// What is to be reported of checked inferences.
pub fn record(id: &str, program: &Program, params: Params, done: &Inferences, cpu_seconds: CpuSeconds) -> Record {
    let n = done.outputs.len() as u64;
    let mut record = Record {
        op: "model".into(),
        model: Some(id.into()),
        bits: program.input.bits,
        n,
        checked: n,
        cpu_seconds,
        ..Record::of(params, false)
    };
    record.book(&done.stats, n);
    record
}
