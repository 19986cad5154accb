//! Every protocol against the reference on random and boundary values.

mod common;

use common::{Ots, assert_same, digit, open, open_bits, own, rng, run, share_with, shared_values};
use rand_core::Rng;
use sotto_crypto::BitVec;
use sotto_mpc::protocols::linear_ot::{LinearInput, LinearShape, linear_ot};
use sotto_mpc::protocols::{argmax, b2a, cot, drelu, millionaires, mux, relu, relu_shift, truncate};
use sotto_mpc::{Arith, Params, Party, Ring};
use sotto_nn::{Sign, reference};

/// Values per protocol and ring.
const N: usize = 100_000;
const WIDTHS: [u32; 14] = [1, 2, 3, 8, 16, 24, 31, 32, 33, 37, 41, 48, 63, 64];

#[test]
fn millionaires_agrees_for_every_width_and_digit() {
    for bits in [1, 2, 5, 8, 17, 31, 32, 64] {
        let mut random = rng(u64::from(bits));
        let mask = Ring::new(bits).mask();
        let x: Vec<u64> = (0..N).map(|_| random.next_u64() & mask).collect();
        // A quarter equal, a quarter next to each other, the rest random.
        let near = |i: usize, v: u64, r: u64| [v, v.wrapping_add(1), r, r][i % 4] & mask;
        let y: Vec<u64> = x.iter().enumerate().map(|(i, &v)| near(i, v, random.next_u64())).collect();
        for m in [1, 4, 7, 8] {
            let n = if m == 4 { N } else { 1000 };
            let result = run(Ots::Ideal, digit(m), async |s| {
                millionaires::millionaires(s, &own(s, &y, &x)[..n], bits).await.unwrap()
            });
            let expected: Vec<bool> = x.iter().zip(&y).take(n).map(|(x, y)| x < y).collect();
            assert_same(&open_bits(&result).iter().collect::<Vec<_>>(), &expected, &format!("{bits} bits, m = {m}"));
        }
    }
}

#[test]
fn drelu_and_relu_agree() {
    for bits in WIDTHS {
        let ring = Ring::new(bits);
        let (client, server, values) = shared_values(ring, N, 1);
        let signs = run(Ots::Ideal, digit(4), async |s| drelu::drelu(s, own(s, &client, &server)).await.unwrap());
        let expected: Vec<bool> = values.iter().map(|&v| v >= 0).collect();
        assert_same(&open_bits(&signs).iter().collect::<Vec<_>>(), &expected, &format!("drelu, {bits} bits"));
        let result = run(Ots::Ideal, digit(6), async |s| relu::relu(s, own(s, &client, &server)).await.unwrap());
        assert_same(&open(&result), &reference::relu(&values, bits), &format!("relu, {bits} bits"));
    }
}

#[test]
fn mux_and_b2a_agree() {
    for bits in WIDTHS {
        let ring = Ring::new(bits);
        let (client, server, values) = shared_values(ring, N, 2);
        let (b0, b1) = (BitVec::random(N, &mut rng(3)), BitVec::random(N, &mut rng(4)));
        let bits_of = &b0 ^ &b1;
        let selected = run(Ots::Ideal, Params::default(), async |s| {
            mux::mux(s, own(s, &b0, &b1), own(s, &client, &server)).await.unwrap()
        });
        let expected: Vec<i64> = values.iter().zip(bits_of.iter()).map(|(&v, b)| if b { v } else { 0 }).collect();
        assert_same(&open(&selected), &expected, &format!("mux, {bits} bits"));
        let result = run(Ots::Ideal, Params::default(), async |s| b2a::b2a(s, own(s, &b0, &b1), ring).await.unwrap());
        let expected: Vec<i64> = bits_of.iter().map(|b| ring.to_signed(u64::from(b))).collect();
        assert_same(&open(&result), &expected, &format!("b2a, {bits} bits"));
    }
}

#[test]
fn truncation_is_exact_in_every_form() {
    for bits in WIDTHS {
        for amount in [0, 1, bits / 2, bits.saturating_sub(2), bits - 1] {
            for out in [1, bits / 2 + 1, bits, 64] {
                let boundary = out == bits && amount == bits / 2;
                truncation_case(bits, amount, out, if boundary { N } else { 500 });
            }
        }
    }
}

