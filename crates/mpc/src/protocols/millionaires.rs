//! Millionaires': the server's x, the client's y ↦ Boolean shares of `1{x < y}`, elementwise.
//!
//! Source: CrypTFlow2 (CCS 2020), section 3.1 (algorithm 1). Security: semi-honest. Cost per value of ℓ bits in q digits:
//! a 1-of-2^w OT of two bits per digit of w bits (one bit for the lowest), then a tree of ANDs: one triple per level on the
//! lowest path, a pair elsewhere. Rounds: 2 + ⌈log₂ q⌉ for a comparison in one part. Comparisons of several x with one y share
//! their leaf OTs, which then carry the bits of all, and what is above low bits that all x have in common.

use sotto_crypto::BitVec;

use super::and;
use crate::cost::Cost;
use crate::error::{Result, internal};
use crate::ot::batch::{Batch, Bits, Inputs};
use crate::ot::messages::{self, comparison_words};
use crate::ot::pads::{Entry, Opened};
use crate::ot::rot::WIDE;
use crate::party::{OtKind, Params, Party};
use crate::session::lane::Lane;
use crate::share::low_bits;

/// Boolean shares of `1{x < y}` for the server's x and the client's y, each given as `own`, of `bits` bits.
pub async fn millionaires(s: &mut Lane, own: &[u64], bits: u32) -> Result<BitVec> {
    let Comparison { whole: [whole], .. } = compare(s, [own], Cuts::none(bits)).await?;
    Ok(whole)
}

/// Where comparisons have digit boundaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cuts {
    /// Bits that are compared.
    pub(crate) bits: u32,
    /// Low bits whose comparison is a result of its own.
    pub(crate) split: u32,
    /// Low bits that all of the server's lists have in common, at least `split`: they are compared once.
    pub(crate) common: u32,
}

impl Cuts {
    /// None: all bits are one part.
    pub(crate) fn none(bits: u32) -> Self {
        Self::at(bits, 0)
    }

    /// At `split` ≤ `bits`.
    pub(crate) fn at(bits: u32, split: u32) -> Self {
        Self { bits, split, common: split }
    }

    /// Bits of the parts, from the lowest.
    fn parts(self) -> [u32; 3] {
        [self.split, self.common - self.split, self.bits - self.common]
    }
}

/// Shares of T comparisons and of the comparison of their low bits alone.
pub(crate) struct Comparison<const T: usize> {
    /// `1{x < y}` for every x.
    pub(crate) whole: [BitVec; T],
    /// `1{x mod 2^split < y mod 2^split}`; zero for a split at 0.
    pub(crate) low: BitVec,
}

/// Compares T = 1 or 2 lists of the server's with one of the client's. The client brings its list T times.
///
/// The digits of all parts are merged level by level side by side; a part's result, once it is there, becomes the lowest node of what
/// is above it: of every list's highest part.
pub(crate) async fn compare<const T: usize>(s: &mut Lane, own: [&[u64]; T], cuts: Cuts) -> Result<Comparison<T>> {
    let n = own[0].len();
    let leaves = Leaves::new(n, T, cuts, s.params());
    let mut parts = leaves.evaluate(s, own).await?;
    let mut low = BitVec::zeros(n);
    loop {
        let (common, highs) = parts.split_at_mut(2);
        if common[0].len() == 1 {
            let node = common[0].remove(0);
            low = node.lt.clone();
            common[1].insert(0, node);
        }
        if common[0].is_empty() && common[1].len() == 1 {
            let Node { lt, .. } = common[1].remove(0);
            highs.iter_mut().for_each(|high| high.insert(0, Node { lt: lt.clone(), eq: None }));
        }
        if common.iter().all(Vec::is_empty) && highs.iter().all(|high| high.len() <= 1) {
            let whole = |t: usize| highs[t].pop().map_or_else(|| BitVec::zeros(n), |node| node.lt);
            return Ok(Comparison { whole: std::array::from_fn(whole), low });
        }
        level(s, &mut parts).await?;
    }
}

