//! The store: tickets, and what accounts have used. SQLite in a file, or PostgreSQL for several servers (feature `postgres`).
//!
//! A use is written before the work begins, in one transaction with every limit that it counts for, and taken back only when
//! nothing was done. So a crash, or a kill, leaves it counted: usage is never less than what was done. Two servers on one store
//! see each other's.
//!
//! Counts are kept by the start of their hour and day, so that a clock that jumps back finds what was used; what was used in periods that
//! lie ahead then counts in the present one, too, and only once: so nobody has a budget twice, or waits until the clock is there again.

mod seats;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use sotto_mpc::Ticket;
use sqlx::any::{AnyPoolOptions, AnyRow, install_default_drivers};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AnyPool, Connection, Executor, Row, SqlSafeStr, Transaction};
use tracing::warn;

pub(crate) use self::seats::RENEWAL;
use super::budget::{Budget, Limit, Period, Unit};
use super::ticket::{hash, hex, random};
use crate::{Error, Result};

/// How far the clocks of servers may be apart, in seconds, before what one of them counted lies ahead for another one.
const SKEW: i64 = 300;

/// How long a request may wait for a connection to the store.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long for an answer, with that: a database that is frozen, or behind a cable that is cut, says nothing at all.
const LONGEST: Duration = Duration::from_secs(10);

/// How often the tables are looked for, or made, when a server starts, and how long apart.
const MIGRATION_TRIES: u32 = 5;
const MIGRATION_PAUSE: Duration = Duration::from_millis(100);

/// Connections to it.
const CONNECTIONS: u32 = 8;

/// An open store.
#[derive(Clone, Debug)]
pub struct Store {
    pool: AnyPool,
    /// This server's name in rows.
    server: Arc<str>,
    state: Arc<State>,
}

/// What a server knows of its store.
#[derive(Debug, Default)]
struct State {
    /// Whether something could not be written, and nothing has been since.
    is_away: AtomicBool,
    /// Rows of sessions that are over and could not be taken out.
    left: Mutex<Vec<String>>,
}

/// A ticket as the store has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// What it is called by: no secret.
    pub id: String,
    /// Whom it was made for.
    pub name: String,
    /// What its bearer may use.
    pub budget: Budget,
    /// When it was made, in seconds since 1970.
    pub created: i64,
    /// When it ends, if it does.
    pub expires: Option<i64>,
    /// When it was revoked.
    pub revoked: Option<i64>,
}

impl Record {
    /// Whether it opens sessions at that time.
    pub fn is_valid(&self, now: i64) -> bool {
        self.revoked.is_none() && self.expires.is_none_or(|end| now < end)
    }
}

/// What was used of a unit in a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Whose: `ticket ID`, `subject HASH` or `address ADDRESS`.
    pub account: String,
    /// Of what.
    pub unit: String,
    /// Length of the period in seconds.
    pub seconds: i64,
    /// Begin of the period.
    pub start: i64,
    /// How much.
    pub amount: i64,
}

/// One account and what it may use.
pub(crate) type Limited = (String, Budget);

/// Which limit a use would pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Exceeded(pub(crate) String);

/// An amount for each unit.
pub(crate) type Amounts = [(Unit, u64)];

/// Seconds since 1970.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

impl Store {
    /// Opens a store and brings its tables up to date: a path of a SQLite file, which is made if it is not there, or
    /// `postgres://…`.
    ///
    /// # Errors
    /// [`Error::Usage`] that names the store, without what a URL says of users and passwords.
    pub async fn open(place: &str) -> Result<Store> {
        let is_url = place.starts_with("postgres://") || place.starts_with("postgresql://");
        if is_url && !cfg!(feature = "postgres") {
            return Err(Error::Usage(
                "--store: this build has no PostgreSQL; build it with --features postgres".into(),
            ));
        }
        let url = if is_url { place.to_owned() } else { format!("sqlite://{}?mode=rwc", encoded(place)) };
        Self::connect(&url, CONNECTIONS, if is_url { "the PostgreSQL database" } else { place }, !is_url).await
    }

    /// A store that ends with the process.
    pub(crate) async fn in_memory() -> Result<Store> {
        Self::connect("sqlite::memory:", 1, "in memory", false).await
    }

