//! How places lie in the stream, and their reading by vectors of any width.

use crate::chacha::{self, Lanes};

/// Entries that an output adds.
pub const LOCALITY: usize = 10;

/// Over GF(16), by the power of β: which of an output's entries are multiplied with it.
pub(super) const POWERS: [core::ops::Range<usize>; 4] = [0..3, 3..6, 6..8, 8..LOCALITY];

/// Outputs that a stretch of the stream serves.
pub const STRETCH: usize = 192;

/// ChaCha blocks of a group.
pub(super) const LANES: usize = 16;
/// Places of a group.
pub(super) const GROUP: usize = 3 * 8 * LANES;
/// Groups of a stretch.
pub(super) const GROUPS: usize = STRETCH * LOCALITY / GROUP;

/// Places of a stretch, below the table's length.
pub(super) type Places = [u32; GROUP * GROUPS];

/// Places of the group whose first ChaCha block is `first`.
///
/// # Safety
/// As [`Lanes`].
#[inline(always)]
#[allow(unsafe_code)]
pub(super) unsafe fn group<V: Lanes>(key: &[u32; 8], first: u64, mask: u32, places: &mut [u32; GROUP]) {
    let lines = places.as_chunks_mut::<LANES>().0;
    for lane in (0..LANES).step_by(V::COUNT) {
        // SAFETY: the caller's promise.
        unsafe {
            let words = chacha::blocks(key.map(|word| V::splat(word)), first + lane as u64, 1);
            let mask = V::splat(mask);
            for p in 0..8 {
                let (a, b) = (words[2 * p], words[2 * p + 1]);
                let c = a.shift_right::<20>().xor(b.shift_right::<20>().shift_left::<12>());
                for (which, place) in [a, b, c].into_iter().enumerate() {
                    place.and(mask).store(&mut lines[3 * p + which][lane..]);
                }
            }
        }
    }
}
