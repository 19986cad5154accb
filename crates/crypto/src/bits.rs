//! Packed vectors of bits.

use core::fmt;
use core::ops::{BitAnd, BitAndAssign, BitXor, BitXorAssign, Not, Range};

use rand_core::Rng;
use zeroize::Zeroize;

/// A vector of bits in 64-bit words, lowest bit first; unused high bits of the last word are zero.
///
/// `==` is not constant-time: compare public values only.
#[derive(Clone, Default, PartialEq, Eq, Zeroize)]
pub struct BitVec {
    words: Vec<u64>,
    len: usize,
}

/// Bytes that do not encode the bits expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LengthError {
    /// There are too few or too many bytes.
    #[error("{bits} bits take {} bytes, not {bytes}", bits.div_ceil(8))]
    Bytes {
        /// The number of bits expected.
        bits: usize,
        /// The number of bytes given.
        bytes: usize,
    },
    /// A bit beyond the last is set.
    #[error("padding after {bits} bits is not zero")]
    Padding {
        /// The number of bits expected.
        bits: usize,
    },
}

/// Packs the eight bytes of `bytes`, each below `2^width`, `width` ≤ 8, into the low `8·width` bits, in order.
#[inline]
pub fn pack_bytes(bytes: u64, width: u32) -> u64 {
    // Neighbours move together three times: fields of 1, 2, then 4.
    let x = bytes & 0x00ff_00ff_00ff_00ff | (bytes & 0xff00_ff00_ff00_ff00) >> (8 - width);
    let x = x & 0x0000_ffff_0000_ffff | (x & 0xffff_0000_ffff_0000) >> (16 - 2 * width);
    x & 0x0000_0000_ffff_ffff | (x & 0xffff_ffff_0000_0000) >> (32 - 4 * width)
}

/// The inverse of [`pack_bytes`]; bits beyond the low `8·width` are ignored.
#[inline]
pub fn unpack_bytes(packed: u64, width: u32) -> u64 {
    let fields = |n: u32| (1 << (n * width)) - 1;
    let x = packed & fields(4) | (packed >> (4 * width) & fields(4)) << 32;
    let low = fields(2) * 0x0000_0001_0000_0001;
    let x = x & low | (x >> (2 * width) & low) << 16;
    let low = fields(1) * 0x0001_0001_0001_0001;
    x & low | (x >> width & low) << 8
}

impl BitVec {
    /// `len` zeros.
    pub fn zeros(len: usize) -> BitVec {
        BitVec { words: vec![0; len.div_ceil(64)], len }
    }

    /// `len` ones.
    pub fn ones(len: usize) -> BitVec {
        BitVec::from_words(vec![u64::MAX; len.div_ceil(64)], len)
    }

    /// `len` random bits.
    pub fn random(len: usize, rng: &mut (impl Rng + ?Sized)) -> BitVec {
        BitVec::from_words((0..len.div_ceil(64)).map(|_| rng.next_u64()).collect(), len)
    }

    /// The bits `f(0), …, f(len − 1)`.
    pub fn from_fn(len: usize, mut f: impl FnMut(usize) -> bool) -> BitVec {
        let mut word =
            |start: usize| (start..len.min(start + 64)).fold(0, |word, i| word | u64::from(f(i)) << (i % 64));
        BitVec { words: (0..len).step_by(64).map(&mut word).collect(), len }
    }

    /// Bits at the `N` ≤ 8 given places of every byte, byte after byte.
    pub fn from_bytes_at<const N: usize>(bytes: &[u8], places: [u32; N]) -> BitVec {
        BitVec::gathered(bytes, &places)
    }

    // Not generic: compiled here, for speed, where callers are compiled for size.
    fn gathered(bytes: &[u8], places: &[u32]) -> BitVec {
        const LOW: u64 = u64::MAX / 0xff;
        let width = places.len() as u32;
        let mut all = BitVec::with_capacity(places.len() * bytes.len().next_multiple_of(8));
        let mut wanted = |bytes: [u8; 8]| {
            let bytes = u64::from_le_bytes(bytes);
            let fields = (0..).zip(places).fold(0, |fields, (n, place)| fields | (bytes >> place & LOW) << n);
            all.append(pack_bytes(fields, width), 8 * width);
        };
        let (whole, rest) = bytes.as_chunks();
        whole.iter().for_each(|&eight| wanted(eight));
        if !rest.is_empty() {
            let mut last = [0; 8];
            last[..rest.len()].copy_from_slice(rest);
            wanted(last);
        }
        all.truncate(places.len() * bytes.len());
        all
    }

