//! Every pass keeps the result bit for bit, and does what it is for.

mod support {
    pub(crate) mod program;
}

use sotto_nn::passes::{fold_pads, fuse_steps, hoist_max_pools, optimise, remove_dead, sink_shifts, state_signs};
use sotto_nn::{OpKind, Program, Sign, Window};
use support::program::{Net, TWO, kinds, same, shift};

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
