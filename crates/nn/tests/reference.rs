//! The reference executor against a second formulation of the same semantics, on wide integers.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use sotto_nn::testing::{Case, cases, cnn_cases, elements, widths};
use sotto_nn::{OpKind, Program, Sign, Weights, Window, reference, ring};

/// The residue of `v` modulo `2^bits` in `[−2^(bits−1), 2^(bits−1))`.
fn signed(v: i128, bits: u32) -> i128 {
    let modulus = 1i128 << bits;
    let residue = v.rem_euclid(modulus);
    if residue >= modulus / 2 { residue - modulus } else { residue }
}

fn floor_shift(v: i128, amount: u32) -> i128 {
    v.div_euclid(1 << amount)
}

/// The winner of a recursive tournament over the largest power of two below the length: the same balanced tree, built
/// from the top.
fn champion(x: &[i128], first: usize, bits: u32) -> usize {
    if x.len() == 1 {
        return first;
    }
    let half = x.len().next_power_of_two() / 2;
    let left = champion(&x[..half], first, bits);
    let right = champion(&x[half..], first + half, bits);
    if signed(x[left - first] - x[right - first], bits) >= 0 { left } else { right }
}

/// A value's planes: channels, height, width.
struct Planes([usize; 3]);

impl Planes {
    fn new(shape: &[usize]) -> Self {
        Self(if let [channels, length] = *shape { [channels, 1, length] } else { [shape[0], shape[1], shape[2]] })
    }

    fn positions(&self) -> impl Iterator<Item = (usize, usize, usize)> {
        let [channels, height, width] = self.0;
        (0..channels).flat_map(move |c| (0..height).flat_map(move |i| (0..width).map(move |j| (c, i, j))))
    }

    /// The element under tap (k, l) of a window at (i, j), or nothing in the padding.
    fn at(&self, x: &[i128], w: &Window, (c, i, j): (usize, usize, usize), (k, l): (usize, usize)) -> Option<i128> {
        let y = (i * w.stride[0] + k).checked_sub(w.pads[0]).filter(|&y| y < self.0[1])?;
        let z = (j * w.stride[1] + l).checked_sub(w.pads[1]).filter(|&z| z < self.0[2])?;
        Some(x[(c * self.0[1] + y) * self.0[2] + z])
    }
}

