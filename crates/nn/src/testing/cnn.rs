//! Random convolutional programs: 1-D and 2-D, with every operation of a program.

use proptest::prelude::*;

use super::{Builder, Case, Dense, Draw, widths};
use crate::window::{planes, shape_like};
use crate::{Geometry, OpKind, Sign, ValueId, ValueType, Window, reference};

/// Most channels of a value.
const MAX_CHANNELS: usize = 4;

/// One step before it meets its surroundings: what doesn't fit them is adjusted or left out.
#[derive(Clone, Debug)]
struct Step {
    kind: Kind,
    /// Ring of what the step computes in, or writes to.
    bits: u32,
    amount: u32,
    seed: u64,
}

/// A convolution before its weights are drawn.
#[derive(Clone, Copy)]
pub(super) struct Conv {
    pub(super) outputs: usize,
    pub(super) groups: usize,
    pub(super) window: Window,
    pub(super) bits: u32,
    pub(super) most_weight_bits: usize,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Conv,
    Depthwise,
    Grouped,
    MaxPool,
    /// A sum and its division by the window's area.
    AveragePool,
    /// A convolution added to its input.
    Residual,
    /// Two convolutions side by side.
    Concat,
    Pad,
    Relu,
    ReluShift,
    Clip,
    Shift(Sign),
    Divide(Sign),
}

/// Programs of 2 to 7 steps over planes with `inputs` inputs each, then a fully connected layer and an argmax for some. Rings
/// of 2 to 64 bits change between the steps; values sit on the boundaries of their rings often, and overflow often.
pub fn cnn_cases(inputs: usize) -> impl Strategy<Value = Case> {
    let head = (1usize..=3, 1usize..=6, 1usize..=6, prop::bool::weighted(0.3), widths(), any::<u64>());
    let tail = prop::option::weighted(0.5, (1usize..=4, widths(), any::<bool>()));
    (head, prop::collection::vec(step(), 2..=7), tail).prop_map(move |(head, steps, tail)| {
        let (channels, height, width, flat, bits, seed) = head;
        let shape = if flat { vec![channels, 2 * width] } else { vec![channels, height, width] };
        let mut builder = Builder::with_shape(shape, bits, Draw(seed), inputs);
        steps.iter().for_each(|step| builder.step(step));
        if let Some((outputs, bits, argmax)) = tail {
            builder.head(outputs, bits, argmax, Draw(seed ^ 1));
        }
        builder.case
    })
}

fn step() -> impl Strategy<Value = Step> {
    const SIGNS: [Sign; 3] = [Sign::Any, Sign::NonNegative, Sign::Bounded];
    let kind = prop_oneof![
        3 => Just(Kind::Conv),
        1 => Just(Kind::Depthwise),
        1 => Just(Kind::Grouped),
        2 => Just(Kind::MaxPool),
        2 => Just(Kind::AveragePool),
        2 => Just(Kind::Residual),
        2 => Just(Kind::Concat),
        1 => Just(Kind::Pad),
        1 => Just(Kind::Relu),
        2 => Just(Kind::ReluShift),
        2 => Just(Kind::Clip),
        1 => prop::sample::select(&SIGNS[..]).prop_map(Kind::Shift),
        1 => prop::sample::select(&SIGNS[..]).prop_map(Kind::Divide),
    ];
    (kind, widths(), 0u32..64, any::<u64>()).prop_map(|(kind, bits, amount, seed)| Step { kind, bits, amount, seed })
}

impl Builder {
    fn step(&mut self, step: &Step) {
        let mut draw = Draw(step.seed);
        let (x, input) = self.last();
        let amount = step.amount.min(input.bits - 1);
        let written = ValueType { bits: step.bits, ..input.clone() };
        match step.kind {
            Kind::Conv | Kind::Depthwise | Kind::Grouped => {
                let channels = input.shape[0];
                let groups = match step.kind {
                    Kind::Depthwise => channels,
                    Kind::Grouped if channels % 2 == 0 => 2,
                    _ => 1,
                };
                let outputs = groups * (1 + draw.below(MAX_CHANNELS / groups));
                let window = draw.window(&input.shape);
                self.conv(x, outputs, groups, window, step.bits, &mut draw);
            }
            Kind::MaxPool => {
                let window = draw.window(&input.shape);
                let output = pooled(&input, window, input.bits);
                self.push("max-pool", OpKind::MaxPool { window }, vec![x], output);
            }
            Kind::AveragePool => {
                let window = draw.window(&input.shape);
                let output = pooled(&input, window, input.bits.min(step.bits));
                self.push("sum-pool", OpKind::SumPool { window }, vec![x], output.clone());
                let written = ValueType { bits: step.bits, ..output };
                self.divide(window.area() as u64, Sign::NonNegative, written);
            }
            Kind::Residual => {
                let window = Window { kernel: [1, 1], stride: [1, 1], pads: [0; 4] };
                self.conv(x, input.shape[0], 1, window, step.bits, &mut draw);
                let (y, output) = self.last();
                let shift = |v: usize| v as u32 % output.bits;
                let kind = OpKind::Add { shift_a: shift(draw.below(3)), shift_b: shift(draw.below(3)) };
                self.push("add", kind, vec![y, x], output);
            }
            Kind::Concat => {
                let window = Window { kernel: [1, 1], stride: [1, 1], pads: [0; 4] };
                let outputs = [1 + draw.below(2), 1 + draw.below(2)];
                let ids = outputs.map(|outputs| {
                    self.conv(x, outputs, 1, window, step.bits, &mut draw);
                    self.last().0
                });
                let shape = shape_like(&input.shape, outputs[0] + outputs[1], plane(&input.shape));
                let bits = input.bits.min(step.bits);
                let shifts = vec![draw.below(3) as u32 % bits, 0];
                let output = ValueType { shape, bits, frac_bits: 0 };
                self.push("concat", OpKind::Concat { axis: 0, shifts }, ids.to_vec(), output);
            }
            Kind::Pad => {
                let side = |draw: &mut Draw| draw.below(2);
                let mut pads = [0; 4].map(|_: usize| side(&mut draw));
                if input.shape.len() == 2 {
                    (pads[0], pads[2]) = (0, 0);
                }
                let [height, width] = plane(&input.shape);
                let padded = [height + pads[0] + pads[2], width + pads[1] + pads[3]];
                let output = ValueType { shape: shape_like(&input.shape, input.shape[0], padded), ..input.clone() };
                if output.len() <= 200 {
                    self.push("pad", OpKind::Pad { pads }, vec![x], output);
                }
            }
            Kind::Relu => self.push("relu", OpKind::Relu, vec![x], input),
            Kind::ReluShift => self.push("relu-shift", OpKind::ReluShift { amount }, vec![x], written),
            Kind::Clip => {
                let top = crate::ring::max(input.bits) as u64;
                let max = match draw.below(4) {
                    0 => top,
                    1 => top / 2,
                    _ => draw.next() % (top / 3 + 1),
                };
                self.push("clip", OpKind::Clip { max, amount }, vec![x], written);
            }
            Kind::Shift(sign) => self.shift(amount, sign, written),
            Kind::Divide(sign) => {
                let divisors = [1, 2, 3, 7, 9, 49, 1000, u64::MAX];
                self.divide(divisors[draw.below(divisors.len())], sign, written);
            }
        }
    }

