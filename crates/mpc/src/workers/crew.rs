//! A session's further workers, as the first one of their side sees them.

use futures_util::StreamExt;

use super::letter::{Job, Report, letter, report};
use super::post::{Letter, Post};
use crate::channel::DIGEST_BYTES;
use crate::error::{Error, ErrorKind, Result};
use crate::session::stats::Traffic;
use crate::wire::{Reader, Writer};

/// Whether a client of this build can have further workers. What is behind this, a browser's module is without that is not made for it.
pub(crate) const POSSIBLE: bool = cfg!(any(not(target_family = "wasm"), feature = "workers"));

/// None in a session of one worker. When it is dropped, they end.
#[derive(Default)]
pub(crate) struct Crew(Vec<Hand>);

/// One of them.
struct Hand {
    post: Post,
    /// Answers that are to come.
    asked: usize,
    digest: [u8; DIGEST_BYTES],
    total: Traffic,
}

/// What a worker answered to a job.
pub(crate) struct Answer {
    /// Its number.
    pub(crate) worker: usize,
    pub(crate) report: Report,
    letter: Letter,
}

impl Answer {
    /// What the job yields.
    pub(crate) fn reader(&self) -> Result<Reader<'_>> {
        Ok(report(&self.letter)?.1)
    }
}

impl Crew {
    /// Workers 1, 2, … at the other ends of these posts.
    pub(crate) fn of(posts: Vec<Post>) -> Self {
        let hand = |post| Hand { post, asked: 0, digest: [0; DIGEST_BYTES], total: Traffic::default() };
        Self(posts.into_iter().map(hand).collect())
    }

    /// Gives each of them the same job.
    pub(crate) fn tell_all(&mut self, job: Job) {
        for worker in 1..=self.0.len() {
            self.tell(worker, job, |_| ());
        }
    }

    /// Gives one of them a job, with what `write` adds.
    pub(crate) fn tell(&mut self, worker: usize, job: Job, write: impl FnOnce(&mut Writer)) {
        let Some(hand) = self.0.get_mut(worker - 1).filter(|_| POSSIBLE) else { return };
        let mut writer = job.writer();
        write(&mut writer);
        // One that is gone is missed when it is to answer.
        hand.post.outgoing.unbounded_send(letter(writer)).ok();
        hand.asked += usize::from(job != Job::Rest);
    }

    /// Waits for all answers that are to come.
    ///
    /// # Errors
    /// The first one that a worker met.
    pub(crate) async fn hear(&mut self) -> Result<Vec<Answer>> {
        let mut answers = Vec::new();
        // As for what only servers do: a state of an `async fn` stays in the code.
        #[cfg(any(not(target_family = "wasm"), feature = "workers"))]
        for (worker, hand) in (1..).zip(&mut self.0) {
            while hand.asked > 0 {
                let letter = hand.post.incoming.next().await;
                let letter = letter.ok_or_else(|| Error::new(ErrorKind::Closed, "a worker of the session is gone"))?;
                let (report, _) = report(&letter)?;
                hand.asked -= 1;
                hand.digest = report.digest;
                hand.total.add_beside(&report.traffic);
                answers.push(Answer { worker, report, letter });
            }
        }
        Ok(answers)
    }

    /// The digests of their connections, by number, as of their last answers.
    pub(crate) fn digests(&self) -> Vec<[u8; DIGEST_BYTES]> {
        self.0.iter().map(|hand| hand.digest).collect()
    }

    /// What each has sent, received and made.
    pub(crate) fn totals(&self) -> Vec<Traffic> {
        self.0.iter().map(|hand| hand.total).collect()
    }
}
