//! Chosen 1-of-2^m OT of additive shares: the sender has a table T with T₀ = 0, the receiver an index y ↦ shares of T_y.
//!
//! For m = 1 this is correlated OT, shares of y·δ. From a random OT with choice c and pads P_k: the receiver publishes
//! `y ⊕ c`, so that P_{k ⊕ y ⊕ c} is the pad of entry k; the sender takes `−P` of entry 0 as its share and sends `P_0 + T_k −
//! P_k` for the others. The receiver's share is its pad, plus the correction of entry y. An entry has one or more fields, each
//! over a modulus of its own. Source: Asharov, Lindell, Schneider, Zohner, "More Efficient Oblivious Transfer and Extensions
//! for Faster Secure Computation" (CCS 2013), for the correlation. Cost per OT: the random OT, m bits, and 2^m − 1 times the
//! fields' bits; 2 messages, or 2 exchanges when both parties send.

use sotto_crypto::hash::Pi;
use sotto_crypto::{BitVec, Block, SecretVec, mask64};

use super::{Rot, RotReceiver, RotSender};
use crate::share::Modulus;
use crate::wire::{Reader, Writer, bytes_for};
use crate::{Error, Party, Result, Session};

/// A batch of OTs in one direction.
pub(crate) struct Job {
    n: usize,
    /// m.
    width: u32,
    layout: Layout,
    input: Input,
}

/// What this party brings to a batch.
enum Input {
    /// The sender's tables from entry 1 on: `[k − 1][field][i]`.
    Entries(Vec<Fields>),
    /// The receiver's indices.
    Choices(SecretVec<u8>),
}

/// Values by field: `[field][i]`.
pub(crate) type Fields = Vec<SecretVec<u64>>;

/// Pads that are computed at once.
const BATCH_PADS: usize = 4096;

impl Job {
    /// A batch of `n`. `entries` is called at the sender, for the fields of entries 1 to 2^m − 1, and `choices` at the
    /// receiver.
    pub(crate) fn new(
        s: &Session,
        sender: Party,
        n: usize,
        width: u32,
        fields: &[Modulus],
        entry: impl FnMut(usize) -> Vec<Vec<u64>>,
        choices: impl FnOnce() -> Vec<u8>,
    ) -> Self {
        let input = if s.party() == sender {
            let fields = |fields: Vec<Vec<u64>>| fields.into_iter().map(SecretVec::from).collect();
            Input::Entries((1..1 << width).map(entry).map(fields).collect())
        } else {
            Input::Choices(choices().into())
        };
        Self { n, width, layout: Layout::new(fields), input }
    }

    /// A batch of correlated OTs: `correlations` gives the fields of δ at the sender, `choices` the bits at the receiver.
    pub(crate) fn cot(
        s: &Session,
        sender: Party,
        n: usize,
        fields: &[Modulus],
        correlations: impl Fn() -> Vec<Vec<u64>>,
        choices: impl FnOnce() -> BitVec,
    ) -> Self {
        Self::new(s, sender, n, 1, fields, |_| correlations(), || choices().iter().map(u8::from).collect())
    }

    fn choice_bits(&self) -> u64 {
        self.n as u64 * u64::from(self.width)
    }

    fn correction_bits(&self) -> u64 {
        self.n as u64 * ((1 << self.width) - 1) * u64::from(self.layout.bits())
    }
}

/// Where the fields of an entry lie in its pad, which is one block or more.
struct Layout {
    /// (modulus, block, offset in the block).
    fields: Vec<(Modulus, usize, u32)>,
    blocks: usize,
}

impl Layout {
    /// An element of Z_n takes a whole block, so that it is near to uniform; the others are packed.
    fn new(fields: &[Modulus]) -> Self {
        let (mut blocks, mut free) = (0, 0);
        let mut place = |&field: &Modulus| {
            let needed = if field.ring().is_some() { field.bits() } else { 128 };
            if needed > free {
                (blocks, free) = (blocks + 1, 128);
            }
            free -= needed;
            (field, blocks - 1, 128 - free - needed)
        };
        let fields = fields.iter().map(&mut place).collect();
        Self { fields, blocks }
    }

    /// Bits of an entry on the wire.
    fn bits(&self) -> u32 {
        self.fields.iter().map(|(field, ..)| field.bits()).sum()
    }

    /// Hashes rows to pads, [`Layout::blocks`] for each row.
    fn pads(&self, pi: &Pi, rows: impl Iterator<Item = Block>) -> SecretVec<Block> {
        let mut pads: SecretVec<Block> =
            rows.flat_map(|row| std::iter::repeat_n(row, self.blocks)).collect::<Vec<_>>().into();
        match self.blocks {
            1 => pi.cr_hash(&mut pads),
            _ => pi.tccr_hash(&mut pads, |i| Block::new((i % self.blocks) as u128)),
        }
        pads
    }

    /// OTs whose `messages` pads each are hashed at once.
    fn batch(&self, messages: usize) -> usize {
        (BATCH_PADS / (messages * self.blocks.max(1))).max(1)
    }

    /// Room for `n` values of every field.
    fn room(&self, n: usize) -> Vec<Vec<u64>> {
        self.fields.iter().map(|_| Vec::with_capacity(n)).collect()
    }

