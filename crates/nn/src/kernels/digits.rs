//! Integers as signed digits that vector units multiply fast.

/// Most pairs of products before sums of 32 bits are added up: weights of a block stay in the nearest cache.
const DEPTH: usize = 256;

/// A cut into signed digits, `value ≡ Σ digit_i·2^(i·width)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Digits {
    pub(super) count: usize,
    pub(super) width: u32,
}

impl Digits {
    /// The fewest digits of at most `most` ≤ 16 bits that cover `bits`.
    fn new(bits: u32, most: u32) -> Self {
        let count = bits.div_ceil(most);
        Self { count: count as usize, width: bits.div_ceil(count) }
    }

    /// Takes the lowest digit off a number.
    #[inline(always)]
    pub(super) fn take(self, v: &mut i64) -> i16 {
        let unused = i64::BITS - self.width;
        let digit = (*v << unused) >> unused;
        *v = v.wrapping_sub(digit) >> self.width;
        digit as i16
    }
}

/// The digits of a layer, and how many products fit a sum.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scheme {
    pub(super) elements: Digits,
    pub(super) weights: Digits,
    /// Pairs of products that are summed up in 32 bits.
    pub(super) depth: usize,
}

impl Scheme {
    /// For a ring, elements and weights of so many bits. In a ring of up to 32 bits sums may wrap; in a wider one they are exact.
    pub(super) fn new(bits: u32, element_bits: u32, weight_bits: u32) -> Self {
        // Digits carry: the last one of several needs room for that, unless what it loses is a multiple of 2^bits.
        let elements = match element_bits {
            narrow if narrow > 16 && narrow < bits => Digits::new(narrow + 1, 16),
            element_bits => Digits::new(element_bits, 16),
        };
        let wraps = bits <= 32;
        // At least eight pairs of products to a sum.
        let most = if wraps { 16 } else { (28 - elements.width).min(16) };
        let weights = match weight_bits.min(bits) {
            bits if bits <= most => Digits::new(bits, most),
            bits => Digits::new(bits + 1, most - 1),
        };
        let exact = 1usize << (31 - (weights.width + elements.width).min(31));
        Self { elements, weights, depth: if wraps { DEPTH } else { exact.min(DEPTH) } }
    }
}
