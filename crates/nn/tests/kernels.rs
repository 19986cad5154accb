//! The production kernels against the reference, on random geometries and rings.

use proptest::prelude::*;
use sotto_nn::kernels::{self, Conv, Layer, Operand, Platform, Windows};
use sotto_nn::testing::{elements, widths};
use sotto_nn::{Geometry, Op, OpKind, Program, ValueType, Weights, Window, reference, ring};

/// A convolution's public numbers.
#[derive(Clone, Debug)]
struct Shape {
    geometry: Geometry,
    groups: usize,
    outputs: usize,
}

fn windows() -> impl Strategy<Value = ([usize; 2], Window)> {
    let axis = || {
        (1usize..=5, 1usize..=4, 0usize..5, 0usize..5, 0usize..20).prop_map(|(kernel, stride, before, after, more)| {
            let (before, after) = (before % kernel, after % kernel);
            (kernel, stride, before, after, (kernel + more).saturating_sub(before + after).max(1))
        })
    };
    (axis(), axis()).prop_map(|(y, x)| {
        let window = Window { kernel: [y.0, x.0], stride: [y.1, x.1], pads: [y.2, x.2, y.3, x.3] };
        ([y.4, x.4], window)
    })
}

/// Ungrouped, grouped, depthwise; odd and even numbers of channels on both sides.
fn shapes() -> impl Strategy<Value = Shape> {
    let channels = prop_oneof![
        2 => (Just(1usize), 1usize..=9, 1usize..=9),
        1 => (2usize..=3, 1usize..=3, 1usize..=3),
        1 => (1usize..=6, Just(1), 1usize..=2),
    ];
    (windows(), channels).prop_map(|((plane, window), (groups, inputs, outputs))| Shape {
        geometry: Geometry::new(&[groups * inputs, plane[0], plane[1]], window).unwrap(),
        groups,
        outputs: groups * outputs,
    })
}

/// Weights of every width that the ring allows, narrow ones more often.
fn weight_widths() -> impl Strategy<Value = u32> {
    prop_oneof![2 => 2u32..=12, 1 => 1u32..=64]
}

fn unsigned(x: &[i64], bits: u32) -> Vec<u64> {
    x.iter().map(|&v| ring::to_ring(v, bits)).collect()
}

/// A value's type.
fn ty(shape: &[usize], bits: u32) -> ValueType {
    ValueType { shape: shape.to_vec(), bits, frac_bits: 0 }
}

