//! The readable twin of the code's kernels.

use super::{GROUP, LANES, LOCALITY, Places, double_round, initial};
use crate::Block;

/// Places of the group whose first ChaCha block is `first`.
pub(super) fn places(first: u64, mask: u32, places: &mut [u32; GROUP]) {
    for lane in 0..LANES {
        let words = chacha8(first + lane as u64);
        for (p, pair) in words.as_chunks::<2>().0.iter().enumerate() {
            let [a, b] = *pair;
            for (which, place) in [a, b, a >> 20 | (b >> 20) << 12].into_iter().enumerate() {
                places[(3 * p + which) * LANES + lane] = place & mask;
            }
        }
    }
}

/// A block of the key stream. Source: Bernstein, "ChaCha, a variant of Salsa20" (2008), with 8 rounds.
fn chacha8(block: u64) -> [u32; 16] {
    let start = initial(block);
    let mut v = start;
    macro_rules! quarter {
        ($v:ident, $a:literal, $b:literal, $c:literal, $d:literal) => {
            $v[$a] = $v[$a].wrapping_add($v[$b]);
            $v[$d] = ($v[$d] ^ $v[$a]).rotate_left(16);
            $v[$c] = $v[$c].wrapping_add($v[$d]);
            $v[$b] = ($v[$b] ^ $v[$c]).rotate_left(12);
            $v[$a] = $v[$a].wrapping_add($v[$b]);
            $v[$d] = ($v[$d] ^ $v[$a]).rotate_left(8);
            $v[$c] = $v[$c].wrapping_add($v[$d]);
            $v[$b] = ($v[$b] ^ $v[$c]).rotate_left(7);
        };
    }
    for _ in 0..4 {
        double_round!(v, quarter);
    }
    core::array::from_fn(|i| v[i].wrapping_add(start[i]))
}

/// Adds to every output the entries at its places.
pub(super) fn add(table: &[Block], places: &Places, outputs: &mut [Block]) {
    for (output, places) in outputs.iter_mut().zip(places.as_chunks::<LOCALITY>().0) {
        *output = places.iter().fold(*output, |sum, &place| sum ^ table[place as usize]);
    }
}
