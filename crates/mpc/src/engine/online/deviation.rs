//! What a client that deviates learns by results, which is why SECURITY.md says that whoever can open a session can copy the
//! model: it adds what it likes to its shares between layers, and every result is an equation in the weights.
//!
//! The model is `wdbc`: 30 inputs, 8 hidden units with ReLU and a shift by 5 bits, 2 scores. The server follows the protocol.

use std::path::Path;

use futures_executor::block_on;
use sotto_nn::bundle::Bundle;

use super::*;
use crate::engine::linears::Linears;
use crate::engine::prepare::{self, Role};
use crate::party::Params;
use crate::protocols::linear_he::HeOptions;
use crate::testing::run2;

const INPUTS: usize = 30;
const UNITS: usize = 8;
const SHIFT: u32 = 5;

/// Moves a unit whose sum is small far below zero, or far above.
const FAR: i64 = 1 << 14;

/// What the shift leaves of sums below 2·FAR.
const STEPS: i64 = (2 * FAR) >> SHIFT;

type Hidden = [i64; UNITS];
type Scores = [i64; 2];

/// The client's side of sessions with an honest server.
struct Attacker {
    bundle: Bundle,
    inferences: u64,
    /// Scores of no hidden unit at all.
    output_bias: Scores,
    /// By unit, its weight in each score.
    output_weights: [Scores; UNITS],
}

impl Attacker {
    /// One inference: on `input`, with `before` added to what the hidden units get and `after` to what they give.
    fn infer(&mut self, input: &[i64; INPUTS], before: Hidden, after: Hidden) -> Scores {
        self.inferences += 1;
        let (program, params) = (&self.bundle.program, Params::default());
        let linears = Linears::choose(program, params).unwrap();
        let schedule = Schedule::new(program, params).unwrap();
        let session = |channel, party| Session::ideal(channel, party, params, self.inferences);
        let server = async |channel| {
            let mut s = session(channel, Party::Server);
            let weights = &self.bundle.weights;
            let encryption = HeOptions::default();
            let role = Role::Server { weights, encryption: &encryption };
            let prepared = prepare::preprocess(&mut s, program, &schedule, &linears, role).await.unwrap();
            run(&mut s, program, &schedule, prepared, Own::Weights(weights, &Threads::default())).await.unwrap();
        };
        let client = async |channel| {
            let mut s = session(channel, Party::Client);
            let prepared = prepare::shares(&mut s, program, &schedule, &linears, Role::Client).await;
            let mut prepared = prepared.unwrap();
            // What the hidden units get is the client's to choose when it says what it compares.
            let share = prepared.linear.get_mut(&0).unwrap();
            *share = share.add(&ring_elements(program, 1, &before));
            prepare::choices(&mut s, program, &schedule, &mut prepared).await.unwrap();
            s.exchange_stores(std::mem::take(&mut prepared.stores));
            let own = Own::Input(ring_elements(program, 0, input));
            let Own::Input(input) = &own else { unreachable!() };
            let mut values = Values::new(program, input.clone());
            for (number, step) in schedule.steps().iter().enumerate() {
                match step {
                    Step::Linear { operation: k, .. } => {
                        let id = program.ops[*k].inputs[0];
                        let value = values.get_mut(id).unwrap();
                        if id == 2 {
                            *value = value.add(&ring_elements(program, 2, &after));
                        }
                        reshare(&mut s, program, &mut prepared, value, id).await.unwrap();
                        let share = linear(program, *k, values.get(id).unwrap(), &mut prepared, &own).unwrap();
                        values.put(*k, share);
                    }
                    Step::Calls { operations, calls } => {
                        let shares = talk(&mut s, program, operations, calls, number, &mut prepared, &values).await;
                        operations.iter().zip(shares.unwrap()).for_each(|(&k, share)| values.put(k, share));
                    }
                    Step::Local(_) => unreachable!("a network of two layers"),
                }
            }
            let (scores, intact) = reveal(&mut s, values.get(program.ops.len()).unwrap()).await.unwrap();
            assert!(intact, "nothing was damaged on the way");
            [scores[0], scores[1]]
        };
        block_on(run2(client, server)).0
    }

