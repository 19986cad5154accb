//! What changes scale or modulus: truncation, division, and the fused forms, against plain integers.

mod common;

use common::{Ots, Shared, all_shares, assert_same, digit, many, moduli, open, run, shared, small_moduli};
use sotto_mpc::protocols::{clip, divide, relu_shift, truncate};
use sotto_mpc::{Modulus, Params, Ring};
use sotto_nn::Sign;

/// Values in every other case.
const FEW: usize = 300;

/// Bits that a shift may take from a modulus.
fn amounts(modulus: Modulus) -> Vec<u32> {
    let bits = modulus.bits();
    let mut amounts = vec![0, 1, bits / 2, bits.saturating_sub(2), bits - 1];
    amounts.sort_unstable();
    amounts.dedup();
    amounts
}

fn outputs(modulus: Modulus) -> Vec<Modulus> {
    let widths = [1, modulus.bits() / 2 + 1, modulus.bits(), (modulus.bits() + 5).min(64), 64];
    widths.into_iter().map(Modulus::power_of_two).chain([modulus, Modulus::odd(3), Modulus::odd(65537)]).collect()
}

/// Brings the values into the range that a sign guarantees, with the same client's shares.
fn guaranteed(x: &Shared, sign: Sign) -> Shared {
    match (sign, x.client.modulus()) {
        (Sign::Any, _) | (Sign::Bounded, Modulus::Odd(_)) => x.clone(),
        (Sign::NonNegative, modulus) => {
            x.map(|v| if v < 0 { (v + 1).abs().min(modulus.largest_positive() as i64) } else { v })
        }
        (Sign::Bounded, _) => x.map(|v| v >> 1),
    }
}

fn signs(modulus: Modulus) -> impl Iterator<Item = Sign> {
    // One bit has no room for a bound.
    let all = [Sign::Any, Sign::NonNegative, Sign::Bounded].into_iter();
    all.filter(move |&sign| modulus.bits() > 1 || sign != Sign::Bounded)
}

fn check_truncate(x: &Shared, amount: u32, sign: Sign, out: Modulus) {
    let x = guaranteed(x, sign);
    let result = run(Ots::Ideal, digit(4), async |s| truncate::truncate(s, x.own(s), amount, sign, out).await.unwrap());
    let what = format!("{sign:?}: {:?} >> {amount} to {out:?}", x.client.modulus());
    assert_same(&open(&result), &x.expected(out, |v| v >> amount), &what);
}

fn check_divide(x: &Shared, divisor: u64, sign: Sign, out: Modulus) {
    let x = guaranteed(x, sign);
    let result = run(Ots::Ideal, digit(4), async |s| divide::divide(s, x.own(s), divisor, sign, out).await.unwrap());
    let what = format!("{sign:?}: {:?} / {divisor} to {out:?}", x.client.modulus());
    assert_same(&open(&result), &x.expected(out, |v| v.div_euclid(divisor.into())), &what);
}

/// The forms of the fewest rounds, and of the fewest bytes.
fn forms() -> [Params; 2] {
    [(4, Params::MAX_ROUND_BYTES), (2, 0)].map(|(digit, round_bytes)| Params {
        digit: Some(digit),
        round_bytes,
        ..Params::default()
    })
}

fn check_relu_shift(x: &Shared, amount: u32, out: Modulus) {
    for params in forms() {
        let result = run(Ots::Ideal, params, async |s| relu_shift::relu_shift(s, x.own(s), amount, out).await.unwrap());
        let what = format!("max({:?}, 0) >> {amount} to {out:?}, {params:?}", x.client.modulus());
        assert_same(&open(&result), &x.expected(out, |v| v.max(0) >> amount), &what);
    }
}

fn check_clip(x: &Shared, max: u64, amount: u32, out: Modulus) {
    for params in forms() {
        let result = run(Ots::Ideal, params, async |s| clip::clip(s, x.own(s), max, amount, out).await.unwrap());
        let what = format!("clip {:?} to {max} >> {amount} to {out:?}, {params:?}", x.client.modulus());
        assert_same(&open(&result), &x.expected(out, |v| v.clamp(0, max.into()) >> amount), &what);
    }
}

