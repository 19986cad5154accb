//! Millionaires': the server's x, the client's y ↦ Boolean shares of `1{x < y}`, elementwise.
//!
//! Source: CrypTFlow2 (CCS 2020), section 3.1 (algorithm 1). Security: semi-honest. Cost per value of ℓ bits in q digits:
//! a 1-of-2^w OT of two bits per digit of w bits (one bit for the lowest), then a tree of ANDs: one triple per level on the
//! lowest path, a pair elsewhere. Rounds: 2 + ⌈log₂ q⌉ for a comparison in one part. Comparisons of several x with one y share
//! their leaf OTs, which then carry the bits of all.

use sotto_crypto::BitVec;

use super::and;
use crate::cost::Cost;
use crate::error::internal;
use crate::ot::{Rot, RotKind, short};
use crate::share::low_bits;
use crate::wire::{Reader, Writer, bytes_for};
use crate::{Party, Result, Session};

/// Boolean shares of `1{x < y}` for the server's x and the client's y, each given as `own`, of `bits` bits.
pub async fn millionaires(s: &mut Session, own: &[u64], bits: u32) -> Result<BitVec> {
    let [comparison] = compare(s, [own], bits, 0).await?;
    Ok(comparison.whole)
}

/// Shares of a comparison and of the same comparison of the low bits alone.
pub(crate) struct Comparison {
    /// `1{x < y}`.
    pub(crate) whole: BitVec,
    /// `1{x mod 2^split < y mod 2^split}`; zero for a split at 0.
    pub(crate) low: BitVec,
}

/// Compares T = 1 or 2 lists of the server's with one of the client's, all of `bits`-bit values, with a digit boundary at
/// `split` ≤ `bits`: one tree for each gives both results. The client brings its list T times.
///
/// The digits below and above the boundary are merged level by level side by side; the low part's result, once it is there,
/// becomes the lowest node of the high part.
pub(crate) async fn compare<const T: usize>(
    s: &mut Session,
    own: [&[u64]; T],
    bits: u32,
    split: u32,
) -> Result<[Comparison; T]> {
    let n = own[0].len();
    let layout = Layout::new(bits, split, s.params().digit);
    let mut trees = leaves(s, own, &layout).await?;
    let mut low = vec![BitVec::zeros(n); T];
    loop {
        for (tree, low) in trees.iter_mut().zip(&mut low) {
            if tree[0].len() == 1 {
                let node = tree[0].remove(0);
                *low = node.lt.clone();
                tree[1].insert(0, node);
            }
        }
        if trees.iter().all(|[low, high]| low.is_empty() && high.len() <= 1) {
            let whole = |[_, mut high]: Tree| high.pop().map_or_else(|| BitVec::zeros(n), |node| node.lt);
            let comparisons = trees.into_iter().zip(low).map(|(tree, low)| Comparison { whole: whole(tree), low });
            return comparisons.collect::<Vec<_>>().try_into().map_err(|_| internal("a tree per list"));
        }
        level(s, trees.as_flattened_mut()).await?;
    }
}

/// The nodes below and above the split, from the lowest.
type Tree = [Vec<Node>; 2];

/// Widths of the digits, from the lowest, below and above the split.
struct Layout {
    parts: [Vec<u32>; 2],
}

