//! The plain results, on integers.

use sotto_mpc::Modulus;

use crate::cases::{Case, table, windows};
use crate::{Op, Spec};

/// The signed results of a batch.
pub(crate) fn results(spec: &Spec, case: &Case) -> Vec<i64> {
    let modulus = spec.modulus();
    let out = spec.out().unwrap_or(modulus);
    let x = case.plain(modulus);
    let bit = |i: usize| case.client.bits.get(i) ^ case.server.bits.get(i);
    let each = |f: &dyn Fn(i128) -> i128| x.iter().map(|&v| residue(f(v.into()), out)).collect();
    let compare = |f: &dyn Fn(u64, u64) -> bool| {
        case.server.values.iter().zip(&case.client.values).map(|(&x, &y)| i64::from(f(x, y))).collect()
    };
    match spec.op {
        Op::Millionaires => compare(&|x, y| x < y),
        Op::Equality => compare(&|x, y| x == y),
        Op::Drelu => x.iter().map(|&v| i64::from(v >= 0)).collect(),
        Op::Relu => each(&|v| v.max(0)),
        Op::Abs => each(&i128::abs),
        Op::ReluShift => each(&|v| v.max(0) >> spec.shift),
        Op::Truncate => each(&|v| v >> spec.shift),
        Op::Clip => each(&|v| v.clamp(0, spec.max().into()) >> spec.shift),
        Op::Divide => each(&|v| v.div_euclid(spec.divisor.into())),
        Op::Maxpool => {
            windows(spec.window, spec.n as usize).iter().map(|window| winner(&x, window, modulus).1).collect()
        }
        Op::Argmax => vec![winner(&x, &(0..x.len()).collect::<Vec<_>>(), modulus).0 as i64],
        Op::Lookup => {
            let table = table(spec);
            each(&|v| table[v.rem_euclid(table.len() as i128) as usize].into())
        }
        Op::Mux => x.iter().enumerate().map(|(i, &v)| if bit(i) { v } else { 0 }).collect(),
        Op::B2a => (0..x.len()).map(|i| modulus.to_signed(u64::from(bit(i)))).collect(),
        // Nothing is to be wrong.
        Op::RandomOt => vec![0; spec.n as usize],
        Op::Cot => (case.server.values.iter().enumerate())
            .map(|(i, &v)| if case.client.bits.get(i) { modulus.to_signed(v) } else { 0 })
            .collect(),
    }
}

/// The signed reading of an integer's residue.
fn residue(v: i128, modulus: Modulus) -> i64 {
    modulus.to_signed(v.rem_euclid(modulus.size() as i128) as u64)
}

/// Place and value of the winner: neighbours meet, the left one stays when the difference's residue is not negative.
fn winner(x: &[i64], places: &[usize], modulus: Modulus) -> (usize, i64) {
    let mut level: Vec<(usize, i64)> = places.iter().map(|&i| (i, x[i])).collect();
    while level.len() > 1 {
        let better = |pair: &[(usize, i64)]| match pair {
            [left, right] if residue(i128::from(left.1) - i128::from(right.1), modulus) < 0 => *right,
            _ => pair[0],
        };
        level = level.chunks(2).map(better).collect();
    }
    level[0]
}
