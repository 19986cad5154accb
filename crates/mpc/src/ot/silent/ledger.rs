//! What the source of a direction makes when, and what that costs: by public counts alone.

use sotto_crypto::lpn::Field;

use crate::ot::lpn_set::LpnSet;
use crate::ot::rot::{Ots, WIDE};
use crate::ot::soft;

/// Correlated OTs that are made together, in whole trees or units: what bounds a message and the memory for it.
pub(super) const BATCH: usize = 1 << 15;

/// What a direction's source over a field does next, in OTs: whole units of SoftSpokenOT, or whole trees of Ferret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    /// A batch to hand out.
    Batch(usize),
    /// What the next iteration starts from.
    Renew(usize),
    /// Over GF(16): what the first iteration starts from, of four times as many OTs over GF(2).
    Combine(usize),
}

/// Public counts of a direction's two sources.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ledgers {
    pub(super) bits: Ledger,
    pub(super) wide: Ledger,
}

impl Default for Ledgers {
    fn default() -> Self {
        Self { bits: Ledger::new(Field::Gf2), wide: Ledger::new(Field::Gf16) }
    }
}

impl Ledgers {
    /// Asks for OTs: over GF(2) with which set Ferret has to start for them, if it has. Ferret over GF(16) starts with them where that
    /// costs fewer bytes than four bits for each; before it does, these are asked for in place of `ots.wide`. What was asked for before
    /// has been handed out.
    pub(super) fn ask(&mut self, ots: Ots, largest: LpnSet) -> Option<LpnSet> {
        if self.wide.ferret.is_none() && ots.wide > 0 {
            debug_assert_eq!(self.bits.asked, 0, "OTs that were asked for as bits would come over GF(16)");
            let with = |set: Option<LpnSet>| {
                let mut ledgers = *self;
                ledgers.wide.ferret = set.map(|set| (set, 0));
                let start = ledgers.ask_running(ots, largest).map_or(0, |set| start_bytes(set).iter().sum());
                let possible = set.is_none() || ledgers.bits.ferret.is_some();
                possible.then(|| (start + ledgers.finish(), set))
            };
            let sets = LpnSet::ALL.into_iter().filter(|&set| set <= largest && set.serves(Field::Gf16));
            let best = std::iter::once(None).chain(sets.map(Some)).filter_map(with).min();
            self.wide.ferret = best.and_then(|(_, set)| set).map(|set| (set, 0));
        }
        self.ask_running(ots, largest)
    }

    /// As [`Ledgers::ask`], with Ferret over GF(16) running or not as it stands.
    fn ask_running(&mut self, ots: Ots, largest: LpnSet) -> Option<LpnSet> {
        let under = match self.wide.ferret {
            None => u64::from(WIDE) * ots.wide,
            Some(_) => {
                let before = self.wide.outstanding().under;
                self.wide.asked += ots.wide;
                self.wide.outstanding().under - before
            }
        };
        self.bits.ask(ots.bits + under, largest)
    }

    /// Asks for OTs, for which nothing is made yet: bytes of what Ferret starts from, if it has to.
    pub(crate) fn start(&mut self, ots: Ots, largest: LpnSet) -> Option<[u64; 2]> {
        self.ask(ots, largest).map(start_bytes)
    }

    /// Whether the receiver speaks: SoftSpokenOT.
    pub(crate) fn is_soft(&self) -> bool {
        self.bits.ferret.is_none()
    }

    /// Makes and hands out all that was asked for. Bytes: SoftSpokenOT's from the receiver, or Ferret's from the sender.
    pub(crate) fn finish(&mut self) -> u64 {
        self.wide.finish().bytes + self.bits.finish().bytes
    }
}

/// Public counts of a direction's source over a field.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ledger {
    field: Field,
    /// Ferret's parameters once it runs, and the trees that are left of its iteration; over GF(16) none before the first.
    pub(super) ferret: Option<(LpnSet, usize)>,
    /// OTs that were made and not handed out, at most a batch.
    pub(super) spare: u64,
    /// OTs that are still to be handed out of those that were asked for.
    asked: u64,
}

/// What making OTs takes.
#[derive(Clone, Copy, Debug, Default)]
struct Made {
    bytes: u64,
    /// Over GF(16): OTs over GF(2).
    under: u64,
}