fn run_wide(program: &Program, weights: &Weights, input: &[i64]) -> Vec<Vec<i128>> {
    let mut values: Vec<Vec<i128>> = vec![input.iter().map(|&v| signed(v.into(), program.input.bits)).collect()];
    for op in &program.ops {
        let x = &values[op.inputs[0]];
        let (input, output) = (program.value(op.inputs[0]), &op.output);
        let value: Vec<i128> = match &op.kind {
            OpKind::Linear { weight, bias, .. } => {
                let weight = weights.get(weight).unwrap();
                let bias = bias.as_ref().map(|name| weights.get(name).unwrap());
                let rows = (0..output.len()).map(|m| {
                    let start = bias.map_or(0, |bias| i128::from(bias.data()[m]));
                    // Reduced after every term: the products alone may take 127 bits.
                    (0..x.len()).fold(start, |sum, k| {
                        signed(
                            sum + signed(i128::from(weight.data()[m * x.len() + k]) * x[k], output.bits),
                            output.bits,
                        )
                    })
                });
                rows.map(|v| signed(v, output.bits)).collect()
            }
            OpKind::Add { shift_a, shift_b } => {
                let pairs = x.iter().zip(&values[op.inputs[1]]);
                pairs
                    .map(|(a, b)| {
                        let shifted = |v: i128, shift: u32| signed(v, output.bits) * (1 << shift);
                        signed(shifted(*a, *shift_a) + shifted(*b, *shift_b), output.bits)
                    })
                    .collect()
            }
            OpKind::Threshold { least } => {
                let above = |(&v, &t): (&i128, &i64)| signed(v - i128::from(t), input.bits) >= 0;
                x.iter().zip(least).map(|pair| -i128::from(above(pair))).collect()
            }
            OpKind::Relu => x.iter().map(|&v| if v > 0 { v } else { 0 }).collect(),
            OpKind::Shift { amount, .. } => x.iter().map(|&v| signed(floor_shift(v, *amount), output.bits)).collect(),
            OpKind::ReluShift { amount } => {
                x.iter().map(|&v| if v > 0 { signed(floor_shift(v, *amount), output.bits) } else { 0 }).collect()
            }
            OpKind::Conv { weight, bias, window, groups, .. } => {
                let weight = weights.get(weight).unwrap();
                let bias = bias.as_ref().map(|name| weights.get(name).unwrap());
                let (planes, per_group) = (Planes::new(&input.shape), weight.shape()[1]);
                let outputs = weight.shape()[0] / groups;
                let area = window.kernel[0] * window.kernel[1];
                (Planes::new(&output.shape).positions())
                    .map(|(o, i, j)| {
                        let start = bias.map_or(0, |bias| i128::from(bias.data()[o]));
                        (0..per_group * area).fold(start, |sum, t| {
                            let (c, k, l) = (t / area, t % area / window.kernel[1], t % window.kernel[1]);
                            let w = i128::from(weight.data()[o * per_group * area + t]);
                            let v = planes.at(x, window, (o / outputs * per_group + c, i, j), (k, l)).unwrap_or(0);
                            signed(sum + signed(w * v, output.bits), output.bits)
                        })
                    })
                    .map(|v| signed(v, output.bits))
                    .collect()
            }
            OpKind::MaxPool { window } | OpKind::SumPool { window } => {
                let planes = Planes::new(&input.shape);
                let under = |at: (usize, usize, usize)| -> Vec<i128> {
                    let area = window.kernel[0] * window.kernel[1];
                    let taps = (0..area).map(|t| (t / window.kernel[1], t % window.kernel[1]));
                    taps.filter_map(|tap| planes.at(x, window, at, tap)).collect()
                };
                let one = |at| match op.kind {
                    OpKind::MaxPool { .. } => under(at)[champion(&under(at), 0, input.bits)],
                    _ => signed(under(at).iter().sum(), output.bits),
                };
                Planes::new(&output.shape).positions().map(one).collect()
            }
            OpKind::Clip { max, amount } => {
                x.iter().map(|&v| signed(floor_shift(v.clamp(0, (*max).into()), *amount), output.bits)).collect()
            }
            OpKind::Divide { divisor, .. } => {
                let floor = |v: i128| (v - v.rem_euclid((*divisor).into())) / i128::from(*divisor);
                x.iter().map(|&v| signed(floor(v), output.bits)).collect()
            }
            OpKind::Concat { axis, shifts } => {
                let inner: usize = output.shape[axis + 1..].iter().product();
                let element = |i: usize| {
                    let (outer, mut place, rest) =
                        (i / (output.shape[*axis] * inner), i / inner % output.shape[*axis], i % inner);
                    for (&id, &shift) in op.inputs.iter().zip(shifts) {
                        let extent = program.value(id).shape[*axis];
                        if place < extent {
                            let v = values[id][(outer * extent + place) * inner + rest];
                            return signed(signed(v, output.bits) * (1 << shift), output.bits);
                        }
                        place -= extent;
                    }
                    panic!("an element beyond all operands")
                };
                (0..output.len()).map(element).collect()
            }
            OpKind::Pad { pads } => {
                let planes = Planes::new(&input.shape);
                let window = Window { kernel: [1, 1], stride: [1, 1], pads: *pads };
                let element = |at| planes.at(x, &window, at, (0, 0)).unwrap_or(0);
                Planes::new(&output.shape).positions().map(element).collect()
            }
            OpKind::Argmax => vec![champion(x, 0, input.bits) as i128],
            OpKind::Reshape => x.clone(),
        };
        values.push(value);
    }
    values
}

