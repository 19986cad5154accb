//! Millionaires': the server's x, the client's y ↦ Boolean shares of `1{x < y}`, elementwise.
//!
//! Source: CrypTFlow2 (CCS 2020), section 3.1 (algorithm 1). Security: semi-honest. Cost per value of ℓ bits in q digits:
//! a 1-of-2^w OT of two bits per digit of w bits (one bit for the lowest), then a tree of ANDs: one triple per level on the
//! lowest path, a pair elsewhere. Rounds: 2 + ⌈log₂ q⌉ for a
//! comparison in one part.

use sotto_crypto::BitVec;

use super::and;
use crate::cost::Cost;
use crate::ot::{Rot, RotKind, short};
use crate::share::low_bits;
use crate::wire::{Reader, Writer, bytes_for};
use crate::{Party, Result, Session};

/// Boolean shares of `1{x < y}` for the server's x and the client's y, each given as `own`, of `bits` bits.
pub async fn millionaires(s: &mut Session, own: &[u64], bits: u32) -> Result<BitVec> {
    Ok(compare(s, own, bits, 0).await?.whole)
}

/// Shares of a comparison and of the same comparison of the low bits alone.
pub(crate) struct Comparison {
    /// `1{x < y}`.
    pub(crate) whole: BitVec,
    /// `1{x mod 2^split < y mod 2^split}`; zero for a split at 0.
    pub(crate) low: BitVec,
}

/// Compares `bits`-bit values with a digit boundary at `split` ≤ `bits`: one tree gives both results.
///
/// The digits below and above the boundary are merged level by level side by side; the low part's result, once it is there,
/// becomes the lowest node of the high part.
pub(crate) async fn compare(s: &mut Session, own: &[u64], bits: u32, split: u32) -> Result<Comparison> {
    let layout = Layout::new(bits, split, s.params().digit);
    let [mut low, mut high] = leaves(s, own, &layout).await?;
    let mut low_lt = BitVec::zeros(own.len());
    loop {
        if low.len() == 1 {
            let node = low.remove(0);
            low_lt = node.lt.clone();
            high.insert(0, node);
        }
        if low.is_empty() && high.len() <= 1 {
            let whole = high.pop().map_or_else(|| BitVec::zeros(own.len()), |node| node.lt);
            return Ok(Comparison { whole, low: low_lt });
        }
        level(s, [&mut low, &mut high]).await?;
    }
}

/// Widths of the digits, from the lowest, below and above the split.
struct Layout {
    parts: [Vec<u32>; 2],
}

impl Layout {
    /// Each part in the fewest digits of at most `digit` bits, as even as they go, wider ones lowest: a leaf's cost
    /// doubles with each bit, and the lowest digit's leaf is half as wide.
    fn new(bits: u32, split: u32, digit: u32) -> Self {
        let widths = |len: u32| {
            let q = len.div_ceil(digit);
            (0..q).map(|j| len / q + u32::from(j < len % q)).collect::<Vec<_>>()
        };
        Self { parts: [split, bits - split].map(widths) }
    }

    /// All digits in order: (offset, width, whether an equality bit is needed).
    fn digits(&self) -> impl Iterator<Item = (u32, u32, bool)> + '_ {
        let mut offset = 0;
        self.parts.iter().flatten().enumerate().map(move |(j, &width)| {
            let digit = (offset, width, j > 0);
            offset += width;
            digit
        })
    }

    /// Bits of the choices per value.
    fn choice_bits(&self) -> u64 {
        self.digits().map(|(_, width, _)| u64::from(width)).sum()
    }

    /// Bits of the corrections per value.
    fn correction_bits(&self) -> u64 {
        self.digits().map(|(_, w, eq)| ((1 << w) - 1) * if eq { 2 } else { 1 }).sum()
    }
}

/// Shares of `lt` and, except on the lowest path, `eq` of a node.
struct Node {
    lt: BitVec,
    eq: Option<BitVec>,
}

