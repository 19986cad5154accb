//! Sessions at once: a row for each that is open, where they are limited, with a lease that its server renews.

use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use tracing::warn;

use super::{Exceeded, Limited, Result, SKEW, State, Store, trouble};
use crate::text::printable;

/// How long a session's row counts after its server was last heard of.
pub(super) const LEASE: i64 = 60;

/// How often a server renews the rows of its sessions.
pub(crate) const RENEWAL: Duration = Duration::from_secs(20);

/// How long a server's row is kept after it last wrote to it.
const FORGET: i64 = 86_400;

impl Store {
    /// Counts a session for every account that may have so many at once. `Err` names the account's limit.
    pub(crate) async fn sit(
        &self,
        accounts: &[Limited],
        session: &str,
        now: i64,
    ) -> Result<std::result::Result<(), Exceeded>> {
        let sat = self.written(self.sit_now(accounts, session, now)).await;
        if sat.is_err() {
            // It may have been written, with an answer that did not come.
            (0..accounts.len()).for_each(|k| self.state.leave(place(session, k)));
        }
        sat
    }

    async fn sit_now(
        &self,
        accounts: &[Limited],
        session: &str,
        now: i64,
    ) -> Result<std::result::Result<(), Exceeded>> {
        let mut transaction = self.pool.begin().await.map_err(|e| trouble(&e))?;
        for (k, (account, budget)) in accounts.iter().enumerate() {
            let Some(most) = budget.sessions else { continue };
            // A row that two servers cannot write at once, so that one counts after the other.
            let lock = "INSERT INTO used (account, unit, seconds, start, amount) VALUES ($1, 'sessions', 0, 0, 0) \
                        ON CONFLICT (account, unit, seconds, start) DO UPDATE SET amount = 0";
            sqlx::query(lock).bind(account).execute(&mut *transaction).await.map_err(|e| trouble(&e))?;
            // This server's own rows count whatever the clock says.
            let insert = "INSERT INTO seats (id, account, server, until) SELECT $1, $2, $3, $4 WHERE \
                          (SELECT COUNT(*) FROM seats WHERE account = $2 AND (until > $5 OR server = $3)) < $6";
            let insert = sqlx::query(insert).bind(place(session, k)).bind(account).bind(&*self.server);
            let insert = insert.bind(now + LEASE).bind(now).bind(i64::try_from(most).unwrap_or(i64::MAX));
            let inserted = insert.execute(&mut *transaction).await.map_err(|e| trouble(&e))?;
            if inserted.rows_affected() == 0 {
                return Ok(Err(Exceeded(format!("{most} sessions at once are allowed, and so many are open"))));
            }
        }
        transaction.commit().await.map_err(|e| trouble(&e))?;
        Ok(Ok(()))
    }

    /// A session's name in rows, by its number at this server.
    pub(crate) fn seat(&self, session: u64) -> String {
        format!("{}-{session}", self.server)
    }

    /// Ends a session's count.
    pub(crate) async fn leave(&self, accounts: usize, session: &str) {
        (0..accounts).for_each(|k| self.state.leave(place(session, k)));
        if let Err(error) = self.written(self.clear()).await {
            // It is tried again, and counts until then.
            warn!(error = printable(&error.to_string()), "a session that has ended cannot be written to the store");
        }
    }

    /// Takes out the rows of sessions that are over.
    async fn clear(&self) -> Result<()> {
        let next = || self.state.left().last().cloned();
        while let Some(row) = next() {
            let delete = sqlx::query("DELETE FROM seats WHERE id = $1").bind(&row).execute(&self.pool);
            delete.await.map_err(|e| trouble(&e))?;
            self.state.left().retain(|other| *other != row);
        }
        Ok(())
    }

    /// This server is there, and its sessions still run; and what is long over is forgotten.
    pub(crate) async fn renew(&self, now: i64) -> Result<()> {
        self.written(async {
            self.beat(now).await?;
            self.clear().await?;
            let renew = "UPDATE seats SET until = $1 WHERE server = $2";
            let renew = sqlx::query(renew).bind(now + LEASE).bind(&*self.server);
            renew.execute(&self.pool).await.map_err(|e| trouble(&e))?;
            // Of a server that died while a clock was ahead.
            let shorten = sqlx::query("UPDATE seats SET until = $1 WHERE until > $2");
            let shorten = shorten.bind(now + LEASE).bind(now + LEASE + SKEW);
            shorten.execute(&self.pool).await.map_err(|e| trouble(&e))?;
            let forget = sqlx::query("DELETE FROM seats WHERE until <= $1").bind(now - LEASE);
            forget.execute(&self.pool).await.map_err(|e| trouble(&e))?;
            let forget = sqlx::query("DELETE FROM servers WHERE seen <= $1").bind(now - FORGET);
            forget.execute(&self.pool).await.map(drop).map_err(|e| trouble(&e))
        })
        .await
    }
}

impl State {
    fn left(&self) -> MutexGuard<'_, Vec<String>> {
        // Nothing panics while it holds the lock.
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn leave(&self, row: String) {
        self.left().push(row);
    }
}

/// The row of a session for its account of this number.
fn place(session: &str, account: usize) -> String {
    format!("{session}-{account}")
}
