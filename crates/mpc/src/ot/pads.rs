//! Pads: hashes of rows, cut to what a message holds. What a session stores of a random OT.
//!
//! Bits of *balanced* pads add up to zero over all choices of an OT. Corrections of a table that adds up to a public bit then do, too, and
//! one of them need not travel: docs/protocols.md, "Short-message OT".

use sotto_crypto::hash::{self, Cut, Pi};
use sotto_crypto::{BitVec, Block, Modulus, SecretVec};
use zeroize::Zeroizing;

use super::rot::{RotHalves, RotKind};
use crate::party::Party;
use crate::share::low_bits;

/// What a pad holds: elements, one after the other. XOR shares of b bits are an element of Z_{2^b}.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    fields: Vec<Modulus>,
    balanced: u32,
}

impl Entry {
    /// Of these elements.
    pub fn new(fields: &[Modulus]) -> Self {
        Self { fields: fields.to_vec(), balanced: 0 }
    }

    /// Of `bits` ≤ 64 bits.
    pub fn bits_of(bits: u32) -> Self {
        Self::new(&[Modulus::power_of_two(bits)])
    }

    /// Of `bits` bits, of which the last `balanced` ≤ 4 are balanced.
    pub fn with_balanced(bits: u32, balanced: u32) -> Self {
        Self { balanced, ..Self::bits_of(bits) }
    }

    /// The elements' moduli.
    pub fn fields(&self) -> &[Modulus] {
        &self.fields
    }

    /// Bits that are balanced, the last ones.
    pub fn balanced(&self) -> u32 {
        self.balanced
    }

    /// Bits of a pad.
    pub fn bits(&self) -> u32 {
        self.fields.iter().map(|field| field.bits()).sum()
    }

    /// Where the elements lie in blocks, and how many blocks there are. An element of Z_n takes a whole block, so that it is near to
    /// uniform; the others are packed.
    fn places(&self) -> (Vec<Cut>, usize) {
        let (mut blocks, mut free) = (0, 0);
        let mut place = |&modulus: &Modulus| {
            let needed = if modulus.ring().is_some() { modulus.bits() } else { 128 };
            if needed > free {
                (blocks, free) = (blocks + 1, 128);
            }
            free -= needed;
            Cut { modulus, block: blocks - 1, offset: 128 - free - needed }
        };
        let places = self.fields.iter().map(&mut place).collect();
        (places, blocks)
    }

    /// The bits of a pad, if they are the low ones of a block and few: what a bulk kernel makes.
    fn few_bits(&self) -> Option<usize> {
        let bits = self.bits() as usize;
        (self.fields.iter().all(|field| field.ring().is_some()) && matches!(bits, 1 | 2 | 4 | 8)).then_some(bits)
    }
}

/// A kind of stored OT: the random OT, and what each of its pads holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PadKind {
    /// Who sends, and the bits of the choice.
    pub rot: RotKind,
    /// What a pad is cut to.
    pub entry: Entry,
}

impl PadKind {
    /// Bits that a party holds of one OT: all pads at the sender, one and its choice at the receiver.
    pub fn bits(&self, party: Party) -> u64 {
        let pad = u64::from(self.entry.bits());
        match party == self.rot.sender {
            true => pad << self.rot.width,
            false => pad + u64::from(self.rot.width),
        }
    }

    /// The random OTs that `n` OTs of this kind are made of: with balanced bits from correlated ones, as many as choice bits.
    pub(crate) fn made_of(&self, n: usize) -> (RotKind, usize) {
        match self.splits() {
            true => (RotKind::bit(self.rot.sender), n * self.rot.width as usize),
            false => (self.rot, n),
        }
    }

