//! OTs side by side: one description gives what a batch costs and how it runs.
//!
//! A job is n OTs of one kind, in which the sender has a table for each and the receiver an index: shares of the entry come out,
//! additive or XORed. For two entries 0 and δ that is correlated OT, shares of y·δ. From a random OT with choice c and pads P_k:
//! receivers publish `y ⊕ c` (step 1), senders answer with corrections (step 2, [`messages`]). Source: Asharov, Lindell,
//! Schneider, Zohner, "More Efficient Oblivious Transfer and Extensions for Faster Secure Computation" (CCS 2013), for the
//! correlation. Cost per OT: the random OT, m bits, and 2^m − 1 entries; 2 messages, or 2 exchanges when both parties send.

use sotto_crypto::{BitVec, Modulus};
use zeroize::{Zeroize, Zeroizing};

use super::messages;
use super::pads::{Entry, Opened, PadKind, Pads};
use super::rot::RotKind;
use crate::cost::Cost;
use crate::error::{Result, internal};
use crate::party::Party;
use crate::session::lane::Lane;
use crate::share::Arith;
use crate::wire::{Reader, Writer, bytes_for};

/// A job of additive shares.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sums(usize);

/// A job of XOR shares.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bits(usize);

/// n OTs of one kind.
#[derive(Clone, Debug)]
struct Job {
    n: usize,
    kind: PadKind,
    xor: bool,
}

impl Job {
    fn choice_bits(&self) -> u64 {
        self.n as u64 * u64::from(self.kind.rot.width)
    }

    fn correction_bits(&self) -> u64 {
        let all = ((1 << self.kind.rot.width) - 1) * u64::from(self.kind.entry.bits());
        self.n as u64 * (all - u64::from(self.kind.entry.balanced()))
    }
}

/// The public description of OTs that run side by side.
#[derive(Clone, Debug, Default)]
pub(crate) struct Batch {
    jobs: Vec<Job>,
}

impl Batch {
    /// Whether these are the pads of its OTs.
    pub(crate) fn is_opened_by(&self, opened: &Opened) -> bool {
        let fits = |(job, pads): (&Job, &Pads)| job.n == pads.len() && job.kind.rot.width == pads.width();
        self.jobs.len() == opened.pads.len() && self.jobs.iter().zip(&opened.pads).all(fits)
    }

    /// Adds `n` OTs of additive shares: tables of 2^`width` entries, each with these fields.
    pub(crate) fn sums(&mut self, sender: Party, n: usize, width: u32, fields: &[Modulus]) -> Sums {
        Sums(self.add(n, RotKind { sender, width }, Entry::new(fields), false))
    }

    /// Adds `n` OTs in which the server sends XOR shares of at most 4 bits.
    pub(crate) fn bits(&mut self, n: usize, width: u32, entry: Entry) -> Bits {
        Bits(self.add(n, RotKind::leaf(width), entry, true))
    }

    fn add(&mut self, n: usize, rot: RotKind, entry: Entry, xor: bool) -> usize {
        self.jobs.push(Job { n, kind: PadKind { rot, entry }, xor });
        self.jobs.len() - 1
    }

    /// Exact cost.
    pub(crate) fn cost(&self) -> Cost {
        let [choices, corrections] = [true, false].map(|choices| self.step_bits(choices));
        let mut cost = Cost::exchange(choices[0], choices[1]) + Cost::exchange(corrections[0], corrections[1]);
        self.jobs.iter().for_each(|job| cost.demand.add_pads(job.kind.clone(), job.n));
        cost
    }

    /// Bits of step 1 from the client to the server.
    pub(crate) fn choice_bits(&self) -> u64 {
        self.step_bits(true)[0]
    }

    /// Bits of the choices, which is step 1, or of the corrections: to the server, to the client.
    fn step_bits(&self, choices: bool) -> [u64; 2] {
        let mut bits = [0; 2];
        for job in &self.jobs {
            let to_server = (job.kind.rot.sender == Party::Server) == choices;
            bits[usize::from(!to_server)] += if choices { job.choice_bits() } else { job.correction_bits() };
        }
        bits
    }

    /// Room for what a party brings.
    pub(crate) fn inputs<'a>(&self, party: Party) -> Inputs<'a> {
        let input = |job: &Job| match job.kind.rot.sender == party {
            true => Input::Missing,
            false => Input::Choices(Vec::new()),
        };
        Inputs { party, inputs: self.jobs.iter().map(input).collect() }
    }

    /// Takes the batch's correlations and runs step 1 ahead of the rest: receivers know their indices already.
    pub(crate) async fn open(&self, s: &mut Lane, inputs: &Inputs<'_>) -> Result<Opened> {
        let mut pads = Vec::with_capacity(self.jobs.len());
        for job in &self.jobs {
            pads.push(s.take(&job.kind, job.n).await?);
        }
        let mut writer = Writer::default();
        for (input, pads) in inputs.inputs.iter().zip(&pads) {
            if let Input::Choices(y) = input {
                let masked: Zeroizing<Vec<u8>> =
                    Zeroizing::new(y.iter().enumerate().map(|(i, y)| y ^ pads.choice(i)).collect());
                writer.put_bytes(&masked, pads.width());
            }
        }
        let [to_server, to_client] = self.step_bits(true);
        let expected = if s.party() == Party::Server { to_server } else { to_client };
        let message = s.channel.exchange(writer.finish(), bytes_for(expected)).await?;
        let mut reader = Reader::new(&message);
        let mut shifts = Vec::with_capacity(self.jobs.len());
        for (job, input) in self.jobs.iter().zip(&inputs.inputs) {
            shifts.push(match input {
                Input::Choices(_) => Vec::new(),
                _ => reader.take_bytes(job.n, job.kind.rot.width)?,
            });
        }
        reader.finish()?;
        pads.iter_mut().for_each(Pads::forget_choices);
        Ok(Opened { pads, shifts })
    }
}

