//! Random programs with weights and inputs, for property tests of anything that executes programs.
//!
//! Every [`Case`] is valid, and none of its inputs breaks a [`Sign`] guarantee; values sit on the boundaries of their
//! rings often, and overflow often.

mod cnn;
mod linear;

use proptest::prelude::*;

pub use cnn::cnn_cases;
pub use linear::linear_cases;

use crate::{Op, OpKind, Program, Sign, Tensor, ValueId, ValueType, Weights, reference, ring};

/// A program with weights and some inputs for it.
#[derive(Clone, Debug)]
pub struct Case {
    /// A valid program.
    pub program: Program,
    /// All its weights.
    pub weights: Weights,
    /// Inputs in signed form.
    pub inputs: Vec<Vec<i64>>,
}

/// What follows a layer's accumulator.
#[derive(Clone, Copy, Debug)]
enum Activation {
    None,
    Relu,
    /// The guarantee is dropped when an input would break it.
    Shift(Sign),
    ReluShift,
    /// A ReLU and a separate shift of its result.
    ReluThenShift,
}

/// A layer before it meets its surroundings: what doesn't fit them is adjusted.
#[derive(Clone, Debug)]
struct Layer {
    width: usize,
    bits: u32,
    weight_bits: u32,
    bias: bool,
    /// Left shifts of the accumulator and of the layer's input, when that is added.
    residual: Option<(u32, u32)>,
    activation: Activation,
    amount: u32,
    /// Bits that the activation's ring has beyond what the next layer needs.
    spare: u32,
    reshape: bool,
    seed: u64,
}

/// Ring widths 2..=64, the extremes more often than others.
pub fn widths() -> impl Strategy<Value = u32> {
    prop_oneof![1 => Just(2), 1 => Just(64), 1 => Just(32), 8 => 2u32..=64]
}

/// Elements of the ring of `bits` in signed form: boundary values half of the time.
pub fn elements(bits: u32, count: usize) -> impl Strategy<Value = Vec<i64>> {
    any::<u64>().prop_map(move |seed| Draw(seed).elements(bits, count))
}

/// Programs of 1 to 4 fully connected layers of 1 to 12 outputs with `inputs` inputs each: rings of 2 to 64 bits, residual
/// additions with left shifts, ReLUs, shifts with every guarantee, fused ones with changes of ring, an argmax or
/// thresholds at the end of some.
pub fn cases(inputs: usize) -> impl Strategy<Value = Case> {
    let head = (1usize..=12, 0u32..=3, any::<u64>(), prop::option::weighted(0.6, (any::<bool>(), 0u32..=6)));
    (head, prop::collection::vec(layer(), 1..=4)).prop_map(move |((width, spare, seed, decision), layers)| {
        let first = (layers[0].bits + spare).min(64);
        let mut builder = Builder::with_shape(vec![width], first, Draw(seed), inputs);
        for (index, layer) in layers.iter().enumerate() {
            builder.layer(index, layer, layers.get(index + 1).map_or(layer.bits, |next| next.bits));
        }
        match decision {
            Some((true, spare)) => builder.argmax(spare),
            Some((false, _)) => builder.threshold(&mut Draw(!seed)),
            None => {}
        }
        builder.case
    })
}

fn layer() -> impl Strategy<Value = Layer> {
    let activation = prop_oneof![
        1 => Just(Activation::None),
        1 => Just(Activation::Relu),
        1 => Just(Activation::Shift(Sign::Any)),
        1 => Just(Activation::Shift(Sign::NonNegative)),
        1 => Just(Activation::Shift(Sign::Bounded)),
        2 => Just(Activation::ReluShift),
        1 => Just(Activation::ReluThenShift),
    ];
    let shape = (1usize..=12, widths(), 1u32..=64, any::<bool>());
    let residual = prop::option::weighted(0.3, (0u32..=5, 0u32..=5));
    (shape, residual, activation, 0u32..64, 0u32..=3, prop::bool::weighted(0.2), any::<u64>()).prop_map(
        |((width, bits, weight_bits, bias), residual, activation, amount, spare, reshape, seed)| Layer {
            width,
            bits,
            weight_bits,
            bias,
            residual,
            activation,
            amount,
            spare,
            reshape,
            seed,
        },
    )
}

/// A fully connected layer before its weights are drawn.
#[derive(Clone, Copy)]
struct Dense {
    outputs: usize,
    bits: u32,
    weight_bits: u32,
    bias: bool,
}

/// A program under construction, with every value for every input.
struct Builder {
    case: Case,
    /// By input, then by value.
    values: Vec<Vec<Vec<i64>>>,
}

impl Builder {
    fn with_shape(shape: Vec<usize>, bits: u32, mut draw: Draw, inputs: usize) -> Self {
        let input = ValueType { shape, bits, frac_bits: 0 };
        let inputs: Vec<_> = (0..inputs).map(|_| draw.elements(bits, input.len())).collect();
        let program = Program { version: Program::VERSION, input, ops: Vec::new() };
        let values = inputs.iter().map(|input| vec![input.clone()]).collect();
        Self { case: Case { program, weights: Weights::new(), inputs }, values }
    }

    fn last(&self) -> (ValueId, ValueType) {
        let id = self.case.program.ops.len();
        (id, self.case.program.value(id).clone())
    }

