//! Whole inferences with a bundle.

use futures_executor::block_on;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use sotto_bench::{CpuSeconds, Record, model};
use sotto_mpc::protocols::linear_he::HeOptions;
use sotto_mpc::{ClientOptions, Params, ServedModel, ServerOptions, Threads, serve_session};
use sotto_nn::bundle::Bundle;
use sotto_nn::{Program, reference, ring};
use sotto_server::models::load_bundle;

use super::args::{ModelArgs, Source};
use super::link::run_both;
use crate::clock::pool;
use crate::{Error, Result};

/// Runs the inferences in one session and checks every output.
///
/// # Errors
/// [`Error::Mismatch`] naming the first output that differs from the reference executor's.
pub(super) fn measure(args: &ModelArgs) -> Result<Record> {
    if args.common.ot == Source::Ideal {
        return Err(Error::Usage("a whole session sets up its own OTs: --ot ideal is for single protocols".into()));
    }
    let bundle = load_bundle(&args.bundle)?;
    let (inputs, params) = (inputs(&bundle, args)?, args.common.params());
    let served = ServedModel::new(&bundle.id, bundle.program.clone().into(), bundle.weights.clone().into(), None);
    let pool = pool()?;
    let (client, server) = run_both(
        |channel| block_on(model::infer(channel, options(&bundle, params), &inputs)),
        |channel| {
            let find = |id: &str| (id == served.id()).then(|| served.clone());
            let encryption = HeOptions { threads: Threads::of(pool.clone()), ..HeOptions::default() };
            block_on(serve_session(channel, &find, ServerOptions { encryption, ..ServerOptions::default() }))
        },
    )?;
    let expected = inputs.iter().enumerate().map(|(k, input)| {
        reference::run_output(&bundle.program, &bundle.weights, input)
            .map_err(|e| Error::Internal(format!("the reference executor cannot run input {k}: {e}")))
    });
    model::check(&bundle.id, &client.value.outputs, &expected.collect::<Result<Vec<_>>>()?)?;
    let cpu_seconds = CpuSeconds { client: Some(client.cpu_seconds), server: Some(server.cpu_seconds) };
    let record = model::record(&bundle.id, &bundle.program, params, &client.value, cpu_seconds);
    Ok(Record { seed: args.common.seed, ..record })
}

fn options(bundle: &Bundle, params: Params) -> ClientOptions {
    ClientOptions { model: bundle.id.clone(), params, max_bytes: u64::MAX, ..ClientOptions::default() }
}

/// The card's samples, then alternately random inputs and inputs of the ring's extremes.
fn inputs(bundle: &Bundle, args: &ModelArgs) -> Result<Vec<Vec<i64>>> {
    let mut rng = ChaCha20Rng::seed_from_u64(args.common.seed);
    let samples = model::samples(&bundle.card, &bundle.program).map_err(|e| Error::Usage(format!("a sample: {e}")))?;
    let mut inputs: Vec<_> = samples.into_iter().take(args.n as usize).collect();
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