    /// A convolution with weights of any width.
    fn conv(&mut self, x: ValueId, outputs: usize, groups: usize, window: Window, bits: u32, draw: &mut Draw) {
        self.convolve(x, Conv { outputs, groups, window, bits, most_weight_bits: 64 }, draw);
    }

    pub(super) fn convolve(&mut self, x: ValueId, conv: Conv, draw: &mut Draw) {
        let Conv { outputs, groups, window, bits, most_weight_bits } = conv;
        let input = self.case.program.value(x).clone();
        let written = pooled(&input, window, bits.min(input.bits));
        let output = ValueType { shape: shape_like(&input.shape, outputs, plane(&written.shape)), ..written };
        let weight_bits = (1 + draw.below(most_weight_bits) as u32).min(output.bits);
        let name = format!("op{}", self.case.program.ops.len());
        let weight = format!("{name}.weight");
        let shape = vec![outputs, input.shape[0] / groups, window.kernel[0], window.kernel[1]];
        let count = shape.iter().product();
        self.insert(&weight, shape, draw.elements(weight_bits, count));
        let bias = (draw.below(2) == 0).then(|| self.bias(&name, outputs, output.bits, draw));
        let kind = OpKind::Conv { weight, bias, weight_bits, window, groups };
        self.push("conv", kind, vec![x], output);
    }

    fn divide(&mut self, divisor: u64, wanted: Sign, output: ValueType) {
        let (x, input) = self.last();
        let divisor = divisor.clamp(1, (crate::ring::max(input.bits).max(1) as u64).min(1 << 62));
        let kept = (wanted != Sign::Bounded || input.bits >= 2)
            && (self.values.iter())
                .all(|values| reference::divide(&values[x], input.bits, divisor, wanted, output.bits).is_ok());
        let sign = if kept { wanted } else { Sign::Any };
        self.push("divide", OpKind::Divide { divisor, sign }, vec![x], output);
    }

    /// All elements in one dimension.
    pub(super) fn flatten(&mut self) -> ValueId {
        let (x, input) = self.last();
        let flat = ValueType { shape: vec![input.len()], ..input };
        self.push("flatten", OpKind::Reshape, vec![x], flat);
        x + 1
    }

    /// A fully connected layer over everything, and an argmax for some.
    fn head(&mut self, outputs: usize, bits: u32, argmax: bool, mut draw: Draw) {
        let x = self.flatten();
        let bits = bits.min(self.last().1.bits);
        let dense = Dense { outputs, bits, weight_bits: 4.min(bits), bias: false };
        self.dense("head", x, dense, &mut draw);
        if argmax {
            self.argmax(0);
        }
    }
}

impl Draw {
    pub(super) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// A window that fits the value.
    fn window(&mut self, shape: &[usize]) -> Window {
        let plane = plane(shape);
        let kernel = plane.map(|extent| 1 + self.below(extent.min(3)));
        let stride = kernel.map(|k| 1 + self.below(k));
        let mut pads = [0; 4];
        for (side, pad) in pads.iter_mut().enumerate() {
            *pad = self.below(2).min(kernel[side % 2] - 1);
        }
        Window { kernel, stride, pads }
    }
}

pub(super) fn plane(shape: &[usize]) -> [usize; 2] {
    planes(shape).expect("a value with planes").1
}

/// The type after a window's way, channel by channel.
fn pooled(input: &ValueType, window: Window, bits: u32) -> ValueType {
    let g = Geometry::new(&input.shape, window).expect("the window fits");
    ValueType { shape: g.output_shape(&input.shape, g.channels), bits, frac_bits: 0 }
}