    fn layer(&mut self, index: usize, layer: &Layer, next_bits: u32) {
        let (x, input) = self.last();
        let bits = layer.bits.min(input.bits);
        let outputs = if layer.residual.is_some() { input.len() } else { layer.width };
        self.linear(index, layer, x, outputs, bits);
        if let Some((shift_a, shift_b)) = layer.residual {
            let kind = OpKind::Add { shift_a: shift_a.min(bits - 1), shift_b: shift_b.min(bits - 1) };
            let accumulator = self.last().0;
            let output = ValueType { shape: vec![outputs], bits, frac_bits: 0 };
            // The layer's input may have another shape after a Reshape: an Add compares shapes.
            let operand = if input.shape == output.shape { x } else { accumulator };
            self.push("add", kind, vec![accumulator, operand], output);
        }
        if layer.reshape {
            let output = ValueType { shape: vec![1, outputs], bits, frac_bits: 0 };
            self.push("reshape", OpKind::Reshape, vec![self.last().0], output);
        }
        self.activation(layer, (next_bits + layer.spare).min(64));
    }

    fn linear(&mut self, index: usize, layer: &Layer, x: ValueId, outputs: usize, bits: u32) {
        let dense = Dense { outputs, bits, weight_bits: layer.weight_bits.min(bits), bias: layer.bias };
        self.dense(&format!("layer{index}"), x, dense, &mut Draw(layer.seed));
    }

    /// A fully connected layer; its tensors' names begin with `name`.
    fn dense(&mut self, name: &str, x: ValueId, dense: Dense, draw: &mut Draw) {
        let Dense { outputs, bits, weight_bits, bias } = dense;
        let inputs = self.case.program.value(x).len();
        let weight = format!("{name}.weight");
        self.insert(&weight, vec![outputs, inputs], draw.elements(weight_bits, outputs * inputs));
        let bias = bias.then(|| self.bias(name, outputs, bits, draw));
        let kind = OpKind::Linear { weight, bias, weight_bits };
        self.push("linear", kind, vec![x], ValueType { shape: vec![outputs], bits, frac_bits: 0 });
    }

    /// Inserts a bias, and returns its name.
    fn bias(&mut self, name: &str, outputs: usize, bits: u32, draw: &mut Draw) -> String {
        let bias = format!("{name}.bias");
        self.insert(&bias, vec![outputs], draw.elements(bits, outputs));
        bias
    }

    fn activation(&mut self, layer: &Layer, out_bits: u32) {
        let (x, input) = self.last();
        let amount = layer.amount.min(input.bits - 1);
        let wider = ValueType { bits: out_bits, ..input.clone() };
        match layer.activation {
            Activation::None => {}
            Activation::Relu => self.push("relu", OpKind::Relu, vec![x], input),
            Activation::ReluShift => self.push("relu-shift", OpKind::ReluShift { amount }, vec![x], wider),
            Activation::Shift(sign) => self.shift(amount, sign, wider),
            Activation::ReluThenShift => {
                self.push("relu", OpKind::Relu, vec![x], input);
                self.shift(amount, Sign::NonNegative, wider);
            }
        }
    }

    fn shift(&mut self, amount: u32, wanted: Sign, output: ValueType) {
        let (x, input) = self.last();
        let possible = wanted != Sign::Bounded || input.bits >= amount + 2;
        let kept = possible
            && self
                .values
                .iter()
                .all(|values| reference::shift(&values[x], input.bits, amount, wanted, output.bits).is_ok());
        let sign = if kept { wanted } else { Sign::Any };
        self.push("shift", OpKind::Shift { amount, sign }, vec![x], output);
    }

    fn argmax(&mut self, spare: u32) {
        let (x, input) = self.last();
        let needed = ring::signed_bits(input.len() as i128 - 1);
        let output = ValueType { shape: vec![1], bits: needed + spare, frac_bits: 0 };
        self.push("argmax", OpKind::Argmax, vec![x], output);
    }

    fn threshold(&mut self, draw: &mut Draw) {
        let (x, input) = self.last();
        let least = draw.elements(input.bits, input.len());
        self.push("threshold", OpKind::Threshold { least }, vec![x], ValueType { bits: 1, frac_bits: 0, ..input });
    }

    fn insert(&mut self, name: &str, shape: Vec<usize>, data: Vec<i64>) {
        let tensor = Tensor::new(shape, data).expect("as many elements as the shape has");
        self.case.weights.insert(name, tensor);
    }

    fn push(&mut self, name: &str, kind: OpKind, inputs: Vec<ValueId>, output: ValueType) {
        let ops = &mut self.case.program.ops;
        ops.push(Op { name: format!("{name}-{}", ops.len()), kind, inputs, output });
        let index = ops.len() - 1;
        for values in &mut self.values {
            let value = reference::run_op(&self.case.program, &self.case.weights, index, values);
            values.push(value.expect("a guarantee is only given where the inputs keep it"));
        }
    }
}

/// SplitMix64: values that depend on the seed alone.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn elements(&mut self, bits: u32, count: usize) -> Vec<i64> {
        (0..count).map(|_| self.element(bits)).collect()
    }

    fn element(&mut self, bits: u32) -> i64 {
        let value = match self.next() % 12 {
            0 => ring::min(bits),
            1 => ring::max(bits),
            2 => ring::min(bits) / 2,
            3 => (ring::min(bits) / 2).wrapping_sub(1),
            4 => 1,
            5 => -1,
            // Small values keep some accumulators from wrapping.
            6 | 7 => self.next() as i64 % 8,
            8 => 0,
            _ => self.next() as i64,
        };
        ring::reduce(value, bits)
    }
}
