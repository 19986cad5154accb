//! Argmax over Z_{2^ℓ}: ⟨x₀⟩…⟨x_{k−1}⟩ ↦ ⟨index of the largest⟩, one vector.
//!
//! A balanced tree of neighbours, an odd one passing through; the left one stays when `left − right ≥ 0` in the ring, so the
//! lowest index wins ties. Source: CrypTFlow2 (CCS 2020), section 5.5, for the tree. Cost: per level, a DReLU and one multiplexer of
//! value and index together for every pair; the last level needs no value. Rounds: ⌈log₂ k⌉·(DReLU + 2).

use super::{drelu, mux};
use crate::cost::Cost;
use crate::share::{Arith, Ring};
use crate::{Party, Result, Session};

/// Share of the index over `index_ring`, which must hold k − 1. `x` has at least one element.
pub async fn argmax(s: &mut Session, x: &Arith, index_ring: Ring) -> Result<Arith> {
    let indices = (0..x.len() as u64).map(|i| if s.party() == Party::Server { i } else { 0 }).collect();
    let (mut values, mut indices) = (x.clone(), Arith::new(index_ring, indices));
    while values.len() > 1 {
        let last = values.len() == 2;
        let (left, right, odd) = neighbours(&values);
        let (left_index, right_index, odd_index) = neighbours(&indices);
        let difference = left.sub(&right);
        let b = drelu::drelu(s, &difference).await?;
        // max = right + b·(left − right), and the index likewise.
        let index_difference = left_index.sub(&right_index);
        let index;
        if last {
            index = mux::mux(s, &b, &index_difference).await?;
        } else {
            let mut both = mux::mux_many(s, &b, &[&difference, &index_difference]).await?;
            index = both.swap_remove(1);
            values = joined(&right.add(&both.swap_remove(0)), odd);
        }
        indices = joined(&right_index.add(&index), odd_index);
        if last {
            break;
        }
    }
    Ok(indices)
}

/// Elements at even and at odd places, and the one without a neighbour.
fn neighbours(x: &Arith) -> (Arith, Arith, Option<u64>) {
    let pairs = x.values().chunks_exact(2);
    let odd = pairs.remainder().first().copied();
    let (left, right) = pairs.map(|pair| (pair[0], pair[1])).unzip();
    (Arith::new(x.ring(), left), Arith::new(x.ring(), right), odd)
}

fn joined(x: &Arith, odd: Option<u64>) -> Arith {
    Arith::new(x.ring(), x.values().iter().copied().chain(odd).collect())
}

/// Cost for `k` values of `bits` bits and an index of `index_bits`.
pub fn cost(k: usize, bits: u32, index_bits: u32, digit: u32) -> Cost {
    let mut cost = Cost::default();
    let mut size = k;
    while size > 1 {
        let pairs = size / 2;
        let widths = [index_bits, bits];
        cost += drelu::cost(pairs, bits, digit) + mux::cost(pairs, if size == 2 { &widths[..1] } else { &widths });
        size = size.div_ceil(2);
    }
    cost
}
