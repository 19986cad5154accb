//! How many pings and pongs a peer may send: each costs an answer or a wake-up, and none brings the session on.

use std::time::Duration;

use tokio::time::Instant;

/// Pings and pongs a second. Peers and proxies send one in some seconds, and answer ours.
const MOST: u32 = 64;

const SECOND: Duration = Duration::from_secs(1);

/// Counts what comes within a second.
#[derive(Debug)]
pub(super) struct Budget {
    since: Instant,
    spent: u32,
}

impl Budget {
    pub(super) fn new(now: Instant) -> Self {
        Self { since: now, spent: 0 }
    }

    /// Whether one more may come now.
    pub(super) fn allows(&mut self, now: Instant) -> bool {
        if now - self.since >= SECOND {
            *self = Self::new(now);
        }
        self.spent += 1;
        self.spent <= MOST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_has_so_many_and_no_more() {
        let start = Instant::now();
        let mut budget = Budget::new(start);
        for second in 0..3 {
            let now = start + second * SECOND;
            assert!((0..MOST).all(|_| budget.allows(now)));
            assert!(!budget.allows(now) && !budget.allows(now + SECOND / 2));
        }
    }
}