/// Shares of `lt` and, except on the lowest path, `eq` of a node.
struct Node {
    lt: BitVec,
    eq: Option<BitVec>,
}

/// A digit's OTs: the client chooses by its digit k among `1{x_j < k}`, `1{x_j = k}` for every x. A message has the lt bits first,
/// and, except for the lowest digit, the eq bits.
struct Digit {
    job: Bits,
    offset: u32,
    width: u32,
    /// Lists that it compares: one where all agree.
    lists: usize,
    eq: bool,
}

impl Digit {
    /// The digit of every value.
    fn of(&self, list: &[u64]) -> Vec<u8> {
        list.iter().map(|&v| low_bits(v >> self.offset, self.width) as u8).collect()
    }
}

/// The leaves of `n` comparisons of some lists with one.
pub(crate) struct Leaves {
    lists: usize,
    batch: Batch,
    digits: Vec<Digit>,
    /// Digits of the parts.
    parts: [usize; 3],
}

impl Leaves {
    /// All parts in the fewest digits of at most [`Params::digit`] bits.
    pub(crate) fn new(n: usize, lists: usize, cuts: Cuts, params: Params) -> Self {
        let of = |digit| Self::of_digits(n, lists, cuts, digit, params);
        of(leaf_bits(params, |digit| of(digit).compare_cost(n)))
    }

    fn of_digits(n: usize, lists: usize, cuts: Cuts, digit: u32, params: Params) -> Self {
        let parts = cuts.parts().map(|len| even_digits(len, digit));
        let (mut batch, mut offset) = (Batch::default(), 0);
        let mut add = |(j, &width): (usize, &u32)| {
            let (eq, lists) = (j > 0, if offset < cuts.common { 1 } else { lists });
            let job = batch.bits(n, width, leaf(params, width, lists as u32, if eq { lists as u32 } else { 0 }));
            offset += width;
            Digit { job, offset: offset - width, width, lists, eq }
        };
        let digits = parts.iter().flatten().enumerate().map(&mut add).collect();
        Self { lists, batch, digits, parts: parts.map(|part| part.len()) }
    }

    /// Cost of the comparisons.
    fn compare_cost(&self, n: usize) -> Cost {
        let mut cost = self.batch.cost();
        let [mut low, mut middle, mut high] = self.parts;
        loop {
            if low == 1 {
                (low, middle) = (0, middle + 1);
            }
            if low == 0 && middle == 1 {
                (middle, high) = (0, high + 1);
            }
            let is_common = low + middle > 0;
            if !is_common && high <= 1 {
                return cost;
            }
            // A comparison's lowest node lacks eq: the merge that takes it is a single AND, every other one a pair.
            let singles = if is_common { 1 } else { self.lists };
            let merges = low / 2 + middle / 2 + self.lists * (high / 2);
            cost += and::cost(n * singles, n * (merges - singles));
            [low, middle, high] = [low, middle, high].map(|nodes| nodes.div_ceil(2));
        }
    }

    /// Bits of the client's choices.
    pub(crate) fn choice_bits(&self) -> u64 {
        self.batch.choice_bits()
    }

    /// What the client brings.
    fn chosen<'a>(&self, s: &Lane, y: &[u64]) -> Inputs<'a> {
        let mut inputs = self.batch.inputs(s.party());
        self.digits.iter().for_each(|digit| inputs.bits(digit.job, |_, _| 0, || digit.of(y)));
        inputs
    }

    /// Exchanges the choices ahead of the rest. The client brings its list y; what the server brings is not read.
    pub(crate) async fn open(&self, s: &mut Lane, y: &[u64]) -> Result<Opened> {
        let inputs = self.chosen(s, y);
        let mut opened = self.batch.open(s, &inputs).await?;
        for (pads, shifts) in opened.pads.iter_mut().zip(&mut opened.shifts) {
            if s.party() == Party::Server {
                messages::reorder(pads, &std::mem::take(shifts));
            }
        }
        Ok(opened)
    }

