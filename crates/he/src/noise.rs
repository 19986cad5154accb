//! How many bits of a ciphertext a linear layer needs: worst-case noise, flooding, roundings. Nothing here is probable, all is bounded.
//!
//! All bounds are on the largest coefficient, in units of 1 modulo Q; what they add up to must stay below Q/(2t), where a
//! message's rounding begins to fail. With ‖w‖₁ the largest sum of absolute weights behind an output:
//!
//! | source | bound |
//! |---|---|
//! | fresh: error, ⌊Q·m/t⌋, what is left of b without s bits | 21 + 1 + 2^s/2 |
//! | after the layer | ‖w‖₁ times that |
//! | encryption of zero, ⌊Q·mask/t⌋ | 21·(2N + 1) + 1 |
//! | flooding | 2^κ ≥ 2^40 times the sum of the last two |
//! | packing F ciphertexts | (F − 1)·Σpᵢ·N·21 |
//! | reply: a rounded to k bits, b to k' | 9/16·Q·(N/2^k + 1/2^k') |
//!
//! What the flooding hides is bounded in the mean, too ([`Budget::distance`]): docs/notes/he-security.md derives both.
//! The numbers are powers, sums and square roots in `f64` without logarithms, so that both parties arrive at the same
//! ones.

use sotto_crypto::Modulus;

use crate::params::{ERROR_BOUND, ParamSet, exp2, q};
use crate::scale::supports;
use crate::split::Split;

/// Statistical security of the flooding, σ: bits between the worst case of what is hidden and what hides it. SECURITY.
pub const FLOODING: u32 = 40;

/// Variance of an error: that of 2·21 bits.
const ERROR_VARIANCE: f64 = 2.0 * ERROR_BOUND as f64 / 4.0;

/// Error of [`round`](crate::scale::round) in units of what it gives, at most: a half, what the sum of reciprocals loses, and
/// some room. AGREEMENT.
pub(crate) const ROUNDING: f64 = 0.5625;

/// The widest flooding: a value of twice its bound is one block of randomness.
const MAX_FLOOD_BITS: u32 = 127;

/// Slack for the roundings of these bounds themselves.
const SLACK: f64 = 1.0 + 1.0 / (1 << 20) as f64;

/// Bits that a layer's ciphertexts keep, and what is left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// How an upload's b is split, and how much of it is cut off.
    pub split: Split,
    /// Flooding is uniform in [−2^flood_bits, 2^flood_bits).
    pub flood_bits: u32,
    /// Bits to which a and b of a reply are rounded.
    pub reply_bits: [u32; 2],
    /// Highest bits of b that do not travel: those of an element of a ring, which are the server's share. None over Z_n.
    pub kept_bits: u32,
    /// The bound on the noise, flooding included, over 1 unit; and on everything over Q/(2t), below 1.
    pub noise: f64,
    /// See `noise`.
    pub used: f64,
    /// Mean of the absolute value of the noise that the flooding hides, at most, for the worst weights.
    pub hidden: f64,
}

/// What a budget has to serve.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Parameter set.
    pub set: ParamSet,
    /// Plaintext modulus.
    pub t: Modulus,
    /// Largest sum of absolute weights behind an output.
    pub weight_norm: f64,
    /// Largest root of the sum of their squares.
    pub weight_length: f64,
    /// Bits of the flooding over the bound of what it hides, at least [`FLOODING`].
    pub flooding: u32,
    /// Ciphertexts packed into one reply.
    pub fold: usize,
    /// Coefficients of uploads, those of them with an element that travels, replies, and values in all replies.
    pub counts: [u64; 4],
}

