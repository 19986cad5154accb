//! The store: tickets, and what accounts have used. SQLite in a file, or PostgreSQL for several servers (feature `postgres`).
//!
//! A use is written before the work begins, in one transaction with every limit that it counts for, and taken back only when
//! nothing was done. So a crash, or a kill, leaves it counted: usage is never less than what was done. Two servers on one store
//! see each other's. Counts are kept by the start of their hour and day, so that a clock that jumps back finds what was used.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use sotto_mpc::Ticket;
use sqlx::any::{AnyPoolOptions, AnyRow, install_default_drivers};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AnyPool, Executor, Row, SqlSafeStr, Transaction};
use tracing::warn;

use super::budget::{Budget, Limit, Period, Unit};
use super::ticket::{hash, hex, random};
use crate::text::printable;
use crate::{Error, Result};

/// How long a session's row counts after its server was last heard of.
const LEASE: i64 = 60;

/// How often a server renews the rows of its sessions.
pub(crate) const RENEWAL: Duration = Duration::from_secs(20);

/// How long a request may wait for the store.
const PATIENCE: Duration = Duration::from_secs(5);

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
        let pool = options.connect(url).await.map_err(|e| cannot(&e))?;
        let schema = include_str!("schema.sql").into_sql_str();
        let first = Migration::new(1, "tickets and usage".into(), MigrationType::Simple, schema, false);
        let migrator = Migrator::with_migrations(vec![first]);
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
        Ok(Store { pool, server: hex(&name).into() })
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
        let row = sqlx::query(select).bind(hash(ticket)).fetch_optional(&self.pool).await.map_err(|e| trouble(&e))?;
        let found = row.as_ref().map(record).transpose()?;
        Ok(found.filter(|record| record.is_valid(now())))
    }

    /// Whether the ticket of that id is still valid.
    pub(crate) async fn is_valid(&self, id: &str, now: i64) -> Result<bool> {
        let select = "SELECT 1 FROM tickets WHERE id = $1 AND revoked IS NULL AND (expires IS NULL OR expires > $2)";
        let row = sqlx::query(select).bind(id).bind(now).fetch_optional(&self.pool).await.map_err(|e| trouble(&e))?;
        Ok(row.is_some())
    }

    /// Counts a use for every account, if no limit of any is passed; otherwise nothing is counted.
    pub(crate) async fn take(
        &self,
        accounts: &[Limited],
        amounts: &Amounts,
        now: i64,
    ) -> Result<std::result::Result<(), Exceeded>> {
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

    /// Takes back what was counted at `then`, because nothing was done.
    pub(crate) async fn give_back(&self, accounts: &[Limited], amounts: &Amounts, then: i64) -> Result<()> {
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

    /// Counts a session for every account that may have so many at once. `Err` names the account's limit.
    pub(crate) async fn sit(
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
            let insert = "INSERT INTO seats (id, account, server, until) SELECT $1, $2, $3, $4 \
                          WHERE (SELECT COUNT(*) FROM seats WHERE account = $2 AND until > $5) < $6";
            let insert = sqlx::query(insert).bind(format!("{session}-{k}")).bind(account).bind(&*self.server);
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
        for k in 0..accounts {
            let delete = sqlx::query("DELETE FROM seats WHERE id = $1").bind(format!("{session}-{k}"));
            if let Err(error) = delete.execute(&self.pool).await {
                // It counts until its lease is over.
                warn!(error = printable(&error.to_string()), "a session that has ended cannot be written to the store");
            }
        }
    }

    /// This server's sessions still run; and what is long over is forgotten.
    pub(crate) async fn renew(&self, now: i64) -> Result<()> {
        let renew = sqlx::query("UPDATE seats SET until = $1 WHERE server = $2").bind(now + LEASE).bind(&*self.server);
        renew.execute(&self.pool).await.map_err(|e| trouble(&e))?;
        let forget = sqlx::query("DELETE FROM seats WHERE until <= $1").bind(now - LEASE);
        forget.execute(&self.pool).await.map(drop).map_err(|e| trouble(&e))
    }

    /// Whether it answers.
    pub(crate) async fn is_there(&self) -> bool {
        sqlx::query("SELECT 1").execute(&self.pool).await.is_ok()
    }
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

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use tempfile::TempDir;

    use super::*;

    const NOON: i64 = 1_800_000_000 - 1_800_000_000 % 86_400 + 43_200;

    /// A new store: a file, or a database of the server that SOTTO_TEST_POSTGRES names (`cargo xtask postgres`).
    async fn fresh() -> (TempDir, String, Store) {
        let folder = TempDir::new().unwrap();
        let place = match std::env::var("SOTTO_TEST_POSTGRES") {
            Ok(server) => database(&server).await,
            // What a URL would read as something else.
            Err(_) => folder.path().join("a store?#50%.db").to_str().unwrap().to_owned(),
        };
        let store = Store::open(&place).await.unwrap();
        (folder, place, store)
    }

    async fn database(server: &str) -> String {
        install_default_drivers();
        let mut name = [0; 8];
        getrandom::fill(&mut name).unwrap();
        let name = format!("sotto_{}", hex(&name));
        let pool = AnyPool::connect(&format!("{server}/postgres")).await.unwrap();
        pool.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
        format!("{server}/{name}")
    }

    fn limited(account: &str, budget: &str) -> Vec<Limited> {
        vec![(account.into(), budget.parse().unwrap())]
    }

    async fn amount(store: &Store, account: &str, seconds: i64) -> i64 {
        let usage = store.usage(0).await.unwrap();
        usage.iter().filter(|u| u.account == account && u.seconds == seconds).map(|u| u.amount).sum()
    }

    #[tokio::test]
    async fn tickets_are_made_found_and_revoked() {
        let (_folder, path, store) = fresh().await;
        let budget: Budget = "sessions=2, bytes=1GB/day".parse().unwrap();
        let (record, ticket) = store.create("clinic", &budget, None).await.unwrap();
        let (ended, old) = store.create("last year's", &Budget::default(), Some(now() - 1)).await.unwrap();
        let again = Store::open(&path).await.unwrap();
        assert_eq!(again.find(&ticket).await.unwrap(), Some(record.clone()));
        let mut listed = again.list().await.unwrap();
        listed.sort_by(|a, b| a.name.cmp(&b.name));
        assert_eq!(listed, [record.clone(), ended]);
        for none in [old, random().unwrap(), Ticket::new(""), Ticket::new("' OR 1=1 --")] {
            assert_eq!(again.find(&none).await.unwrap(), None);
        }
        assert!(again.revoke(&record.id).await.unwrap());
        assert!(!again.revoke(&record.id).await.unwrap() && !again.revoke("none").await.unwrap());
        assert_eq!(store.find(&ticket).await.unwrap(), None);
        let file = std::fs::read(path).unwrap_or_default();
        assert!(
            !file.windows(20).any(|window| ticket.reveal().as_bytes().starts_with(window)),
            "the secret is not in it"
        );
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn no_limit_is_passed_however_many_ask_at_once() {
        let (_folder, path, one) = fresh().await;
        let other = Store::open(&path).await.unwrap();
        let accounts = limited("ticket a", "inferences=60/hour, inferences=100/day, bytes=100000/day");
        let asked = |hour: i64| {
            let stores = [one.clone(), other.clone()];
            let accounts = accounts.clone();
            async move {
                let ask = (0..100).map(|k| {
                    let (store, accounts) = (stores[k % 2].clone(), accounts.clone());
                    tokio::spawn(async move {
                        let amounts = [(Unit::Inferences, 1), (Unit::Bytes, 7)];
                        store.take(&accounts, &amounts, NOON + 3600 * hour).await.unwrap().is_ok()
                    })
                });
                join_all(ask).await.into_iter().filter(|allowed| *allowed.as_ref().unwrap()).count()
            }
        };
        assert_eq!((asked(0).await, asked(1).await, asked(2).await), (60, 40, 0));
        // A refusal leaves nothing behind, in no unit and no period.
        let bytes: i64 = one
            .usage(0)
            .await
            .unwrap()
            .iter()
            .filter(|u| u.unit == "bytes" && u.seconds == 86_400)
            .map(|u| u.amount)
            .sum();
        assert_eq!(bytes, 700);
        // A clock that jumps back finds what was used, and the next day is another one.
        assert_eq!((asked(0).await, asked(24).await), (0, 60));
    }

    #[tokio::test]
    async fn all_accounts_count_or_none() {
        let (_folder, _, store) = fresh().await;
        let both = [limited("ticket a", "inferences=5/hour"), limited("address b", "inferences=3/day")].concat();
        for k in 0..5 {
            let taken = store.take(&both, &[(Unit::Inferences, 1)], NOON).await.unwrap();
            assert_eq!(taken.is_ok(), k < 3);
            if let Err(Exceeded(why)) = taken {
                assert_eq!(why, "the budget of 3 inferences a day is used up; a new day begins in 721 minutes");
            }
        }
        assert_eq!((amount(&store, "ticket a", 3600).await, amount(&store, "address b", 86_400).await), (3, 3));
        store.give_back(&both, &[(Unit::Inferences, 1)], NOON).await.unwrap();
        assert_eq!((amount(&store, "ticket a", 3600).await, amount(&store, "address b", 86_400).await), (2, 2));
        assert!(store.take(&both, &[(Unit::Inferences, 2)], NOON).await.unwrap().is_err());
        assert!(store.take(&both, &[(Unit::Inferences, u64::MAX)], NOON).await.unwrap().is_err());
        assert!(store.take(&both, &[(Unit::Inferences, 1)], NOON).await.unwrap().is_ok());
    }

    #[tokio::test]
    async fn sessions_at_once_are_counted_over_servers_and_leases_end() {
        let (_folder, path, one) = fresh().await;
        let other = Store::open(&path).await.unwrap();
        let accounts = limited("ticket a", "sessions=2");
        assert!(one.sit(&accounts, "1", NOON).await.unwrap().is_ok());
        assert!(other.sit(&accounts, "2", NOON).await.unwrap().is_ok());
        let Err(Exceeded(why)) = one.sit(&accounts, "3", NOON).await.unwrap() else { panic!("one too many") };
        assert_eq!(why, "2 sessions at once are allowed, and so many are open");
        other.leave(1, "2").await;
        assert!(one.sit(&accounts, "3", NOON).await.unwrap().is_ok());
        // The other server renews nothing of this one's; what is renewed goes on.
        one.renew(NOON + 50).await.unwrap();
        assert!(other.sit(&accounts, "4", NOON + 70).await.unwrap().is_err());
        assert!(
            other.sit(&accounts, "4", NOON + 50 + LEASE).await.unwrap().is_ok(),
            "a server that died holds nothing for long"
        );
        assert!(one.is_there().await);
    }

    #[tokio::test]
    async fn what_cannot_be_a_store_is_named() {
        let folder = TempDir::new().unwrap();
        let no_database = folder.path().join("text");
        std::fs::write(&no_database, "no database ".repeat(1000)).unwrap();
        for place in [no_database, folder.path().join("none/store.db"), folder.path().to_owned()] {
            let error = Store::open(place.to_str().unwrap()).await.unwrap_err().to_string();
            assert!(error.starts_with("--store ") && error.contains(place.to_str().unwrap()), "{error}");
        }
        if cfg!(not(feature = "postgres")) {
            let error = Store::open("postgres://user:secret@localhost/sotto").await.unwrap_err().to_string();
            assert!(error.contains("no PostgreSQL") && !error.contains("secret"), "{error}");
        }
    }
}
