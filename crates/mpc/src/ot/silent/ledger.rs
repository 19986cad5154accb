//! What the source of a direction makes when, and what that costs: by public counts alone.

use crate::ot::lpn_set::LpnSet;
use crate::ot::soft;

/// Correlated OTs that are made together, in whole trees or units: what bounds a message and the memory for it.
pub(super) const BATCH: usize = 1 << 15;

/// What a direction's source does next, in OTs: whole units of SoftSpokenOT, or whole trees of Ferret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    /// A batch to hand out.
    Batch(usize),
    /// What the next iteration starts from.
    Renew(usize),
}

/// Public counts of a direction's source.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ledger {
    /// Ferret's parameters once it runs, and the trees that are left of its iteration.
    pub(super) ferret: Option<(LpnSet, usize)>,
    /// OTs that were made and not handed out, at most a batch.
    pub(super) spare: u64,
    /// OTs that are still to be handed out of those that were asked for.
    asked: u64,
}

impl Ledger {
    /// Asks for `n` OTs. Whether Ferret has to start for them: with the set of the fewest bytes, if those are fewer than
    /// SoftSpokenOT's.
    pub(super) fn ask(&mut self, n: u64, largest: LpnSet) -> Option<LpnSet> {
        self.asked += n;
        let lacking = self.asked.saturating_sub(self.spare);
        if self.ferret.is_some() || lacking == 0 {
            return None;
        }
        let start = |set: LpnSet| {
            let mut ledger = Self { ferret: Some((set, set.trees())), asked: lacking, spare: 0 };
            let [soft, trees] = start_bytes(set);
            (soft + trees + ledger.finish(), set)
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
        let free = *left - set.kept_trees();
        if free == 0 {
            *left = set.trees();
            return Some(Work::Renew(set.kept_trees() * set.leaves()));
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

    /// Asks for `n` OTs, for which nothing is made yet: bytes of what Ferret starts from, if it has to.
    pub(crate) fn start(&mut self, n: u64, largest: LpnSet) -> Option<[u64; 2]> {
        self.ask(n, largest).map(start_bytes)
    }

    /// Whether the receiver speaks: SoftSpokenOT.
    pub(crate) fn is_soft(&self) -> bool {
        self.ferret.is_none()
    }

    /// Makes and hands out all that was asked for. Bytes: SoftSpokenOT's from the receiver, or Ferret's from the sender.
    pub(crate) fn finish(&mut self) -> u64 {
        let mut bytes = 0;
        while let Some(Work::Batch(n) | Work::Renew(n)) = self.next(self.asked) {
            bytes += match self.ferret {
                Some((set, _)) => (n / set.leaves() * set.tree_bytes()) as u64,
                None => soft_bytes(n as u64),
            };
        }
        self.take(self.asked);
        bytes
    }
}

/// Bytes of `n` OTs by SoftSpokenOT, receiver to sender.
fn soft_bytes(n: u64) -> u64 {
    n.div_ceil(soft::UNIT as u64) * soft::UNIT_BYTES
}

/// OTs by SoftSpokenOT that the smallest set starts from, in whole units.
pub(super) const FIRST: usize = LpnSet::B9.taken().next_multiple_of(soft::UNIT);

/// The sets with which Ferret comes to run `set`, each from trees of the one before: (from, to).
pub(super) fn steps(set: LpnSet) -> impl Iterator<Item = (LpnSet, LpnSet)> {
    LpnSet::ALL.windows(2).map(|pair| (pair[0], pair[1])).take_while(move |&(_, to)| to <= set)
}

/// Bytes of starting Ferret: SoftSpokenOT's from the receiver, then those of trees from the sender.
fn start_bytes(set: LpnSet) -> [u64; 2] {
    [soft_bytes(FIRST as u64), steps(set).map(|(from, to)| (from.trees_for(to) * from.tree_bytes()) as u64).sum()]
}