/// Why a layer does not fit a parameter set.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FitError {
    /// Noise and plaintext need more than Q has.
    #[error("noise of {noise:.1} bits and shares of {plaintext:.1} bits need more than the {available:.1} bits of {set}", set = set.name())]
    Noise {
        /// The set.
        set: ParamSet,
        /// log₂ of the bound on the noise.
        noise: f64,
        /// log₂ 2t.
        plaintext: f64,
        /// log₂ Q.
        available: f64,
    },
    /// A kernel spans more elements than a polynomial has coefficients.
    #[error("the kernel spans more elements than a polynomial of {set} has", set = set.name())]
    Kernel {
        /// The set.
        set: ParamSet,
    },
    /// A prime of Q divides the modulus of the shares.
    #[error("a prime of {set}'s ciphertext modulus divides the shares' modulus", set = set.name())]
    Modulus {
        /// The set.
        set: ParamSet,
    },
}

impl Load {
    /// Of a layer with so many products of weights of so many bits behind an output, in one ciphertext.
    pub(crate) fn of(set: ParamSet, t: Modulus, taps: usize, weight_bits: u32) -> Self {
        let (taps, largest) = (taps as f64, (1u64 << (weight_bits - 1)) as f64);
        Self {
            set,
            t,
            weight_norm: taps * largest,
            weight_length: taps.sqrt() * largest,
            flooding: FLOODING,
            fold: 1,
            counts: [set.degree() as u64, set.degree() as u64, 1, set.degree() as u64],
        }
    }
}

/// Least e with 2^e ≥ v, for v ≥ 1.
fn ceil_log2(v: f64) -> u32 {
    let mut e = 0;
    while exp2(e) < v {
        e += 1;
    }
    e
}

impl Budget {
    /// The cheapest budget under which every message decrypts.
    ///
    /// # Errors
    /// [`FitError`], with the numbers.
    pub fn fit(load: &Load) -> Result<Self, FitError> {
        let Load { set, t, .. } = *load;
        if !supports(set, t) {
            return Err(FitError::Modulus { set });
        }
        let whole = Split::new(set, t, 0);
        let candidates = (0..whole.rest_bits()).filter_map(|cut| Self::with_split(load, Split::new(set, t, cut)));
        let best = candidates.min_by_key(|budget| budget.bits(load));
        best.ok_or_else(|| FitError::Noise {
            set,
            noise: Noise::new(load, whole).bound.log2(),
            plaintext: (2.0 * t.size() as f64).log2(),
            available: q(set).log2(),
        })
    }

    fn with_split(load: &Load, split: Split) -> Option<Self> {
        let Load { set, t, .. } = *load;
        let (q, n) = (q(set), set.degree() as f64);
        let Noise { flood_bits, bound: noise, hidden } = Noise::new(load, split);
        if flood_bits > MAX_FLOOD_BITS {
            return None;
        }
        let room = q / (2.0 * t.size() as f64 * SLACK) - noise;
        let (rounding, most) = (|bits: u32| q * SLACK * ROUNDING / exp2(bits), set.most_reply_bits());
        let first = (t.bits()..=most).find(|&k| n * rounding(k) < room)?;
        let pairs = (first..=most.min(first + 6)).filter_map(|k| {
            let left = room - n * rounding(k);
            (t.bits()..=k).find(|&b| rounding(b) < left).map(|b| [k, b])
        });
        let kept_bits = if let Modulus::PowerOfTwo(_) = t { t.bits() } else { 0 };
        let reply_bits = pairs.min_by_key(|&[k, b]| reply_bits(load, [k, b - kept_bits]))?;
        let rest = n * rounding(reply_bits[0]) + rounding(reply_bits[1]);
        // Whether the sum of reciprocals is short of b's fraction depends on what b holds, and is seen where the top of b is not.
        let stretches = 1.0 + exp2(flood_bits + 1 + reply_bits[1]) / q;
        let hidden = hidden + if kept_bits > 0 { 2.0 * rounded_down(set) * stretches * SLACK } else { 0.0 };
        let used = (noise + rest) / (q / (2.0 * t.size() as f64));
        Some(Self { split, flood_bits, reply_bits, kept_bits, noise, used, hidden })
    }