fn truncation_case(bits: u32, amount: u32, out: u32, n: usize) {
    if amount >= bits {
        return;
    }
    // One bit has no room for a bound.
    let signs = [Sign::Any, Sign::NonNegative, Sign::Bounded];
    for sign in signs.into_iter().filter(|&sign| bits > 1 || sign != Sign::Bounded) {
        let ring = Ring::new(bits);
        let (client, server, values) = shared_values(ring, n, 5);
        // Bring the values into the guaranteed range, keeping the client's shares.
        let inside = |v: i64| match sign {
            Sign::Any => v,
            Sign::NonNegative => v & (ring.mask() >> 1) as i64,
            Sign::Bounded => v >> 1,
        };
        let inside: Vec<u64> = values.iter().map(|&v| inside(v) as u64).collect();
        let (client, server, values) =
            if sign == Sign::Any { (client, server, values) } else { share_with(ring, &inside, client.values()) };
        let Ok(expected) = reference::shift(&values, bits, amount, sign, out) else {
            panic!("the test's values keep the guarantee {sign:?} for {bits} bits");
        };
        let result = run(Ots::Ideal, digit(5), async |s| {
            truncate::truncate(s, own(s, &client, &server), amount, sign, Ring::new(out)).await.unwrap()
        });
        assert_same(&open(&result), &expected, &format!("{sign:?}: {bits} bits >> {amount} to {out} bits"));
    }
}

#[test]
fn relu_shift_is_exact_into_any_ring() {
    for bits in WIDTHS {
        for amount in [0, 1, bits / 2, bits - 1] {
            for out in [1, bits / 2 + 1, bits, (bits + 5).min(64), 64] {
                if amount >= bits {
                    continue;
                }
                let n = if out == bits && amount == bits / 2 { N } else { 500 };
                let (client, server, values) = shared_values(Ring::new(bits), n, 6);
                let result = run(Ots::Ideal, digit(6), async |s| {
                    relu_shift::relu_shift(s, own(s, &client, &server), amount, Ring::new(out)).await.unwrap()
                });
                let expected = reference::relu_shift(&values, bits, amount, out);
                assert_same(&open(&result), &expected, &format!("{bits} bits >> {amount} to {out} bits"));
            }
        }
    }
}

#[test]
fn argmax_agrees_with_ties_and_overflow() {
    for bits in [1, 2, 3, 8, 32, 64] {
        for k in [1, 2, 3, 5, 8, 10, 33] {
            for seed in 0..40 {
                let (client, server, mut values) = shared_values(Ring::new(bits), k, 7 + seed);
                let mut shares = (client, server);
                if seed % 2 == 0 {
                    // Few distinct values: many ties.
                    let few: Vec<u64> = values.iter().map(|v| *v as u64 & 1).collect();
                    let client = shares.0.values().to_vec();
                    let tied = share_with(Ring::new(bits), &few, &client);
                    shares = (tied.0, tied.1);
                    values = tied.2;
                }
                let result = run(Ots::Ideal, digit(4), async |s| {
                    argmax::argmax(s, own(s, &shares.0, &shares.1), Ring::new(8)).await.unwrap()
                });
                let expected = reference::argmax(&values, bits) as i64;
                assert_same(&open(&result), &[expected], &format!("{bits} bits, {k} values {values:?}"));
            }
        }
    }
}

#[test]
fn argmax_of_many_values_agrees() {
    for bits in WIDTHS {
        let (client, server, values) = shared_values(Ring::new(bits), N, 12);
        let result = run(Ots::Ideal, digit(6), async |s| {
            argmax::argmax(s, own(s, &client, &server), Ring::new(20)).await.unwrap()
        });
        assert_same(&open(&result), &[reference::argmax(&values, bits) as i64], &format!("{bits} bits"));
    }
}

#[test]
fn correlated_ots_agree() {
    for bits in WIDTHS {
        let ring = Ring::new(bits);
        let (_, _, values) = shared_values(ring, N, 13);
        let delta = Arith::new(ring, values.iter().map(|&v| ring.from_signed(v)).collect());
        let choices = BitVec::random(delta.len(), &mut rng(14));
        let result =
            run(Ots::Ideal, Params::default(), async |s| cot::cot(s, delta.values(), &choices, ring).await.unwrap());
        let expected: Vec<i64> = values.iter().zip(choices.iter()).map(|(&v, y)| if y { v } else { 0 }).collect();
        assert_same(&open(&result), &expected, &format!("{bits} bits"));
    }
}

