//! Correlated OT over rings: additive shares of `y·δ`, δ from the sender, the bit y from the receiver.
//!
//! From a random OT with choice c and pads p: the receiver publishes `y ⊕ c`, the sender takes `−p₀` as its share and sends
//! `p₀ + δ − p₁`; the receiver's share is its pad, plus that correction when y = 1. Source: Asharov, Lindell, Schneider,
//! Zohner, "More Efficient Oblivious Transfer and Extensions for Faster Secure Computation" (CCS 2013), for the correlation.
//! Cost per OT: the random OT, 1 bit, and the widths of δ's fields; 2 messages, or 2 exchanges when both parties send.

use sotto_crypto::{BitVec, Block, hash, mask64};

use super::{Rot, RotReceiver, RotSender};
use crate::share::low_bits;
use crate::wire::{Reader, Writer, bytes_for};
use crate::{Party, Result, Session};

/// A batch of COTs in one direction. Every δ has one or more fields of given widths, at most 128 bits in all.
pub(crate) struct CotJob {
    n: usize,
    widths: Vec<u32>,
    input: CotInput,
}

/// What this party brings to a batch.
pub(crate) enum CotInput {
    /// The sender's δ: `[field][i]`.
    Correlations(Vec<Vec<u64>>),
    /// The receiver's bits.
    Choices(BitVec),
}

impl CotJob {
    /// A batch of `n`. `correlations` is called at the sender and `choices` at the receiver.
    pub(crate) fn new(
        s: &Session,
        sender: Party,
        n: usize,
        widths: &[u32],
        correlations: impl FnOnce() -> Vec<Vec<u64>>,
        choices: impl FnOnce() -> BitVec,
    ) -> Self {
        assert!(widths.iter().sum::<u32>() <= 128, "a pad has 128 bits");
        let input = if s.party() == sender {
            let fields = correlations().into_iter().zip(widths);
            let reduce = |(field, &w): (Vec<u64>, _)| field.into_iter().map(|v| low_bits(v, w)).collect();
            CotInput::Correlations(fields.map(reduce).collect())
        } else {
            CotInput::Choices(choices())
        };
        Self { n, widths: widths.to_vec(), input }
    }

    /// Bits of the corrections.
    fn bits(&self) -> u64 {
        self.n as u64 * u64::from(self.widths.iter().sum::<u32>())
    }
}

/// Runs several batches side by side; returns this party's shares, `[job][field][i]`.
pub(crate) async fn cot(s: &mut Session, jobs: &[CotJob]) -> Result<Vec<Vec<Vec<u64>>>> {
    let mut halves = Vec::with_capacity(jobs.len());
    for job in jobs {
        halves.push(match job.input {
            CotInput::Correlations(_) => Rot::Sender(s.take_sender(1, job.n).await?),
            CotInput::Choices(_) => Rot::Receiver(s.take_receiver(1, job.n).await?),
        });
    }
    // Step 1: receivers derandomise their choices.
    let mut writer = Writer::default();
    let mut expected = 0;
    for (job, half) in jobs.iter().zip(&halves) {
        match (&job.input, half) {
            (CotInput::Choices(y), Rot::Receiver(rot)) => writer.put_bits(&(y ^ &rot.choice_bits())),
            _ => expected += job.n as u64,
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
            (CotInput::Correlations(delta), Rot::Sender(rot)) => {
                let shift = reader.take_bits(job.n)?;
                shares.push(send(rot, &shift, delta, &job.widths, &mut writer));
            }
            _ => {
                expected += job.bits();
                shares.push(Vec::new());
            }
        }
    }
    reader.finish()?;
    let message = s.channel.exchange(writer.finish(), bytes_for(expected)).await?;
    let mut reader = Reader::new(&message);
    for ((job, half), share) in jobs.iter().zip(&halves).zip(&mut shares) {
        if let (CotInput::Choices(y), Rot::Receiver(rot)) = (&job.input, half) {
            *share = receive(rot, y, &job.widths, &mut reader)?;
        }
    }
    reader.finish()?;
    Ok(shares)
}

/// The fields of a pad.
fn fields(pad: Block, widths: &[u32]) -> impl Iterator<Item = u64> {
    let mut rest = pad.as_u128();
    widths.iter().map(move |&w| {
        let field = low_bits(rest as u64, w);
        rest >>= w;
        field
    })
}

fn send(rot: &RotSender, shift: &BitVec, delta: &[Vec<u64>], widths: &[u32], writer: &mut Writer) -> Vec<Vec<u64>> {
    let mut pads: Vec<Block> = (0..rot.len())
        .flat_map(|i| {
            let base = rot.rows[i] ^ rot.offsets()[1].mul_mask(shift.get(i));
            [base, base ^ rot.offsets()[1]]
        })
        .collect();
    hash::cr_hash(&mut pads);
    let mut shares = vec![Vec::with_capacity(rot.len()); widths.len()];
    for (i, pads) in pads.chunks_exact(2).enumerate() {
        for (f, (p0, p1)) in fields(pads[0], widths).zip(fields(pads[1], widths)).enumerate() {
            let correction = p0.wrapping_add(delta[f][i]).wrapping_sub(p1);
            writer.put(low_bits(correction, widths[f]), widths[f]);
            shares[f].push(low_bits(p0.wrapping_neg(), widths[f]));
        }
    }
    shares
}

fn receive(rot: &RotReceiver, y: &BitVec, widths: &[u32], reader: &mut Reader<'_>) -> Result<Vec<Vec<u64>>> {
    let mut pads = rot.rows.clone();
    hash::cr_hash(&mut pads);
    let mut shares = vec![Vec::with_capacity(rot.len()); widths.len()];
    for (i, &pad) in pads.iter().enumerate() {
        let chosen = mask64(y.get(i));
        for (f, p) in fields(pad, widths).enumerate() {
            let correction = reader.take(widths[f])?;
            shares[f].push(low_bits(p.wrapping_add(correction & chosen), widths[f]));
        }
    }
    Ok(shares)
}