    /// Bits that the layer's ciphertexts take.
    fn bits(&self, load: &Load) -> u64 {
        let [rests, elements] = self.bits_of_upload().map(u64::from);
        load.counts[0] * rests + load.counts[1] * elements + reply_bits(load, self.bits_of_reply())
    }

    /// Bits of a coefficient of a reply's a and of a value of its b, as they travel.
    pub fn bits_of_reply(&self) -> [u32; 2] {
        [self.reply_bits[0], self.reply_bits[1] - self.kept_bits]
    }

    /// Bits of a coefficient of an upload without its element, and of the element.
    pub fn bits_of_upload(&self) -> [u32; 2] {
        [self.split.rest_bits(), self.split.element_bits()]
    }

    /// Statistical distance, at most, between a value that the client sees and one whose noise is the flooding alone:
    /// a uniform value of 2^(κ+1) moves by the hidden noise.
    pub fn distance(&self) -> f64 {
        self.hidden / exp2(self.flood_bits + 1)
    }

    /// Bits of noise that could be added before a message fails: log₂ of 1/used.
    pub fn margin(&self) -> f64 {
        -self.used.log2()
    }
}

fn reply_bits(load: &Load, bits: [u32; 2]) -> u64 {
    let a = load.counts[2] * load.set.degree() as u64;
    a * u64::from(bits[0]) + load.counts[3] * u64::from(bits[1])
}

/// Integers in a row modulo Q, at most, that a sum of reciprocals of 192 bits places below where a rounding goes up although they are above it: a
/// stretch of this length has as many, rounded up, and its ends are counted in.
pub(crate) fn rounded_down(set: ParamSet) -> f64 {
    let primes: f64 = set.primes().iter().map(|p| f64::from(p.get())).sum();
    (q(set) * primes / exp2(192)).ceil() + 1.0
}

/// Noise of a reply before its roundings.
struct Noise {
    flood_bits: u32,
    /// Most of all of it, flooding and packing included.
    bound: f64,
    /// Most of the mean of what the flooding hides, see [`Budget::hidden`].
    hidden: f64,
}

