//! `sotto-layers FOLDER SEED COUNT`: random linear layers as bundles `layers-0` and so on in a folder, for tests that are not
//! written in Rust. A seed gives the same ones each time. Samples hold the inputs, and what the reference executor makes of them.

use std::path::Path;
use std::process::ExitCode;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use sotto_nn::bundle::Bundle;
use sotto_nn::card::InputSchema;
use sotto_nn::testing::{Case, linear_cases};
use sotto_nn::{ValueType, ring};
use sotto_tests::{plain_card, plain_field, sample, tool};

/// Inputs of a program.
const INPUTS: usize = 2;

fn main() -> ExitCode {
    tool(run)
}

fn run() -> Result<(), String> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [folder, seed, count] = args.as_slice() else { return Err("name a folder, a seed and a count".into()) };
    let number = |text: &String| text.parse::<u64>().map_err(|error| format!("'{text}': {error}"));
    let (seed, count) = (number(seed)?, number(count)?);
    let bytes = [seed.to_le_bytes(), [0; 8], [0; 8], [0; 8]].concat();
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    // A card names two classes or more.
    let cases = linear_cases(INPUTS).prop_filter("one output", |case| outputs(case).len() > 1);
    for index in 0..count {
        let case = cases.new_tree(&mut runner).map_err(|reason| reason.to_string())?.current();
        let bundle = bundle(format!("layers-{index}"), case)?;
        bundle.save(&Path::new(folder).join(&bundle.id)).map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn outputs(case: &Case) -> &ValueType {
    case.program.value(case.program.ops.len())
}

fn bundle(id: String, case: Case) -> Result<Bundle, String> {
    let bits = case.program.input.bits;
    let field = |index| plain_field(index, ring::min(bits) as f64, ring::max(bits) as f64, 1.0);
    let fields = (0..case.program.input.len()).map(field).collect();
    let classes = (0..outputs(&case).len()).map(|index| index.to_string()).collect();
    let mut card = plain_card(&id, InputSchema::Fields { fields }, classes);
    let all = case.inputs.iter().enumerate().map(|(index, input)| {
        let values = input.iter().map(|&v| v as f64).collect();
        sample(format!("input {index}"), values, (&card, &case.program, &case.weights))
    });
    card.samples = all.collect::<Result<_, _>>()?;
    Ok(Bundle { id, program: case.program, weights: case.weights, card })
}
