//! Random polynomials: uniform ones that both parties expand from a public stream, and secret small ones.

use sotto_crypto::{Prg, SecretVec};

use crate::params::{ERROR_BOUND, ParamSet};
use crate::poly::{Evaluations, Poly};

/// Blocks of a public stream that belong to one uniform polynomial; more than any takes.
pub(crate) const STRETCH_LOG: u32 = 20;

/// The uniform polynomial number `index` of a public stream: words of as many bits as
/// a residue, those that are none left out.
pub(crate) fn uniform(set: ParamSet, stream: &mut Prg, index: u64) -> Poly<Evaluations> {
    stream.seek(index << STRETCH_LOG);
    let mut poly = Poly::zeros(set);
    let mut words = Words { stream, buffer: [0; 4096], used: 4096 };
    for (k, prime) in set.primes().iter().enumerate() {
        for residue in poly.part_mut(k) {
            *residue = loop {
                let word = words.next() & ((1 << prime.bits()) - 1);
                if word < prime.get() {
                    break word;
                }
            };
        }
    }
    poly
}

/// 32-bit words of a stream.
struct Words<'a> {
    stream: &'a mut Prg,
    buffer: [u8; 4096],
    used: usize,
}

impl Words<'_> {
    #[inline]
    fn next(&mut self) -> u32 {
        if self.used == self.buffer.len() {
            self.stream.fill_bytes(&mut self.buffer);
            self.used = 0;
        }
        let word = self.buffer[self.used..].first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
        self.used += 4;
        word
    }
}

/// `n` elements of {−1, 0, 1}: ⌊3·v/2^64⌋ − 1 of 64 uniform bits, within 2^−63 of uniform.
pub(crate) fn ternary(n: usize, prg: &mut Prg) -> SecretVec<i8> {
    small(n, prg, |word| ((u128::from(word) * 3) >> 64) as i8 - 1)
}

/// `n` errors: differences of two sums of 21 bits, variance 10.5.
pub(crate) fn errors(n: usize, prg: &mut Prg) -> SecretVec<i8> {
    let mask = (1u64 << ERROR_BOUND) - 1;
    small(n, prg, |word| (word & mask).count_ones() as i8 - (word >> ERROR_BOUND & mask).count_ones() as i8)
}

fn small(n: usize, prg: &mut Prg, f: impl Fn(u64) -> i8) -> SecretVec<i8> {
    let mut out = SecretVec::zeros(n);
    let mut bytes = SecretVec::from(vec![0u8; 8 * 512]);
    for chunk in out.chunks_mut(512) {
        prg.fill_bytes(&mut bytes);
        let (words, _) = bytes.as_chunks();
        chunk.iter_mut().zip(words).for_each(|(v, word)| *v = f(u64::from_le_bytes(*word)));
    }
    out
}

#[cfg(test)]
mod tests {
    use sotto_crypto::Block;

    use super::*;

    #[test]
    fn small_samples_have_their_distributions() {
        let mut prg = Prg::new(Block::from(7u64));
        let n = 1 << 18;
        let t = ternary(n, &mut prg);
        for v in -1..=1 {
            let count = t.iter().filter(|&&x| x == v).count() as f64;
            // Six standard deviations.
            assert!((count - n as f64 / 3.0).abs() < 6.0 * (n as f64 * 2.0 / 9.0).sqrt(), "{v}: {count}");
        }
        let e = errors(n, &mut prg);
        assert!(e.iter().all(|v| v.unsigned_abs() <= ERROR_BOUND as u8));
        let mean = e.iter().map(|&v| f64::from(v)).sum::<f64>() / n as f64;
        let variance = e.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>() / n as f64;
        assert!(mean.abs() < 6.0 * (10.5 / n as f64).sqrt(), "{mean}");
        assert!((variance - 10.5).abs() < 0.3, "{variance}");
    }

    #[test]
    fn uniform_polynomials_are_residues_and_their_own() {
        let mut prg = Prg::new(Block::from(8u64));
        let polys = [0, 1, 0].map(|i| uniform(ParamSet::N8192, &mut prg, i));
        assert!(polys[0].residues() == polys[2].residues() && polys[0].residues() != polys[1].residues());
        for (k, prime) in ParamSet::N8192.primes().iter().enumerate() {
            let part = polys[0].part(k);
            assert!(part.iter().all(|&v| v < prime.get()));
            let mean = part.iter().map(|&v| f64::from(v)).sum::<f64>() / part.len() as f64 / f64::from(prime.get());
            assert!((mean - 0.5).abs() < 6.0 * (1.0 / 12.0 / part.len() as f64).sqrt(), "{mean}");
        }
    }
}
