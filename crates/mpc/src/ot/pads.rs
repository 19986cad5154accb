//! Pads: hashes of rows, cut to what a message holds. What a session stores of a random OT.

use sotto_crypto::hash::{self, Pi};
use sotto_crypto::{BitVec, Block, Modulus, SecretVec};
use zeroize::Zeroizing;

use super::rot::RotHalves;
use crate::wire::Writer;

/// What a pad holds: elements, one after the other. XOR shares of b bits are an element of Z_{2^b}.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry(Vec<Modulus>);

impl Entry {
    /// Of these elements.
    pub fn new(fields: &[Modulus]) -> Self {
        Self(fields.to_vec())
    }

    /// Of `bits` ≤ 64 bits.
    pub fn bits_of(bits: u32) -> Self {
        Self(vec![Modulus::power_of_two(bits)])
    }

    /// The elements' moduli.
    pub fn fields(&self) -> &[Modulus] {
        &self.0
    }

    /// Bits of a pad.
    pub fn bits(&self) -> u32 {
        self.0.iter().map(|field| field.bits()).sum()
    }

    /// Where the elements lie in blocks: (modulus, block, offset in the block), and how many blocks there are. An element of
    /// Z_n takes a whole block, so that it is near to uniform; the others are packed.
    fn places(&self) -> (Vec<(Modulus, usize, u32)>, usize) {
        let (mut blocks, mut free) = (0, 0);
        let mut place = |&field: &Modulus| {
            let needed = if field.ring().is_some() { field.bits() } else { 128 };
            if needed > free {
                (blocks, free) = (blocks + 1, 128);
            }
            free -= needed;
            (field, blocks - 1, 128 - free - needed)
        };
        let places = self.0.iter().map(&mut place).collect();
        (places, blocks)
    }

    /// The bits of a pad, if they are the low ones of a block and few: what a bulk kernel makes.
    fn few_bits(&self) -> Option<usize> {
        let bits = self.bits() as usize;
        (self.0.iter().all(|field| field.ring().is_some()) && matches!(bits, 1 | 2 | 4 | 8)).then_some(bits)
    }
}

/// Blocks that are hashed at once.
const BATCH: usize = 4096;

/// One party's half of a batch of random 1-of-2^m OTs, as pads. Wiped on drop.
#[derive(Debug)]
pub(crate) struct Pads {
    n: usize,
    width: u32,
    entry: Entry,
    /// At the sender all 2^m pads of an OT, one OT after the other; at the receiver one each.
    pads: Zeroizing<BitVec>,
    /// The receiver's choices, m bits each; empty at the sender.
    choices: Zeroizing<BitVec>,
}

impl Pads {
    /// The sender's, from rows and the offsets D_k, 0 ≤ k < 2^m.
    pub(crate) fn sent(pi: &Pi, rows: &[Block], offsets: &[Block], entry: &Entry) -> Self {
        let pads = hashed(pi, rows, offsets, entry);
        let width = offsets.len().ilog2();
        Self { n: rows.len(), width, entry: entry.clone(), pads, choices: Zeroizing::default() }
    }

    /// The receiver's.
    pub(crate) fn received(pi: &Pi, halves: &RotHalves, width: u32, entry: &Entry) -> Self {
        let pads = hashed(pi, &halves.rows, &[Block::ZERO], entry);
        let mut choices = Zeroizing::new(BitVec::with_capacity(halves.choices.len() * width as usize));
        halves.choices.iter().for_each(|&choice| choices.append(choice.into(), width));
        Self { n: halves.rows.len(), width, entry: entry.clone(), pads, choices }
    }

    /// From what [`Pads::into_bits`] gave.
    pub(crate) fn from_bits(n: usize, width: u32, entry: &Entry, [choices, pads]: [Zeroizing<BitVec>; 2]) -> Self {
        Self { n, width, entry: entry.clone(), pads, choices }
    }

    /// Choices and pads.
    pub(crate) fn into_bits(self) -> [Zeroizing<BitVec>; 2] {
        [self.choices, self.pads]
    }

    /// Number of OTs.
    pub(crate) fn len(&self) -> usize {
        self.n
    }

    /// Choice bits m.
    pub(crate) fn width(&self) -> u32 {
        self.width
    }

    /// Drops the choices, which are of no use once they have been exchanged.
    pub(crate) fn forget_choices(&mut self) {
        self.choices = Zeroizing::default();
    }

    /// Puts other pads in place of these.
    pub(crate) fn replace(&mut self, pads: BitVec) {
        self.pads = Zeroizing::new(pads);
    }

    /// What each pad holds.
    pub(crate) fn entry(&self) -> &Entry {
        &self.entry
    }

    /// The receiver's choice of OT i.
    pub(crate) fn choice(&self, i: usize) -> u8 {
        self.choices.bits_at(i * self.width as usize, self.width) as u8
    }

    /// `bits` bits of all pads together, from bit `start` on.
    #[inline]
    pub(crate) fn bits_at(&self, start: usize, bits: u32) -> u64 {
        self.pads.bits_at(start, bits)
    }
}

/// Correlations of a batch whose choices have been exchanged.
#[derive(Debug)]
pub(crate) struct Opened {
    /// By job.
    pub(crate) pads: Vec<Pads>,
    /// By job, at its sender: `y ⊕ c` for the index y and the random choice c, which is public; empty where the pads are in the
    /// order of the entries already.
    pub(crate) shifts: Vec<Vec<u8>>,
}

/// The pads of every row and offset, row by row.
fn hashed(pi: &Pi, rows: &[Block], offsets: &[Block], entry: &Entry) -> Zeroizing<BitVec> {
    let total = rows.len() * offsets.len() * entry.bits() as usize;
    if let Some(bits) = entry.few_bits() {
        let mut packed = Zeroizing::new(vec![0; 2 * bits * (rows.len() * offsets.len()).div_ceil(16)]);
        hash::Pads::new(pi, offsets).low_bits(rows, bits, &mut packed);
        return Zeroizing::new(first_bits(&packed, total));
    }
    let (places, blocks) = entry.places();
    let mut writer = Writer::with_capacity(total as u64);
    let batch = (BATCH / (offsets.len() * blocks.max(1))).max(1);
    for rows in rows.chunks(batch) {
        let pads = rows.iter().flat_map(|&row| offsets.iter().map(move |&offset| row ^ offset));
        let mut pads: SecretVec<Block> =
            pads.flat_map(|pad| std::iter::repeat_n(pad, blocks)).collect::<Vec<_>>().into();
        match blocks {
            1 => pi.cr_hash(&mut pads),
            _ => pi.tccr_hash(&mut pads, |i| Block::new((i % blocks) as u128)),
        }
        for pad in pads.chunks_exact(blocks.max(1)) {
            for &(field, block, offset) in &places {
                writer.put(field.uniform(pad[block].as_u128() >> offset), field.bits());
            }
        }
    }
    let packed = Zeroizing::new(writer.finish());
    Zeroizing::new(first_bits(&packed, total))
}

/// The first `len` bits of some bytes.
fn first_bits(bytes: &[u8], len: usize) -> BitVec {
    let mut bits = BitVec::with_capacity(len);
    for (i, chunk) in (0..len.div_ceil(64)).zip(bytes.chunks(8)) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        let left = (len - 64 * i).min(64) as u32;
        bits.append(u64::from_le_bytes(word) & u64::MAX >> (64 - left), left);
    }
    bits
}