    /// The low `width` ≤ 8 bits of every byte, whose higher bits must be zero.
    pub fn from_narrow_bytes(bytes: &[u8], width: u32) -> BitVec {
        let mut all = BitVec::with_capacity(width as usize * bytes.len());
        let (whole, rest) = bytes.as_chunks();
        whole.iter().for_each(|&eight| all.append(pack_bytes(u64::from_le_bytes(eight), width), 8 * width));
        rest.iter().for_each(|&byte| all.append(byte.into(), width));
        all
    }

    /// The first `len` bits of `bytes`.
    ///
    /// # Panics
    /// If there are not as many.
    pub fn from_first_bits(bytes: &[u8], len: usize) -> BitVec {
        let (whole, rest) = bytes[..len.div_ceil(8)].as_chunks();
        let mut words = Vec::with_capacity(len.div_ceil(64));
        words.extend(whole.iter().map(|&word| u64::from_le_bytes(word)));
        if !rest.is_empty() {
            let mut last = [0; 8];
            last[..rest.len()].copy_from_slice(rest);
            words.push(u64::from_le_bytes(last));
        }
        BitVec::from_words(words, len)
    }

    /// Drops the bits from `len` on.
    fn truncate(&mut self, len: usize) {
        self.words.truncate(len.div_ceil(64));
        self.len = len;
        self.clear_padding();
    }

    /// The lowest `len` bits of `words`. Bits beyond them are cleared.
    ///
    /// # Panics
    /// If there are not exactly ⌈len/64⌉ words.
    pub fn from_words(words: Vec<u64>, len: usize) -> BitVec {
        assert_eq!(words.len(), len.div_ceil(64), "wrong number of words for {len} bits");
        let mut bits = BitVec { words, len };
        bits.clear_padding();
        bits
    }

    /// Decodes what [`BitVec::to_bytes`] encodes; the length must be ⌈len/8⌉ and the padding zero.
    pub fn from_bytes(bytes: &[u8], len: usize) -> Result<BitVec, LengthError> {
        if bytes.len() != len.div_ceil(8) {
            return Err(LengthError::Bytes { bits: len, bytes: bytes.len() });
        }
        if !len.is_multiple_of(8) && bytes[len / 8] >> (len % 8) != 0 {
            return Err(LengthError::Padding { bits: len });
        }
        let word = |chunk: &[u8]| {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            u64::from_le_bytes(word)
        };
        Ok(BitVec { words: bytes.chunks(8).map(word).collect(), len })
    }

