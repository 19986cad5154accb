//! Randomness of the machine.

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use zeroize::Zeroize;

/// The operating system or browser gave no randomness.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("no randomness from the system: {0}")]
pub struct EntropyError(getrandom::Error);

/// A generator seeded by the operating system, or by `crypto.getRandomValues` in the browser.
///
/// For everything secret that is not derived from a shared seed: keys, masks, choices.
pub fn os_rng() -> Result<ChaCha20Rng, EntropyError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(EntropyError)?;
    let rng = ChaCha20Rng::from_seed(seed);
    seed.zeroize();
    Ok(rng)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::Rng;

    #[test]
    fn two_generators_differ() {
        assert_ne!(os_rng().unwrap().next_u64(), os_rng().unwrap().next_u64());
    }
}
