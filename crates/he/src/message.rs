//! Ciphertexts as they travel.

use crate::poly::{Evaluations, Poly};

/// The half of a fresh ciphertext that the client sends.
pub enum Body {
    /// ⌊2^bits·b/Q⌉ of every coefficient.
    Rounded {
        /// Bits of a value, at most [`MAX_ROUNDED_BITS`](crate::MAX_ROUNDED_BITS).
        bits: u32,
        /// N values.
        values: Vec<u128>,
    },
    /// b as it is.
    Whole(Poly<Evaluations>),
}

/// A ciphertext on its way back: a modulo 2^bits[0] and, at the places that matter, b modulo 2^bits[1].
pub struct Reply {
    /// Bits of a value of a and of b; a has at least as many.
    pub bits: [u32; 2],
    /// N values.
    pub a: Vec<u128>,
    /// A value for each place.
    pub b: Vec<u128>,
}
