//! Bit packing: an ℓ-bit value takes ℓ bits on the wire, a Boolean share one bit, a message is padded once to whole bytes.

use sotto_crypto::BitVec;

use crate::{Error, Result};

/// Bytes of a message of `bits` bits. Counts are 64 bits wide on every target: both parties must arrive at the same ones.
pub(crate) fn bytes_for(bits: u64) -> u64 {
    bits.div_ceil(8)
}

/// Packs values of any widths into one message, least significant bit first.
#[derive(Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
    pending: u128,
    filled: u32,
}

impl Writer {
    /// Appends the low `bits` ≤ 64 bits of `value`, whose higher bits must be zero.
    pub(crate) fn put(&mut self, value: u64, bits: u32) {
        debug_assert!(bits <= 64 && (bits == 64 || value >> bits == 0));
        self.pending |= u128::from(value) << self.filled;
        self.filled += bits;
        if self.filled >= 64 {
            self.bytes.extend_from_slice(&(self.pending as u64).to_le_bytes());
            self.pending >>= 64;
            self.filled -= 64;
        }
    }

    /// Appends every value at the same width.
    pub(crate) fn put_all(&mut self, values: &[u64], bits: u32) {
        values.iter().for_each(|&v| self.put(v, bits));
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
    pending: u128,
    filled: u32,
}

impl<'a> Reader<'a> {
    /// A reader of one message.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, pending: 0, filled: 0 }
    }

    /// The next `bits` ≤ 64 bits.
    ///
    /// # Errors
    /// When the message has fewer bits left; receives state their length, so this guards against our own mistakes.
    pub(crate) fn take(&mut self, bits: u32) -> Result<u64> {
        while self.filled < bits {
            let (chunk, rest) = self.bytes.split_at(self.bytes.len().min(8));
            if chunk.is_empty() {
                return Err(Error::malformed("a message ends too early"));
            }
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.pending |= u128::from(u64::from_le_bytes(word)) << self.filled;
            self.filled += 8 * chunk.len() as u32;
            self.bytes = rest;
        }
        let value = crate::share::low_bits(self.pending as u64, bits);
        self.pending >>= bits;
        self.filled -= bits;
        Ok(value)
    }

    /// The next `n` values of one width.
    pub(crate) fn take_all(&mut self, n: usize, bits: u32) -> Result<Vec<u64>> {
        (0..n).map(|_| self.take(bits)).collect()
    }

    /// The next values of one width, as many as `values` has.
    pub(crate) fn take_into(&mut self, values: &mut [u64], bits: u32) -> Result<()> {
        values.iter_mut().try_for_each(|value| self.take(bits).map(|v| *value = v))
    }

    /// Skips what [`Writer::pad`] appended.
    pub(crate) fn skip_padding(&mut self) -> Result<()> {
        match self.take(self.filled % 8)? {
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
        if self.bytes.is_empty() && self.filled < 8 && self.pending == 0 {
            Ok(())
        } else {
            Err(Error::malformed("a message has bits beyond its values"))
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
            let fields: Vec<_> = fields.into_iter().map(|(v, b)| (crate::share::low_bits(v, b), b)).collect();
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
