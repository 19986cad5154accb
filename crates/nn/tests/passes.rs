//! Every pass keeps the result bit for bit, and does what it is for.

use sotto_nn::passes::{fold_pads, fuse_steps, hoist_max_pools, optimise, remove_dead, sink_shifts, state_signs};
use sotto_nn::{Geometry, Op, OpKind, Program, Sign, Tensor, ValueType, Weights, Window, reference};

type Pass = fn(Program) -> Program;

const PASSES: [(&str, Pass); 7] = [
    ("hoist_max_pools", hoist_max_pools),
    ("sink_shifts", sink_shifts),
    ("fuse_steps", fuse_steps),
    ("fold_pads", fold_pads),
    ("remove_dead", remove_dead),
    ("state_signs", state_signs),
    ("optimise", optimise),
];

/// A program with wide rings under construction. Scales are kept, so that sums are of one scale.
struct Net {
    program: Program,
    weights: Weights,
    seed: u64,
}

impl Net {
    fn new(shape: &[usize], seed: u64) -> Self {
        let input = ValueType { shape: shape.to_vec(), bits: 64, frac_bits: 8 };
        let program = Program { version: Program::VERSION, input, ops: Vec::new() };
        Self { program, weights: Weights::new(), seed }
    }

    fn below(&mut self, n: usize) -> usize {
        self.seed = self.seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.seed >> 33) as usize % n
    }

    fn push(&mut self, kind: OpKind, inputs: &[usize], shape: Vec<usize>, frac_bits: u32) -> usize {
        let name = format!("op{}", self.program.ops.len());
        let output = ValueType { shape, bits: 64, frac_bits };
        self.program.ops.push(Op { name, kind, inputs: inputs.to_vec(), output });
        self.program.ops.len()
    }

    fn step(&mut self, x: usize, kind: OpKind) -> usize {
        let ValueType { shape, frac_bits, .. } = self.program.value(x).clone();
        let amount = match kind {
            OpKind::Shift { amount, .. } | OpKind::ReluShift { amount } | OpKind::Clip { amount, .. } => amount,
            _ => 0,
        };
        self.push(kind, &[x], shape, frac_bits - amount)
    }

    fn pool(&mut self, x: usize, window: Window, kind: fn(Window) -> OpKind) -> usize {
        let value = self.program.value(x).clone();
        let g = Geometry::new(&value.shape, window).unwrap();
        self.push(kind(window), &[x], g.output_shape(&value.shape, g.channels), value.frac_bits)
    }

    fn conv(&mut self, x: usize, window: Window) -> usize {
        let value = self.program.value(x).clone();
        let g = Geometry::new(&value.shape, window).unwrap();
        let name = format!("w{}", self.program.ops.len());
        let shape = vec![2, g.channels, window.kernel[0], window.kernel[1]];
        let data = (0..shape.iter().product()).map(|_| self.below(16) as i64 - 8).collect();
        self.weights.insert(&name, Tensor::new(shape, data).unwrap());
        let kind = OpKind::Conv { weight: name, bias: None, weight_bits: 4, window, groups: 1 };
        self.push(kind, &[x], g.output_shape(&value.shape, 2), value.frac_bits + 3)
    }

    fn pad(&mut self, x: usize, pads: [usize; 4]) -> usize {
        let value = self.program.value(x).clone();
        let shape = vec![value.shape[0], value.shape[1] + pads[0] + pads[2], value.shape[2] + pads[1] + pads[3]];
        self.push(OpKind::Pad { pads }, &[x], shape, value.frac_bits)
    }

    fn join(&mut self, a: usize, b: usize, concat: bool) -> usize {
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

    fn inputs(&mut self) -> Vec<Vec<i64>> {
        let len = self.program.input.len();
        (0..3).map(|_| (0..len).map(|_| self.below(4096) as i64 - 2048).collect()).collect()
    }

    fn random(seed: u64) -> Self {
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

fn same(net: &mut Net, optimised: &Program) {
    optimised.validate().unwrap_or_else(|e| panic!("{e}: {}", net.program.to_json()));
    assert_eq!(optimised.output(), net.program.output(), "shape and scale");
    for input in net.inputs() {
        let [before, after] =
            [&net.program, optimised].map(|program| reference::run_output(program, &net.weights, &input).unwrap());
        assert_eq!(before, after, "{}\n{}", net.program.to_json(), optimised.to_json());
    }
}

#[test]
fn random_programs_keep_their_results() {
    let mut fired = [0; PASSES.len()];
    for seed in 0..3000 {
        let mut net = Net::random(seed);
        net.program.validate().unwrap();
        for (count, (_, pass)) in fired.iter_mut().zip(PASSES) {
            let optimised = pass(net.program.clone());
            same(&mut net, &optimised);
            *count += usize::from(optimised != net.program);
        }
    }
    for (count, (name, _)) in fired.iter().zip(PASSES) {
        assert!(*count > 100, "{name} changed only {count} programs");
    }
}

fn kinds(program: &Program) -> Vec<OpKind> {
    program.ops.iter().map(|op| op.kind.clone()).collect()
}

const TWO: Window = Window { kernel: [2, 2], stride: [2, 2], pads: [0; 4] };

fn shift(amount: u32) -> OpKind {
    OpKind::Shift { amount, sign: Sign::Any }
}

#[test]
fn maxima_run_before_the_steps_on_their_operands() {
    let mut net = Net::new(&[2, 4, 4], 1);
    let x = net.step(0, OpKind::Relu);
    let x = net.step(x, shift(3));
    net.pool(x, TWO, |window| OpKind::MaxPool { window });
    let optimised = optimise(net.program.clone());
    assert_eq!(kinds(&optimised), [OpKind::MaxPool { window: TWO }, OpKind::ReluShift { amount: 3 }]);
    assert_eq!((optimised.value(1).len(), optimised.value(1).frac_bits), (8, 8));
    same(&mut net, &optimised);

    // As many windows as elements: nothing to gain.
    let mut net = Net::new(&[2, 4, 4], 1);
    let x = net.step(0, OpKind::Relu);
    let window = Window { kernel: [2, 2], stride: [1, 1], pads: [0, 0, 1, 1] };
    net.pool(x, window, |window| OpKind::MaxPool { window });
    assert_eq!(optimise(net.program.clone()), net.program);
}

#[test]
fn shifts_sink_to_the_step_that_takes_them_in() {
    let mut net = Net::new(&[2, 4, 4], 2);
    let x = net.step(0, shift(3));
    let y = net.step(0, OpKind::ReluShift { amount: 3 });
    let sum = net.join(x, y, false);
    let flat = net.push(OpKind::Reshape, &[sum], vec![32], 5);
    net.step(flat, OpKind::ReluShift { amount: 2 });
    let optimised = optimise(net.program.clone());
    let add = OpKind::Add { shift_a: 0, shift_b: 3 };
    let step = OpKind::ReluShift { amount: 5 };
    assert_eq!(kinds(&optimised), [OpKind::ReluShift { amount: 3 }, add, OpKind::Reshape, step]);
    assert_eq!((optimised.value(2).frac_bits, optimised.output().frac_bits), (8, 3));
    same(&mut net, &optimised);

    // Nothing takes the shift in, or the shifted value has a second reader: it stays.
    let mut net = Net::new(&[2, 4, 4], 2);
    let x = net.step(0, shift(3));
    let y = net.step(0, OpKind::ReluShift { amount: 3 });
    let sum = net.join(x, y, false);
    assert_eq!(optimise(net.program.clone()), net.program);
    let relu = net.step(sum, OpKind::Relu);
    net.join(relu, x, false);
    assert_eq!(optimise(net.program.clone()), net.program);
}

#[test]
fn equal_shifts_of_the_parts_of_a_concatenation_are_one() {
    let mut net = Net::new(&[2, 4, 4], 3);
    let [x, y] = [net.step(0, shift(3)), net.step(0, shift(3))];
    net.join(x, y, true);
    let optimised = optimise(net.program.clone());
    assert_eq!(kinds(&optimised), [OpKind::Concat { axis: 0, shifts: vec![0, 0] }, shift(3)]);
    same(&mut net, &optimised);
}

#[test]
fn neighbouring_steps_are_one() {
    let clip = |max, amount| OpKind::Clip { max, amount };
    let relu_shift = |amount| OpKind::ReluShift { amount };
    for (first, second, fused) in [
        (OpKind::Relu, shift(3), relu_shift(3)),
        (shift(3), OpKind::Relu, relu_shift(3)),
        (clip(100, 1), shift(2), clip(100, 3)),
        (shift(3), clip(5, 1), clip(47, 4)),
        (relu_shift(2), shift(1), relu_shift(3)),
        (OpKind::Relu, clip(77, 0), clip(77, 0)),
        (clip(100, 2), clip(9, 0), clip(39, 2)),
        // The bound is beyond the ring.
        (shift(3), clip(i64::MAX as u64 >> 2, 1), relu_shift(4)),
        (shift(1), shift(2), shift(3)),
        (OpKind::Relu, OpKind::Relu, OpKind::Relu),
    ] {
        let mut net = Net::new(&[8, 4, 4], 4);
        let x = net.step(0, first);
        net.step(x, second);
        let optimised = optimise(net.program.clone());
        assert_eq!(kinds(&optimised), [fused]);
        same(&mut net, &optimised);
    }
}

#[test]
fn signs_follow_from_relus_and_clips() {
    let mut net = Net::new(&[2, 4, 4], 5);
    let x = net.step(0, OpKind::Relu);
    let x = net.pool(x, TWO, |window| OpKind::SumPool { window });
    net.step(x, OpKind::Divide { divisor: 3, sign: Sign::Any });
    let optimised = optimise(net.program.clone());
    assert_eq!(optimised.ops[2].kind, OpKind::Divide { divisor: 3, sign: Sign::NonNegative });
    same(&mut net, &optimised);
}

#[test]
fn padding_becomes_part_of_the_window() {
    let mut net = Net::new(&[2, 4, 4], 6);
    let x = net.pad(0, [1, 1, 0, 1]);
    net.conv(x, Window { kernel: [3, 3], stride: [1, 1], pads: [1, 0, 1, 0] });
    let optimised = optimise(net.program.clone());
    let [OpKind::Conv { window, .. }] = &kinds(&optimised)[..] else { panic!("{optimised:?}") };
    assert_eq!(window.pads, [2, 1, 1, 1]);
    same(&mut net, &optimised);

    // A window that would lie in the padding whole.
    let mut net = Net::new(&[2, 4, 4], 6);
    let x = net.pad(0, [1, 0, 0, 0]);
    net.conv(x, Window { kernel: [3, 3], stride: [1, 1], pads: [2, 0, 0, 0] });
    assert_eq!(optimise(net.program.clone()), net.program);
}

#[test]
fn what_does_nothing_goes() {
    let mut net = Net::new(&[2, 4, 4], 7);
    net.step(0, OpKind::Relu);
    let flat = net.push(OpKind::Reshape, &[0], vec![32], 8);
    let x = net.push(OpKind::Reshape, &[flat], vec![2, 4, 4], 8);
    let x = net.step(x, shift(0));
    let x = net.conv(x, TWO);
    let shape = net.program.value(x).shape.clone();
    net.push(OpKind::Reshape, &[x], shape, 11);
    let optimised = optimise(net.program.clone());
    assert!(matches!(kinds(&optimised)[..], [OpKind::Conv { .. }]), "{optimised:?}");
    assert_eq!(optimised.ops[0].inputs, [0]);
    same(&mut net, &optimised);
}

#[test]
fn narrow_rings_are_left_alone() {
    let mut net = Net::new(&[2, 4, 4], 8);
    let x = net.step(0, OpKind::Relu);
    net.step(x, shift(3));
    net.program.ops[1].output.bits = 20;
    assert_eq!(optimise(net.program.clone()), net.program);
}