    /// The fields of one pad: (modulus, element).
    fn fields<'a>(&'a self, pad: &'a [Block]) -> impl Iterator<Item = (Modulus, u64)> + 'a {
        self.fields.iter().map(|&(field, block, offset)| (field, field.uniform(pad[block].as_u128() >> offset)))
    }
}

/// Runs several batches side by side; returns this party's shares, `[job][field][i]`.
pub(crate) async fn lookup(s: &mut Session, jobs: &[Job]) -> Result<Vec<Fields>> {
    let mut halves = Vec::with_capacity(jobs.len());
    for job in jobs {
        halves.push(match job.input {
            Input::Entries(_) => Rot::Sender(s.take_sender(job.width, job.n).await?),
            Input::Choices(_) => Rot::Receiver(s.take_receiver(job.width, job.n).await?),
        });
    }
    // Step 1: receivers derandomise their choices.
    let mut writer = Writer::default();
    let mut expected = 0;
    for (job, half) in jobs.iter().zip(&halves) {
        match (&job.input, half) {
            (Input::Choices(y), Rot::Receiver(rot)) => {
                let masked: Vec<u8> = y.iter().zip(rot.choices.iter()).map(|(y, c)| y ^ c).collect();
                writer.put_bytes(&masked, job.width);
            }
            _ => expected += job.choice_bits(),
        }
    }
    let message = s.channel.exchange(writer.finish(), bytes_for(expected)).await?;
    // Step 2: senders answer with the corrections.
    let mut reader = Reader::new(&message);
    let mut writer = Writer::default();
    let mut expected = 0;
    let mut shares = Vec::with_capacity(jobs.len());
    for (job, half) in jobs.iter().zip(&halves) {
        match (&job.input, half) {
            (Input::Entries(entries), Rot::Sender(rot)) => {
                let shifts = reader.take_bytes(job.n, job.width)?;
                shares.push(send(rot, &shifts, entries, &job.layout, &mut writer));
            }
            _ => {
                expected += job.correction_bits();
                shares.push(Vec::new());
            }
        }
    }
    reader.finish()?;
    let message = s.channel.exchange(writer.finish(), bytes_for(expected)).await?;
    let mut reader = Reader::new(&message);
    for ((job, half), share) in jobs.iter().zip(&halves).zip(&mut shares) {
        if let (Input::Choices(y), Rot::Receiver(rot)) = (&job.input, half) {
            *share = receive(rot, y, job.width, &job.layout, &mut reader)?;
        }
    }
    reader.finish()?;
    Ok(shares)
}

fn send(rot: &RotSender, shifts: &[u8], entries: &[Fields], layout: &Layout, writer: &mut Writer) -> Fields {
    let offsets = rot.offsets();
    let batch = layout.batch(offsets.len());
    let mut shares = layout.room(rot.len());
    for (start, (rows, shifts)) in (0..).step_by(batch).zip(rot.rows.chunks(batch).zip(shifts.chunks(batch))) {
        // In the order of the entries: the shift is public.
        let pads = layout.pads(
            &rot.pi,
            rows.iter()
                .zip(shifts)
                .flat_map(|(&row, &shift)| (0..offsets.len()).map(move |k| row ^ offsets[k ^ usize::from(shift)])),
        );
        for (i, pads) in (start..).zip(pads.chunks_exact(offsets.len() * layout.blocks)) {
            let (first, others) = pads.split_at(layout.blocks);
            for (entry, pad) in entries.iter().zip(others.chunks_exact(layout.blocks)) {
                for (f, ((m, p0), (_, p))) in layout.fields(first).zip(layout.fields(pad)).enumerate() {
                    writer.put(m.sub(m.add(p0, m.reduce(entry[f][i])), p), m.bits());
                }
            }
            layout.fields(first).zip(&mut shares).for_each(|((m, p0), share)| share.push(m.neg(p0)));
        }
    }
    shares.into_iter().map(SecretVec::from).collect()
}

fn receive(rot: &RotReceiver, y: &[u8], width: u32, layout: &Layout, reader: &mut Reader<'_>) -> Result<Fields> {
    let batch = layout.batch(1);
    let mut shares = layout.room(rot.len());
    let mut chosen = vec![0; layout.fields.len()];
    for (rows, y) in rot.rows.chunks(batch).zip(y.chunks(batch)) {
        let pads = layout.pads(&rot.pi, rows.iter().copied());
        for (pad, &y) in pads.chunks_exact(layout.blocks).zip(y) {
            layout.choose(y, width, reader, &mut chosen)?;
            for ((m, p), (share, &chosen)) in layout.fields(pad).zip(shares.iter_mut().zip(&chosen)) {
                share.push(m.add(p, chosen));
            }
        }
    }
    Ok(shares.into_iter().map(SecretVec::from).collect())
}

impl Layout {
    /// Reads the corrections of one OT and keeps those of entry `y`; entry 0 has none. Every correction is read and the
    /// wanted one kept by a mask: the index is secret.
    fn choose(&self, y: u8, width: u32, reader: &mut Reader<'_>, chosen: &mut [u64]) -> Result<()> {
        chosen.fill(0);
        for k in 1..1u16 << width {
            let wanted = mask64(k == u16::from(y));
            for (chosen, (field, ..)) in chosen.iter_mut().zip(&self.fields) {
                let correction = reader.take(field.bits())?;
                if u128::from(correction) >= field.size() {
                    return Err(Error::malformed("a correction is not below its modulus"));
                }
                *chosen |= correction & wanted;
            }
        }
        Ok(())
    }
}
