//! `sotto-photo FOLDER`: a bundle for each rule by which pictures in colour become a model's, in a folder, for tests that are
//! not written in Rust: one small network with random weights behind four cards.

use std::path::Path;
use std::process::ExitCode;

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use sotto_nn::bundle::Bundle;
use sotto_nn::card::{Filter, Fit, Image, InputSchema, Order, PerChannel};
use sotto_nn::{Op, OpKind, Program, Tensor, ValueType, Weights, Window, ring};
use sotto_tests::{plain_card, plain_image, sample, tool};

/// Channels, rows and columns, of which no two are alike.
const SHAPE: [usize; 3] = [3, 16, 24];
const MAP: [usize; 3] = [4, 8, 12];
const CLASSES: usize = 20;
const WEIGHT_BITS: u32 = 6;
/// Holds every value of the network.
const RING_BITS: u32 = 30;

fn main() -> ExitCode {
    tool(run)
}

fn run() -> Result<(), String> {
    let folder = std::env::args_os().nth(1).ok_or("name a folder")?;
    for (id, image) in images() {
        bundle(id, image)?.save(&Path::new(&folder).join(id)).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Every rule, range and order, each with another filter.
fn images() -> [(&'static str, Image); 4] {
    let crop = plain_image(SHAPE, 127.5, 64.0);
    let shorter = Image {
        order: Order::Bgr,
        mean: PerChannel::Each(vec![103.939, 116.779, 123.68]),
        fit: Fit::ShorterSide { size: 28 },
        filter: Filter::Bicubic,
        ..crop.clone()
    };
    let letterbox = Image {
        max: 1.0,
        mean: PerChannel::Each(vec![0.485, 0.456, 0.406]),
        std: PerChannel::Each(vec![0.229, 0.224, 0.225]),
        fit: Fit::Letterbox { fill: 114 },
        filter: Filter::Bilinear,
        ..crop.clone()
    };
    let stretch = Image {
        min: -1.0,
        max: 1.0,
        mean: PerChannel::All(0.0),
        std: PerChannel::All(1.0),
        fit: Fit::Stretch,
        filter: Filter::Linear,
        ..crop.clone()
    };
    [("crop", crop), ("shorter", shorter), ("letterbox", letterbox), ("stretch", stretch)]
}

fn bundle(id: &str, image: Image) -> Result<Bundle, String> {
    let (program, weights) = network()?;
    let drawn = |i: usize| f64::from((i * i % 251) as u32) / 255.0;
    let values = (0..program.input.len()).map(|i| image.min + drawn(i) * (image.max - image.min)).collect();
    let classes = (0..CLASSES).map(|class| format!("kind {class}")).collect();
    let mut card = plain_card(id, InputSchema::Image(image), classes);
    card.samples = vec![sample("waves", values, (&card, &program, &weights))?];
    Ok(Bundle { id: id.into(), program, weights, card })
}

/// A convolution that halves the sides, a ReLU and a dense layer.
fn network() -> Result<(Program, Weights), String> {
    let value = |shape: &[usize], frac_bits| ValueType { shape: shape.to_vec(), bits: RING_BITS, frac_bits };
    let op = |name: &str, kind, input, output| Op { name: name.into(), kind, inputs: vec![input], output };
    let window = Window { kernel: [3, 3], stride: [2, 2], pads: [1; 4] };
    let conv = OpKind::Conv { weight: "conv".into(), bias: None, weight_bits: WEIGHT_BITS, window, groups: 1 };
    let scores = OpKind::Linear { weight: "scores".into(), bias: None, weight_bits: WEIGHT_BITS };
    let flat: usize = MAP.iter().product();
    let program = Program {
        version: Program::VERSION,
        input: value(&SHAPE, 6),
        ops: vec![
            op("conv", conv, 0, value(&MAP, 10)),
            op("relu", OpKind::ReluShift { amount: 6 }, 1, value(&MAP, 4)),
            op("flat", OpKind::Reshape, 2, value(&[flat], 4)),
            op("scores", scores, 3, value(&[CLASSES], 17)),
        ],
    };
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let mut weights = Weights::new();
    for (name, shape) in [("conv", vec![MAP[0], SHAPE[0], 3, 3]), ("scores", vec![CLASSES, flat])] {
        let mut weight = || ring::from_ring(rng.next_u64() & ring::mask(WEIGHT_BITS), WEIGHT_BITS);
        let data = (0..shape.iter().product()).map(|_| weight()).collect();
        weights.insert(name, Tensor::new(shape, data).map_err(|error| error.to_string())?);
    }
    Ok((program, weights))
}
