use futures_util::future::join_all;
use tempfile::TempDir;

use super::seats::LEASE;
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
    assert!(!file.windows(20).any(|window| ticket.reveal().as_bytes().starts_with(window)), "the secret is not in it");
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
    let bytes: i64 =
        one.usage(0).await.unwrap().iter().filter(|u| u.unit == "bytes" && u.seconds == 86_400).map(|u| u.amount).sum();
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
    assert!(one.is_there(NOON).await);
}

/// A clock that is put back, and one that was ahead by a year.
#[tokio::test]
async fn a_clock_that_jumps_gives_no_budget_twice_and_locks_nobody_out() {
    const HOUR: i64 = 3600;
    let (_folder, path, store) = fresh().await;
    let other = Store::open(&path).await.unwrap();
    let accounts = limited("ticket a", "inferences=5/hour");
    let one = [(Unit::Inferences, 1)];
    let taken = async |store: &Store, now: i64| {
        let mut taken = 0;
        while store.take(&accounts, &one, now).await.unwrap().is_ok() {
            taken += 1;
        }
        taken
    };
    let noon = NOON + 1800;
    assert_eq!(taken(&store, noon).await, 5);
    // By three hours: nothing of that hour was used, and the clock says nothing about the last one.
    assert_eq!((taken(&store, noon - 3 * HOUR).await, taken(&other, noon - 3 * HOUR).await), (0, 0));
    assert_eq!(taken(&store, noon - 2 * HOUR).await, 5, "an hour later there is a new budget");
    assert_eq!(taken(&store, noon - HOUR).await, 5);
    assert_eq!(taken(&store, noon).await, 0, "what was used then stays used");
    assert_eq!(taken(&store, noon + HOUR).await, 5);
    // Ahead by a year and back: used up for the rest of the hour, and not for a year.
    assert_eq!(taken(&store, noon + 2 * HOUR + 365 * 24 * HOUR).await, 5);
    assert_eq!(taken(&store, noon + 2 * HOUR).await, 0);
    assert_eq!((taken(&store, noon + 3 * HOUR).await, taken(&store, noon + 4 * HOUR).await), (5, 5));
    // Clocks of two servers that are a minute apart, around a full hour: each hour's budget, and no more.
    let full = NOON + 100 * HOUR;
    assert_eq!((taken(&store, full + 30).await, taken(&other, full - 30).await), (5, 5));
    assert_eq!((taken(&store, full + 60).await, taken(&other, full).await), (0, 0));
    // One whose clock is ahead by hours all the time gets no more out of it than its own hours have.
    let (ahead, right) = (NOON + 202 * HOUR, NOON + 200 * HOUR);
    assert_eq!((taken(&store, ahead).await, taken(&other, right).await), (5, 0));
    assert_eq!((taken(&store, ahead).await, taken(&other, right).await), (0, 0));
}

#[tokio::test]
async fn a_clock_that_jumps_neither_frees_seats_nor_holds_them() {
    const YEAR: i64 = 365 * 86_400;
    let (_folder, path, one) = fresh().await;
    let other = Store::open(&path).await.unwrap();
    let accounts = limited("ticket a", "sessions=1");
    assert!(one.sit(&accounts, "1", NOON).await.unwrap().is_ok());
    assert!(one.sit(&accounts, "2", NOON + YEAR).await.unwrap().is_err(), "a session that runs is one");
    one.leave(1, "1").await;
    // A server that dies while its clock is ahead.
    assert!(other.sit(&accounts, "3", NOON + YEAR).await.unwrap().is_ok());
    assert!(one.sit(&accounts, "2", NOON).await.unwrap().is_err());
    one.renew(NOON).await.unwrap();
    assert!(one.sit(&accounts, "2", NOON + LEASE).await.unwrap().is_ok());
}

/// Sessions that end while the store is away.
#[tokio::test]
async fn seats_are_given_back_when_the_store_is_there_again() {
    let (_folder, _, store) = fresh().await;
    let accounts = limited("ticket a", "sessions=1");
    assert!(store.sit(&accounts, "1", NOON).await.unwrap().is_ok());
    let away = async |sql: &'static str| assert!(store.pool.execute(sql).await.is_ok());
    away("ALTER TABLE seats RENAME TO elsewhere").await;
    store.leave(1, "1").await;
    assert!(store.sit(&accounts, "2", NOON).await.is_err());
    assert!(store.renew(NOON).await.is_err());
    away("ALTER TABLE elsewhere RENAME TO seats").await;
    assert!(store.sit(&accounts, "3", NOON).await.unwrap().is_err());
    store.renew(NOON).await.unwrap();
    assert!(store.sit(&accounts, "3", NOON).await.unwrap().is_ok());
}

#[tokio::test]
async fn a_store_that_cannot_be_written_is_not_there() {
    let (_folder, _, store) = fresh().await;
    let change = async |sql: &'static str| assert!(store.pool.execute(sql).await.is_ok());
    change("ALTER TABLE servers RENAME TO elsewhere").await;
    assert!(store.is_there(NOON).await, "nobody has tried to write");
    assert!(store.renew(NOON).await.is_err());
    assert!(!store.is_there(NOON).await && !store.is_there(NOON).await);
    change("ALTER TABLE elsewhere RENAME TO servers").await;
    assert!(store.is_there(NOON).await);
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
