//! What is in a letter: a job, which the first worker gives, or an answer, of which there is one for each job.

use zeroize::Zeroizing;

use super::post::Letter;
use crate::channel::{DIGEST_BYTES, Section};
use crate::error::{Error, ErrorKind, Result, internal};
use crate::session::stats::Traffic;
use crate::share::{Arith, Modulus};
use crate::wire::{Reader, Writer};

/// What a further worker does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Job {
    /// Base OTs.
    Setup,
    /// The correlations of one inference.
    Prepare,
    /// The choices of one call of what was prepared last: the step's number, the call's, what the client compares.
    Open,
    /// The worker's calls of a step, of the inference that was prepared first: the step's number, then each call's part of its input.
    Run,
    /// That inference is over.
    Finish,
    /// There is nothing to do for now; without an answer.
    Rest,
}

impl Job {
    const ALL: [Job; 6] = [Job::Setup, Job::Prepare, Job::Open, Job::Run, Job::Finish, Job::Rest];

    /// The beginning of its letter.
    pub(super) fn writer(self) -> Writer {
        let mut writer = Writer::default();
        writer.put(self as u64, 8);
        writer
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self> {
        let number = number(reader)?;
        Self::ALL.get(number).copied().ok_or_else(|| internal("an unknown job"))
    }
}

/// Writes a share, as [`take_share`] reads it.
pub(crate) fn put_share(writer: &mut Writer, share: &Arith) {
    writer.put_all(share.values(), share.modulus().bits());
}

/// A share of so many elements.
pub(crate) fn take_share(reader: &mut Reader<'_>, modulus: Modulus, n: usize) -> Result<Arith> {
    Ok(Arith::new(modulus, reader.take_all(n, modulus.bits())?))
}

/// Of a writer.
pub(super) fn letter(writer: Writer) -> Letter {
    Zeroizing::new(writer.finish())
}

/// One of a few things, in a byte.
pub(super) fn number(reader: &mut Reader<'_>) -> Result<usize> {
    Ok(reader.take(8)? as usize)
}

/// What a further worker reports of a job that is done, beside what the job yields.
#[derive(Clone, Copy)]
pub(crate) struct Report {
    /// Bytes and correlations.
    pub(crate) traffic: Traffic,
    /// Rounds of its lanes.
    pub(crate) section: Section,
    /// Of all that crossed its connection so far.
    pub(crate) digest: [u8; DIGEST_BYTES],
}

impl Report {
    /// The beginning of its letter.
    pub(super) fn writer(&self) -> Writer {
        let mut writer = Writer::default();
        writer.put(0, 8);
        let Traffic { bytes_sent, bytes_received, correlations, hashes, .. } = self.traffic;
        writer.put_all(&[bytes_sent, bytes_received, correlations, hashes], 64);
        let [first, last] = self.section.flights();
        writer.put_all(&[self.section.rounds, first, last], 64);
        writer.put_bytes(&self.digest, 8);
        writer
    }
}

/// The letter about a job that failed.
pub(super) fn failed(error: &Error) -> Letter {
    let mut writer = Writer::default();
    let kind = ErrorKind::ALL.iter().position(|&kind| kind == error.kind()).unwrap_or(0);
    writer.put(1 + kind as u64, 8);
    writer.put_bytes(error.message().as_bytes(), 8);
    letter(writer)
}

/// The other worker's report, and what follows it.
pub(super) fn report(bytes: &[u8]) -> Result<(Report, Reader<'_>)> {
    let mut reader = Reader::new(bytes);
    if let Some(kind) = number(&mut reader)?.checked_sub(1) {
        let kind = ErrorKind::ALL.get(kind).copied().unwrap_or(ErrorKind::Internal);
        return Err(Error::new(kind, String::from_utf8_lossy(&bytes[1..])));
    }
    let [bytes_sent, bytes_received, correlations, hashes] = numbers(&mut reader)?;
    let [rounds, first, last] = numbers(&mut reader)?;
    let mut digest = [0; DIGEST_BYTES];
    digest.copy_from_slice(&reader.take_bytes(DIGEST_BYTES, 8)?);
    let traffic = Traffic { bytes_sent, bytes_received, correlations, hashes, ..Traffic::default() };
    Ok((Report { traffic, section: Section::of(rounds, [first, last])?, digest }, reader))
}

fn numbers<const N: usize>(reader: &mut Reader<'_>) -> Result<[u64; N]> {
    let mut numbers = [0; N];
    reader.take_into(&mut numbers, 64)?;
    Ok(numbers)
}
