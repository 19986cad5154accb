//! What a further bit costs, wherever it is: by the caller's price of small programs, so that whatever a protocol costs counts.
//!
//! A bit more of a layer's weights or input makes its result's ring wider, up to the step that shifts the bit out again, and the ring
//! of what it reads. A bit more of an activation does that to all layers that read it, and its own step keeps it.

use crate::graph::{FloatOp, Graph};
use crate::{Op, OpKind, Program, Sign, ValueId, ValueType};

/// What a private inference of a program costs, in any unit.
pub type Price<'a> = &'a dyn Fn(&Program) -> u64;

/// Elements of a step whose price is asked for: so many that whatever is made in portions hardly counts.
const ELEMENTS: usize = 1 << 18;
/// Rings between which a bit's price is measured, and how far they are apart.
const RING: u32 = 22;
const APART: u32 = 4;
/// What a step shifts out of the narrower one.
const AMOUNT: u32 = 10;

/// Prices of a further bit.
pub(crate) struct BitPrices {
    /// Of each node's weights; zero without weights.
    pub(super) weights: Vec<f64>,
    /// Of each value, by what computes with it.
    pub(super) values: Vec<f64>,
}

impl BitPrices {
    pub(super) fn new(graph: &Graph, price: Price<'_>) -> Self {
        let steps = Steps::new(price);
        let count = graph.nodes.len();
        // Of a bit more of each value's ring, and of all that follows up to the steps which shift it out.
        let mut wider = vec![0.0; count + 1];
        let (mut weights, mut values) = (vec![0.0; count], vec![0.0; count + 1]);
        for (index, node) in graph.nodes.iter().enumerate().rev() {
            let (read, made) = (node.inputs[0], index + 1);
            let elements = graph.len(read) as f64;
            // What this node adds to a bit of the ring of what it reads, and to a bit of its scale.
            let (ring, scale) = match &node.op {
                FloatOp::Relu => (steps.relu * elements, 0.0),
                FloatOp::Clip { .. } | FloatOp::Steps { .. } => (steps.clip * elements, 0.0),
                FloatOp::Linear(_) | FloatOp::Conv(_) | FloatOp::BatchNorm(_) => {
                    let layer = layer(graph, index, price) + steps.extended * elements + wider[made];
                    weights[index] = layer.max(graph.len(made) as f64);
                    (steps.shift * elements, weights[index])
                }
                FloatOp::MaxPool(window) => {
                    // Rows and then columns.
                    let compared = (window.kernel[0] + window.kernel[1]).saturating_sub(2) * graph.len(made);
                    let compared = steps.relu * compared as f64;
                    (compared + wider[made], compared + values[made])
                }
                _ => (wider[made], values[made]),
            };
            for &id in &node.inputs {
                wider[id] += ring;
                values[id] += scale;
            }
        }
        for (id, value) in values.iter_mut().enumerate() {
            *value = (*value + steps.kept * graph.len(id) as f64).max(graph.len(id) as f64);
        }
        Self { weights, values }
    }
}

/// For each element.
struct Steps {
    /// A ring's bit before a ReLU.
    relu: f64,
    /// Before a clip.
    clip: f64,
    /// Before a shift of any value.
    shift: f64,
    /// A bit less that a step shifts out.
    kept: f64,
    /// A bit of the ring that it extends to.
    extended: f64,
}

impl Steps {
    fn new(price: Price<'_>) -> Self {
        let value = |bits| ValueType { shape: vec![ELEMENTS], bits, frac_bits: 0 };
        let program = |kind: OpKind, bits: u32, to: u32| {
            let op = Op { name: "step".into(), kind, inputs: vec![0], output: value(to) };
            Program { version: Program::VERSION, input: value(bits), ops: vec![op] }
        };
        let each = |wide: Program, narrow: Program| apart(price, &wide, &narrow) / ELEMENTS as f64;
        let wider = |kind: &dyn Fn(u32) -> OpKind| {
            let at = |more: u32| program(kind(AMOUNT + more), RING + more, RING);
            each(at(APART), at(0))
        };
        let relu = |amount| OpKind::ReluShift { amount };
        Self {
            relu: wider(&relu),
            clip: wider(&|amount| OpKind::Clip { max: (1 << (amount + RING - AMOUNT - 3)) - 1, amount }),
            shift: wider(&|amount| OpKind::Shift { amount, sign: Sign::Any }),
            kept: each(program(relu(AMOUNT - APART), RING, RING), program(relu(AMOUNT), RING, RING)),
            extended: each(program(relu(AMOUNT), RING, RING + APART), program(relu(AMOUNT), RING, RING)),
        }
    }
}

/// The difference of two prices for a bit; none where a program has no price.
fn apart(price: Price<'_>, wide: &Program, narrow: &Program) -> f64 {
    match [price(wide), price(narrow)] {
        [u64::MAX, _] | [_, u64::MAX] => 0.0,
        [wide, narrow] => (wide as f64 - narrow as f64) / f64::from(APART),
    }
}

/// A bit of the ring of the layer at `index`.
fn layer(graph: &Graph, index: usize, price: Price<'_>) -> f64 {
    let node = &graph.nodes[index];
    let read: ValueId = node.inputs[0];
    let value = |id: ValueId, bits| ValueType { shape: graph.shape(id).to_vec(), bits, frac_bits: 0 };
    let (weight, bias, weight_bits) = ("w".to_owned(), None, AMOUNT);
    let kind = match &node.op {
        FloatOp::Linear(_) => OpKind::Linear { weight, bias, weight_bits },
        FloatOp::Conv(conv) => OpKind::Conv { weight, bias, weight_bits, window: conv.window, groups: conv.groups },
        // As cheap as a layer can be.
        _ => return 0.0,
    };
    let at = |bits| {
        let op = Op { name: "layer".into(), kind: kind.clone(), inputs: vec![0], output: value(index + 1, bits) };
        Program { version: Program::VERSION, input: value(read, bits), ops: vec![op] }
    };
    apart(price, &at(RING + APART), &at(RING))
}