#[test]
fn all_shares_of_small_moduli_are_rescaled_exactly() {
    for modulus in small_moduli() {
        let x = all_shares(modulus);
        let larger = Modulus::power_of_two(modulus.bits() + 2);
        for amount in 0..modulus.bits() {
            for out in [modulus, larger, Modulus::odd(7)] {
                signs(modulus).for_each(|sign| check_truncate(&x, amount, sign, out));
                check_relu_shift(&x, amount, out);
            }
            (0..=modulus.largest_positive()).for_each(|max| check_clip(&x, max, amount, larger));
        }
        for divisor in [2, 3, 5, 7, 49, 64] {
            for sign in signs(modulus) {
                check_divide(&x, divisor, sign, modulus);
                check_divide(&x, divisor, sign, larger);
            }
        }
    }
}

#[test]
fn truncation_is_exact_in_every_form() {
    for modulus in moduli() {
        let few = shared(modulus, FEW, 5);
        for amount in amounts(modulus) {
            for out in outputs(modulus) {
                signs(modulus).for_each(|sign| check_truncate(&few, amount, sign, out));
            }
        }
        check_truncate(&shared(modulus, many(), 5), modulus.bits() / 2, Sign::Any, modulus);
        check_truncate(&shared(modulus, many() / 10, 6), modulus.bits() / 2, Sign::NonNegative, modulus);
        check_truncate(&shared(modulus, many() / 10, 7), modulus.bits() / 2, Sign::Bounded, modulus);
    }
}

#[test]
fn division_is_exact_in_every_form() {
    for modulus in moduli() {
        let few = shared(modulus, FEW, 8);
        let most = (modulus.size() / 2).min(u128::from(divide::MAX_DIVISOR)) as u64;
        for divisor in [1, 2, 3, 49, 196, 1000, most - most / 3, most] {
            for out in outputs(modulus) {
                signs(modulus).for_each(|sign| check_divide(&few, divisor, sign, out));
            }
        }
        check_divide(&shared(modulus, many(), 8), 49, Sign::Any, modulus);
        check_divide(&shared(modulus, many() / 10, 9), 9, Sign::NonNegative, modulus);
    }
}

#[test]
fn relu_shift_is_exact_into_any_modulus() {
    for modulus in moduli() {
        let few = shared(modulus, FEW, 10);
        for amount in amounts(modulus) {
            outputs(modulus).into_iter().for_each(|out| check_relu_shift(&few, amount, out));
        }
        check_relu_shift(&shared(modulus, many(), 10), modulus.bits() / 3, modulus);
    }
}

#[test]
fn clip_is_exact_into_any_modulus() {
    for modulus in moduli() {
        let few = shared(modulus, FEW, 12);
        let top = modulus.largest_positive();
        for amount in amounts(modulus) {
            for out in outputs(modulus) {
                // The last as of a ReLU6.
                let six = 3 << modulus.bits().saturating_sub(5);
                [0, 1, top / 3, top - 1, top, six]
                    .into_iter()
                    .for_each(|max| check_clip(&few, max.min(top), amount, out));
            }
        }
        check_clip(&shared(modulus, many(), 12), top / 3, modulus.bits() / 3, modulus);
    }
}

#[test]
fn real_ots_carry_every_form() {
    let ring = Modulus::power_of_two;
    let few_rounds =
        [(ring(8), 1), (ring(41), 6), (Modulus::odd(12289), 7)].map(|case| (case, Params::MAX_ROUND_BYTES));
    let few_bytes = [(ring(41), 1), (ring(33), 2), (ring(40), 3), (Modulus::odd(12289), 2)].map(|case| (case, 0));
    for ((modulus, digit), round_bytes) in few_rounds.into_iter().chain(few_bytes) {
        let x = shared(modulus, 3000, 13);
        let out = Ring::new(44);
        let result = run(Ots::Silent, Params { digit: Some(digit), round_bytes, ..Params::default() }, async |s| {
            let shifted = relu_shift::relu_shift(s, x.own(s), 3, out).await.unwrap();
            let truncated = truncate::truncate(s, x.own(s), 3, Sign::Any, out).await.unwrap();
            let divided = divide::divide(s, x.own(s), 7, Sign::Any, out).await.unwrap();
            let clipped = clip::clip(s, x.own(s), 100, 2, out).await.unwrap();
            [shifted, truncated, divided, clipped]
        });
        let expected: [fn(i128) -> i128; 4] =
            [|v| v.max(0) >> 3, |v| v >> 3, |v| v.div_euclid(7), |v| v.clamp(0, 100) >> 2];
        for ((client, server), f) in result.client.iter().zip(&result.server).zip(expected) {
            assert_same(&common::open_shares(client, server), &x.expected(out.into(), f), &format!("{modulus:?}"));
        }
    }
}