impl Noise {
    fn new(load: &Load, split: Split) -> Self {
        let (n, error) = (load.set.degree() as f64, f64::from(ERROR_BOUND));
        let primes: f64 = load.set.primes().iter().map(|p| f64::from(p.get())).sum();
        // Nothing is cut off by a unit of 1.
        let unit = if split.unit() > 1.0 { split.unit() } else { 0.0 };
        let product = load.weight_norm * (error + 1.0 + unit / 2.0);
        let zero = error * (2.0 * n + 1.0) + 1.0;
        let flood_bits = ceil_log2((product + zero) * exp2(load.flooding));
        let packing = (load.fold - 1) as f64 * primes * n * error;
        // What has mean zero and no correlation, by its variance; ⌊Q·m/t⌋ and the middle of what is cut off, by bounds.
        let fresh = ERROR_VARIANCE + unit * unit / 12.0;
        let variance = load.weight_length * load.weight_length * fresh + ERROR_VARIANCE * (n * 4.0 / 3.0 + 1.0);
        let cut = load.weight_norm * 2.0 + 1.0;
        let hidden = (variance.sqrt() + cut) * SLACK;
        Self { flood_bits, bound: product + zero + exp2(flood_bits) + packing, hidden }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(t: Modulus, weight_norm: f64) -> Load {
        let weight_length = 128.0 * (weight_norm / 128.0).sqrt();
        let counts = [40960, 40960, 10, 40960];
        Load { set: ParamSet::N4096, t, weight_norm, weight_length, flooding: FLOODING, fold: 64, counts }
    }

    #[test]
    fn budgets_of_known_layers() {
        // 3·3·512 products of 8-bit weights, as deep as ResNet-50 goes.
        let deep = Budget::fit(&load(Modulus::power_of_two(37), 4608.0 * 128.0)).unwrap();
        // 64 bits of flooding with whole uploads; cutting them may raise it.
        assert!((64..=69).contains(&deep.flood_bits) && deep.reply_bits[0] <= 54 && deep.used < 1.0, "{deep:?}");
        let small = Budget::fit(&load(Modulus::power_of_two(16), 9.0 * 8.0)).unwrap();
        assert!(small.bits_of_upload().iter().sum::<u32>() < deep.bits_of_upload().iter().sum(), "{small:?}");
    }

    #[test]
    fn layers_that_do_not_fit_are_refused_with_the_numbers() {
        let wide = Budget::fit(&load(Modulus::power_of_two(64), 4608.0 * 128.0)).unwrap_err();
        assert_eq!(
            wide.to_string(),
            "noise of 64.0 bits and shares of 65.0 bits need more than the 106.0 bits of n4096"
        );
        let prime = u64::from(ParamSet::N4096.primes()[0].get());
        let shared = Budget::fit(&load(Modulus::odd(3 * prime), 1.0)).unwrap_err();
        assert_eq!(shared, FitError::Modulus { set: ParamSet::N4096 });
    }

    #[test]
    fn flooding_is_at_most_a_block_wide() {
        // Little plaintext in the larger set leaves room for uploads of few bits, and thus for noise beyond 128 bits.
        for t in [1, 4, 7].map(Modulus::power_of_two).into_iter().chain([Modulus::odd(3)]) {
            let load = Load { set: ParamSet::N8192, ..load(t, 100.0) };
            let budget = Budget::fit(&load).unwrap();
            assert!(budget.flood_bits <= 127 && budget.used < 1.0, "{budget:?}");
        }
    }

    /// A reply's roundings may be off by more than a half of a unit (`independent::rounding`); whatever is chosen must
    /// bear it.
    #[test]
    fn roundings_of_replies_are_bounded_by_more_than_a_half() {
        for (set, bits, taps) in ParamSet::ALL.into_iter().flat_map(|set| {
            (1..=64).flat_map(move |bits| [1, 9, 27, 147, 576, 1152, 4608].map(move |taps| (set, bits, taps)))
        }) {
            let (load, half) = (Load::of(set, Modulus::power_of_two(bits), taps, 8), q(set) / exp2(bits + 1));
            let Ok(budget) = Budget::fit(&load) else { continue };
            let [a, b] = budget.reply_bits.map(|bits| q(set) * ROUNDING / exp2(bits));
            assert!(budget.noise + set.degree() as f64 * a + b < half, "{set:?}, {bits} bits, {taps} taps: {budget:?}");
            assert!(exp2(budget.reply_bits[0] + set.log_degree() + 2) <= q(set), "{budget:?}");
        }
    }

    /// The sum of a reply's reciprocals is next to nothing beside what the flooding hides anyway, whatever the ring: with 128 bits of them it was
    /// 2^−30 for shares of 64 bits.
    #[test]
    fn a_value_of_a_wide_ring_tells_as_little_as_one_of_a_narrow_ring() {
        for (set, bits) in [(ParamSet::N4096, 24), (ParamSet::N4096, 37)]
            .into_iter()
            .chain([45, 56, 64].map(|bits| (ParamSet::N8192, bits)))
        {
            let load = Load::of(set, Modulus::power_of_two(bits), 576, 8);
            let budget = Budget::fit(&load).unwrap();
            let rest = Noise::new(&load, budget.split).hidden;
            assert!(budget.hidden < 1.05 * rest, "{set:?}, {bits} bits: {} of {rest}", budget.hidden);
            assert!(budget.distance() < 1.0 / exp2(44), "{set:?}, {bits} bits: 2^{:.1}", budget.distance().log2());
        }
    }

    #[test]
    fn a_larger_ring_has_room_for_64_bits() {
        let load = Load { set: ParamSet::N8192, ..load(Modulus::power_of_two(64), 4608.0 * 128.0) };
        let budget = Budget::fit(&load).unwrap();
        assert!(budget.used < 1.0 && budget.margin() > 0.0);
    }
}
