//! Ciphertexts as they travel.

use sotto_crypto::SecretVec;

/// A ciphertext on its way back: a in units of Q/2^bits[0] and, at the places that matter, b in units of Q/2^bits[1].
pub struct Reply {
    /// Bits to which a and b are rounded; a has at least as many.
    pub bits: [u32; 2],
    /// N values.
    pub a: Vec<u128>,
    /// A value for each place.
    pub b: Vec<u128>,
}

impl Reply {
    /// Takes the `kept` highest bits of every b off it: elements of a ring of so many bits, which what is decrypted
    /// afterwards is short of.
    ///
    /// In units of Q/2^kept that is what an element of the ring adds to a phase, so that the rest is the same whatever was encrypted,
    /// but for noise (docs/notes/he-security.md).
    pub fn split(&mut self, kept: u32) -> SecretVec<u64> {
        let low = self.bits[1] - kept;
        let digits = self.b.iter().map(|&b| (b >> low) as u64).collect::<Vec<_>>();
        self.b.iter_mut().for_each(|b| *b &= (1 << low) - 1);
        digits.into()
    }
}
