//! `sotto-large FOLDER SIDE CHANNELS`: a bundle `large` in a folder, of a network whose preparation takes time: for tests that
//! are not written in Rust. It reads a picture of SIDE × SIDE pixels, and has twice SIDE² · CHANNELS values between its layers.

use std::path::Path;
use std::process::ExitCode;

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use sotto_nn::bundle::Bundle;
use sotto_nn::card::InputSchema;
use sotto_nn::{Op, OpKind, Program, Tensor, ValueType, Weights, Window, ring};
use sotto_tests::{plain_card, plain_image, sample, tool};

const WEIGHT_BITS: u32 = 6;
/// Holds every value of the network, up to 64 channels and 256 × 256 pixels.
const RING_BITS: u32 = 40;

fn main() -> ExitCode {
    tool(run)
}

fn run() -> Result<(), String> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [folder, side, channels] = args.as_slice() else { return Err("name a folder, a side and channels".into()) };
    let number = |text: &String| text.parse::<usize>().map_err(|error| format!("'{text}': {error}"));
    let bundle = bundle(number(side)?, number(channels)?)?;
    bundle.save(&Path::new(folder).join(&bundle.id)).map_err(|error| error.to_string())
}

fn bundle(side: usize, channels: usize) -> Result<Bundle, String> {
    let value = |shape: &[usize], frac_bits| ValueType { shape: shape.to_vec(), bits: RING_BITS, frac_bits };
    let map = [channels, side, side];
    let conv = |name: &str, input, frac_bits| Op {
        name: name.into(),
        kind: OpKind::Conv {
            weight: name.into(),
            bias: None,
            weight_bits: WEIGHT_BITS,
            window: Window { kernel: [3, 3], stride: [1, 1], pads: [1; 4] },
            groups: 1,
        },
        inputs: vec![input],
        output: value(&map, frac_bits),
    };
    let relu = |name: &str, input, amount, frac_bits| Op {
        name: name.into(),
        kind: OpKind::ReluShift { amount },
        inputs: vec![input],
        output: value(&map, frac_bits),
    };
    let scores = OpKind::Linear { weight: "scores".into(), bias: None, weight_bits: WEIGHT_BITS };
    let program = Program {
        version: Program::VERSION,
        input: value(&[1, side, side], 20),
        ops: vec![
            conv("conv1", 0, 24),
            relu("relu1", 1, 8, 16),
            conv("conv2", 2, 20),
            relu("relu2", 3, 13, 7),
            Op {
                name: "flat".into(),
                kind: OpKind::Reshape,
                inputs: vec![4],
                output: value(&[channels * side * side], 7),
            },
            Op { name: "scores".into(), kind: scores, inputs: vec![5], output: value(&[2], 11) },
        ],
    };
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let mut weights = Weights::new();
    for (name, shape) in [
        ("conv1", vec![channels, 1, 3, 3]),
        ("conv2", vec![channels, channels, 3, 3]),
        ("scores", vec![2, channels * side * side]),
    ] {
        let mut weight = || ring::from_ring(rng.next_u64() & ring::mask(WEIGHT_BITS), WEIGHT_BITS);
        let data = (0..shape.iter().product()).map(|_| weight()).collect();
        weights.insert(name, Tensor::new(shape, data).map_err(|error| error.to_string())?);
    }
    // Levels stay whole numbers.
    let image = plain_image([1, side, side], 0.0, f64::from(1 << 20));
    let mut card = plain_card("Large", InputSchema::Image(image), ["a", "b"].map(String::from).to_vec());
    let values = (0..side * side).map(|i| (i * i % 251) as f64).collect();
    card.samples = vec![sample("waves", values, (&card, &program, &weights))?];
    Ok(Bundle { id: "large".into(), program, weights, card })
}
