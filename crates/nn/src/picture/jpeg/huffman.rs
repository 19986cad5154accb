//! Codes of variable length (ITU-T T.81, annex C).

/// For each 16 bits the length of the code that they begin with, times 256, plus its symbol; 0 if there is none.
pub(super) struct Huffman(Vec<u16>);

impl Huffman {
    /// From the numbers of codes of 1 to 16 bits, and their symbols in order; `None` when the numbers contradict each other.
    pub(super) fn new(lengths: &[u8], symbols: &[u8]) -> Option<Self> {
        let mut table = vec![0; 1 << 16];
        let (mut next, mut symbols) = (0, symbols.iter());
        for (length, &count) in (1..=16).zip(lengths) {
            for _ in 0..count {
                let end = next + (1 << (16 - length));
                table.get_mut(next..end)?.fill(length << 8 | u16::from(*symbols.next()?));
                next = end;
            }
        }
        Some(Self(table))
    }

    /// Length and symbol of the code that 16 bits begin with.
    pub(super) fn code(&self, bits: u16) -> Option<(u32, u8)> {
        let entry = self.0[usize::from(bits)];
        (entry > 0).then_some((u32::from(entry >> 8), entry as u8))
    }
}