    async fn connect(url: &str, connections: u32, name: &str, is_file: bool) -> Result<Store> {
        install_default_drivers();
        let cannot = |e: &dyn std::fmt::Display| Error::Usage(format!("--store {name}: {e}"));
        let options = AnyPoolOptions::new().max_connections(connections).acquire_timeout(PATIENCE);
        // One that is in memory lasts as long as its connection.
        let options =
            if connections == 1 { options.min_connections(1).idle_timeout(None).max_lifetime(None) } else { options };
        let options = options.after_connect(move |connection, _| {
            Box::pin(async move {
                if is_file {
                    connection.execute("PRAGMA journal_mode = WAL").await?;
                    // A use that was allowed is counted even if the machine loses its power.
                    connection.execute("PRAGMA synchronous = FULL").await?;
                }
                Ok(())
            })
        });
        // A transaction that could not be ended stays open in its connection, and what is written there later would be in it, and
        // never be there for anybody else: so such a connection is not used again.
        let options = options.after_release(|connection, _| {
            Box::pin(async move {
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        });
        let pool = options.connect(url).await.map_err(|e| cannot(&e))?;
        let first = include_str!("schema.sql").into_sql_str();
        let first = Migration::new(1, "tickets and usage".into(), MigrationType::Simple, first, false);
        let second = include_str!("schema-2.sql").into_sql_str();
        let second = Migration::new(2, "clocks and servers".into(), MigrationType::Simple, second, false);
        let migrator = Migrator::with_migrations(vec![first, second]);
        // SQLite has no lock for this: of servers that start at once one makes the tables, and the others find them the next time.
        let mut tries = 1;
        while let Err(error) = migrator.run(&pool).await {
            if tries == MIGRATION_TRIES {
                return Err(cannot(&error));
            }
            tries += 1;
            tokio::time::sleep(MIGRATION_PAUSE).await;
        }
        let mut name = [0; 8];
        getrandom::fill(&mut name).map_err(|e| Error::Internal(format!("no randomness: {e}")))?;
        Ok(Store { pool, server: hex(&name).into(), state: Arc::default() })
    }

    /// Makes a ticket. The store keeps its hash: this is the only time that it is seen.
    pub async fn create(&self, name: &str, budget: &Budget, expires: Option<i64>) -> Result<(Record, Ticket)> {
        let ticket = random()?;
        let id = hash(&ticket)[..12].to_owned();
        let record = Record { id, name: name.into(), budget: budget.clone(), created: now(), expires, revoked: None };
        let insert = "INSERT INTO tickets (id, name, hash, budget, created, expires) VALUES ($1, $2, $3, $4, $5, $6)";
        let insert = sqlx::query(insert).bind(&record.id).bind(name).bind(hash(&ticket)).bind(budget.to_string());
        insert.bind(record.created).bind(expires).execute(&self.pool).await.map_err(|e| trouble(&e))?;
        Ok((record, ticket))
    }

    /// All tickets, the oldest first.
    pub async fn list(&self) -> Result<Vec<Record>> {
        let select = "SELECT id, name, budget, created, expires, revoked FROM tickets ORDER BY created, id";
        let rows = sqlx::query(select).fetch_all(&self.pool).await.map_err(|e| trouble(&e))?;
        rows.iter().map(record).collect()
    }

    /// Ends a ticket; whether there is one of that id that was not revoked before.
    pub async fn revoke(&self, id: &str) -> Result<bool> {
        let update = "UPDATE tickets SET revoked = $1 WHERE id = $2 AND revoked IS NULL";
        let update = sqlx::query(update).bind(now()).bind(id).execute(&self.pool).await.map_err(|e| trouble(&e))?;
        Ok(update.rows_affected() > 0)
    }

    /// What was used in periods that began at or after `since`, the last ones first.
    pub async fn usage(&self, since: i64) -> Result<Vec<Usage>> {
        let select = "SELECT account, unit, seconds, start, amount FROM used WHERE start >= $1 AND amount > 0 \
                      ORDER BY start DESC, account, unit, seconds";
        let rows = sqlx::query(select).bind(since).fetch_all(&self.pool).await.map_err(|e| trouble(&e))?;
        let usage = |row: &AnyRow| {
            Ok(Usage {
                account: row.try_get(0)?,
                unit: row.try_get(1)?,
                seconds: row.try_get(2)?,
                start: row.try_get(3)?,
                amount: row.try_get(4)?,
            })
        };
        rows.iter().map(usage).collect::<sqlx::Result<_>>().map_err(|e| trouble(&e))
    }

    /// The ticket that somebody shows, if it is valid.
    pub(crate) async fn find(&self, ticket: &Ticket) -> Result<Option<Record>> {
        let select = "SELECT id, name, budget, created, expires, revoked FROM tickets WHERE hash = $1";
        let row = sqlx::query(select).bind(hash(ticket)).fetch_optional(&self.pool);
        let row = in_time(async { row.await.map_err(|e| trouble(&e)) }).await?;
        let found = row.as_ref().map(record).transpose()?;
        Ok(found.filter(|record| record.is_valid(now())))
    }

    /// Whether the ticket of that id is still valid.
    pub(crate) async fn is_valid(&self, id: &str, now: i64) -> Result<bool> {
        let select = "SELECT 1 FROM tickets WHERE id = $1 AND revoked IS NULL AND (expires IS NULL OR expires > $2)";
        let row = sqlx::query(select).bind(id).bind(now).fetch_optional(&self.pool);
        in_time(async { row.await.map(|row| row.is_some()).map_err(|e| trouble(&e)) }).await
    }

    /// Counts a use for every account, if no limit of any is passed; otherwise nothing is counted.
    pub(crate) async fn take(
        &self,
        accounts: &[Limited],
        amounts: &Amounts,
        now: i64,
    ) -> Result<std::result::Result<(), Exceeded>> {
        self.written(self.take_now(accounts, amounts, now)).await
    }

    async fn take_now(
        &self,
        accounts: &[Limited],
        amounts: &Amounts,
        now: i64,
    ) -> Result<std::result::Result<(), Exceeded>> {
        for (account, _) in accounts {
            self.carry(account, now).await.map_err(|e| trouble(&e))?;
        }
        let mut transaction = self.pool.begin().await.map_err(|e| trouble(&e))?;
        for (account, budget) in accounts {
            for &(unit, amount) in amounts.iter().filter(|(_, amount)| *amount > 0) {
                for period in Period::ALL {
                    let limit = budget.limits.iter().find(|limit| (limit.unit, limit.period) == (unit, period));
                    let most = limit.map_or(i64::MAX as u64, |limit| limit.most);
                    if !count(&mut transaction, account, unit, period, amount, most, now)
                        .await
                        .map_err(|e| trouble(&e))?
                    {
                        // Dropped, it is rolled back.
                        let Limit { most, .. } = limit.copied().unwrap_or(Limit { unit, period, most });
                        return Ok(Err(Exceeded(exceeded(unit, period, most, now))));
                    }
                }
            }
        }
        transaction.commit().await.map_err(|e| trouble(&e))?;
        Ok(Ok(()))
    }

    /// Counts in the present periods what an account used in those that lie ahead, unless it is counted there already: a
    /// clock was ahead, or was put back. The rows ahead stay, for a server whose clock is still there.
    async fn carry(&self, account: &str, now: i64) -> sqlx::Result<()> {
        let ahead = "SELECT DISTINCT unit, seconds FROM used WHERE start > $1 AND account = $2 AND amount > carried";
        let ahead = sqlx::query(ahead).bind(now + SKEW).bind(account).fetch_all(&self.pool).await?;
        if ahead.is_empty() {
            return Ok(());
        }
        let mut transaction = self.pool.begin().await?;
        for row in &ahead {
            let (unit, seconds): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
            let present = now - now.rem_euclid(seconds);
            // First of all a row that two servers cannot write at once, so that one carries after the other.
            let lock = "INSERT INTO used (account, unit, seconds, start, amount) VALUES ($1, $2, $3, $4, 0) \
                        ON CONFLICT (account, unit, seconds, start) DO UPDATE SET amount = used.amount";
            let lock = sqlx::query(lock).bind(account).bind(&unit).bind(seconds).bind(present);
            lock.execute(&mut *transaction).await?;
            let sum = "SELECT CAST(COALESCE(SUM(amount - carried), 0) AS BIGINT) FROM used \
                       WHERE account = $1 AND unit = $2 AND seconds = $3 AND start > $4 AND amount > carried";
            let sum = sqlx::query(sum).bind(account).bind(&unit).bind(seconds).bind(now + SKEW);
            let sum: i64 = sum.fetch_one(&mut *transaction).await?.try_get(0)?;
            let mark = "UPDATE used SET carried = amount \
                        WHERE account = $1 AND unit = $2 AND seconds = $3 AND start > $4 AND amount > carried";
            let mark = sqlx::query(mark).bind(account).bind(&unit).bind(seconds).bind(now + SKEW);
            mark.execute(&mut *transaction).await?;
            let add = "UPDATE used SET amount = amount + $1 \
                       WHERE account = $2 AND unit = $3 AND seconds = $4 AND start = $5";
            let add = sqlx::query(add).bind(sum).bind(account).bind(&unit).bind(seconds).bind(present);
            add.execute(&mut *transaction).await?;
            warn!(unit, amount = sum, "used while a clock was ahead: it counts now");
        }
        transaction.commit().await
    }

    /// Takes back what was counted at `then`, because nothing was done.
    pub(crate) async fn give_back(&self, accounts: &[Limited], amounts: &Amounts, then: i64) -> Result<()> {
        self.written(self.give_back_now(accounts, amounts, then)).await
    }

    async fn give_back_now(&self, accounts: &[Limited], amounts: &Amounts, then: i64) -> Result<()> {
        let mut transaction = self.pool.begin().await.map_err(|e| trouble(&e))?;
        for (account, _) in accounts {
            for &(unit, amount) in amounts.iter().filter(|(_, amount)| *amount > 0) {
                for period in Period::ALL {
                    let update = "UPDATE used SET amount = amount - $1 \
                                  WHERE account = $2 AND unit = $3 AND seconds = $4 AND start = $5";
                    let update = sqlx::query(update).bind(amount as i64).bind(account).bind(unit.name());
                    let update = update.bind(period.seconds()).bind(start(period, then));
                    update.execute(&mut *transaction).await.map_err(|e| trouble(&e))?;
                }
            }
        }
        transaction.commit().await.map_err(|e| trouble(&e))
    }

    /// Whether it answers and, where something could not be written, can be written again: one on a full disk answers.
    pub(crate) async fn is_there(&self, now: i64) -> bool {
        if self.state.is_away.load(Ordering::Relaxed) {
            return in_time(self.beat(now)).await.is_ok();
        }
        in_time(async { sqlx::query("SELECT 1").execute(&self.pool).await.map_err(|e| trouble(&e)) }).await.is_ok()
    }

    /// Writes something that was not there before: what changes nothing succeeds on a full disk, too.
    async fn beat(&self, now: i64) -> Result<()> {
        let beat = "INSERT INTO servers (id, seen, beats) VALUES ($1, $2, 1) \
                    ON CONFLICT (id) DO UPDATE SET seen = $2, beats = servers.beats + 1";
        let beat = sqlx::query(beat).bind(&*self.server).bind(now).execute(&self.pool);
        beat.await.map_err(|e| trouble(&e))?;
        self.state.is_away.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// Writes, and remembers what could not be written until something can be.
    async fn written<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        in_time(work).await.inspect_err(|_| self.state.is_away.store(true, Ordering::Relaxed))
    }
}

/// What the store says, if it does so in time. What was given up may have been done: it counts, then.
async fn in_time<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let silent = || Err(Error::Internal(format!("the store has not answered for {} seconds", LONGEST.as_secs())));
    tokio::time::timeout(LONGEST, work).await.unwrap_or_else(|_| silent())
}

/// Adds to one count; whether it stays within `most`.
async fn count(
    transaction: &mut Transaction<'static, sqlx::Any>,
    account: &str,
    unit: Unit,
    period: Period,
    amount: u64,
    most: u64,
    now: i64,
) -> sqlx::Result<bool> {
    let (Ok(amount), Ok(most)) = (i64::try_from(amount), i64::try_from(most)) else { return Ok(false) };
    if amount > most {
        return Ok(false);
    }
    let upsert = "INSERT INTO used (account, unit, seconds, start, amount) VALUES ($1, $2, $3, $4, $5) \
                  ON CONFLICT (account, unit, seconds, start) DO UPDATE SET amount = used.amount + $5 \
                  WHERE used.amount <= $6";
    let upsert = sqlx::query(upsert).bind(account).bind(unit.name()).bind(period.seconds()).bind(start(period, now));
    let counted = upsert.bind(amount).bind(most - amount).execute(&mut **transaction).await?;
    Ok(counted.rows_affected() > 0)
}

/// When the period of that time began.
fn start(period: Period, time: i64) -> i64 {
    time - time.rem_euclid(period.seconds())
}

fn exceeded(unit: Unit, period: Period, most: u64, now: i64) -> String {
    let left = start(period, now) + period.seconds() - now;
    let wait = if left < 120 { format!("{left} seconds") } else { format!("{} minutes", left / 60 + 1) };
    format!(
        "the budget of {most} {} a {} is used up; a new {} begins in {wait}",
        unit.name(),
        period.name(),
        period.name()
    )
}

fn record(row: &AnyRow) -> Result<Record> {
    let read = || -> sqlx::Result<(String, Record)> {
        let (id, name, created) = (row.try_get(0)?, row.try_get(1)?, row.try_get(3)?);
        let (expires, revoked) = (row.try_get(4)?, row.try_get(5)?);
        Ok((row.try_get(2)?, Record { id, name, budget: Budget::default(), created, expires, revoked }))
    };
    let (budget, record) = read().map_err(|e| trouble(&e))?;
    let wrong = |why: String| Error::Internal(format!("the store's budget of ticket {}: {why}", record.id));
    Ok(Record { budget: budget.parse().map_err(wrong)?, ..record })
}

fn trouble(error: &sqlx::Error) -> Error {
    Error::Internal(format!("the store does not answer: {error}"))
}

/// A path as it stands in a URL.
fn encoded(path: &str) -> String {
    path.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}
