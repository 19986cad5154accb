//! One party's end of one direction: correlated OTs as its [`Ledgers`] say.

use rand_chacha::ChaCha20Rng;
use sotto_crypto::lpn::Field;
use sotto_crypto::{Block, Prg};
use zeroize::Zeroizing;

use super::ledger::{BATCH, FIRST, Ledger, Ledgers, Work, steps};
use crate::channel::Channel;
use crate::error::{Result, internal};
use crate::ot::columns::resize;
use crate::ot::ferret::{Ferret, Public};
use crate::ot::io::Io;
use crate::ot::lpn_set::LpnSet;
use crate::ot::rot::{Ots, Rows, WIDE};
use crate::ot::soft::{SoftReceiver, SoftSender};
use crate::ot::wide_ferret::{self, WideFerret};

/// OTs over GF(16) that are combined together.
const COMBINED: usize = 4096;

/// One party's end of one direction.
pub(super) struct Direction {
    ledgers: Ledgers,
    soft: Soft,
    bits: Generator<Ferret>,
    wide: Generator<WideFerret>,
}

/// Ferret over one field, and its spare OTs.
struct Generator<F> {
    public: Public,
    ferret: Option<F>,
    /// The ledger's spare OTs are the first of these.
    batch: Rows,
}

pub(super) enum Soft {
    Sender(SoftSender),
    Receiver(SoftReceiver),
}

impl Direction {
    /// With the public parts of both sources: over GF(2), over GF(16).
    pub(super) fn new([bits, wide]: [Public; 2], soft: Soft) -> Self {
        Self { ledgers: Ledgers::default(), soft, bits: Generator::new(bits), wide: Generator::new(wide) }
    }

    /// Asks for OTs: starts Ferret if that pays.
    pub(super) async fn ask(&mut self, io: Io<'_>, ots: Ots, largest: LpnSet) -> Result<()> {
        let Io { channel, rng } = io;
        let Some(set) = self.ledgers.ask(ots, largest) else { return Ok(()) };
        let mut ots = Rows::zeros(FIRST);
        self.soft(channel, &mut ots).await?;
        self.bits.ferret = Some(self.start(LpnSet::B9, ots, rng));
        for (from, to) in steps(set) {
            let mut ots = Rows::zeros(from.trees_for(to.taken(Field::Gf2)) * from.leaves());
            self.trees(channel, &mut ots).await?;
            self.bits.ferret = Some(self.start(to, ots, rng));
        }
        Ok(())
    }

    fn start(&self, set: LpnSet, ots: Rows, rng: &mut ChaCha20Rng) -> Ferret {
        match &self.soft {
            Soft::Sender(sender) => Ferret::sender(set, ots, sender.delta(), roots(rng)),
            Soft::Receiver(_) => Ferret::receiver(set, ots),
        }
    }

    /// As many OTs by SoftSpokenOT, whole units.
    async fn soft(&mut self, channel: &mut Channel, out: &mut [Block]) -> Result<()> {
        match &mut self.soft {
            Soft::Sender(sender) => sender.extend(channel, out).await,
            Soft::Receiver(receiver) => receiver.extend(channel, out).await,
        }
    }

    /// As many OTs by Ferret, whole trees.
    async fn trees(&mut self, channel: &mut Channel, out: &mut [Block]) -> Result<()> {
        let Generator { public, ferret, .. } = &mut self.bits;
        let ferret = ferret.as_mut().ok_or_else(|| internal("trees of a Ferret that does not run"))?;
        let set = ferret.set();
        for out in out.chunks_mut(BATCH.max(set.leaves())) {
            match &self.soft {
                Soft::Sender(_) => channel.send(ferret.send(public, out)?).await?,
                Soft::Receiver(_) => {
                    let message = channel.recv((out.len() / set.leaves() * set.tree_bytes(Field::Gf2)) as u64).await?;
                    ferret.receive(public, &message, out);
                }
            }
        }
        Ok(())
    }

    /// The next OTs over GF(2), of those that were asked for.
    pub(super) async fn fill(&mut self, channel: &mut Channel, mut out: &mut [Block]) -> Result<()> {
        loop {
            self.bits.hand_out(&mut self.ledgers.bits, &mut out)?;
            match self.ledgers.bits.next(out.len() as u64) {
                None => return Ok(()),
                Some(Work::Batch(n)) => {
                    let mut batch = self.bits.take_batch(n);
                    match self.bits.ferret {
                        Some(_) => self.trees(channel, &mut batch[..n]).await?,
                        None => self.soft(channel, &mut batch[..n]).await?,
                    }
                    self.bits.batch = batch;
                }
                Some(Work::Renew(n)) => {
                    let mut ots = Rows::zeros(n);
                    self.trees(channel, &mut ots).await?;
                    self.bits.ferret.iter_mut().for_each(|ferret| ferret.renew(std::mem::take(&mut ots)));
                }
                Some(Work::Combine(_)) => return Err(internal("OTs over GF(2) are not made of others")),
            }
        }
    }

