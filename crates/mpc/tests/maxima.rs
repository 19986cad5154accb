//! Argmax and maxpool against the reference executor's tournament, over rings and odd moduli.

mod common;

use common::{
    Ots, Shared, all_shares, assert_same, digit, many, moduli, open, rng, run, share_with, shared, small_moduli,
};
use rand_core::Rng;
use sotto_mpc::protocols::{argmax, maxpool};
use sotto_mpc::{Modulus, Ring};

/// The tournament of the reference executor, for any modulus: index and value of the winner.
fn winner(values: &[i64], modulus: Modulus) -> (usize, i64) {
    let mut level: Vec<(usize, i64)> = values.iter().copied().enumerate().collect();
    while level.len() > 1 {
        let better = |pair: &[(usize, i64)]| match pair {
            [left, right] => {
                let difference = modulus.sub(modulus.from_signed(left.1), modulus.from_signed(right.1));
                if modulus.to_signed(difference) >= 0 { *left } else { *right }
            }
            _ => pair[0],
        };
        level = level.chunks(2).map(better).collect();
    }
    level[0]
}

fn check_argmax(x: &Shared) {
    let modulus = x.client.modulus();
    let result = run(Ots::Ideal, digit(4), async |s| argmax::argmax(s, x.own(s), Ring::new(21)).await.unwrap());
    let expected = winner(&x.values, modulus).0 as i64;
    assert_same(&open(&result), &[expected], &format!("{modulus:?}, {} values", x.values.len()));
}

fn check_maxpool(ots: Ots, x: &Shared, windows: &[Vec<usize>]) {
    let modulus = x.client.modulus();
    let result = run(ots, digit(4), async |s| maxpool::maxpool(s, x.own(s), windows).await.unwrap());
    let largest = |window: &Vec<usize>| winner(&window.iter().map(|&i| x.values[i]).collect::<Vec<_>>(), modulus).1;
    let expected: Vec<i64> = windows.iter().map(largest).collect();
    assert_same(&open(&result), &expected, &format!("{modulus:?}, {} windows", windows.len()));
}

#[test]
fn the_test_s_tournament_is_the_reference_executors() {
    for bits in [1, 3, 8, 64] {
        for k in [1, 2, 3, 7, 10] {
            for seed in 0..50 {
                let values = shared(Ring::new(bits), k, seed).values;
                let (index, value) = winner(&values, Modulus::power_of_two(bits));
                assert_eq!(index, sotto_nn::reference::argmax(&values, bits));
                assert_eq!(Some(value), sotto_nn::reference::max(&values, bits));
            }
        }
    }
}

#[test]
fn argmax_agrees_with_ties_and_overflow() {
    for modulus in small_moduli().into_iter().step_by(3).chain(moduli().into_iter().step_by(3)) {
        for k in [1, 2, 3, 5, 8, 10, 33] {
            for seed in 0..10 {
                let x = shared(modulus, k, 7 + seed);
                // Few distinct values: many ties.
                check_argmax(&if seed % 2 == 0 { x.map(|v| v & 1) } else { x });
            }
        }
    }
}

#[test]
fn argmax_of_many_values_agrees() {
    moduli().into_iter().for_each(|modulus| check_argmax(&shared(modulus, many(), 12)));
}

#[test]
fn all_pairs_of_shares_meet_in_small_moduli() {
    for modulus in small_moduli() {
        let x = all_shares(modulus);
        let n = x.values.len();
        let windows: Vec<Vec<usize>> = (0..n).map(|i| vec![i, (i * 7 + 3) % n]).collect();
        check_maxpool(Ots::Ideal, &x, &windows);
    }
}

#[test]
fn maxpool_agrees_for_windows_of_many_sizes() {
    for modulus in moduli() {
        let x = shared(modulus, many(), 13);
        let mut random = rng(13);
        // Overlapping windows of 1 to 10 values, as at borders, over all values.
        let windows: Vec<Vec<usize>> = (0..x.values.len() / 5)
            .map(|w| {
                let size = 1 + random.next_u64() as usize % 10;
                (0..size).map(|i| (5 * w + i) % x.values.len()).collect()
            })
            .collect();
        check_maxpool(Ots::Ideal, &x, &windows);
    }
}

#[test]
fn maxpool_over_real_ots_agrees() {
    for modulus in [Modulus::power_of_two(17), Modulus::odd(65537)] {
        let x = shared(modulus, 900, 14);
        let windows: Vec<Vec<usize>> = (0..300).map(|w| (3 * w..3 * w + 1 + w % 3).collect()).collect();
        check_maxpool(Ots::Silent, &x, &windows);
        check_maxpool(Ots::Silent, &share_with(modulus, &[1, 1, 0], &[5, 6, 7]), &[vec![0, 1, 2]]);
    }
}
