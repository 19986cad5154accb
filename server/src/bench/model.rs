//! Whole inferences with a bundle.

use futures_executor::block_on;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use sotto_mpc::{Channel, Client, ClientOptions, ServedModel, ServerOptions, Stats, serve_session};
use sotto_nn::bundle::Bundle;
use sotto_nn::{Program, reference, ring};

use super::link::run_both;
use super::report::CpuSeconds;
use super::{ModelArgs, OtArg, Record};
use crate::models::load_bundle;
use crate::{Error, Result};

/// Runs the inferences in one session and checks every output.
///
/// # Errors
/// [`Error::Mismatch`] naming the first output that differs from the reference executor's.
pub(super) fn measure(args: &ModelArgs) -> Result<Record> {
    if args.common.ot == OtArg::Ideal {
        return Err(Error::Usage("a whole session sets up its own OTs: --ot ideal is for single protocols".into()));
    }
    let bundle = load_bundle(&args.bundle)?;
    let inputs = inputs(&bundle, args)?;
    let served = ServedModel {
        id: bundle.id.clone(),
        program: bundle.program.clone().into(),
        weights: bundle.weights.clone().into(),
    };
    let (client, server) = run_both(
        |channel| block_on(infer_all(channel, &bundle.id, args, &inputs)),
        |channel| {
            let find = |id: &str| (id == served.id).then(|| served.clone());
            block_on(serve_session(channel, &find, ServerOptions::default()))
        },
    )?;
    let (outputs, stats) = &client.value;
    for (k, (input, output)) in inputs.iter().zip(outputs).enumerate() {
        let expected = reference::run_output(&bundle.program, &bundle.weights, input)
            .map_err(|e| Error::Internal(format!("the reference executor cannot run input {k}: {e}")))?;
        if *output != expected {
            return Err(Error::Mismatch(format!("{}: input {k} gives {output:?}, not {expected:?}", bundle.id)));
        }
    }
    let mut record = Record {
        op: "model".into(),
        model: Some(bundle.id.clone()),
        bits: bundle.program.input.bits,
        n: inputs.len() as u64,
        ot: args.common.ot.name().into(),
        digit: args.common.digit,
        chunk: args.common.chunk,
        checked: inputs.len() as u64,
        seed: args.common.seed,
        cpu_seconds: CpuSeconds { client: client.cpu_seconds, server: server.cpu_seconds },
        ..Record::default()
    };
    record.book(stats, inputs.len() as u64);
    Ok(record)
}

async fn infer_all(
    channel: Channel,
    id: &str,
    args: &ModelArgs,
    inputs: &[Vec<i64>],
) -> sotto_mpc::Result<(Vec<Vec<i64>>, Stats)> {
    let options = ClientOptions {
        model: id.into(),
        params: args.common.params(),
        max_bytes: u64::MAX,
        ..ClientOptions::default()
    };
    let mut client = Client::connect(channel, options).await?;
    let mut outputs = Vec::with_capacity(inputs.len());
    for input in inputs {
        outputs.push(client.infer(input).await?.output);
    }
    // Before the goodbye, so that the counts are those of the inferences.
    let stats = client.stats().clone();
    client.close().await?;
    Ok((outputs, stats))
}

/// The card's samples, then alternately random inputs and inputs of the ring's extremes.
fn inputs(bundle: &Bundle, args: &ModelArgs) -> Result<Vec<Vec<i64>>> {
    let mut rng = ChaCha20Rng::seed_from_u64(args.common.seed);
    let samples = bundle.card.samples.iter().map(|sample| {
        bundle
            .card
            .quantise(&bundle.program, &sample.values)
            .map_err(|e| Error::Usage(format!("sample '{}': {e}", sample.name)))
    });
    let mut inputs = samples.take(args.n as usize).collect::<Result<Vec<_>>>()?;
    while inputs.len() < args.n as usize {
        let extreme = inputs.len() % 2 == 1;
        inputs.push(random_input(&bundle.program, extreme, &mut rng));
    }
    Ok(inputs)
}

fn random_input(program: &Program, extreme: bool, rng: &mut ChaCha20Rng) -> Vec<i64> {
    let bits = program.input.bits;
    let corners = [0, 1, ring::mask(bits), ring::mask(bits) >> 1, (ring::mask(bits) >> 1).wrapping_add(1)];
    let element = |_| {
        let random = rng.next_u64();
        let value = if extreme { corners[(random % corners.len() as u64) as usize] } else { random };
        ring::from_ring(value & ring::mask(bits), bits)
    };
    (0..program.input.len()).map(element).collect()
}