    /// The bits in ⌈len/8⌉ bytes, lowest first, padded with zeros.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes: Vec<u8> = self.words.iter().flat_map(|word| word.to_le_bytes()).collect();
        bytes.truncate(self.len.div_ceil(8));
        bytes
    }

    /// The number of bits.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no bits.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The ⌈len/64⌉ words.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// Bit `i`. The index is public.
    #[inline]
    pub fn get(&self, i: usize) -> bool {
        assert!(i < self.len, "bit {i} of {}", self.len);
        self.words[i / 64] >> (i % 64) & 1 == 1
    }

    /// Sets bit `i`, in constant time with respect to the bit.
    #[inline]
    pub fn set(&mut self, i: usize, bit: bool) {
        assert!(i < self.len, "bit {i} of {}", self.len);
        let word = &mut self.words[i / 64];
        *word = *word & !(1 << (i % 64)) | u64::from(bit) << (i % 64);
    }

    /// Appends a bit.
    #[inline]
    pub fn push(&mut self, bit: bool) {
        if self.len.is_multiple_of(64) {
            self.words.push(0);
        }
        self.words[self.len / 64] |= u64::from(bit) << (self.len % 64);
        self.len += 1;
    }

    /// Appends all bits of `other`.
    pub fn extend(&mut self, other: &BitVec) {
        let shift = self.len % 64;
        if shift == 0 {
            self.words.extend_from_slice(&other.words);
        } else {
            for &word in &other.words {
                *self.words.last_mut().expect("a partial word") |= word << shift;
                self.words.push(word >> (64 - shift));
            }
        }
        self.len += other.len;
        self.words.truncate(self.len.div_ceil(64));
    }

    /// No bits, with room for `bits`: a vector that does not outgrow it leaves no copy behind.
    pub fn with_capacity(bits: usize) -> BitVec {
        BitVec { words: Vec::with_capacity(bits.div_ceil(64) + 1), len: 0 }
    }

    /// Appends the low `bits` ≤ 64 bits of `value`, whose higher bits must be zero.
    #[inline]
    pub fn append(&mut self, value: u64, bits: u32) {
        debug_assert!(bits <= 64 && (bits == 64 || value >> bits == 0));
        let filled = self.len % 64;
        match self.words.last_mut() {
            Some(last) if filled > 0 => {
                *last |= value << filled;
                if filled + bits as usize > 64 {
                    self.words.push(value >> (64 - filled));
                }
            }
            _ if bits == 0 => {}
            _ => self.words.push(value),
        }
        self.len += bits as usize;
    }

    /// Appends the bits of `other` in `range`.
    pub fn extend_from(&mut self, other: &BitVec, range: Range<usize>) {
        assert!(range.start <= range.end && range.end <= other.len, "bits {range:?} of {}", other.len);
        let (mut at, end) = (range.start, range.end);
        while at < end {
            let bits = (end - at).min(64) as u32;
            self.append(other.bits_at(at, bits), bits);
            at += bits as usize;
        }
    }

    /// The `bits` ≤ 64 bits from bit `start` on; zeros beyond the end. The place is public.
    #[inline]
    pub fn bits_at(&self, start: usize, bits: u32) -> u64 {
        let (word, shift) = (start / 64, start % 64);
        let at = |w: usize| self.words.get(w).copied().unwrap_or(0);
        // In two shifts, because a shift of 0 would ask for one by the full width.
        let value = at(word) >> shift | at(word + 1) << 1 << (63 - shift);
        value & u64::MAX.checked_shr(64 - bits).unwrap_or(0)
    }

    /// All bits of `parts` one after the other.
    pub fn concat<'a>(parts: impl IntoIterator<Item = &'a BitVec>) -> BitVec {
        let mut all = BitVec::default();
        for part in parts {
            all.extend(part);
        }
        all
    }

    /// The bits in `range`.
    pub fn slice(&self, range: Range<usize>) -> BitVec {
        assert!(range.start <= range.end && range.end <= self.len, "bits {range:?} of {}", self.len);
        let len = range.len();
        let (first, shift) = (range.start / 64, range.start % 64);
        let word = |i: usize| {
            let low = self.words[first + i] >> shift;
            // In two shifts, because a shift of 0 would ask for one by the full width.
            let high = self.words.get(first + i + 1).map_or(0, |next| next << 1 << (63 - shift));
            low | high
        };
        BitVec::from_words((0..len.div_ceil(64)).map(word).collect(), len)
    }

    /// The bits before `at` and those from `at` on.
    pub fn split(&self, at: usize) -> (BitVec, BitVec) {
        (self.slice(0..at), self.slice(at..self.len))
    }

    /// The bits in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = bool> + '_ {
        (0..self.len).map(|i| self.words[i / 64] >> (i % 64) & 1 == 1)
    }

    /// Every bit inverted.
    pub fn not(&self) -> BitVec {
        !self
    }

    fn clear_padding(&mut self) {
        if !self.len.is_multiple_of(64) {
            self.words[self.len / 64] &= (1 << (self.len % 64)) - 1;
        }
    }

    fn combine(&mut self, other: &BitVec, f: impl Fn(u64, u64) -> u64) {
        assert_eq!(self.len, other.len, "bit vectors of different lengths");
        for (a, b) in self.words.iter_mut().zip(&other.words) {
            *a = f(*a, *b);
        }
    }
}

impl FromIterator<bool> for BitVec {
    fn from_iter<I: IntoIterator<Item = bool>>(bits: I) -> BitVec {
        let bits = bits.into_iter();
        let mut all = BitVec { words: Vec::with_capacity(bits.size_hint().0.div_ceil(64)), len: 0 };
        bits.for_each(|bit| all.push(bit));
        all
    }
}

impl Not for BitVec {
    type Output = BitVec;
    fn not(mut self) -> BitVec {
        self.words.iter_mut().for_each(|word| *word = !*word);
        self.clear_padding();
        self
    }
}

impl Not for &BitVec {
    type Output = BitVec;
    fn not(self) -> BitVec {
        !self.clone()
    }
}

