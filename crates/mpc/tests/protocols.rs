//! Every protocol against plain integers: all shares of small moduli, and many random and boundary values of large ones.

mod common;

use common::{
    Ots, Shared, all_shares, assert_same, digit, many, moduli, open, open_bits, own, rng, run, shared, small_moduli,
};
use rand_core::Rng;
use sotto_crypto::BitVec;
use sotto_mpc::protocols::{abs, b2a, cot, divide, drelu, equality, lookup, millionaires, mux, relu, threshold};
use sotto_mpc::{Arith, Modulus, Params, Party, Ring};

/// A call for each small modulus with all its shares, and one for each large one with [`many`] values.
fn batches(seed: u64) -> impl Iterator<Item = (Modulus, Shared)> {
    let small = small_moduli().into_iter().map(|m| (m, all_shares(m)));
    small.chain(moduli().into_iter().map(move |m| (m, shared(m, many(), seed))))
}

#[test]
fn millionaires_and_equality_agree_for_every_width_and_digit() {
    for bits in [1, 2, 5, 8, 17, 31, 32, 64] {
        let mut random = rng(u64::from(bits));
        let mask = Ring::new(bits).mask();
        let x: Vec<u64> = (0..many()).map(|_| random.next_u64() & mask).collect();
        // A quarter equal, a quarter next to each other, the rest random.
        let near = |i: usize, v: u64, r: u64| [v, v.wrapping_add(1), r, r][i % 4] & mask;
        let y: Vec<u64> = x.iter().enumerate().map(|(i, &v)| near(i, v, random.next_u64())).collect();
        for m in [1, 2, 3, 4, 7, 8] {
            let n = if m == 4 { many() } else { 1000 };
            let what = format!("{bits} bits, m = {m}");
            let less = run(Ots::Ideal, digit(m), async |s| {
                millionaires::millionaires(s, &own(s, &y, &x)[..n], bits).await.unwrap()
            });
            let expected: Vec<bool> = x.iter().zip(&y).take(n).map(|(x, y)| x < y).collect();
            assert_same(&open_bits(&less).iter().collect::<Vec<_>>(), &expected, &what);
            let equal =
                run(Ots::Ideal, digit(m), async |s| equality::equality(s, &own(s, &y, &x)[..n], bits).await.unwrap());
            let expected: Vec<bool> = x.iter().zip(&y).take(n).map(|(x, y)| x == y).collect();
            assert_same(&open_bits(&equal).iter().collect::<Vec<_>>(), &expected, &what);
        }
    }
}

#[test]
fn drelu_and_is_zero_agree() {
    for (modulus, x) in batches(1) {
        let signs = run(Ots::Ideal, digit(4), async |s| drelu::drelu(s, x.own(s)).await.unwrap());
        let expected: Vec<bool> = x.values.iter().map(|&v| v >= 0).collect();
        assert_same(&open_bits(&signs).iter().collect::<Vec<_>>(), &expected, &format!("drelu, {modulus:?}"));
        let zeros = run(Ots::Ideal, digit(5), async |s| equality::is_zero(s, x.own(s)).await.unwrap());
        let expected: Vec<bool> = x.values.iter().map(|&v| v == 0).collect();
        assert_same(&open_bits(&zeros).iter().collect::<Vec<_>>(), &expected, &format!("is_zero, {modulus:?}"));
    }
}

#[test]
fn threshold_agrees() {
    for (modulus, x) in batches(6) {
        let (most, least) = (modulus.largest_positive() as i64, modulus.to_signed(modulus.largest_positive() + 1));
        let ends = [0, 1, -1, most, least, most / 3, least / 3];
        let thresholds: Vec<i64> = (0..x.values.len()).map(|i| ends[i / 7 % ends.len()].clamp(least, most)).collect();
        let check = |ots, x: &Shared, thresholds: &[i64]| {
            let result = run(ots, digit(4), async |s| threshold::threshold(s, x.own(s), thresholds).await.unwrap());
            let above = |(&v, &t): (&i64, &i64)| {
                -i64::from(modulus.to_signed(modulus.sub(modulus.from_signed(v), modulus.from_signed(t))) >= 0)
            };
            let expected: Vec<i64> = x.values.iter().zip(thresholds).map(above).collect();
            assert_same(&open(&result), &expected, &format!("{ots:?}, {modulus:?}"));
        };
        check(Ots::Ideal, &x, &thresholds);
        if modulus.bits() == 17 || modulus == Modulus::odd(65537) {
            let few = shared(modulus, 500, 6);
            check(Ots::Silent, &few, &thresholds[..500]);
        }
    }
}

#[test]
fn relu_agrees() {
    for (modulus, x) in batches(2) {
        let result = run(Ots::Ideal, digit(4), async |s| relu::relu(s, x.own(s)).await.unwrap());
        assert_same(&open(&result), &x.expected(modulus, |v| v.max(0)), &format!("{modulus:?}"));
    }
}

#[test]
fn abs_agrees() {
    for (modulus, x) in batches(4) {
        let result = run(Ots::Ideal, digit(4), async |s| abs::abs(s, x.own(s)).await.unwrap());
        assert_same(&open(&result), &x.expected(modulus, i128::abs), &format!("{modulus:?}"));
    }
    for modulus in [Modulus::power_of_two(17), Modulus::odd(65537)] {
        let x = shared(modulus, 500, 4);
        let result = run(Ots::Silent, digit(7), async |s| abs::abs(s, x.own(s)).await.unwrap());
        assert_same(&open(&result), &x.expected(modulus, i128::abs), &format!("real OTs, {modulus:?}"));
    }
}

