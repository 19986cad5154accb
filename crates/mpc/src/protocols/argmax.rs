//! Argmax over Z_{2^ℓ} and Z_n: ⟨x₀⟩…⟨x_{k−1}⟩ ↦ ⟨index of the largest⟩, one vector.
//!
//! The index is multiplexed along the balanced tree of [`tournament`](super::tournament), so the lowest one wins ties. Source:
//! CrypTFlow2 (CCS 2020), section 5.5. Cost: per level, a DReLU and one multiplexer of value and index together for every
//! pair; the last level needs no value. Rounds: ⌈log₂ k⌉·(DReLU + 2).

use super::tournament::{Pairs, level_cost};
use super::{drelu, mux};
use crate::cost::Cost;
use crate::error::Result;
use crate::party::{Params, Party};
use crate::session::lane::Lane;
use crate::share::{Arith, Modulus};

/// Share of the index over `index_modulus`, which must hold k − 1. `x` has at least one element.
pub async fn argmax(s: &mut Lane, x: &Arith, index_modulus: impl Into<Modulus>) -> Result<Arith> {
    let own = |i: u64| if s.party() == Party::Server { i } else { 0 };
    let mut indices = Arith::new(index_modulus, (0..x.len() as u64).map(own).collect());
    let mut values = x.clone();
    while values.len() > 1 {
        let last = values.len() == 2;
        let pairs = Pairs::new(&[values.len()]);
        let [left, right] = pairs.sides(&values);
        let [left_index, right_index] = pairs.sides(&indices);
        let difference = left.sub(&right);
        let b = drelu::drelu(s, &difference).await?;
        // max = right + b·(left − right), and the index likewise.
        let index_difference = left_index.sub(&right_index);
        if last {
            let index = mux::mux(s, &b, &index_difference).await?;
            return Ok(right_index.add(&index));
        }
        let both = mux::mux_many(s, &b, &[&difference, &index_difference]).await?;
        values = pairs.next(&values, &right.add(&both[0]));
        indices = pairs.next(&indices, &right_index.add(&both[1]));
    }
    Ok(indices)
}

/// Cost for `k` values and an index over `index_modulus`.
pub fn cost(k: usize, modulus: Modulus, index_modulus: Modulus, params: Params) -> Cost {
    level_cost(&[k], |pairs, last| {
        let moved = [modulus, index_modulus];
        drelu::cost(pairs, modulus, params) + mux::cost(pairs, if last { &moved[1..] } else { &moved })
    })
}