/// A case is valid, survives JSON, and both formulations compute the same.
fn agrees(case: &Case) -> Result<(), TestCaseError> {
    prop_assert_eq!(case.program.validate(), Ok(()));
    prop_assert_eq!(case.program.validate_weights(&case.weights), Ok(()));
    let json = case.program.to_json();
    prop_assert_eq!(&Program::from_json(json.as_bytes()).unwrap(), &case.program);
    for input in &case.inputs {
        let values = reference::run(&case.program, &case.weights, input).unwrap();
        let values: Vec<Vec<i128>> = values.into_iter().map(|v| v.into_iter().map(i128::from).collect()).collect();
        prop_assert_eq!(&values, &run_wide(&case.program, &case.weights, input), "{}", json);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn random_programs(case in cases(3)) {
        agrees(&case)?;
    }

    #[test]
    fn random_cnns(case in cnn_cases(2)) {
        agrees(&case)?;
    }

    #[test]
    fn argmax_finds_the_largest_without_overflow(x in prop::collection::vec(-8i64..8, 1..40)) {
        let largest = *x.iter().max().unwrap();
        let first = x.iter().position(|&v| v == largest).unwrap();
        prop_assert_eq!(reference::argmax(&x, 5), first);
        prop_assert_eq!(reference::max(&x, 5), Some(largest));
    }

    #[test]
    fn guarantees_are_checked(
        (bits, x) in widths().prop_flat_map(|bits| (Just(bits), elements(bits, 8))),
        amount in 0u32..64,
    ) {
        let amount = amount.min(bits - 2);
        let any = reference::shift(&x, bits, amount, Sign::Any, 64).unwrap();
        let floor: Vec<i64> = x.iter().map(|&v| floor_shift(v.into(), amount) as i64).collect();
        prop_assert_eq!(&any, &floor);
        let quarter = 1i128 << (bits - 2);
        let negative = |v: i64| v < 0;
        let far = |v: i64| !(-quarter..quarter).contains(&i128::from(v));
        let outside: [(Sign, &dyn Fn(i64) -> bool); 2] = [(Sign::NonNegative, &negative), (Sign::Bounded, &far)];
        for (sign, breaks) in outside {
            match reference::shift(&x, bits, amount, sign, 64) {
                Ok(shifted) => {
                    prop_assert_eq!(&shifted, &any);
                    prop_assert!(!x.iter().any(|&v| breaks(v)));
                }
                Err(broken) => {
                    prop_assert_eq!(Some(broken.element), x.iter().position(|&v| breaks(v)));
                    prop_assert_eq!((broken.value, broken.sign), (x[broken.element], sign));
                }
            }
        }
    }
}

#[test]
fn argmax_is_defined_on_overflow() {
    // In 4 bits 7 − (−8) wraps to −1, so that the right one stays: the tree's answer, not the largest value's.
    assert_eq!(reference::argmax(&[7, -8], 4), 1);
    assert_eq!(reference::argmax(&[7, 7, 7], 4), 0);
    // The odd one out moves up a level: (3, 5) → 5, then 5 against 4.
    assert_eq!(reference::argmax(&[3, 5, 4], 5), 1);
    assert_eq!(reference::max(&[], 5), None);
}

#[test]
fn every_kind_of_operation_is_generated() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..400 {
        let case = cases(1).new_tree(&mut runner).unwrap().current();
        for op in &case.program.ops {
            seen.insert(match &op.kind {
                OpKind::Shift { sign, .. } => format!("shift {sign:?}"),
                OpKind::Linear { bias, .. } => format!("linear, bias {}", bias.is_some()),
                kind => serde_json::to_value(kind).unwrap()["op"].to_string(),
            });
        }
        seen.extend([2, 64].iter().filter(|&&b| case.program.input.bits == b).map(|b| format!("{b} bits")));
    }
    assert_eq!(seen.len(), 13, "{seen:?}");
    assert!(ring::contains(ring::min(64), 64));
}

#[test]
fn random_cnns_have_every_operation() {
    let mut runner = TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    for _ in 0..300 {
        let case = cnn_cases(1).new_tree(&mut runner).unwrap().current();
        let json: serde_json::Value = serde_json::from_str(&case.program.to_json()).unwrap();
        let kinds = json["ops"].as_array().unwrap().iter().map(|op| op["kind"]["op"].as_str().unwrap().to_owned());
        seen.extend(kinds);
    }
    let all = [
        "add",
        "argmax",
        "clip",
        "concat",
        "conv",
        "divide",
        "linear",
        "max-pool",
        "pad",
        "relu",
        "relu-shift",
        "reshape",
        "shift",
        "sum-pool",
    ];
    assert_eq!(seen.iter().map(String::as_str).collect::<Vec<_>>(), all);
}
