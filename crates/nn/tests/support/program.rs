//! Random programs with wide rings, for tests of passes.
// Each test uses a part.
#![allow(dead_code)]

use sotto_nn::{Geometry, Op, OpKind, Program, Sign, Tensor, ValueType, Weights, Window, reference};

pub(crate) const TWO: Window = Window { kernel: [2, 2], stride: [2, 2], pads: [0; 4] };

pub(crate) fn shift(amount: u32) -> OpKind {
    OpKind::Shift { amount, sign: Sign::Any }
}

pub(crate) fn kinds(program: &Program) -> Vec<OpKind> {
    program.ops.iter().map(|op| op.kind.clone()).collect()
}

/// A program with wide rings under construction. Scales are kept, so that sums are of one scale.
pub(crate) struct Net {
    pub(crate) program: Program,
    pub(crate) weights: Weights,
    seed: u64,
}

impl Net {
    pub(crate) fn new(shape: &[usize], seed: u64) -> Self {
        let input = ValueType { shape: shape.to_vec(), bits: 64, frac_bits: 8 };
        let program = Program { version: Program::VERSION, input, ops: Vec::new() };
        Self { program, weights: Weights::new(), seed }
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.seed = self.seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.seed >> 33) as usize % n
    }

    pub(crate) fn push(&mut self, kind: OpKind, inputs: &[usize], shape: Vec<usize>, frac_bits: u32) -> usize {
        let name = format!("op{}", self.program.ops.len());
        let output = ValueType { shape, bits: 64, frac_bits };
        self.program.ops.push(Op { name, kind, inputs: inputs.to_vec(), output });
        self.program.ops.len()
    }

    pub(crate) fn step(&mut self, x: usize, kind: OpKind) -> usize {
        let ValueType { shape, frac_bits, .. } = self.program.value(x).clone();
        let amount = match kind {
            OpKind::Shift { amount, .. } | OpKind::ReluShift { amount } | OpKind::Clip { amount, .. } => amount,
            _ => 0,
        };
        self.push(kind, &[x], shape, frac_bits - amount)
    }

    pub(crate) fn pool(&mut self, x: usize, window: Window, kind: fn(Window) -> OpKind) -> usize {
        let value = self.program.value(x).clone();
        let g = Geometry::new(&value.shape, window).unwrap();
        self.push(kind(window), &[x], g.output_shape(&value.shape, g.channels), value.frac_bits)
    }

    pub(crate) fn conv(&mut self, x: usize, window: Window) -> usize {
        let value = self.program.value(x).clone();
        let g = Geometry::new(&value.shape, window).unwrap();
        let name = format!("w{}", self.program.ops.len());
        let shape = vec![2, g.channels, window.kernel[0], window.kernel[1]];
        let data = (0..shape.iter().product()).map(|_| self.below(16) as i64 - 8).collect();
        self.weights.insert(&name, Tensor::new(shape, data).unwrap());
        let kind = OpKind::Conv { weight: name, bias: None, weight_bits: 4, window, groups: 1 };
        self.push(kind, &[x], g.output_shape(&value.shape, 2), value.frac_bits + 3)
    }

    pub(crate) fn pad(&mut self, x: usize, pads: [usize; 4]) -> usize {
        let value = self.program.value(x).clone();
        let shape = vec![value.shape[0], value.shape[1] + pads[0] + pads[2], value.shape[2] + pads[1] + pads[3]];
        self.push(OpKind::Pad { pads }, &[x], shape, value.frac_bits)
    }

    pub(crate) fn join(&mut self, a: usize, b: usize, concat: bool) -> usize {
        let scales = [a, b].map(|id| self.program.value(id).frac_bits);
        let finest = scales[0].max(scales[1]);
        let shifts = scales.map(|scale| finest - scale);
        let mut shape = self.program.value(a).shape.clone();
        if concat {
            shape[0] += self.program.value(b).shape[0];
            return self.push(OpKind::Concat { axis: 0, shifts: shifts.to_vec() }, &[a, b], shape, finest);
        }
        self.push(OpKind::Add { shift_a: shifts[0], shift_b: shifts[1] }, &[a, b], shape, finest)
    }

    pub(crate) fn inputs(&mut self) -> Vec<Vec<i64>> {
        let len = self.program.input.len();
        (0..3).map(|_| (0..len).map(|_| self.below(4096) as i64 - 2048).collect()).collect()
    }

    pub(crate) fn random(seed: u64) -> Self {
        let mut net = Self::new(&[2, 4, 4], seed);
        for _ in 0..4 + net.below(9) {
            net.random_step();
        }
        net
    }

    fn random_step(&mut self) {
        let last = self.program.ops.len();
        let maps: Vec<usize> = (0..=last).filter(|&id| self.program.value(id).shape.len() == 3).collect();
        let x = if self.below(4) > 0 { last } else { maps[self.below(maps.len())] };
        let value = self.program.value(x).clone();
        let amount = self.below(value.frac_bits.min(6) as usize + 1) as u32;
        let odd = self.below(2);
        match self.below(12) {
            0 if value.frac_bits < 20 && value.shape[1] >= 3 => {
                let window = Window { kernel: [3, 3], stride: [1 + odd, 1], pads: [1, odd, 1, 1] };
                self.conv(x, window);
            }
            1 | 2 if value.shape[1].min(value.shape[2]) >= 2 => {
                let window = Window { kernel: [2, 2], stride: [2, 1 + odd], pads: [odd, 0, 0, odd] };
                self.pool(x, window, |window| OpKind::MaxPool { window });
            }
            3 if value.shape[1].min(value.shape[2]) >= 2 && value.len() < 200 => {
                let padded = self.pad(x, [odd, 1, 0, odd]);
                let window = Window { kernel: [2, 3], stride: [2, 2], pads: [0, odd, odd, 1] };
                self.pool(padded, window, |window| OpKind::SumPool { window });
            }
            4 => drop(self.step(x, OpKind::Relu)),
            5 => drop(self.step(x, OpKind::ReluShift { amount })),
            6 | 7 => drop(self.step(x, OpKind::Shift { amount, sign: Sign::Any })),
            8 => {
                let max = 1 << self.below(30) | self.below(1024) as u64;
                self.step(x, OpKind::Clip { max, amount });
            }
            9 => drop(self.step(x, OpKind::Divide { divisor: 3, sign: Sign::Any })),
            10 => {
                let flat = self.push(OpKind::Reshape, &[x], vec![value.len()], value.frac_bits);
                let y = if odd == 0 { flat } else { self.step(flat, OpKind::Relu) };
                self.push(OpKind::Reshape, &[y], value.shape, value.frac_bits);
            }
            _ => {
                let y = self.step(x, OpKind::Shift { amount, sign: Sign::Any });
                let same: Vec<usize> = (0..=last).filter(|&id| self.program.value(id).shape == value.shape).collect();
                let other = same[self.below(same.len())];
                let other =
                    if odd == 0 { other } else { self.step(other, OpKind::Shift { amount: 0, sign: Sign::Any }) };
                let concat = self.below(4) == 0 && value.len() < 100;
                self.join(y, other, concat);
            }
        }
    }
}

/// The same shape and scale, and the same result for some inputs.
pub(crate) fn same(net: &mut Net, optimised: &Program) {
    optimised.validate().unwrap_or_else(|e| panic!("{e}: {}", net.program.to_json()));
    assert_eq!(optimised.output(), net.program.output(), "shape and scale");
    for input in net.inputs() {
        let [before, after] =
            [&net.program, optimised].map(|program| reference::run_output(program, &net.weights, &input).unwrap());
        assert_eq!(before, after, "{}\n{}", net.program.to_json(), optimised.to_json());
    }
}
