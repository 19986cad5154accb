//! A model made on the spot: every kind of operation that the shipped ones use, and more inputs than outputs.

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use sotto_nn::bundle::Bundle;
use sotto_nn::card::{InputSchema, Sample};
use sotto_nn::{Op, OpKind, Program, Tensor, ValueType, Weights, ring};

use crate::card::{plain_card, plain_field, sample};

/// Id of the synthetic model.
pub const SYNTHETIC: &str = "synthetic";

/// Ring width of its input.
pub const INPUT_BITS: u32 = 24;

const INPUTS: usize = 24;
const HIDDEN: usize = 10;
const CLASSES: usize = 3;
const WEIGHT_BITS: u32 = 7;

/// A two-layer perceptron with random weights.
pub fn synthetic() -> Bundle {
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let value = |n: usize, bits: u32, frac_bits: u32| ValueType { shape: vec![n], bits, frac_bits };
    let linear = |layer: &str, input: usize, output: ValueType| Op {
        name: layer.into(),
        kind: OpKind::Linear {
            weight: format!("{layer}.weight"),
            bias: Some(format!("{layer}.bias")),
            weight_bits: WEIGHT_BITS,
        },
        inputs: vec![input],
        output,
    };
    let program = Program {
        version: Program::VERSION,
        input: value(INPUTS, INPUT_BITS, 8),
        ops: vec![
            linear("first", 0, value(HIDDEN, INPUT_BITS, 12)),
            Op {
                name: "relu".into(),
                kind: OpKind::ReluShift { amount: 6 },
                inputs: vec![1],
                output: value(HIDDEN, 20, 6),
            },
            linear("second", 2, value(CLASSES, 20, 10)),
        ],
    };
    let mut tensor = |shape: Vec<usize>, bits: u32| {
        let data =
            (0..shape.iter().product()).map(|_| ring::from_ring(rng.next_u64() & ring::mask(bits), bits)).collect();
        Tensor::new(shape, data).expect("as many elements as the shape says")
    };
    let mut weights = Weights::new();
    weights.insert("first.weight", tensor(vec![HIDDEN, INPUTS], WEIGHT_BITS));
    weights.insert("first.bias", tensor(vec![HIDDEN], 12));
    weights.insert("second.weight", tensor(vec![CLASSES, HIDDEN], WEIGHT_BITS));
    weights.insert("second.bias", tensor(vec![CLASSES], 12));
    let values: Vec<f64> = (0..INPUTS).map(|k| (k as f64 - 9.5) / 4.0).collect();
    let fields = (0..INPUTS).map(|k| plain_field(k, -100.0, 100.0, 0.25)).collect();
    let classes = ["a", "b", "c"].map(String::from).to_vec();
    let mut card = plain_card("Synthetic", InputSchema::Fields { fields }, classes);
    let steps = sample("steps", values, (&card, &program, &weights)).expect("the program runs on values in range");
    card.samples = vec![Sample { label: Some(0), ..steps }];
    Bundle { id: SYNTHETIC.into(), program, weights, card }
}

/// An input of the synthetic model that uses its whole ring, different for every `seed`.
pub fn wide_input(seed: u64) -> Vec<i64> {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    (0..INPUTS).map(|_| ring::from_ring(rng.next_u64() & ring::mask(INPUT_BITS), INPUT_BITS)).collect()
}