impl Layout {
    /// Each part in the fewest digits of at most `digit` bits, as even as they go, wider ones lowest: a leaf's cost
    /// doubles with each bit, and the lowest digit's leaf is half as wide.
    fn new(bits: u32, split: u32, digit: u32) -> Self {
        Self { parts: [split, bits - split].map(|len| even_digits(len, digit)) }
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

    /// Bits of the corrections per value for T comparisons.
    fn correction_bits(&self, comparisons: usize) -> u64 {
        self.digits().map(|(_, w, eq)| ((1 << w) - 1) * u64::from(message_bits(comparisons, eq))).sum()
    }
}

/// `len` bits in the fewest digits of at most `digit` bits, as even as they go, wider ones lowest.
pub(crate) fn even_digits(len: u32, digit: u32) -> Vec<u32> {
    let q = len.div_ceil(digit);
    (0..q).map(|j| len / q + u32::from(j < len % q)).collect()
}

/// Bits of a leaf's message: lt and, except for the lowest digit, eq of every comparison.
fn message_bits(comparisons: usize, eq: bool) -> u32 {
    comparisons as u32 * (1 + u32::from(eq))
}

/// Shares of `lt` and, except on the lowest path, `eq` of a node.
struct Node {
    lt: BitVec,
    eq: Option<BitVec>,
}

/// The leaves: per digit a 1-of-2^w OT in which the client chooses by its digit k among `1{x_j < k}`, `1{x_j = k}` for every
/// x. A message has the lt bits first.
async fn leaves<const T: usize>(s: &mut Session, own: [&[u64]; T], layout: &Layout) -> Result<Vec<Tree>> {
    let n = own[0].len();
    let mut leaves = Vec::new();
    for (_, width, _) in layout.digits() {
        leaves.push(match s.party() {
            Party::Server => Rot::Sender(s.take_sender(width, n).await?),
            Party::Client => Rot::Receiver(s.take_receiver(width, n).await?),
        });
    }
    let digits = |list: &[u64], offset: u32, width: u32| -> Vec<u8> {
        list.iter().map(|&v| low_bits(v >> offset, width) as u8).collect()
    };
    let mut writer = Writer::default();
    let mut shares = Vec::new();
    match s.party() {
        Party::Client => {
            // Step 1: derandomise all choices.
            for (leaf, (offset, width, _)) in leaves.iter().zip(layout.digits()) {
                let Rot::Receiver(rot) = leaf else { continue };
                let y = digits(own[0], offset, width);
                let masked: Vec<u8> = y.iter().zip(rot.choices.iter()).map(|(y, c)| y ^ c).collect();
                writer.put_bytes(&masked, width);
            }
            s.channel.send(writer.finish()).await?;
            // Step 2: read the corrections.
            let message = s.channel.recv(bytes_for(n as u64 * layout.correction_bits(T))).await?;
            let mut reader = Reader::new(&message);
            for (leaf, (offset, width, eq)) in leaves.iter().zip(layout.digits()) {
                let Rot::Receiver(rot) = leaf else { continue };
                let y = digits(own[0], offset, width);
                shares.push(short::receive(rot, &y, width, message_bits(T, eq), &mut reader)?);
            }
            reader.finish()?;
        }
        Party::Server => {
            let message = s.channel.recv(bytes_for(n as u64 * layout.choice_bits())).await?;
            let mut reader = Reader::new(&message);
            for (leaf, (offset, width, eq)) in leaves.iter().zip(layout.digits()) {
                let Rot::Sender(rot) = leaf else { continue };
                let shift = reader.take_bytes(n, width)?;
                let x = own.map(|list| digits(list, offset, width));
                let bits = message_bits(T, eq);
                let f = |i: usize, w: u32| {
                    let words = |t: usize| short::comparison_words(x[t][i], bits, w);
                    let word = |t: usize| words(t).0 << t | if eq { words(t).1 << (T + t) } else { 0 };
                    (0..T).fold(0, |table, t| table | word(t))
                };
                shares.push(short::send(rot, Some(&shift), f, bits, &mut writer)?);
            }
            reader.finish()?;
            s.channel.send(writer.finish()).await?;
        }
    }
    let bit = |share: &[u8], at: usize| BitVec::from_bytes_at(share, [at as u32]);
    let tree = |t: usize| {
        let node =
            |(v, (_, _, eq)): (&Vec<u8>, _)| Node { lt: bit(v, t), eq: if eq { Some(bit(v, T + t)) } else { None } };
        let mut nodes = shares.iter().zip(layout.digits()).map(node);
        layout.parts.each_ref().map(|widths| nodes.by_ref().take(widths.len()).collect())
    };
    Ok((0..T).map(tree).collect())
}

/// One level of all parts' trees: neighbours (L, H) become `lt = lt_H ⊕ (eq_H ∧ lt_L)`, `eq = eq_H ∧ eq_L`.
async fn level(s: &mut Session, parts: &mut [Vec<Node>]) -> Result<()> {
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
    compare_cost(n, 1, bits, 0, digit)
}

/// Cost of [`compare`] for T = `lists`.
pub(crate) fn compare_cost(n: usize, lists: usize, bits: u32, split: u32, digit: u32) -> Cost {
    let layout = Layout::new(bits, split, digit);
    let message = |receiver, bits| Cost::message(receiver, n as u64 * bits);
    let mut cost = message(Party::Server, layout.choice_bits()) + message(Party::Client, layout.correction_bits(lists));
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
        cost += and::cost(lists * n, lists * n * (low / 2 + high / 2 - 1));
        (low, high) = (low.div_ceil(2), high.div_ceil(2));
    }
}