    /// Shares of the leaves: the low part's, the middle one's, and each list's highest.
    async fn evaluate<const T: usize>(&self, s: &mut Lane, own: [&[u64]; T]) -> Result<Vec<Vec<Node>>> {
        let mut inputs = self.batch.inputs(s.party());
        for digit in &self.digits {
            let lists = digit.lists;
            let bits = (lists * (1 + usize::from(digit.eq))) as u32;
            let x = own.map(|list| digit.of(list));
            let y = x[0].clone();
            let table = move |i: usize, w: u32| {
                let words = |t: usize| comparison_words(x[t][i], bits, w);
                let word = |t: usize| words(t).0 << t | if digit.eq { words(t).1 << (lists + t) } else { 0 };
                (0..lists).fold(0, |table, t| table | word(t))
            };
            inputs.bits(digit.job, table, || y);
        }
        let opened = match s.opened.take() {
            Some(opened) if self.batch.is_opened_by(&opened) => opened,
            Some(_) => return Err(internal("the choices of another comparison")),
            None => self.batch.open(s, &inputs).await?,
        };
        let shares = inputs.finish(s, &self.batch, opened).await?;
        let node = |digit: &Digit, t: usize| {
            let bit = |at: usize| BitVec::from_bytes_at(shares.bits(digit.job), [at as u32]);
            Node { lt: bit(t), eq: digit.eq.then(|| bit(digit.lists + t)) }
        };
        let [low, middle, _] = self.parts;
        let (common, high) = self.digits.split_at(low + middle);
        let (low, middle) = common.split_at(low);
        let of = |digits: &[Digit], t: usize| digits.iter().map(|digit| node(digit, t)).collect();
        Ok([of(low, 0), of(middle, 0)].into_iter().chain((0..T).map(|t| of(high, t))).collect())
    }
}

/// What an OT of a leaf carries: `lt` bits of comparisons and `eq` ones of equality, which are balanced where their pads can be made of
/// correlated OTs. Wider OTs come over GF(16), and on the classic path all come at once: there is nothing behind these.
pub(crate) fn leaf(params: Params, width: u32, lt: u32, eq: u32) -> Entry {
    let balanced = width == 1 || params.ot == OtKind::Silent && width < WIDE;
    Entry::with_balanced(lt + eq, if balanced { eq } else { 0 })
}

/// [`Params::digit`], or what makes a call cost least.
pub(crate) fn leaf_bits(params: Params, cost: impl Fn(u32) -> Cost) -> u32 {
    let cheapest = || Params::DIGITS.min_by_key(|&digit| cost(digit).worth(params));
    params.digit.or_else(cheapest).unwrap_or(*Params::DIGITS.start())
}

/// `len` bits in the fewest digits of at most `digit` bits, as even as they go, wider ones lowest: a leaf's cost doubles with each
/// bit, and the lowest digit's leaf is half as wide.
pub(crate) fn even_digits(len: u32, digit: u32) -> Vec<u32> {
    let q = len.div_ceil(digit);
    (0..q).map(|j| len / q + u32::from(j < len % q)).collect()
}

/// One level of all parts' trees: neighbours (L, H) become `lt = lt_H ⊕ (eq_H ∧ lt_L)`, `eq = eq_H ∧ eq_L`.
async fn level(s: &mut Lane, parts: &mut [Vec<Node>]) -> Result<()> {
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

/// Cost of `n` comparisons of `bits` bits.
pub fn cost(n: usize, bits: u32, params: Params) -> Cost {
    compare_cost(n, 1, Cuts::none(bits), params)
}

/// Cost of [`compare`] for T = `lists`.
pub(crate) fn compare_cost(n: usize, lists: usize, cuts: Cuts, params: Params) -> Cost {
    Leaves::new(n, lists, cuts, params).compare_cost(n)
}