/// What a party brings to a batch.
pub(crate) struct Inputs<'a> {
    party: Party,
    inputs: Vec<Input<'a>>,
}

/// A sender's table of additive entries: OT, entry, field.
type SumTable<'a> = Box<dyn Fn(usize, usize, usize) -> u64 + 'a>;
/// A sender's table of XOR-shared entries: OT, word.
type BitTable<'a> = Box<dyn Fn(usize, u32) -> u64 + 'a>;

enum Input<'a> {
    /// A table that is still to come.
    Missing,
    Sums(SumTable<'a>),
    Bits(BitTable<'a>),
    Choices(Vec<u8>),
}

impl Drop for Input<'_> {
    fn drop(&mut self) {
        if let Input::Choices(choices) = self {
            choices.zeroize();
        }
    }
}

impl<'a> Inputs<'a> {
    /// A job of [`Batch::sums`]: the sender's table, `table(i, k, f)` for OT i, entry k and field f, and the receiver's indices.
    pub(crate) fn sums(
        &mut self,
        job: Sums,
        table: impl Fn(usize, usize, usize) -> u64 + 'a,
        indices: impl FnOnce() -> Vec<u8>,
    ) {
        let input = &mut self.inputs[job.0];
        *input = match input {
            Input::Choices(_) => Input::Choices(indices()),
            _ => Input::Sums(Box::new(table)),
        };
    }

    /// A job of [`Batch::bits`]: the sender's table as [`messages::send_bits`] reads it, and the receiver's indices.
    pub(crate) fn bits(
        &mut self,
        job: Bits,
        table: impl Fn(usize, u32) -> u64 + 'a,
        indices: impl FnOnce() -> Vec<u8>,
    ) {
        let input = &mut self.inputs[job.0];
        *input = match input {
            Input::Choices(_) => Input::Choices(indices()),
            _ => Input::Bits(Box::new(table)),
        };
    }

    /// A job for products: shares of `y·δ` for the sender's δ and the bit y of the receiver's, one for each field.
    pub(crate) fn products(&mut self, job: Sums, delta: impl Fn(usize, usize) -> u64 + 'a, y: &BitVec) {
        let table = move |i, k, f| if k == 1 { delta(i, f) } else { 0 };
        self.sums(job, table, || y.iter().map(u8::from).collect());
    }

    /// Runs the batch.
    pub(crate) async fn run(self, s: &mut Lane, batch: &Batch) -> Result<Shares> {
        let opened = batch.open(s, &self).await?;
        self.finish(s, batch, opened).await
    }

    /// Step 2.
    pub(crate) async fn finish(self, s: &mut Lane, batch: &Batch, opened: Opened) -> Result<Shares> {
        let Opened { pads, shifts } = opened;
        let mut writer = Writer::default();
        let mut shares = Vec::with_capacity(pads.len());
        for (input, (pads, shifts)) in self.inputs.iter().zip(pads.iter().zip(&shifts)) {
            shares.push(match input {
                Input::Sums(table) => Share::Sums(messages::send_sums(pads, shifts, table, &mut writer)),
                Input::Bits(table) => Share::Bits(messages::send_bits(pads, shifts, table, &mut writer)),
                Input::Choices(_) => Share::Bits(Vec::new()),
                Input::Missing => return Err(internal("a sender brings no table")),
            });
        }
        let [to_server, to_client] = batch.step_bits(false);
        let expected = if self.party == Party::Server { to_server } else { to_client };
        let message = s.channel.exchange(writer.finish(), bytes_for(expected)).await?;
        let mut reader = Reader::new(&message);
        for (i, input) in self.inputs.iter().enumerate() {
            if let Input::Choices(y) = input {
                shares[i] = match batch.jobs[i].xor {
                    true => Share::Bits(messages::receive_bits(&pads[i], y, &mut reader)?),
                    false => Share::Sums(messages::receive_sums(&pads[i], y, &mut reader)?),
                };
            }
        }
        reader.finish()?;
        Ok(Shares(shares))
    }
}

enum Share {
    Sums(Vec<Arith>),
    Bits(Vec<u8>),
}

/// A party's shares of all jobs of a batch.
pub(crate) struct Shares(Vec<Share>);

impl Shares {
    /// Those of a job, one for each field; they can be taken once.
    pub(crate) fn sums(&mut self, job: Sums) -> Vec<Arith> {
        match &mut self.0[job.0] {
            Share::Sums(fields) => std::mem::take(fields),
            Share::Bits(_) => Vec::new(),
        }
    }

    /// Those of a job of one field; they can be taken once.
    pub(crate) fn sum(&mut self, job: Sums) -> Result<Arith> {
        self.sums(job).pop().ok_or_else(|| internal("a job's shares are taken once"))
    }

    /// Those of a job.
    pub(crate) fn bits(&self, job: Bits) -> &[u8] {
        match &self.0[job.0] {
            Share::Bits(bits) => bits,
            Share::Sums(_) => &[],
        }
    }
}
