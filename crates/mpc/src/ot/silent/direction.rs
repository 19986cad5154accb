//! One party's end of one direction: correlated OTs as its [`Ledger`] says.

use rand_chacha::ChaCha20Rng;
use sotto_crypto::{Block, Prg};
use zeroize::Zeroizing;

use super::ledger::{BATCH, FIRST, Ledger, Work, steps};
use crate::channel::Channel;
use crate::error::{Result, internal};
use crate::ot::ferret::{Ferret, Public};
use crate::ot::io::Io;
use crate::ot::lpn_set::LpnSet;
use crate::ot::rot::Rows;
use crate::ot::soft::{SoftReceiver, SoftSender};

/// One party's end of one direction.
pub(super) struct Direction {
    ledger: Ledger,
    public: Public,
    soft: Soft,
    ferret: Option<Ferret>,
    /// The ledger's spare OTs are the first of these.
    batch: Rows,
}

pub(super) enum Soft {
    Sender(SoftSender),
    Receiver(SoftReceiver),
}

impl Direction {
    pub(super) fn new(public: Public, soft: Soft) -> Self {
        Self { ledger: Ledger::default(), public, soft, ferret: None, batch: Rows::default() }
    }

    /// Asks for `n` OTs: starts Ferret if that pays.
    pub(super) async fn ask(&mut self, io: Io<'_>, n: u64, largest: LpnSet) -> Result<()> {
        let Io { channel, rng } = io;
        let Some(set) = self.ledger.ask(n, largest) else { return Ok(()) };
        let mut ots = Rows::zeros(FIRST);
        self.soft(channel, &mut ots).await?;
        self.ferret = Some(self.start(LpnSet::B9, ots, rng));
        for (from, to) in steps(set) {
            let mut ots = Rows::zeros(from.trees_for(to) * from.leaves());
            self.trees(channel, &mut ots).await?;
            self.ferret = Some(self.start(to, ots, rng));
        }
        Ok(())
    }

    fn start(&self, set: LpnSet, ots: Rows, rng: &mut ChaCha20Rng) -> Ferret {
        match &self.soft {
            Soft::Sender(sender) => {
                Ferret::sender(set, ots, sender.delta(), Prg::new(*Zeroizing::new(Block::random(rng))))
            }
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
        let ferret = self.ferret.as_mut().ok_or_else(|| internal("trees of a Ferret that does not run"))?;
        let set = ferret.set();
        for out in out.chunks_mut(BATCH.max(set.leaves())) {
            match &self.soft {
                Soft::Sender(_) => channel.send(ferret.send(&mut self.public, out)?).await?,
                Soft::Receiver(_) => {
                    let message = channel.recv((out.len() / set.leaves() * set.tree_bytes()) as u64).await?;
                    ferret.receive(&mut self.public, &message, out);
                }
            }
        }
        Ok(())
    }

    /// The next OTs, of those that were asked for.
    pub(super) async fn fill(&mut self, channel: &mut Channel, mut out: &mut [Block]) -> Result<()> {
        loop {
            let spare = self.ledger.spare as usize;
            let n = out.len().min(spare);
            let lost = || internal("OTs of a direction that failed");
            let taken = self.batch.get(spare - n..spare).ok_or_else(lost)?;
            let (filled, rest) = std::mem::take(&mut out).split_at_mut(n);
            filled.copy_from_slice(taken);
            self.ledger.take(n as u64);
            out = rest;
            match self.ledger.next(out.len() as u64) {
                None => return Ok(()),
                Some(Work::Batch(n)) => self.refill(channel, n).await?,
                Some(Work::Renew(n)) => {
                    let mut ots = Rows::zeros(n);
                    self.trees(channel, &mut ots).await?;
                    if let Some(ferret) = &mut self.ferret {
                        ferret.renew(ots);
                    }
                }
            }
        }
    }

    /// Makes a batch of `n` OTs in place of the last one.
    async fn refill(&mut self, channel: &mut Channel, n: usize) -> Result<()> {
        if self.batch.len() < n {
            self.batch = Rows::zeros(n.max(BATCH));
        }
        let mut batch = std::mem::take(&mut self.batch);
        match self.ferret {
            Some(_) => self.trees(channel, &mut batch[..n]).await?,
            None => self.soft(channel, &mut batch[..n]).await?,
        }
        self.batch = batch;
        Ok(())
    }
}
