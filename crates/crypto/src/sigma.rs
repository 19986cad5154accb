//! The linear map in front of the hash's permutation.

use crate::Block;

/// `z^7 + z^3 + z^2 + 1`.
pub(crate) const TAIL: u64 = 0x8d;

/// A linear map σ for which σ(x) ⊕ v·x is a bijection for every scalar v of GF(16), zero and one among them: every word of 32 bits is
/// doubled modulo `z^32 + z^7 + z^3 + z^2 + 1`, which is irreducible, so that σ has no eigenvalue in GF(16).
#[inline]
pub(crate) fn sigma(x: Block) -> Block {
    let double = |x: u64| ((x & 0x7fff_ffff_7fff_ffff) << 1) ^ ((x >> 31 & 0x1_0000_0001) * TAIL);
    Block::new(u128::from(double(x.high_u64())) << 64 | u128::from(double(x.low_u64())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sigma_stays_a_bijection_with_any_scalar_added() {
        // All are linear: their images of the unit vectors have full rank. Where one had not, a semi-honest receiver of Ferret over GF(16)
        // would have to guess as many bits less of Δ.
        for v in 0..16 {
            let map = |x: Block| sigma(x) ^ x.gf16_mul(v);
            let mut rows: Vec<u128> = (0..128).map(|i| map(Block::new(1 << i)).as_u128()).collect();
            for bit in 0..128 {
                let pivot = (bit..128).find(|&r| rows[r] >> bit & 1 == 1).expect("full rank");
                rows.swap(bit, pivot);
                for r in bit + 1..128 {
                    rows[r] ^= rows[bit] * (rows[r] >> bit & 1);
                }
            }
        }
    }
}
