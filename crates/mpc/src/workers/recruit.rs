//! What it takes to make a further worker of a client's session: in the same process, or somewhere that only bytes get to.

use std::sync::Arc;

use sotto_nn::Program;

use super::letter::number;
use super::post::{Letter, Post};
use super::worker::Worker;
use crate::channel::Channel;
use crate::engine::schedule::Schedule;
use crate::error::{Result, internal};
use crate::ot::lpn_set::LpnSet;
use crate::party::{LinearKind, OtKind, Params, Party};
use crate::session;
use crate::wire::{Reader, Writer};

/// A worker that a session waits for.
pub struct Recruit {
    /// Its number, from 1 on, by which its connection joins the session.
    pub number: u32,
    /// What the first worker says to it.
    pub post: Post,
    pub(crate) program: Arc<Program>,
    pub(crate) schedule: Arc<Schedule>,
    pub(crate) params: Params,
    /// Fixes its randomness: tests only.
    pub(crate) rng_seed: Option<[u8; 32]>,
}

impl Recruit {
    /// The worker, on a connection of its own.
    ///
    /// # Errors
    /// `Internal` when the system gives no randomness.
    pub fn worker(self, channel: Channel) -> Result<Worker> {
        let Self { number, post, program, schedule, params, rng_seed } = self;
        let rng = session::rng_of_worker(rng_seed, number)?;
        Ok(Worker::new(number as usize, channel, Party::Client, params, rng, program, schedule, post))
    }

    /// What [`Worker::recruited`] needs elsewhere, and the end of the post that is there, too. Nothing in it is secret.
    pub fn abroad(self) -> (Letter, Post) {
        let Params { digit, ot, lpn, round_bytes, chunk, store, linear, key_distance, workers } = self.params;
        let mut writer = Writer::default();
        let named = [
            u64::from(self.number),
            OtKind::ALL.iter().position(|&kind| kind == ot).unwrap_or(0) as u64,
            LpnSet::ALL.iter().position(|&set| set == lpn).unwrap_or(0) as u64,
            LinearKind::ALL.iter().position(|&kind| kind == linear).unwrap_or(0) as u64,
        ];
        named.into_iter().for_each(|number| writer.put(number, 8));
        writer.put_all(&[digit.unwrap_or(0), round_bytes, chunk, key_distance, workers].map(u64::from), 32);
        writer.put(store, 64);
        writer.put_bytes(self.program.to_json().as_bytes(), 8);
        (Letter::new(writer.finish()), self.post)
    }
}

impl Worker {
    /// The worker that [`Recruit::abroad`] describes, on a connection of its own.
    ///
    /// # Errors
    /// `Internal` for another letter, or when the system gives no randomness.
    pub fn recruited(letter: &[u8], channel: Channel, post: Post) -> Result<Self> {
        let mut reader = Reader::new(letter);
        let [worker, ot, lpn, linear] =
            [number(&mut reader)?, number(&mut reader)?, number(&mut reader)?, number(&mut reader)?];
        let unknown = || internal("an unknown parameter");
        let mut take = |bits| reader.take(bits);
        let params = Params {
            ot: *OtKind::ALL.get(ot).ok_or_else(unknown)?,
            lpn: *LpnSet::ALL.get(lpn).ok_or_else(unknown)?,
            linear: *LinearKind::ALL.get(linear).ok_or_else(unknown)?,
            digit: Some(take(32)? as u32).filter(|&digit| digit > 0),
            round_bytes: take(32)? as u32,
            chunk: take(32)? as u32,
            key_distance: take(32)? as u32,
            workers: take(32)? as u32,
            store: take(64)?,
        };
        let json = letter.get(HEADER..).ok_or_else(unknown)?;
        let program = Program::from_json(json).map_err(|e| internal(e.to_string()))?;
        let schedule = Arc::new(Schedule::new(&program, params)?);
        let rng = session::rng(None)?;
        Ok(Self::new(worker, channel, Party::Client, params, rng, Arc::new(program), schedule, post))
    }
}

/// Bytes before a program in a letter of [`Recruit::abroad`].
const HEADER: usize = 4 + 5 * 4 + 8;
