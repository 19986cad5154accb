//! The balanced tree under argmax and maxpool: in every group of a batch neighbours meet, an odd one passes through, and the
//! left one stays when `left − right ≥ 0`, so the first wins ties.
//!
//! Source: CrypTFlow2 (CCS 2020), section 5.5. All groups of a layer move together, level by level. Cost per level: a DReLU and
//! one multiplexer for every pair.

use super::{drelu, mux};
use crate::cost::Cost;
use crate::error::Result;
use crate::party::Params;
use crate::session::lane::Lane;
use crate::share::{Arith, Modulus};

/// Shares of every group's largest value. `x` holds the groups one after the other, `groups` their sizes, each at least 1; all
/// differences within a group must read rightly, or the signed reading of the reduced difference decides.
pub(crate) async fn largest(s: &mut Lane, x: Arith, mut groups: Vec<usize>) -> Result<Arith> {
    let mut values = x;
    while groups.iter().any(|&size| size > 1) {
        let pairs = Pairs::new(&groups);
        let [left, right] = pairs.sides(&values);
        let difference = left.sub(&right);
        let b = drelu::drelu(s, &difference).await?;
        // max = right + b·(left − right).
        let winners = right.add(&mux::mux(s, &b, &difference).await?);
        values = pairs.next(&values, &winners);
        groups.iter_mut().for_each(|size| *size = size.div_ceil(2));
    }
    Ok(values)
}

/// One level of all groups: which neighbours meet.
pub(crate) struct Pairs {
    /// Index of the left one of each pair, or of a value that passes through.
    places: Vec<(usize, bool)>,
}

impl Pairs {
    pub(crate) fn new(groups: &[usize]) -> Self {
        let mut places = Vec::new();
        let mut start = 0;
        for &size in groups {
            places.extend((0..size).step_by(2).map(|i| (start + i, i + 1 < size)));
            start += size;
        }
        Self { places }
    }

    /// The left and the right values of all pairs.
    pub(crate) fn sides(&self, x: &Arith) -> [Arith; 2] {
        [0, 1].map(|side| {
            let pairs = self.places.iter().filter(|(_, pair)| *pair);
            Arith::new(x.modulus(), pairs.map(|&(i, _)| x.values()[i + side]).collect())
        })
    }

    /// The next level: the pairs' winners, and what passes through.
    pub(crate) fn next(&self, x: &Arith, winners: &Arith) -> Arith {
        let mut winners = winners.values().iter().copied();
        let value = |&(i, pair): &(usize, bool)| {
            let winner = if pair { winners.next() } else { None };
            winner.unwrap_or(x.values()[i])
        };
        Arith::new(x.modulus(), self.places.iter().map(value).collect())
    }
}

/// Cost of [`largest`].
pub(crate) fn cost(groups: &[usize], modulus: Modulus, params: Params) -> Cost {
    level_cost(groups, |pairs, _| drelu::cost(pairs, modulus, params) + mux::cost(pairs, &[modulus]))
}

/// Sum over the levels of `cost(pairs, whether it is the last level)`.
pub(crate) fn level_cost(groups: &[usize], cost: impl Fn(usize, bool) -> Cost) -> Cost {
    let mut groups = groups.to_vec();
    let mut sum = Cost::default();
    while groups.iter().any(|&size| size > 1) {
        let pairs = groups.iter().map(|size| size / 2).sum();
        groups.iter_mut().for_each(|size| *size = size.div_ceil(2));
        sum += cost(pairs, groups.iter().all(|&size| size == 1));
    }
    sum
}
