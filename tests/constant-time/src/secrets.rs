//! What memcheck is told to follow.

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use sotto_crypto::memcheck;
use sotto_mpc::{Arith, Modulus, Party};

/// A party's seed.
pub(crate) fn seed(party: Party) -> [u8; 32] {
    let mut seed = [1 + party as u8; 32];
    memcheck::secret(&mut seed);
    seed
}

/// A party's randomness.
pub(crate) fn rng(party: Party) -> ChaCha20Rng {
    ChaCha20Rng::from_seed(seed(party))
}

/// Any elements.
pub(crate) fn elements(modulus: Modulus, n: usize, rng: &mut ChaCha20Rng) -> Arith {
    Arith::new(modulus, (0..n).map(|_| modulus.uniform(u128::from(rng.next_u64()) << 64)).collect())
}

/// Fails unless these derive from secrets: where they don't, nothing was followed.
pub(crate) fn expect(what: &str, values: &mut [u64]) -> Result<(), String> {
    match memcheck::is_secret(values) {
        true => Ok(()),
        false => Err(format!("{what}: the results are public")),
    }
}