/// What a program of these operations gives, for what the reference has no function for.
fn run(input: ValueType, ops: Vec<(OpKind, Vec<usize>, ValueType)>, x: &[i64]) -> Vec<i64> {
    let op = |(kind, inputs, output)| Op { name: "op".into(), kind, inputs, output };
    let program = Program { version: Program::VERSION, input, ops: ops.into_iter().map(op).collect() };
    assert_eq!(program.validate(), Ok(()));
    reference::run_output(&program, &Weights::default(), x).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn convolutions(
        (shape, bits, weight_bits, weights, bias, x) in (shapes(), widths(), weight_widths()).prop_flat_map(
            |(shape, bits, weight_bits)| {
                let (g, weight_bits) = (shape.geometry, weight_bits.min(bits));
                let count = shape.outputs * g.channels / shape.groups * g.window.area();
                let bias = prop::option::of(elements(bits, shape.outputs));
                let data = (elements(weight_bits, count), bias, elements(64, g.channels * g.input_len()));
                (Just(shape), Just(bits), Just(weight_bits), data.0, data.1, data.2)
            }
        ),
    ) {
        let Shape { geometry: g, groups, .. } = shape;
        let layer = Layer { weights: &weights, weight_bits, bias: bias.as_deref(), bits };
        let expected = unsigned(&reference::conv(&weights, bias.as_deref(), &x, &g, groups, bits), bits);
        let x = unsigned(&x, 64);
        for platform in Platform::all() {
            let conv = Conv::on(platform, &layer, &x, &g, groups);
            let middle = conv.channels() / 2;
            let parts = [conv.outputs(0..middle), conv.outputs(middle..conv.channels())];
            prop_assert_eq!(&parts.concat(), &expected, "{}", platform);
        }
    }

    #[test]
    fn convolutions_of_elements_narrower_than_the_ring(
        (shape, bits, (weight_bits, element_bits), weights, x) in
            (shapes(), widths(), weight_widths(), 1u32..=64).prop_flat_map(|(shape, bits, weight_bits, element_bits)| {
                let Shape { geometry: g, groups, outputs } = &shape;
                let (weight_bits, element_bits) = (weight_bits.min(bits), element_bits.min(bits));
                let weights = elements(weight_bits, outputs * (g.channels / groups) * g.window.area());
                let x = elements(element_bits, g.channels * g.input_len());
                (Just(shape), Just(bits), Just((weight_bits, element_bits)), weights, x)
            }),
    ) {
        let Shape { geometry: g, groups, .. } = shape;
        let layer = Layer { weights: &weights, weight_bits, bias: None, bits };
        let expected = unsigned(&reference::conv(&weights, None, &x, &g, groups, bits), bits);
        let x = unsigned(&x, 64);
        for platform in Platform::all() {
            let conv = Conv::of(platform, &layer, &x, &g, groups, element_bits);
            prop_assert_eq!(&conv.outputs(0..conv.channels()), &expected, "{}", platform);
        }
    }

    #[test]
    fn fully_connected_layers(
        (bits, weight_bits, weights, bias, x) in (widths(), weight_widths(), 1usize..200, 1usize..20).prop_flat_map(
            |(bits, weight_bits, inputs, outputs)| {
                let weight_bits = weight_bits.min(bits);
                let bias = prop::option::of(elements(bits, outputs));
                let weights = elements(weight_bits, inputs * outputs);
                (Just(bits), Just(weight_bits), weights, bias, elements(64, inputs))
            }
        ),
    ) {
        let layer = Layer { weights: &weights, weight_bits, bias: bias.as_deref(), bits };
        let expected = unsigned(&reference::linear(&weights, bias.as_deref(), &x, bits), bits);
        for platform in Platform::all() {
            prop_assert_eq!(&kernels::dense_on(platform, &layer, &unsigned(&x, 64)), &expected, "{}", platform);
        }
    }

    #[test]
    fn windows_and_their_sums(
        (g, bits, x) in (windows(), 1usize..4, widths()).prop_flat_map(|((plane, window), channels, bits)| {
            let g = Geometry::new(&[channels, plane[0], plane[1]], window).unwrap();
            (Just(g), Just(bits), elements(64, channels * g.input_len()))
        }),
    ) {
        let sums = reference::sum_pool(&x, &g, bits);
        prop_assert_eq!(kernels::sum_pool(&unsigned(&x, 64), &g, bits), unsigned(&sums, bits));

        let (all, listed) = (Windows::new(g), reference::windows(&g));
        prop_assert_eq!(all.len(), listed.len());
        prop_assert_eq!(all.largest(), listed.iter().map(Vec::len).max().unwrap());
        let range = listed.len() / 3..listed.len() - listed.len() / 4;
        for (some, listed) in [(all.slice(range.clone()), &listed[range]), (all, &listed[..])] {
            let places: Vec<Vec<usize>> = (0..some.len()).map(|i| some.places(i).collect()).collect();
            prop_assert_eq!(&places[..], listed);
            prop_assert!((0..some.len()).all(|i| some.size(i) == listed[i].len()));
        }
    }

    #[test]
    fn moves(
        (shape, bits, x) in (1usize..4, 1usize..6, 1usize..6, widths()).prop_flat_map(|(channels, height, width, bits)| {
            let shape = [channels, height, width];
            (Just(shape), Just(bits), elements(bits, shape.iter().product()))
        }),
        pads in (0usize..4, 0usize..4, 0usize..4, 0usize..4),
        axis in 0usize..3,
        (shift, narrower) in (0u32..64, 0u32..64),
    ) {
        let pads = [pads.0, pads.1, pads.2, pads.3];
        let padded = [shape[0], shape[1] + pads[0] + pads[2], shape[2] + pads[1] + pads[3]];
        let expected = run(ty(&shape, bits), vec![(OpKind::Pad { pads }, vec![0], ty(&padded, bits))], &x);
        prop_assert_eq!(kernels::pad(&unsigned(&x, bits), &shape, pads), unsigned(&expected, bits));

        // The value twice is the second operand, between two of the value.
        let (mut twice, mut joined) = (shape, shape);
        (twice[axis], joined[axis]) = (2 * shape[axis], 4 * shape[axis]);
        let out_bits = bits - narrower % bits;
        let concat = |shifts: &[u32]| OpKind::Concat { axis, shifts: shifts.to_vec() };
        let shifts = [0, shift % out_bits, 0];
        let second = run(ty(&shape, bits), vec![(concat(&[0, 0]), vec![0, 0], ty(&twice, bits))], &x);
        let ops = vec![
            (concat(&[0, 0]), vec![0, 0], ty(&twice, bits)),
            (concat(&shifts), vec![0, 1, 0], ty(&joined, out_bits)),
        ];
        let expected = run(ty(&shape, bits), ops, &x);
        let (x, second) = (unsigned(&x, bits), unsigned(&second, bits));
        let operand = |(values, shape, shift)| Operand { values, shape, shift };
        let operands = [(&x[..], &shape[..], 0), (&second[..], &twice[..], shifts[1]), (&x[..], &shape[..], 0)];
        prop_assert_eq!(kernels::concat(&operands.map(operand), axis, out_bits), unsigned(&expected, out_bits));
    }
}

/// Many products of one sign, each as large as digits allow: no sum that must be exact overflows.
#[test]
fn extreme_weights_and_elements() {
    let window = Window { kernel: [3, 3], stride: [1, 1], pads: [1; 4] };
    let (channels, outputs) = (150, 6);
    let g = Geometry::new(&[channels, 3, 9], window).unwrap();
    let widths = [2, 16, 17, 32, 33, 37, 48, 49, 63, 64];
    let widths = widths.into_iter().flat_map(|bits| [2, 8, 11, 12, 13, 16, 17, 64].map(|w: u32| (bits, w.min(bits))));
    for (bits, weight_bits) in widths {
        // The kernels cut elements into the fewest digits of at most 16 bits: all at their least, or at their most.
        let digit = bits.div_ceil(bits.div_ceil(16));
        let repeated = |low: u64| (0..bits.div_ceil(digit)).fold(0, |v, i| v | low << (i * digit));
        let (least, most) = (1 << (digit - 1), (1 << (digit - 1)) - 1);
        for (weight, element) in
            [(ring::min(weight_bits), least), (ring::min(weight_bits), most), (ring::max(weight_bits), most)]
        {
            let weights = vec![weight; outputs * channels * 9];
            let x = vec![repeated(element); channels * g.input_len()];
            let signed: Vec<i64> = x.iter().map(|&v| v as i64).collect();
            let expected = unsigned(&reference::conv(&weights, None, &signed, &g, 1, bits), bits);
            let layer = Layer { weights: &weights, weight_bits, bias: None, bits };
            for platform in Platform::all() {
                let conv = Conv::on(platform, &layer, &x, &g, 1);
                assert_eq!(conv.outputs(0..outputs), expected, "{bits} and {weight_bits} bits, {platform}");
            }
        }
    }
}