    /// What the two units give of which everything else is shut off: each below `most`.
    fn pair(&mut self, [a, b]: [usize; 2], input: &[i64; INPUTS], before: [i64; 2], most: i64) -> [i64; 2] {
        let mut all = [-FAR; UNITS];
        (all[a], all[b]) = (before[0], before[1]);
        let scores = self.infer(input, all, [0; UNITS]);
        let (bias, wa, wb) = (self.output_bias, self.output_weights[a], self.output_weights[b]);
        let matches = |za: i64, zb: i64| (0..2).all(|k| bias[k] + wa[k] * za + wb[k] * zb == scores[k]);
        let pairs = (0..most).flat_map(|za| (0..most).map(move |zb| [za, zb]));
        let mut found = pairs.filter(|&[za, zb]| matches(za, zb));
        let pair = found.next().expect("the scores are sums of the two units");
        assert!(found.next().is_none(), "the two units can be told apart");
        pair
    }
}

fn ring_elements(program: &Program, value: usize, x: &[i64]) -> Arith {
    let ring = Ring::new(program.value(value).bits);
    Arith::new(ring, x.iter().map(|&x| ring.from_signed(x)).collect())
}

#[test]
fn a_client_that_shifts_its_shares_copies_the_model() {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let bundle = Bundle::load(&models.join("wdbc")).unwrap();
    let mut attacker = Attacker { bundle, inferences: 0, output_bias: [0; 2], output_weights: [[0; 2]; UNITS] };
    let (zero, off) = ([0; INPUTS], [-FAR; UNITS]);

    // All units off: the bias; one on the other side of ReLU alone: its weights.
    attacker.output_bias = attacker.infer(&zero, off, [0; UNITS]);
    for unit in 0..UNITS {
        let mut after = [0; UNITS];
        after[unit] = 1;
        let scores = attacker.infer(&zero, off, after);
        attacker.output_weights[unit] = [0, 1].map(|k| scores[k] - attacker.output_bias[k]);
    }

    // Two scores tell what two units give, if their weights are independent.
    let independent = |a: usize, b: usize| {
        let (a, b) = (attacker.output_weights[a], attacker.output_weights[b]);
        a[0] * b[1] != a[1] * b[0]
    };
    let mut left: Vec<usize> = (0..UNITS).collect();
    let mut pairs = Vec::new();
    while let Some(a) = left.pop() {
        let at = left.iter().position(|&b| independent(a, b)).expect("a unit to pair with");
        pairs.push([a, left.remove(at)]);
    }

    let mut bias = [0; UNITS];
    let mut weights = vec![[0; INPUTS]; UNITS];
    for pair in pairs {
        // The bias without its lowest bits, and these by where the shift's result steps up.
        let high = attacker.pair(pair, &zero, [FAR; 2], STEPS);
        let mut low = [0; 2];
        for bit in (0..SHIFT).rev() {
            let probe = low.map(|low| low + (1 << bit));
            let z = attacker.pair(pair, &zero, probe.map(|probe| FAR + (1 << SHIFT) - probe), STEPS);
            for side in 0..2 {
                if z[side] > high[side] {
                    low[side] = probe[side];
                }
            }
        }
        for side in 0..2 {
            bias[pair[side]] = (high[side] << SHIFT) + low[side] - FAR;
        }
        // One input of 2^5, and no bias: what comes out is a weight.
        for i in 0..INPUTS {
            let mut input = zero;
            input[i] = 1 << SHIFT;
            let half = 1 << 5;
            let before = pair.map(|unit| (half << SHIFT) - bias[unit]);
            let z = attacker.pair(pair, &input, before, 2 * half);
            (0..2).for_each(|side| weights[pair[side]][i] = z[side] - half);
        }
    }

    let held = |name: &str| attacker.bundle.weights.get(name).unwrap().data().to_vec();
    assert_eq!(attacker.output_bias.to_vec(), held("op2.bias"));
    let transposed = [0, 1].map(|k| attacker.output_weights.map(|unit| unit[k]));
    assert_eq!(transposed.as_flattened(), held("op2.weight"));
    assert_eq!(bias.to_vec(), held("op0.bias"));
    assert_eq!(weights.as_flattened(), held("op0.weight"));
    // SECURITY.md has these two numbers.
    assert_eq!(bias.len() + INPUTS * UNITS + 2 * UNITS + 2, 266);
    assert_eq!(attacker.inferences, 153);
}