#[test]
fn a_hundred_thousand_products_of_a_linear_layer_agree() {
    for bits in WIDTHS {
        let (ring, weights) = (Ring::new(bits), Ring::new(bits.min(12)));
        let (_, _, w) = shared_values(weights, N, 15);
        let (_, _, values) = shared_values(ring, 1000, 16);
        let r = Arith::new(ring, values.iter().map(|&v| ring.from_signed(v)).collect());
        let shape = LinearShape { outputs: N / 1000, inputs: 1000, weight_bits: weights.bits(), ring };
        let result = run(Ots::Ideal, Params::default(), async |s| {
            let input = match s.party() {
                Party::Client => LinearInput::Mask(&r),
                Party::Server => LinearInput::Weights(&w),
            };
            linear_ot(s, shape, input).await.unwrap()
        });
        assert_same(&open(&result), &reference::linear(&w, None, &values, bits), &format!("{bits} bits"));
    }
}

#[test]
fn linear_layers_agree_whoever_chooses() {
    // (outputs, inputs, weight bits): a single output makes the weights' bits choose, several make the mask's.
    for (bits, outputs, inputs, weight_bits) in
        [(1, 3, 2, 1), (8, 1, 5, 2), (24, 16, 30, 12), (32, 1, 40, 3), (37, 5, 7, 37), (64, 4, 4, 64), (64, 1, 9, 2)]
    {
        let ring = Ring::new(bits);
        let mut random = rng(8);
        let narrow = Ring::new(weight_bits);
        let mut weights: Vec<i64> =
            (0..outputs * inputs).map(|_| narrow.to_signed(narrow.reduce(random.next_u64()))).collect();
        weights[0] = narrow.to_signed(1 << (weight_bits - 1));
        let (mask, _, values) = shared_values(ring, inputs, 9);
        let r = Arith::new(ring, values.iter().map(|&v| ring.from_signed(v)).collect());
        let shape = LinearShape { outputs, inputs, weight_bits, ring };
        for ots in [Ots::Ideal, Ots::Real] {
            let result = run(ots, Params::default(), async |s| {
                let input = match s.party() {
                    Party::Client => LinearInput::Mask(&r),
                    Party::Server => LinearInput::Weights(&weights),
                };
                linear_ot(s, shape, input).await.unwrap()
            });
            let expected = reference::linear(&weights, None, &values, bits);
            assert_same(&open(&result), &expected, &format!("{shape:?} over {ots:?} OTs"));
        }
        assert_eq!(mask.len(), inputs);
    }
}

#[test]
fn an_empty_batch_and_one_beyond_a_chunk_of_rows_pass_over_real_ots() {
    let ring = Ring::new(16);
    for (n, m) in [(0, 4), (66_001, 4), (66_001, 1)] {
        let (client, server, values) = shared_values(ring, n, 11);
        let result = run(Ots::Real, digit(m), async |s| {
            relu_shift::relu_shift(s, own(s, &client, &server), 5, ring).await.unwrap()
        });
        assert_same(&open(&result), &reference::relu_shift(&values, 16, 5, 16), &format!("n = {n}, m = {m}"));
    }
}

#[test]
fn real_ots_carry_every_protocol() {
    let n = 3000;
    for (bits, m) in [(8, 1), (17, 4), (32, 7), (41, 6), (64, 8)] {
        let ring = Ring::new(bits);
        let (client, server, values) = shared_values(ring, n, 10);
        let out = Ring::new((bits + 3).min(64));
        let amount = bits / 3;
        let result = run(Ots::Real, digit(m), async |s| {
            let x = own(s, &client, &server);
            let shifted = relu_shift::relu_shift(s, x, amount, out).await.unwrap();
            let truncated = truncate::truncate(s, x, amount, Sign::Any, ring).await.unwrap();
            let largest = argmax::argmax(s, x, Ring::new(32)).await.unwrap();
            (shifted, truncated, largest)
        });
        let part = |f: fn(&(Arith, Arith, Arith)) -> &Arith| {
            open(&common::Run {
                client: f(&result.client).clone(),
                server: f(&result.server).clone(),
                client_stats: result.client_stats.clone(),
                server_stats: result.server_stats.clone(),
            })
        };
        assert_same(&part(|r| &r.0), &reference::relu_shift(&values, bits, amount, out.bits()), "relu-shift");
        assert_same(&part(|r| &r.1), &reference::shift(&values, bits, amount, Sign::Any, bits).unwrap(), "truncate");
        assert_same(&part(|r| &r.2), &[reference::argmax(&values, bits) as i64], "argmax");
    }
}