/// Implements a bitwise operator for every mix of values and references. Operands have equal lengths.
macro_rules! bitwise {
    ($op:ident, $op_fn:ident, $assign:ident, $assign_fn:ident) => {
        impl $assign<&BitVec> for BitVec {
            fn $assign_fn(&mut self, other: &BitVec) {
                self.combine(other, u64::$op_fn);
            }
        }
        impl $assign for BitVec {
            fn $assign_fn(&mut self, other: BitVec) {
                self.$assign_fn(&other);
            }
        }
        impl $op<&BitVec> for BitVec {
            type Output = BitVec;
            fn $op_fn(mut self, other: &BitVec) -> BitVec {
                self.$assign_fn(other);
                self
            }
        }
        impl $op for BitVec {
            type Output = BitVec;
            fn $op_fn(self, other: BitVec) -> BitVec {
                self.$op_fn(&other)
            }
        }
        impl $op<&BitVec> for &BitVec {
            type Output = BitVec;
            fn $op_fn(self, other: &BitVec) -> BitVec {
                self.clone().$op_fn(other)
            }
        }
        impl $op<BitVec> for &BitVec {
            type Output = BitVec;
            fn $op_fn(self, other: BitVec) -> BitVec {
                other.$op_fn(self)
            }
        }
    };
}

bitwise!(BitXor, bitxor, BitXorAssign, bitxor_assign);
bitwise!(BitAnd, bitand, BitAndAssign, bitand_assign);