/// The leaves: per digit a 1-of-2^w OT in which the client chooses by its digit k among `1{x_j < k}`, `1{x_j = k}`.
async fn leaves(s: &mut Session, own: &[u64], layout: &Layout) -> Result<[Vec<Node>; 2]> {
    let n = own.len();
    let mut leaves = Vec::new();
    for (_, width, _) in layout.digits() {
        leaves.push(match s.party() {
            Party::Server => Rot::Sender(s.take_sender(width, n).await?),
            Party::Client => Rot::Receiver(s.take_receiver(width, n).await?),
        });
    }
    let digit_of =
        |offset: u32, width: u32| -> Vec<u8> { own.iter().map(|&v| low_bits(v >> offset, width) as u8).collect() };
    let mut writer = Writer::default();
    let mut shares = Vec::new();
    match s.party() {
        Party::Client => {
            // Step 1: derandomise all choices.
            for (leaf, (offset, width, _)) in leaves.iter().zip(layout.digits()) {
                let Rot::Receiver(rot) = leaf else { continue };
                digit_of(offset, width)
                    .iter()
                    .zip(rot.choices.iter())
                    .for_each(|(y, c)| writer.put(u64::from(y ^ c), width));
            }
            s.channel.send(writer.finish()).await?;
            // Step 2: read the corrections.
            let message = s.channel.recv(bytes_for(n as u64 * layout.correction_bits())).await?;
            let mut reader = Reader::new(&message);
            for (leaf, (offset, width, eq)) in leaves.iter().zip(layout.digits()) {
                let Rot::Receiver(rot) = leaf else { continue };
                shares.push(short::receive(rot, &digit_of(offset, width), width, 1 + u32::from(eq), &mut reader)?);
            }
            reader.finish()?;
        }
        Party::Server => {
            let message = s.channel.recv(bytes_for(n as u64 * layout.choice_bits())).await?;
            let mut reader = Reader::new(&message);
            for (leaf, (offset, width, eq)) in leaves.iter().zip(layout.digits()) {
                let Rot::Sender(rot) = leaf else { continue };
                let shift = (0..n).map(|_| reader.take(width).map(|d| d as u8)).collect::<Result<Vec<_>>>()?;
                let x = digit_of(offset, width);
                let f = |i: usize, k: u8| u8::from(x[i] < k) | u8::from(x[i] == k) << 1;
                shares.push(short::send(rot, Some(&shift), f, 1 + u32::from(eq), &mut writer));
            }
            reader.finish()?;
            s.channel.send(writer.finish()).await?;
        }
    }
    let bit = |share: &[u8], at: u8| BitVec::from_fn(n, |i| (share[i] >> at) & 1 == 1);
    let mut nodes =
        shares.iter().zip(layout.digits()).map(|(v, (_, _, eq))| Node { lt: bit(v, 0), eq: eq.then(|| bit(v, 1)) });
    Ok(layout.parts.each_ref().map(|widths| nodes.by_ref().take(widths.len()).collect()))
}

/// One level of both parts' trees: neighbours (L, H) become `lt = lt_H ⊕ (eq_H ∧ lt_L)`, `eq = eq_H ∧ eq_L`.
async fn level(s: &mut Session, parts: [&mut Vec<Node>; 2]) -> Result<()> {
    let Some(n) = parts.iter().find_map(|part| part.first()).map(|node| node.lt.len()) else { return Ok(()) };
    let mut single = [Vec::new(), Vec::new()];
    let mut pair = [Vec::new(), Vec::new(), Vec::new()];
    for (low, high) in parts.iter().flat_map(|part| part.chunks_exact(2)).map(|c| (&c[0], &c[1])) {
        let Some(eq_high) = &high.eq else { continue };
        match &low.eq {
            None => [eq_high, &low.lt].into_iter().zip(&mut single).for_each(|(bits, v)| v.push(bits)),
            Some(eq) => [eq_high, &low.lt, eq].into_iter().zip(&mut pair).for_each(|(bits, v)| v.push(bits)),
        }
    }
    let single = single.map(BitVec::concat);
    let pair = pair.map(BitVec::concat);
    let (products, [pair_lt, pair_eq]) = and::and(s, single.each_ref(), pair.each_ref()).await?;
    let (mut at, mut at_pair) = (0, 0);
    for part in parts {
        let mut next = Vec::with_capacity(part.len().div_ceil(2));
        let mut nodes = std::mem::take(part).into_iter();
        while let Some(low) = nodes.next() {
            let Some(high) = nodes.next() else {
                next.push(low);
                break;
            };
            if low.eq.is_none() {
                next.push(Node { lt: &high.lt ^ &products.slice(at..at + n), eq: None });
                at += n;
            } else {
                let range = at_pair..at_pair + n;
                let eq = Some(pair_eq.slice(range.clone()));
                next.push(Node { lt: &high.lt ^ &pair_lt.slice(range), eq });
                at_pair += n;
            }
        }
        *part = next;
    }
    Ok(())
}

/// Cost of `n` comparisons of `bits` bits with leaves of at most `digit` bits.
pub fn cost(n: usize, bits: u32, digit: u32) -> Cost {
    compare_cost(n, bits, 0, digit)
}

/// Cost of [`compare`].
pub(crate) fn compare_cost(n: usize, bits: u32, split: u32, digit: u32) -> Cost {
    let layout = Layout::new(bits, split, digit);
    let message = |receiver, bits| Cost::message(receiver, n as u64 * bits);
    let mut cost = message(Party::Server, layout.choice_bits()) + message(Party::Client, layout.correction_bits());
    layout.digits().for_each(|(_, width, _)| cost.demand.add_rots(RotKind::leaf(width), n));
    let [mut low, mut high] = layout.parts.each_ref().map(Vec::len);
    loop {
        if low == 1 {
            (low, high) = (0, high + 1);
        }
        if low == 0 && high <= 1 {
            return cost;
        }
        // The lowest node of all lacks eq: the merge that takes it is a single AND, every other one a pair.
        cost += and::cost(n, n * (low / 2 + high / 2 - 1));
        (low, high) = (low.div_ceil(2), high.div_ceil(2));
    }
}
