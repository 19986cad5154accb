//! Millionaires': the server's x, the client's y ↦ Boolean shares of `1{x < y}`, elementwise.
//!
//! Source: CrypTFlow2 (CCS 2020), section 3.1 (algorithm 1). Security: semi-honest. Cost per value of ℓ bits in q digits:
//! a 1-of-2^w OT of two bits per digit of w bits (one bit for the lowest), then a tree of ANDs: one triple per level on the
//! lowest path, a pair elsewhere. Rounds: 2 + ⌈log₂ q⌉.

use sotto_crypto::BitVec;

use super::and;
use crate::cost::Cost;
use crate::ot::{Demand, RotKind, RotReceiver, RotSender, short};
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
pub(crate) async fn compare(s: &mut Session, own: &[u64], bits: u32, split: u32) -> Result<Comparison> {
    let n = own.len();
    let zero = BitVec::zeros(n);
    let layout = Layout::new(bits, split, s.params().digit);
    let mut segments = leaves(s, own, &layout).await?;
    while segments.iter().any(|segment| segment.len() > 1) {
        level(s, &mut segments).await?;
    }
    let mut tops = segments.into_iter().map(|mut segment| segment.swap_remove(0));
    let (low, high) = match (split, tops.next(), tops.next()) {
        (_, None, _) => return Ok(Comparison { whole: zero.clone(), low: zero }),
        (0, Some(high), _) => return Ok(Comparison { whole: high.lt, low: zero }),
        (_, Some(low), None) => return Ok(Comparison { whole: low.lt.clone(), low: low.lt }),
        (_, Some(low), Some(high)) => (low, high),
    };
    let low_lt = low.lt.clone();
    let mut last = vec![vec![low, high]];
    level(s, &mut last).await?;
    Ok(Comparison { whole: last.swap_remove(0).swap_remove(0).lt, low: low_lt })
}

/// Widths of the digits, from the lowest, in the segments below and above the split.
struct Layout {
    segments: Vec<Vec<u32>>,
}

impl Layout {
    /// Each segment in the fewest digits of at most `digit` bits, as even as they go, wider ones lowest: a leaf's cost
    /// doubles with each bit, and the lowest digit's leaf is half as wide.
    fn new(bits: u32, split: u32, digit: u32) -> Self {
        let widths = |len: u32| {
            let q = len.div_ceil(digit);
            (0..q).map(|j| len / q + u32::from(j < len % q)).collect::<Vec<_>>()
        };
        let lengths = [split, bits - split];
        Self { segments: lengths.into_iter().filter(|&len| len > 0).map(widths).collect() }
    }

    /// All digits in order: (offset, width, whether an equality bit is needed).
    fn digits(&self) -> impl Iterator<Item = (u32, u32, bool)> + '_ {
        let mut offset = 0;
        self.segments.iter().flatten().enumerate().map(move |(j, &width)| {
            let digit = (offset, width, j > 0);
            offset += width;
            digit
        })
    }

    /// Bits of the corrections per value.
    fn correction_bits(&self) -> usize {
        self.digits().map(|(_, w, eq)| ((1 << w) - 1) * if eq { 2 } else { 1 }).sum()
    }
}

/// Shares of `lt` and, except on the lowest path, `eq` of a node.
struct Node {
    lt: BitVec,
    eq: Option<BitVec>,
}

enum Leaf {
    Sender(RotSender),
    Receiver(RotReceiver),
}

/// The leaves: per digit a 1-of-2^w OT in which the client chooses by its digit k among `1{x_j < k}`, `1{x_j = k}`.
async fn leaves(s: &mut Session, own: &[u64], layout: &Layout) -> Result<Vec<Vec<Node>>> {
    let n = own.len();
    let mut leaves = Vec::new();
    for (_, width, _) in layout.digits() {
        leaves.push(match s.party() {
            Party::Server => Leaf::Sender(s.take_sender(width, n).await?),
            Party::Client => Leaf::Receiver(s.take_receiver(width, n).await?),
        });
    }
    let digit_of =
        |offset: u32, width: u32| -> Vec<u8> { own.iter().map(|&v| low_bits(v >> offset, width) as u8).collect() };
    let shift_bits: usize = layout.digits().map(|(_, width, _)| n * width as usize).sum();
    let mut writer = Writer::default();
    let mut shares = Vec::new();
    match s.party() {
        Party::Client => {
            // Step 1: derandomise all choices.
            for (leaf, (offset, width, _)) in leaves.iter().zip(layout.digits()) {
                let Leaf::Receiver(rot) = leaf else { continue };
                digit_of(offset, width).iter().zip(&rot.choices).for_each(|(y, c)| writer.put(u64::from(y ^ c), width));
            }
            s.channel.send(writer.finish()).await?;
            // Step 2: read the corrections.
            let message = s.channel.recv(bytes_for(n * layout.correction_bits())).await?;
            let mut reader = Reader::new(&message);
            for (leaf, (offset, width, eq)) in leaves.iter().zip(layout.digits()) {
                let Leaf::Receiver(rot) = leaf else { continue };
                shares.push(short::receive(rot, &digit_of(offset, width), width, 1 + u32::from(eq), &mut reader)?);
            }
            reader.finish()?;
        }
        Party::Server => {
            let message = s.channel.recv(bytes_for(shift_bits)).await?;
            let mut reader = Reader::new(&message);
            for (leaf, (offset, width, eq)) in leaves.iter().zip(layout.digits()) {
                let Leaf::Sender(rot) = leaf else { continue };
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
    Ok(layout.segments.iter().map(|widths| nodes.by_ref().take(widths.len()).collect()).collect())
}

/// One level of every segment's tree: neighbours (L, H) become `lt = lt_H ⊕ (eq_H ∧ lt_L)`, `eq = eq_H ∧ eq_L`.
async fn level(s: &mut Session, segments: &mut [Vec<Node>]) -> Result<()> {
    let Some(n) = segments.iter().flatten().next().map(|node| node.lt.len()) else { return Ok(()) };
    let mut single = [Vec::new(), Vec::new()];
    let mut pair = [Vec::new(), Vec::new(), Vec::new()];
    for (low, high) in segments.iter().flat_map(|segment| segment.chunks_exact(2)).map(|c| (&c[0], &c[1])) {
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
    for segment in segments {
        let mut next = Vec::with_capacity(segment.len().div_ceil(2));
        let mut nodes = std::mem::take(segment).into_iter();
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
        *segment = next;
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
    let shift_bits: usize = layout.digits().map(|(_, width, _)| n * width as usize).sum();
    let mut cost =
        Cost::message(Party::Server, shift_bits) + Cost::message(Party::Client, n * layout.correction_bits());
    cost.demand = Demand::default();
    layout.digits().for_each(|(_, width, _)| cost.demand.add_rots(RotKind::leaf(width), n));
    // Only the lowest node of all lacks eq; count the merges level by level.
    let mut sizes: Vec<usize> = layout.segments.iter().map(Vec::len).collect();
    while sizes.iter().any(|&size| size > 1) {
        cost += merge_cost(n, &sizes);
        sizes.iter_mut().for_each(|size| *size = size.div_ceil(2));
    }
    if sizes.len() == 2 {
        cost += merge_cost(n, &[2]);
    }
    cost
}

fn merge_cost(n: usize, sizes: &[usize]) -> Cost {
    let merges: usize = sizes.iter().map(|size| size / 2).sum();
    let singles = usize::from(sizes[0] > 1);
    and::cost(n * singles, n * (merges - singles))
}
