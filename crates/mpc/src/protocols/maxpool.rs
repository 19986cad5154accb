//! Maxpool over Z_{2^ℓ} and Z_n: the largest value of every window of a batch.
//!
//! Source: CrypTFlow2 (CCS 2020), section 5.4. Cost: for a window of k values k − 1 DReLUs and multiplexers; rounds ⌈log₂ k⌉
//! times those, for the largest window. All windows move together, smaller ones at a border end earlier.

use super::tournament;
use crate::cost::Cost;
use crate::error::Result;
use crate::party::Params;
use crate::session::lane::Lane;
use crate::share::{Arith, Modulus};

/// Shares of every window's largest value, by the tree of the reference executor. `windows` lists the places of each in `x`,
/// at least one.
pub async fn maxpool(s: &mut Lane, x: &Arith, windows: &[Vec<usize>]) -> Result<Arith> {
    let places = windows.iter().flatten();
    let values = Arith::new(x.modulus(), places.map(|&i| x.values()[i]).collect());
    tournament::largest(s, values, sizes(windows)).await
}

fn sizes(windows: &[Vec<usize>]) -> Vec<usize> {
    windows.iter().map(Vec::len).collect()
}

/// Cost for these windows.
pub fn cost(windows: &[Vec<usize>], modulus: Modulus, params: Params) -> Cost {
    tournament::cost(&sizes(windows), modulus, params)
}