    /// Whether pads need the rows of the correlated OTs behind theirs.
    pub(crate) fn splits(&self) -> bool {
        self.entry.balanced() > 0
    }
}

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
    /// The sender's, from the rows of [`PadKind::made_of`] and the offsets D_k, 0 ≤ k < 2^m.
    pub(crate) fn sent(pi: &Pi, rows: &[Block], offsets: &[Block], kind: &PadKind) -> Self {
        let width = kind.rot.width;
        let pads = match kind.splits() {
            true => with_balanced(pi, rows, offsets, kind),
            false => hashed(pi, rows, offsets, &kind.entry),
        };
        let n = rows.len() / kind.made_of(1).1;
        Self { n, width, entry: kind.entry.clone(), pads, choices: Zeroizing::default() }
    }

    /// The receiver's, from the same.
    pub(crate) fn received(pi: &Pi, halves: &RotHalves, kind: &PadKind) -> Self {
        let width = kind.rot.width;
        let pads = match kind.splits() {
            true => with_balanced(pi, &halves.rows, &[Block::ZERO], kind),
            false => hashed(pi, &halves.rows, &[Block::ZERO], &kind.entry),
        };
        let (from, each) = kind.made_of(1);
        let choices = Zeroizing::new(BitVec::from_narrow_bytes(&halves.choices, from.width));
        Self { n: halves.rows.len() / each, width, entry: kind.entry.clone(), pads, choices }
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

/// Pads with balanced bits, from the rows of m ≤ 3 correlated OTs each, `offsets` being those of 1-of-2^m OTs, or at the receiver 0
/// alone.
///
/// The other bits are hashes of the row of all m. The balanced ones are sums of m hashes: of the row without OT j, of which the choices
/// without bit j tell. Each of them counts twice over all choices.
fn with_balanced(pi: &Pi, cots: &[Block], offsets: &[Block], kind: &PadKind) -> Zeroizing<BitVec> {
    let (m, balanced) = (kind.rot.width as usize, kind.entry.balanced());
    let (bits, plain) = (kind.entry.bits(), kind.entry.bits() - balanced);
    let (all, half) = (offsets.len(), offsets.len().div_ceil(2));
    let n = cots.len() / m;
    let hashes = |rows: &[Block], offsets: &[Block], bits: u32| match bits {
        0 => Zeroizing::new(BitVec::zeros(0)),
        _ => hashed(pi, rows, offsets, &Entry::bits_of(bits)),
    };
    let rows = |without: usize| -> SecretVec<Block> {
        let row = |cots: &[Block]| {
            let others = cots.iter().enumerate().rev().filter(|&(i, _)| i != without);
            others.fold(Block::ZERO, |sum, (_, &cot)| sum.times_beta() ^ cot)
        };
        cots.chunks_exact(m).map(row).collect::<Vec<_>>().into()
    };
    let free = hashes(&rows(m), offsets, plain);
    let parts: Vec<_> =
        if m == 1 { Vec::new() } else { (0..m).map(|j| hashes(&rows(j), &offsets[..half], balanced)).collect() };
    let word = |bits: &BitVec, i: usize, each: u32| if each == 0 { 0 } else { bits.bits_at(i * each as usize, each) };
    let mut pads = Zeroizing::new(BitVec::with_capacity(n * all * bits as usize));
    // One bit of each kind, as a single comparison has: by words of 32 pads.
    let by_words = (plain, balanced) == (1, 1) && (all == 1 || m == 2);
    let done = if by_words { n } else { 0 };
    for i in (0..done).step_by(32 / all) {
        let count = (n - i).min(32 / all);
        let part = |j: usize| parts[j].bits_at(i * half, (count * half) as u32);
        let sum = match (all, m) {
            (1, _) => (0..parts.len()).fold(0, |sum, j| sum ^ part(j)),
            _ => {
                // Pairs of bits in nibbles: (a₀, a₁) twice, and b₀ and b₁ twice each.
                let [a, b] = [part(1), part(0)]
                    .map(|pairs| spread(pairs, [(8, 0x00ff_00ff), (4, 0x0f0f_0f0f), (2, 0x3333_3333)]));
                let b = b & 0x1111_1111 | (b & 0x2222_2222) << 1;
                (a | a << 2) ^ (b | b << 1)
            }
        };
        let [free, sum] = [free.bits_at(i * all, (count * all) as u32), sum].map(|word| spread(word, IN_TURNS));
        pads.append(free | sum << 1, (2 * count * all) as u32);
    }
    for i in done..n {
        let free = word(&free, i, all as u32 * plain);
        let mut sums = [0; 3];
        sums.iter_mut().zip(&parts).for_each(|(sum, part)| *sum = word(part, i, half as u32 * balanced));
        let mut table = 0;
        for k in 0..all as u32 {
            // k without bit j.
            let at = |j: u32| k >> (j + 1) << j | low_bits(k.into(), j) as u32;
            let sum = (0..m as u32).zip(sums).fold(0, |all, (j, sum)| all ^ sum >> (at(j) * balanced));
            let pad = low_bits(free >> (k * plain), plain) | low_bits(sum, balanced) << plain;
            table |= pad << (k * bits);
        }
        pads.append(table, all as u32 * bits);
    }
    pads
}

/// Moves the bits of a word apart, by halves of runs: (distance, what then stays).
#[inline]
fn spread<const STEPS: usize>(word: u64, steps: [(u32, u64); STEPS]) -> u64 {
    steps.into_iter().fold(word, |word, (distance, mask)| (word | word << distance) & mask)
}

/// Puts a zero behind each of 32 bits.
const IN_TURNS: [(u32, u64); 5] = [
    (16, 0x0000_ffff_0000_ffff),
    (8, 0x00ff_00ff_00ff_00ff),
    (4, 0x0f0f_0f0f_0f0f_0f0f),
    (2, 0x3333_3333_3333_3333),
    (1, 0x5555_5555_5555_5555),
];

/// The pads of every row and offset, row by row.
fn hashed(pi: &Pi, rows: &[Block], offsets: &[Block], entry: &Entry) -> Zeroizing<BitVec> {
    let total = rows.len() * offsets.len() * entry.bits() as usize;
    if let Some(bits) = entry.few_bits() {
        let mut packed = Zeroizing::new(vec![0; 2 * bits * (rows.len() * offsets.len()).div_ceil(16)]);
        hash::Pads::new(pi, offsets).low_bits(rows, bits, &mut packed);
        return Zeroizing::new(BitVec::from_first_bits(&packed, total));
    }
    let (cuts, blocks) = entry.places();
    let mut pads = Zeroizing::new(BitVec::with_capacity(total));
    hash::append_pads(pi, rows, offsets, &cuts, blocks, &mut pads);
    pads
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_core::{Rng, SeedableRng};

    use super::*;

    /// Both parties' pads of `n` OTs, and the receiver's choices.
    fn both(n: usize, width: u32, entry: &Entry) -> (Pads, Pads) {
        let mut rng = ChaCha20Rng::seed_from_u64(u64::from(width));
        let pi = Pi::fixed();
        let delta = Block::random(&mut rng);
        let kind = PadKind { rot: RotKind { sender: Party::Server, width }, entry: entry.clone() };
        let rows: Vec<Block> = (0..n * width as usize).map(|_| Block::random(&mut rng)).collect();
        let choices: Vec<u8> = rows.iter().map(|_| (rng.next_u32() & 1) as u8).collect();
        let chosen: Vec<Block> = rows.iter().zip(&choices).map(|(&q, &c)| q ^ delta.mul_mask(c == 1)).collect();
        let offsets: Vec<Block> = (0..1 << width).map(|k| delta.gf16_mul(k)).collect();
        let halves = RotHalves { rows: chosen.into(), choices: choices.into() };
        (Pads::sent(&pi, &rows, &offsets, &kind), Pads::received(&pi, &halves, &kind))
    }

    #[test]
    fn balanced_bits_add_up_to_zero_and_nothing_else_does() {
        for (width, plain, balanced) in [1, 2, 3].into_iter().flat_map(|w| [(w, 0, 1), (w, 1, 1), (w, 2, 2), (w, 0, 4)])
        {
            let (n, bits) = (2000, plain + balanced);
            let (sent, received) = both(n, width, &Entry::with_balanced(bits, balanced));
            assert_eq!((sent.len(), received.len()), (n, n));
            let pad = |i: usize, k: usize| sent.bits_at((i << width | k) * bits as usize, bits);
            let mut sums = 0;
            let mut ones = vec![0; bits as usize];
            for i in 0..n {
                assert_eq!(received.bits_at(i * bits as usize, bits), pad(i, received.choice(i).into()), "OT {i}");
                let sum = (0..1 << width).fold(0, |sum, k| sum ^ pad(i, k));
                assert_eq!(sum >> plain, 0, "{balanced} of {bits} bits, 1 of 2^{width}");
                sums += sum.count_ones();
                // The difference of two pads hides what it is added to.
                let difference = pad(i, 0) ^ pad(i, (1 << width) - 1 - usize::from(width > 1));
                ones.iter_mut().enumerate().for_each(|(bit, ones)| *ones += difference >> bit & 1);
            }
            let even = |count: u64, of: usize| (count as f64 - of as f64 / 2.0).abs() < 5.0 * (of as f64).sqrt() / 2.0;
            assert!(plain == 0 || even(sums.into(), n * plain as usize), "{sums}");
            // For one bit of choice all balanced pads are the same.
            let hiding = if width == 1 { plain } else { bits };
            assert!(ones[..hiding as usize].iter().all(|&ones| even(ones, n)), "{ones:?}");
        }
    }
}
