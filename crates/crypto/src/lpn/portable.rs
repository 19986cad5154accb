//! The readable twin of the code's kernels.

use super::places::{self, GROUP, LOCALITY, POWERS, Places};
use crate::Block;

/// Places of the group whose first ChaCha block is `first`.
#[allow(unsafe_code)]
pub(super) fn places(key: &[u32; 8], first: u64, mask: u32, places: &mut [u32; GROUP]) {
    // SAFETY: words need no instructions of a machine.
    unsafe { places::group::<u32>(key, first, mask, places) }
}

/// Adds to every output the entries at its places.
pub(super) fn add(table: &[Block], places: &Places, outputs: &mut [Block]) {
    for (output, places) in outputs.iter_mut().zip(places.as_chunks::<LOCALITY>().0) {
        *output = places.iter().fold(*output, |sum, &place| sum ^ table[place as usize]);
    }
}

/// As [`add`], every entry times its power of β.
pub(super) fn add_gf16(table: &[Block], places: &Places, outputs: &mut [Block]) {
    for (output, places) in outputs.iter_mut().zip(places.as_chunks::<LOCALITY>().0) {
        let sum = POWERS.into_iter().rev().fold(Block::ZERO, |sum, power| {
            places[power].iter().fold(sum.times_beta(), |sum, &place| sum ^ table[place as usize])
        });
        *output ^= sum;
    }
}