    /// Whether 1-of-16 OTs come over GF(16).
    pub(super) fn is_wide(&self) -> bool {
        self.ledgers.wide.ferret.is_some()
    }

    /// The next OTs over GF(16), as [`Direction::fill`].
    pub(super) async fn fill_wide(&mut self, io: Io<'_>, mut out: &mut [Block]) -> Result<()> {
        let Io { channel, rng } = io;
        loop {
            self.wide.hand_out(&mut self.ledgers.wide, &mut out)?;
            match self.ledgers.wide.next(out.len() as u64) {
                None => return Ok(()),
                Some(Work::Batch(n)) => {
                    let mut batch = self.wide.take_batch(n);
                    self.wide_trees(channel, &mut batch[..n]).await?;
                    self.wide.batch = batch;
                }
                Some(Work::Renew(n)) => {
                    let mut ots = Rows::zeros(n);
                    self.wide_trees(channel, &mut ots).await?;
                    self.wide.ferret.iter_mut().for_each(|ferret| ferret.renew(std::mem::take(&mut ots)));
                }
                Some(Work::Combine(n)) => {
                    let mut ots = Rows::zeros(n);
                    let mut cots = Rows::zeros(WIDE as usize * COMBINED);
                    for rows in ots.chunks_mut(COMBINED) {
                        let cots = &mut cots[..WIDE as usize * rows.len()];
                        self.fill(channel, cots).await?;
                        wide_ferret::combined(cots, rows);
                    }
                    let (set, _) = self.ledgers.wide.ferret.ok_or_else(|| internal("no set over GF(16)"))?;
                    self.wide.ferret = Some(match &self.soft {
                        Soft::Sender(sender) => WideFerret::sender(set, ots, sender.delta(), roots(rng)),
                        Soft::Receiver(_) => WideFerret::receiver(set, ots),
                    });
                }
            }
        }
    }

    /// As many OTs over GF(16), whole trees; their levels' OTs come over GF(2).
    async fn wide_trees(&mut self, channel: &mut Channel, out: &mut [Block]) -> Result<()> {
        let (set, _) = self.ledgers.wide.ferret.ok_or_else(|| internal("no set over GF(16)"))?;
        let mut levels = Rows::default();
        for out in out.chunks_mut(BATCH.max(set.leaves())) {
            let trees = out.len() / set.leaves();
            resize(&mut levels, trees * set.depth());
            self.fill(channel, &mut levels).await?;
            let Generator { public, ferret, .. } = &mut self.wide;
            let ferret = ferret.as_mut().ok_or_else(|| internal("trees of a Ferret that does not run"))?;
            match &self.soft {
                Soft::Sender(_) => channel.send(ferret.send(public, &levels, out)?).await?,
                Soft::Receiver(_) => {
                    let message = channel.recv((trees * set.tree_bytes(Field::Gf16)) as u64).await?;
                    ferret.receive(public, &levels, &message, out);
                }
            }
        }
        Ok(())
    }
}

impl<F> Generator<F> {
    fn new(public: Public) -> Self {
        Self { public, ferret: None, batch: Rows::default() }
    }

    /// Fills the beginning of `out` with what is spare.
    fn hand_out(&self, ledger: &mut Ledger, out: &mut &mut [Block]) -> Result<()> {
        let spare = ledger.spare as usize;
        let n = out.len().min(spare);
        let taken = self.batch.get(spare - n..spare).ok_or_else(|| internal("OTs of a direction that failed"))?;
        let (filled, rest) = std::mem::take(out).split_at_mut(n);
        filled.copy_from_slice(taken);
        ledger.take(n as u64);
        *out = rest;
        Ok(())
    }

    /// Room for a batch of `n` OTs, in place of the last one.
    fn take_batch(&mut self, n: usize) -> Rows {
        if self.batch.len() < n {
            self.batch = Rows::zeros(n.max(BATCH));
        }
        std::mem::take(&mut self.batch)
    }
}

/// Where a sender's trees come from.
fn roots(rng: &mut ChaCha20Rng) -> Prg {
    Prg::new(*Zeroizing::new(Block::random(rng)))
}