impl fmt::Debug for BitVec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BitVec(")?;
        self.iter().try_for_each(|bit| f.write_str(if bit { "1" } else { "0" }))?;
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Block, Prg};
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn packed(bits: &[bool]) -> BitVec {
        bits.iter().copied().collect()
    }

    fn unpacked(bits: &BitVec) -> Vec<bool> {
        // Equality and the wire rely on it.
        assert_eq!(bits.words().len(), bits.len().div_ceil(64));
        assert!(bits.len().is_multiple_of(64) || bits.words()[bits.len() / 64] >> (bits.len() % 64) == 0);
        bits.iter().collect()
    }

    /// Lengths around the seams between words come up often.
    fn bools() -> impl Strategy<Value = Vec<bool>> {
        prop_oneof![
            vec(any::<bool>(), 0..=9),
            vec(any::<bool>(), 62..=66),
            vec(any::<bool>(), 126..=130),
            vec(any::<bool>(), 1000)
        ]
    }

    proptest! {
        #[test]
        fn elements_agree(mut model in bools(), index: prop::sample::Index, bit: bool) {
            let mut bits = BitVec::from_fn(model.len(), |i| model[i]);
            prop_assert_eq!(unpacked(&bits), &model[..]);
            if !model.is_empty() {
                let i = index.index(model.len());
                bits.set(i, bit);
                model[i] = bit;
                prop_assert_eq!(bits.get(i), bit);
            }
            bits.push(bit);
            model.push(bit);
            prop_assert_eq!(unpacked(&bits), &model[..]);
        }

        #[test]
        fn joining_and_cutting_agree(a in bools(), b in bools(), c in bools(), cuts: [prop::sample::Index; 2]) {
            let model = [&a[..], &b, &c].concat();
            let all = BitVec::concat([&packed(&a), &packed(&b), &packed(&c)]);
            prop_assert_eq!(unpacked(&all), &model[..]);

            let [p, q] = cuts.map(|cut| cut.index(model.len() + 1));
            let (from, to) = (p.min(q), p.max(q));
            prop_assert_eq!(unpacked(&all.slice(from..to)), &model[from..to]);
            let (head, tail) = all.split(from);
            prop_assert_eq!((unpacked(&head), unpacked(&tail)), (model[..from].to_vec(), model[from..].to_vec()));
        }

        #[test]
        fn operators_agree(pairs in vec(any::<(bool, bool)>(), 0..200)) {
            let (a, b): (Vec<bool>, Vec<bool>) = pairs.iter().copied().unzip();
            let (a, b) = (packed(&a), packed(&b));
            let map = |f: fn(bool, bool) -> bool| pairs.iter().map(|&(x, y)| f(x, y)).collect::<BitVec>();
            let (xor, and) = (map(|x, y| x ^ y), map(|x, y| x & y));
            prop_assert_eq!([&a ^ &b, &a ^ b.clone(), a.clone() ^ &b, a.clone() ^ b.clone()], [0; 4].map(|_| xor.clone()));
            prop_assert_eq!([&a & &b, &a & b.clone(), a.clone() & &b, a.clone() & b.clone()], [0; 4].map(|_| and.clone()));
            prop_assert_eq!(unpacked(&!&a), unpacked(&map(|x, _| !x)));
            let mut c = a.clone();
            c ^= &b;
            c &= b;
            prop_assert_eq!(c, map(|x, y| !x & y));
        }

        #[test]
        fn bytes_round_trip(model in bools()) {
            let bits = packed(&model);
            let bytes = bits.to_bytes();
            prop_assert_eq!(bytes.len(), model.len().div_ceil(8));
            for (i, bit) in model.iter().enumerate() {
                prop_assert_eq!(bytes[i / 8] >> (i % 8) & 1 == 1, *bit);
            }
            prop_assert_eq!(BitVec::from_bytes(&bytes, model.len()), Ok(bits));
        }
    }

    proptest! {
        #[test]
        fn fields_of_bytes_are_gathered(bytes in vec(any::<u8>(), 0..40), places: [prop::sample::Index; 2]) {
            let [a, b] = places.map(|place| place.index(8));
            let bit = |i: usize, place: usize| bytes[i] >> place & 1 == 1;
            let one = BitVec::from_fn(bytes.len(), |i| bit(i, a));
            prop_assert_eq!(BitVec::from_bytes_at(&bytes, [a as u32]), one);
            let both = BitVec::from_fn(2 * bytes.len(), |i| bit(i / 2, [a, b][i % 2]));
            prop_assert_eq!(BitVec::from_bytes_at(&bytes, [a, b].map(|place| place as u32)), both);
        }

        #[test]
        fn vectors_are_made_of_bytes(bytes in vec(any::<u8>(), 0..40), width in 1..=8_u32, left in 0..8_usize) {
            let narrow: Vec<u8> = bytes.iter().map(|byte| byte >> (8 - width)).collect();
            let n = width as usize;
            let expected = BitVec::from_fn(n * bytes.len(), |i| narrow[i / n] >> (i % n) & 1 == 1);
            prop_assert_eq!(BitVec::from_narrow_bytes(&narrow, width), expected);
            let len = (8 * bytes.len()).saturating_sub(left);
            let expected = BitVec::from_fn(len, |i| bytes[i / 8] >> (i % 8) & 1 == 1);
            prop_assert_eq!(BitVec::from_first_bits(&bytes, len), expected);
        }

        #[test]
        fn bytes_are_packed_and_unpacked(bytes: [u8; 8], garbage: u64) {
            for width in 1..=8 {
                let fields = bytes.map(|byte| byte >> (8 - width));
                let expected = (0..8).fold(0, |word, i| word | u64::from(fields[i]) << (i as u32 * width));
                prop_assert_eq!(pack_bytes(u64::from_le_bytes(fields), width), expected);
                let beyond = if width < 8 { garbage << (8 * width) } else { 0 };
                prop_assert_eq!(unpack_bytes(expected | beyond, width), u64::from_le_bytes(fields));
            }
        }
    }

    #[test]
    fn wrong_encodings_are_refused() {
        assert_eq!(BitVec::from_bytes(&[0; 2], 17), Err(LengthError::Bytes { bits: 17, bytes: 2 }));
        assert_eq!(BitVec::from_bytes(&[0; 4], 17), Err(LengthError::Bytes { bits: 17, bytes: 4 }));
        assert_eq!(BitVec::from_bytes(&[0, 0, 2], 17), Err(LengthError::Padding { bits: 17 }));
        assert_eq!(BitVec::from_bytes(&[0], 0), Err(LengthError::Bytes { bits: 0, bytes: 1 }));
        assert_eq!(LengthError::Bytes { bits: 17, bytes: 2 }.to_string(), "17 bits take 3 bytes, not 2");
    }

    #[test]
    fn fills_leave_the_padding_zero() {
        for len in [0, 1, 63, 64, 65, 127, 128, 129] {
            assert_eq!(unpacked(&BitVec::zeros(len)), vec![false; len]);
            assert_eq!(unpacked(&BitVec::ones(len)), vec![true; len]);
            assert_eq!(!BitVec::zeros(len), BitVec::ones(len));
            assert_eq!(unpacked(&BitVec::random(len, &mut Prg::new(Block::ZERO))).len(), len);
        }
    }

    #[test]
    #[should_panic(expected = "different lengths")]
    fn unequal_lengths_are_a_bug_of_the_caller() {
        let _ = BitVec::zeros(3) ^ BitVec::zeros(4);
    }
}