impl Ledger {
    fn new(field: Field) -> Self {
        Self { field, ferret: None, spare: 0, asked: 0 }
    }

    /// Asks for `n` OTs over GF(2). Whether Ferret has to start for them: with the set of the fewest bytes, if those are fewer than
    /// SoftSpokenOT's.
    fn ask(&mut self, n: u64, largest: LpnSet) -> Option<LpnSet> {
        self.asked += n;
        let lacking = self.asked.saturating_sub(self.spare);
        if self.ferret.is_some() || lacking == 0 {
            return None;
        }
        let start = |set: LpnSet| {
            let mut ledger = Self { ferret: Some((set, set.trees())), asked: lacking, spare: 0, ..*self };
            let [soft, trees] = start_bytes(set);
            (soft + trees + ledger.finish().bytes, set)
        };
        let best = LpnSet::ALL.into_iter().filter(|&set| set <= largest).map(start).min();
        let (_, set) = best.filter(|&(bytes, _)| bytes < soft_bytes(lacking))?;
        self.ferret = Some((set, set.trees()));
        Some(set)
    }

    /// What to do before `n` OTs can be handed out; nothing once they are there.
    pub(super) fn next(&mut self, n: u64) -> Option<Work> {
        if self.spare >= n {
            return None;
        }
        let lacking = self.asked.max(n) - self.spare;
        let Some((set, left)) = &mut self.ferret else {
            let batch = lacking.min(BATCH as u64).next_multiple_of(soft::UNIT as u64);
            self.spare += batch;
            return Some(Work::Batch(batch as usize));
        };
        let kept = set.kept_trees(self.field);
        if *left == 0 {
            *left = set.trees();
            return Some(Work::Combine(set.taken(self.field)));
        }
        let free = *left - kept;
        if free == 0 {
            *left = set.trees();
            return Some(Work::Renew(kept * set.leaves()));
        }
        let most = free.min((BATCH / set.leaves()).max(1));
        let trees = lacking.div_ceil(set.leaves() as u64).min(most as u64) as usize;
        *left -= trees;
        self.spare += (trees * set.leaves()) as u64;
        Some(Work::Batch(trees * set.leaves()))
    }

    /// Hands out.
    pub(super) fn take(&mut self, n: u64) {
        self.spare -= n;
        self.asked = self.asked.saturating_sub(n);
    }

    /// What making all that was asked for would take.
    fn outstanding(mut self) -> Made {
        self.finish()
    }

    /// Makes and hands out all that was asked for.
    fn finish(&mut self) -> Made {
        let mut made = Made::default();
        while let Some(work) = self.next(self.asked) {
            match (work, self.ferret) {
                (Work::Combine(n), _) => made.under += u64::from(WIDE) * n as u64,
                (Work::Batch(n), None) => made.bytes += soft_bytes(n as u64),
                (Work::Batch(n) | Work::Renew(n), Some((set, _))) => {
                    let trees = n / set.leaves();
                    made.bytes += (trees * set.tree_bytes(self.field)) as u64;
                    made.under += if self.field == Field::Gf16 { (trees * set.depth()) as u64 } else { 0 };
                }
                (Work::Renew(_), None) => {}
            }
        }
        self.take(self.asked);
        made
    }
}

/// Bytes of `n` OTs by SoftSpokenOT, receiver to sender.
fn soft_bytes(n: u64) -> u64 {
    n.div_ceil(soft::UNIT as u64) * soft::UNIT_BYTES
}

/// OTs by SoftSpokenOT that the smallest set starts from, in whole units.
pub(super) const FIRST: usize = LpnSet::B9.taken(Field::Gf2).next_multiple_of(soft::UNIT);

/// The sets with which Ferret comes to run `set`, each from trees of the one before: (from, to).
pub(super) fn steps(set: LpnSet) -> impl Iterator<Item = (LpnSet, LpnSet)> {
    LpnSet::ALL.windows(2).map(|pair| (pair[0], pair[1])).take_while(move |&(_, to)| to <= set)
}

/// Bytes of starting Ferret: SoftSpokenOT's from the receiver, then those of trees from the sender.
fn start_bytes(set: LpnSet) -> [u64; 2] {
    [
        soft_bytes(FIRST as u64),
        steps(set).map(|(from, to)| (from.trees_for(to.taken(Field::Gf2)) * from.tree_bytes(Field::Gf2)) as u64).sum(),
    ]
}