#[test]
fn mux_and_b2a_agree() {
    for (modulus, x) in batches(3) {
        let n = x.values.len();
        let (b0, b1) = (BitVec::random(n, &mut rng(3)), BitVec::random(n, &mut rng(4)));
        let b = &b0 ^ &b1;
        let selected =
            run(Ots::Ideal, Params::default(), async |s| mux::mux(s, own(s, &b0, &b1), x.own(s)).await.unwrap());
        let expected: Vec<i64> = x.values.iter().zip(b.iter()).map(|(&v, b)| if b { v } else { 0 }).collect();
        assert_same(&open(&selected), &expected, &format!("mux, {modulus:?}"));
        let result =
            run(Ots::Ideal, Params::default(), async |s| b2a::b2a(s, own(s, &b0, &b1), modulus).await.unwrap());
        let expected: Vec<i64> = b.iter().map(|b| modulus.to_signed(u64::from(b))).collect();
        assert_same(&open(&result), &expected, &format!("b2a, {modulus:?}"));
    }
}

#[test]
fn correlated_ots_agree() {
    for (modulus, x) in batches(5) {
        let delta: Vec<u64> = x.values.iter().map(|&v| modulus.from_signed(v)).collect();
        let choices = BitVec::random(delta.len(), &mut rng(14));
        let result =
            run(Ots::Ideal, Params::default(), async |s| cot::cot(s, &delta, &choices, modulus).await.unwrap());
        let expected: Vec<i64> = x.values.iter().zip(choices.iter()).map(|(&v, y)| if y { v } else { 0 }).collect();
        assert_same(&open(&result), &expected, &format!("{modulus:?}"));
    }
}

#[test]
fn lookups_agree_for_every_width() {
    for width in 1..=8 {
        for out in [Modulus::power_of_two(1), Modulus::power_of_two(64), Modulus::odd(3), Modulus::odd(65537)] {
            let n = 3000;
            let mut random = rng(u64::from(width));
            let tables: Vec<Vec<u64>> = (0..n).map(|_| (0..1 << width).map(|_| random.next_u64()).collect()).collect();
            let indices: Vec<u8> = (0..n).map(|_| (random.next_u64() & ((1 << width) - 1)) as u8).collect();
            let private = run(Ots::Ideal, Params::default(), async |s| {
                let table = |i: usize, k: usize| tables[i][k];
                lookup::lookup_private(s, n, width, out, table, || indices.clone()).await.unwrap()
            });
            let entry = |v: u64| out.to_signed(out.reduce(v));
            let expected: Vec<i64> = tables.iter().zip(&indices).map(|(t, &y)| entry(t[usize::from(y)])).collect();
            assert_same(&open(&private), &expected, &format!("private, {width} bits, {out:?}"));
            let x = shared(Modulus::power_of_two(width), n, 6);
            let public = run(Ots::Ideal, Params::default(), async |s| {
                lookup::lookup_shared(s, x.own(s), &tables[0], out).await.unwrap()
            });
            let index = |v: i64| v as usize & ((1 << width) - 1);
            let expected: Vec<i64> = x.values.iter().map(|&v| entry(tables[0][index(v)])).collect();
            assert_same(&open(&public), &expected, &format!("shared, {width} bits, {out:?}"));
        }
    }
}

#[test]
fn wrong_tables_and_divisors_are_errors() {
    let x = shared(Modulus::power_of_two(3), 4, 1);
    let result = run(Ots::Ideal, Params::default(), async |s| {
        let short = lookup::lookup_shared(s, x.own(s), &[1, 2], Ring::new(8)).await;
        let zero = divide::divide(s, x.own(s), 0, sotto_nn::Sign::Any, Ring::new(8)).await;
        let huge = divide::divide(s, x.own(s), divide::MAX_DIVISOR + 1, sotto_nn::Sign::Any, Ring::new(8)).await;
        let few = threshold::threshold(s, x.own(s), &[0; 3]).await.map(drop);
        [short.map(drop), zero.map(drop), huge.map(drop), few].map(Result::err).map(|e| e.map(|e| e.kind()))
    });
    assert_eq!(result.client, [Some(sotto_mpc::ErrorKind::Internal); 4]);
    assert_eq!(result.server, result.client);
}

#[test]
fn an_empty_batch_and_one_beyond_a_chunk_of_rows_pass_over_real_ots() {
    for modulus in [Modulus::power_of_two(16), Modulus::odd(12289)] {
        for (n, m) in [(0, 4), (66_001, 4), (66_001, 1)] {
            let x = shared(modulus, n, 11);
            let result = run(Ots::Silent, digit(m), async |s| relu::relu(s, x.own(s)).await.unwrap());
            assert_same(&open(&result), &x.expected(modulus, |v| v.max(0)), &format!("n = {n}, m = {m}"));
        }
    }
}

#[test]
fn parties_never_see_more_than_one_share() {
    // A uniform client's share of a constant: what the server holds alone is uniform, too.
    let modulus = Modulus::odd(5);
    let zeros = vec![0; 10_000];
    let client: Vec<u64> =
        Arith::random(modulus, zeros.len(), &mut sotto_crypto::Prg::new(sotto_crypto::Block::new(7))).values().to_vec();
    let x = common::share_with(modulus, &zeros, &client);
    let result = run(Ots::Silent, digit(3), async |s| {
        let y = relu::relu(s, x.own(s)).await.unwrap();
        (s.party() == Party::Server).then_some(y)
    });
    let mut counts = [0u32; 5];
    result.server.unwrap().values().iter().for_each(|&v| counts[v as usize] += 1);
    // 2000 expected each, standard deviation 40; the seeds are fixed.
    assert!(counts.iter().all(|count| (1800..2200).contains(count)), "{counts:?}");
}
