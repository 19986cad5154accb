//! Bit packing: an ℓ-bit value takes ℓ bits on the wire, a Boolean share one bit, a message is padded once to whole bytes.

use sotto_crypto::{BitVec, pack_bytes, unpack_bytes};

use crate::error::{Error, Result};
use crate::share::low_bits;

/// Bytes of a message of `bits` bits. Counts are 64 bits wide on every target: both parties must arrive at the same ones.
pub(crate) fn bytes_for(bits: u64) -> u64 {
    bits.div_ceil(8)
}

/// Packs values of any widths into one message, least significant bit first.
#[derive(Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
    pending: u64,
    /// Bits pending, below 64.
    filled: u32,
}

impl Writer {
    /// A writer with room for a message of `bits` bits.
    pub(crate) fn with_capacity(bits: u64) -> Self {
        Self { bytes: Vec::with_capacity(bytes_for(bits) as usize + 8), ..Self::default() }
    }

    /// Appends the low `bits` ≤ 64 bits of `value`, whose higher bits must be zero.
    #[inline]
    pub(crate) fn put(&mut self, value: u64, bits: u32) {
        debug_assert!(bits <= 64 && (bits == 64 || value >> bits == 0));
        self.pending |= value << self.filled;
        self.filled += bits;
        if self.filled >= 64 {
            self.bytes.extend_from_slice(&self.pending.to_le_bytes());
            self.filled -= 64;
            // In two shifts, because all 64 bits may have gone.
            self.pending = value >> 1 >> (bits - 1 - self.filled);
        }
    }

    /// Appends the low `bits` ≤ 128 bits of `value`, whose higher bits must be zero.
    #[inline]
    pub(crate) fn put_wide(&mut self, value: u128, bits: u32) {
        self.put(low_bits(value as u64, bits.min(64)), bits.min(64));
        if bits > 64 {
            self.put((value >> 64) as u64, bits - 64);
        }
    }

    /// Appends every value at the same width.
    pub(crate) fn put_all(&mut self, values: &[u64], bits: u32) {
        match bits {
            0 => {}
            1..=8 => self.put_groups::<8>(values, bits),
            9..=16 => self.put_groups::<4>(values, bits),
            17..=32 => self.put_groups::<2>(values, bits),
            _ => values.iter().for_each(|&v| self.put(v, bits)),
        }
    }

    /// [`Writer::put_all`] in groups of N values of at most 64/N bits.
    fn put_groups<const N: usize>(&mut self, values: &[u64], bits: u32) {
        let (groups, rest) = values.as_chunks::<N>();
        for group in groups {
            let word = group.iter().rev().fold(0, |word, v| word << bits | v);
            self.put(word, N as u32 * bits);
        }
        rest.iter().for_each(|&v| self.put(v, bits));
    }

    /// Appends every byte, below `2^bits`, at the same width of at most 8.
    pub(crate) fn put_bytes(&mut self, values: &[u8], bits: u32) {
        let (eights, rest) = values.as_chunks();
        eights.iter().for_each(|&eight| self.put(pack_bytes(u64::from_le_bytes(eight), bits), 8 * bits));
        rest.iter().for_each(|&v| self.put(v.into(), bits));
    }

    /// Appends zero bits up to a whole byte.
    pub(crate) fn pad(&mut self) {
        self.put(0, self.filled.wrapping_neg() % 8);
    }

    /// Appends a bit vector.
    pub(crate) fn put_bits(&mut self, bits: &BitVec) {
        let mut left = bits.len();
        for &word in bits.words() {
            let take = left.min(64);
            self.put(word, take as u32);
            left -= take;
        }
    }

    /// The message, padded with zero bits.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        let tail = self.pending.to_le_bytes();
        self.bytes.extend_from_slice(&tail[..self.filled.div_ceil(8) as usize]);
        self.bytes
    }
}

/// Reads what a [`Writer`] packed.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    /// Bits of the first byte that were read already, below 8.
    used: u32,
}

