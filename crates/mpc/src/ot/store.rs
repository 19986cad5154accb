//! The correlations that a lane holds, each used once: queues, from which protocols take what they need.

use std::collections::VecDeque;

use sotto_crypto::BitVec;
use zeroize::Zeroizing;

use super::demand::Demand;
use super::pads::{PadKind, Pads};
use super::rot::{RotHalves, RotKind};
use super::triples::{Pairs, Triples};
use crate::sorted::Sorted;

/// A queue of correlations in K parts, each of a fixed number of bits; what was taken is wiped.
struct Queue<const K: usize> {
    /// Bits of each part of one correlation.
    widths: [usize; K],
    /// From the oldest: number of correlations, those that were taken, and the parts.
    segments: VecDeque<(usize, usize, [Zeroizing<BitVec>; K])>,
}

impl<const K: usize> Queue<K> {
    fn new(widths: [usize; K]) -> Self {
        Self { widths, segments: VecDeque::new() }
    }

    fn len(&self) -> usize {
        self.segments.iter().map(|(n, taken, _)| n - taken).sum()
    }

    fn put(&mut self, n: usize, parts: [Zeroizing<BitVec>; K]) {
        if n > 0 {
            self.segments.push_back((n, 0, parts));
        }
    }

    /// The oldest `n`, of which there must be as many.
    fn take(&mut self, n: usize) -> [Zeroizing<BitVec>; K] {
        if self.segments.front().is_some_and(|&(len, taken, _)| (len, taken) == (n, 0)) {
            return self.segments.pop_front().map(|(_, _, parts)| parts).unwrap_or_else(|| self.room(0));
        }
        let mut parts = self.room(n);
        let mut left = n;
        while let (1.., Some((len, taken, segment))) = (left, self.segments.front_mut()) {
            let end = (*len).min(*taken + left);
            for ((part, from), width) in parts.iter_mut().zip(segment).zip(self.widths) {
                part.extend_from(from, *taken * width..end * width);
            }
            left -= end - *taken;
            *taken = end;
            if end == *len {
                self.segments.pop_front();
            }
        }
        parts
    }

    fn room(&self, n: usize) -> [Zeroizing<BitVec>; K] {
        self.widths.map(|width| Zeroizing::new(BitVec::with_capacity(n * width)))
    }
}

/// The store of a lane. Both parties make the same calls in the same order, so their halves always match.
pub(crate) struct Store {
    pads: Sorted<PadKind, Queue<2>>,
    rows: Sorted<RotKind, RotHalves>,
    triples: Queue<3>,
    pairs: Queue<5>,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            pads: Sorted::default(),
            rows: Sorted::default(),
            triples: Queue::new([1; 3]),
            pairs: Queue::new([1; 5]),
        }
    }
}

impl Store {
    pub(crate) fn put_pads(&mut self, kind: &PadKind, pads: Pads) {
        let n = pads.len();
        let parts = pads.into_bits();
        if n == 0 {
            return;
        }
        let widths = || parts.each_ref().map(|part| part.len() / n);
        self.pads.or_insert_with(kind.clone(), || Queue::new(widths())).put(n, parts);
    }

    pub(crate) fn put_rows(&mut self, kind: RotKind, rows: RotHalves) {
        self.rows.or_insert_with(kind, RotHalves::default).append(rows);
    }

    pub(crate) fn put_triples(&mut self, (triples, pairs): (Triples, Pairs)) {
        self.triples.put(triples[0].len(), triples.map(Zeroizing::new));
        self.pairs.put(pairs[0].len(), pairs.map(Zeroizing::new));
    }

    /// What of `demand` is not here.
    pub(crate) fn lacking(&self, demand: &Demand) -> Demand {
        let stock = self.stock();
        let mut lacking = Demand {
            triples: demand.triples.saturating_sub(stock.triples),
            pairs: demand.pairs.saturating_sub(stock.pairs),
            ..Demand::default()
        };
        let missing = |n: usize, here: Option<&usize>| n.saturating_sub(here.copied().unwrap_or(0));
        demand.pads.iter().for_each(|(kind, &n)| lacking.add_pads(kind.clone(), missing(n, stock.pads.get(kind))));
        demand.rows.iter().for_each(|(&kind, &n)| lacking.add_rows(kind, missing(n, stock.rows.get(&kind))));
        lacking
    }

    /// The next `n` OTs of a kind, which must be here.
    pub(crate) fn take_pads(&mut self, kind: &PadKind, n: usize) -> Pads {
        let parts = self.pads.get_mut(kind).map(|queue| queue.take(n)).unwrap_or_default();
        Pads::from_bits(n, kind.rot.width, &kind.entry, parts)
    }

    /// The next `n` rows of a kind, which must be here.
    pub(crate) fn take_rows(&mut self, kind: RotKind, n: usize) -> RotHalves {
        self.rows.get_mut(&kind).map(|rows| rows.take(n)).unwrap_or_default()
    }

    /// The next `n` triples and pairs, which must be here.
    pub(crate) fn take_triples(&mut self, n: usize, pairs: usize) -> (Triples, Pairs) {
        let plain = |mut bits: Zeroizing<BitVec>| std::mem::take(&mut *bits);
        (self.triples.take(n).map(plain), self.pairs.take(pairs).map(plain))
    }

    /// What is here.
    pub(crate) fn stock(&self) -> Demand {
        let mut stock = Demand { triples: self.triples.len(), pairs: self.pairs.len(), ..Demand::default() };
        self.pads.iter().for_each(|(kind, queue)| stock.add_pads(kind.clone(), queue.len()));
        self.rows.iter().for_each(|(&kind, rows)| stock.add_rows(kind, rows.rows.len()));
        stock
    }
}
