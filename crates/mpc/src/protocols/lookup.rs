//! Lookup in a table of 2^m entries, 1 ≤ m ≤ 8: shares of T_y over Z_{2^ℓ} or Z_n, elementwise, either for the server's
//! private tables and the client's private indices or for one public table and shared indices.
//!
//! Source: CrypTFlow2 (CCS 2020), section 2.3.2, for 1-of-k OT; Dessouky et al., "Pushing the Communication Barrier in Secure
//! Computation using Lookup Tables" (NDSS 2017), for shared indices: the server's share rotates the table. Cost per value: a
//! 1-of-2^m OT, m bits, and 2^m − 1 entries; 2 rounds.

use sotto_crypto::{BitVec, mask64};

use crate::cost::Cost;
use crate::error::{Result, internal};
use crate::ot::batch::{Batch, Sums};
use crate::party::Party;
use crate::session::lane::Lane;
use crate::share::{Arith, Modulus};

/// Most bits of an index: a lookup is a 1-of-2^m OT.
pub const MAX_BITS: u32 = 8;

/// Shares of `table(i, y_i)` for `n` tables of the server's and the indices of the client's, below 2^`width`. `table` is only
/// called at the server and `indices` at the client.
pub async fn lookup_private(
    s: &mut Lane,
    n: usize,
    width: u32,
    out: impl Into<Modulus>,
    table: impl Fn(usize, usize) -> u64,
    indices: impl FnOnce() -> Vec<u8>,
) -> Result<Arith> {
    let (batch, lookup) = described(n, width, out.into());
    let mut inputs = batch.inputs(s.party());
    inputs.sums(lookup, |i, k, _| table(i, k), indices);
    inputs.run(s, &batch).await?.sum(lookup)
}

fn described(n: usize, width: u32, out: Modulus) -> (Batch, Sums) {
    let mut batch = Batch::default();
    let lookup = batch.sums(Party::Server, n, width, &[out]);
    (batch, lookup)
}

/// Shares of `table[x]` for shared indices over a ring of m bits, read as unsigned.
///
/// # Errors
/// [`Internal`](crate::ErrorKind::Internal) for a table that doesn't have 2^m entries with m ≤ [`MAX_BITS`].
pub async fn lookup_shared(s: &mut Lane, x: &Arith, table: &[u64], out: impl Into<Modulus>) -> Result<Arith> {
    let width = x.modulus().ring().map_or(u32::MAX, |ring| ring.bits());
    if width > MAX_BITS || table.len() != 1 << width {
        return Err(internal(format!("a table of {} entries for indices of {width} bits", table.len())));
    }
    let rotated: Vec<Vec<u64>> = match s.party() {
        Party::Server => x.values().iter().map(|&x| rotate(table, x)).collect(),
        Party::Client => Vec::new(),
    };
    let indices = || x.values().iter().map(|&x| x as u8).collect();
    lookup_private(s, x.len(), width, out, |i, k| rotated[i][k], indices).await
}

/// The table from entry `by` on, cyclically. `by` is secret: every step moves all entries and selects.
fn rotate(table: &[u64], by: u64) -> Vec<u64> {
    let mut rotated = table.to_vec();
    for bit in 0..table.len().ilog2() {
        let moved = mask64((by >> bit) & 1 == 1);
        let from = |i: usize| rotated[(i + (1 << bit)) % table.len()];
        rotated = (0..table.len()).map(|i| (from(i) & moved) | (rotated[i] & !moved)).collect();
    }
    rotated
}

/// A function of two shared bits and the server's own values, as a table for the client's shares of the bits: index
/// `a₁ + 2b₁`. `f(i, a, b)` gets the bits themselves.
pub(crate) fn of_two_bits<'a>(
    a: &'a BitVec,
    b: &'a BitVec,
    f: impl Fn(usize, u64, u64) -> u64 + 'a,
) -> impl Fn(usize, usize) -> u64 + 'a {
    move |i, k| f(i, (k as u64 & 1) ^ u64::from(a.get(i)), (k as u64 >> 1) ^ u64::from(b.get(i)))
}

/// The client's indices for [`of_two_bits`].
pub(crate) fn two_bits(a: &BitVec, b: &BitVec) -> Vec<u8> {
    a.iter().zip(b.iter()).map(|(a, b)| u8::from(a) | u8::from(b) << 1).collect()
}

/// Cost of `n` lookups in tables of 2^`width` entries.
pub fn cost(n: usize, width: u32, out: Modulus) -> Cost {
    described(n, width, out).0.cost()
}