impl<'a> Reader<'a> {
    /// A reader of one message.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, used: 0 }
    }

    /// The next `bits` ≤ 64 bits.
    ///
    /// # Errors
    /// When the message has fewer bits left; receives state their length, so this guards against our own mistakes.
    #[inline]
    pub(crate) fn take(&mut self, bits: u32) -> Result<u64> {
        let end = self.used + bits;
        let value = match self.bytes.first_chunk::<16>() {
            Some(chunk) => u128::from_le_bytes(*chunk),
            None => {
                let mut chunk = [0; 16];
                chunk[..self.bytes.len()].copy_from_slice(self.bytes);
                u128::from_le_bytes(chunk)
            }
        };
        self.bytes = match self.bytes.get(end as usize / 8..) {
            Some(rest) if !rest.is_empty() || end.is_multiple_of(8) => rest,
            _ => return Err(Error::malformed("a message ends too early")),
        };
        let value = low_bits((value >> self.used) as u64, bits);
        self.used = end % 8;
        Ok(value)
    }

    /// The next `bits` ≤ 128 bits.
    #[inline]
    pub(crate) fn take_wide(&mut self, bits: u32) -> Result<u128> {
        let low = u128::from(self.take(bits.min(64))?);
        match bits {
            0..=64 => Ok(low),
            _ => Ok(u128::from(self.take(bits - 64)?) << 64 | low),
        }
    }

    /// The next `n` values of one width.
    pub(crate) fn take_all(&mut self, n: usize, bits: u32) -> Result<Vec<u64>> {
        let mut values = vec![0; n];
        self.take_into(&mut values, bits)?;
        Ok(values)
    }

    /// The next values of one width, as many as `values` has.
    pub(crate) fn take_into(&mut self, values: &mut [u64], bits: u32) -> Result<()> {
        match bits {
            0..=8 => self.take_groups::<8>(values, bits),
            9..=16 => self.take_groups::<4>(values, bits),
            17..=32 => self.take_groups::<2>(values, bits),
            _ => values.iter_mut().try_for_each(|value| self.take(bits).map(|v| *value = v)),
        }
    }

    /// [`Reader::take_into`] in groups of N values of at most 64/N bits.
    fn take_groups<const N: usize>(&mut self, values: &mut [u64], bits: u32) -> Result<()> {
        let (groups, rest) = values.as_chunks_mut::<N>();
        for group in groups {
            let word = self.take(N as u32 * bits)?;
            (0..).zip(group).for_each(|(i, value)| *value = low_bits(word >> (i * bits), bits));
        }
        rest.iter_mut().try_for_each(|value| self.take(bits).map(|v| *value = v))
    }

    /// The next `n` values of one width of at most 8.
    pub(crate) fn take_bytes(&mut self, n: usize, bits: u32) -> Result<Vec<u8>> {
        let mut values = vec![0; n];
        let (eights, rest) = values.as_chunks_mut();
        for eight in eights {
            *eight = unpack_bytes(self.take(8 * bits)?, bits).to_le_bytes();
        }
        for value in rest {
            *value = self.take(bits)? as u8;
        }
        Ok(values)
    }

    /// Skips what [`Writer::pad`] appended.
    pub(crate) fn skip_padding(&mut self) -> Result<()> {
        match self.take(self.used.wrapping_neg() % 8)? {
            0 => Ok(()),
            _ => Err(Error::malformed("padding is not zero")),
        }
    }

    /// The next `n` bits.
    pub(crate) fn take_bits(&mut self, n: usize) -> Result<BitVec> {
        let words = (0..n.div_ceil(64)).map(|w| self.take((n - 64 * w).min(64) as u32)).collect::<Result<_>>()?;
        Ok(BitVec::from_words(words, n))
    }

    /// Ends the message: what is left must be zero padding of less than a byte.
    ///
    /// # Errors
    /// [`Malformed`](crate::ErrorKind::Malformed) otherwise.
    pub(crate) fn finish(self) -> Result<()> {
        match self.bytes {
            [] => Ok(()),
            [last] if self.used > 0 && last >> self.used == 0 => Ok(()),
            _ => Err(Error::malformed("a message has bits beyond its values")),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_packed_is_read(fields in prop::collection::vec((any::<u64>(), 0u32..=64), 0..200)) {
            let fields: Vec<_> = fields.into_iter().map(|(v, b)| (low_bits(v, b), b)).collect();
            let bits: u64 = fields.iter().map(|f| u64::from(f.1)).sum();
            let mut writer = Writer::default();
            fields.iter().for_each(|&(v, b)| writer.put(v, b));
            let message = writer.finish();
            prop_assert_eq!(message.len() as u64, bytes_for(bits));
            let mut reader = Reader::new(&message);
            for &(v, b) in &fields {
                prop_assert_eq!(reader.take(b).unwrap(), v);
            }
            reader.finish().unwrap();
        }

        #[test]
        fn values_of_one_width_are_packed_as_one_by_one(
            values in prop::collection::vec(any::<u64>(), 0..100), bits in 0u32..=64, first in 0u32..=64,
        ) {
            let values: Vec<u64> = values.into_iter().map(|v| low_bits(v, bits)).collect();
            let (mut one, mut all) = (Writer::default(), Writer::default());
            one.put(0, first);
            all.put(0, first);
            values.iter().for_each(|&v| one.put(v, bits));
            all.put_all(&values, bits);
            one.pad();
            let message = all.finish();
            prop_assert_eq!(&one.finish(), &message);
            let mut reader = Reader::new(&message);
            reader.take(first).unwrap();
            prop_assert_eq!(reader.take_all(values.len(), bits).unwrap(), values);
            reader.skip_padding().unwrap();
            reader.finish().unwrap();
        }

        #[test]
        fn bytes_are_packed_as_values_are(bytes in prop::collection::vec(any::<u8>(), 0..50), first in 0u32..=64) {
            for bits in 1..=8 {
                let bytes: Vec<u8> = bytes.iter().map(|v| v >> (8 - bits)).collect();
                let (mut one, mut bulk) = (Writer::default(), Writer::with_capacity(100));
                [&mut one, &mut bulk].into_iter().for_each(|writer| writer.put(0, first));
                bytes.iter().for_each(|&v| one.put(v.into(), bits));
                bulk.put_bytes(&bytes, bits);
                let message = one.finish();
                prop_assert_eq!(&message, &bulk.finish());
                let mut reader = Reader::new(&message);
                prop_assert_eq!(reader.take(first).unwrap(), 0);
                prop_assert_eq!(reader.take_bytes(bytes.len(), bits).unwrap(), bytes);
                reader.finish().unwrap();
            }
        }

        #[test]
        fn wide_values_round_trip(values in prop::collection::vec(any::<u128>(), 0..20), bits in 1u32..=128) {
            let values: Vec<u128> = values.into_iter().map(|v| v >> (128 - bits)).collect();
            let mut writer = Writer::default();
            values.iter().for_each(|&v| writer.put_wide(v, bits));
            let message = writer.finish();
            prop_assert_eq!(message.len() as u64, bytes_for(values.len() as u64 * u64::from(bits)));
            let mut reader = Reader::new(&message);
            for &v in &values {
                prop_assert_eq!(reader.take_wide(bits).unwrap(), v);
            }
            reader.finish().unwrap();
        }

        #[test]
        fn bit_vectors_round_trip(bits in prop::collection::vec(any::<bool>(), 0..300)) {
            let v = BitVec::from_fn(bits.len(), |i| bits[i]);
            let mut writer = Writer::default();
            writer.put_bits(&v);
            let message = writer.finish();
            prop_assert_eq!(Reader::new(&message).take_bits(bits.len()).unwrap(), v);
        }
    }

    #[test]
    fn padding_and_length_are_checked() {
        assert!(Reader::new(&[0b100]).finish().is_err());
        let mut reader = Reader::new(&[0b100]);
        assert_eq!(reader.take(2).unwrap(), 0);
        assert!(reader.finish().is_err());
        assert!(Reader::new(&[1]).take(9).is_err());
    }
}
