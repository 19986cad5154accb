//! The column step that IKNP and KK13 share: extending base OTs by a linear code, column by column.
//!
//! The receiver holds both seeds of every column z, the sender one of them, by its secret bit s_z. Per batch of n rows the
//! receiver sends `u_z = G(k_z⁰) ⊕ G(k_z¹) ⊕ code_z` and keeps `t_z = G(k_z⁰)`; the sender computes
//! `q_z = G(k_z^{s_z}) ⊕ s_z·u_z = t_z ⊕ s_z·code_z`. Row by row: `q = t ⊕ (code word ∧ s)`.

use sotto_crypto::{BitVec, Block, Prg, SecretVec, mask64};
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// Rows that are extended at once: bounds the size of a message and of the matrices in memory.
pub(crate) const CHUNK_ROWS: usize = 1 << 16;

/// Sender's state: one PRG per column, seeded with the key that s chose.
#[derive(ZeroizeOnDrop)]
pub(crate) struct ColumnSender {
    s: BitVec,
    /// They wipe themselves.
    #[zeroize(skip)]
    prgs: Vec<Prg>,
}

/// Receiver's state: two PRGs per column.
pub(crate) struct ColumnReceiver {
    prgs: Vec<[Prg; 2]>,
}

impl ColumnSender {
    /// From the base-OT choices and the chosen seeds, one per column.
    pub(crate) fn new(s: BitVec, seeds: &[Block]) -> Self {
        assert_eq!(s.len(), seeds.len());
        Self { s, prgs: seeds.iter().map(|&k| Prg::new(k)).collect() }
    }

    /// The columns q_z of a batch, all columns one after the other, `⌈rows/8⌉` bytes each; inactive ones are zero.
    /// `u` holds the active columns in order. `q` is overwritten, and kept by the caller for the next batch.
    pub(crate) fn extend(&mut self, active: impl Fn(usize) -> bool, u: &[u8], rows: usize, q: &mut SecretVec<u8>) {
        let stride = rows.div_ceil(8);
        resize(q, self.prgs.len() * stride);
        let mut next = u.chunks_exact(stride);
        assert_eq!(
            next.len(),
            (0..self.prgs.len()).filter(|&z| active(z)).count(),
            "one message column per active column"
        );
        for (z, (column, prg)) in q.chunks_exact_mut(stride).zip(&mut self.prgs).enumerate() {
            if !active(z) {
                column.fill(0);
                continue;
            }
            let mask = mask64(self.s.get(z)) as u8;
            column.iter_mut().zip(next.next().unwrap_or_default()).for_each(|(q, &u)| *q = u & mask);
            prg.xor_bytes(column);
        }
    }

    /// The secret s, packed 128 columns to a block.
    pub(crate) fn secret(&self) -> Zeroizing<Vec<Block>> {
        let words = self.s.words().chunks_exact(2);
        Zeroizing::new(words.map(|w| Block::new(u128::from(w[0]) | u128::from(w[1]) << 64)).collect())
    }
}

impl ColumnReceiver {
    /// From both seeds of every column.
    pub(crate) fn new(seeds: &[[Block; 2]]) -> Self {
        Self { prgs: seeds.iter().map(|k| k.map(Prg::new)).collect() }
    }

    /// The columns t_z (as in [`ColumnSender::extend`]); returns the message u. `code(z)` gives the code column, ⌈rows/8⌉ bytes.
    pub(crate) fn extend<'a>(
        &mut self,
        active: impl Fn(usize) -> bool,
        code: impl Fn(usize) -> &'a [u8],
        rows: usize,
        t: &mut SecretVec<u8>,
    ) -> Vec<u8> {
        let stride = rows.div_ceil(8);
        resize(t, self.prgs.len() * stride);
        let columns = (0..self.prgs.len()).filter(|&z| active(z)).count();
        let mut u = Vec::with_capacity(columns * stride);
        for (z, (column, [prg0, prg1])) in t.chunks_exact_mut(stride).zip(&mut self.prgs).enumerate() {
            if !active(z) {
                column.fill(0);
                continue;
            }
            prg0.fill_bytes(column);
            let start = u.len();
            u.extend(column.iter().zip(code(z)).map(|(&t, &c)| t ^ c));
            prg1.xor_bytes(&mut u[start..]);
        }
        u
    }
}

/// Another length only where the last batch of many is shorter.
pub(super) fn resize<T: Copy + Default>(scratch: &mut SecretVec<T>, len: usize) {
    if scratch.len() != len {
        *scratch = SecretVec::zeros(len);
    }
}
