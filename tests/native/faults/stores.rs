//! Stores that are full, and stores that are away.

use std::time::Duration;

use futures_util::future::join_all;
#[cfg(feature = "postgres")]
use sotto_mpc::Client;
use sotto_mpc::{Error, ErrorKind, Result};
use sotto_tests::probe;

use crate::{Place, infer, session};

fn is_told_to_come_later(outcome: Result<impl Sized>) {
    let error: Error = outcome.err().expect("without its store, a server does nothing for anybody");
    assert_eq!(error.kind(), ErrorKind::Busy, "{error}");
    assert!(error.message().contains("cannot count uses just now; try again later"), "{error}");
}

/// A file that cannot grow, as on a full disk.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_lets_nobody_in_until_there_is_room() {
    use rustix::process::{Resource, Rlimit, getrlimit, prlimit};

    let place = Place::with_file();
    let (account, ticket) = place.ticket("inferences=100/day").await;
    let server = place.serve();
    let once = async || session(&server.url, &ticket, async |mut client| infer(&mut client, 1).await).await;
    let limit = |bytes| {
        let limits = Rlimit { current: bytes, ..getrlimit(Resource::Fsize) };
        prlimit(Some(server.pid()), Resource::Fsize, limits).unwrap();
    };
    assert_eq!(once().await, Ok(()));
    probe::becomes(&server.authority, &[]).await;
    let (used, bytes) = (place.used(&account, "inferences").await, place.used(&account, "bytes").await);
    // Also in the middle of a session.
    let (open, is_open) = tokio::sync::oneshot::channel();
    let (go_on, went_on) = std::sync::mpsc::channel::<()>();
    let running = tokio::spawn({
        let (url, ticket) = (server.url.clone(), ticket.clone());
        async move {
            let held = session(&url, &ticket, async move |mut client| {
                infer(&mut client, 1).await?;
                open.send(()).unwrap();
                went_on.recv().unwrap();
                infer(&mut client, 2).await
            });
            is_told_to_come_later(held.await);
        }
    });
    is_open.await.unwrap();
    limit(Some(0));
    go_on.send(()).unwrap();
    running.await.unwrap();
    // As many as there are connections to the store, and more: each is of use again afterwards.
    for _ in 0..12 {
        is_told_to_come_later(once().await);
    }
    join_all((0..12).map(async |_| is_told_to_come_later(once().await))).await;
    probe::becomes(&server.authority, &["store"]).await;
    // It is not ready as long as there is no room, and says so however often it is asked.
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert_eq!(probe::reasons(&server.authority).await, ["store"]);
    limit(None);
    probe::becomes(&server.authority, &[]).await;
    for outcome in join_all((0..12).map(async |_| once().await)).await {
        assert_eq!(outcome, Ok(()));
    }
    // Seen from outside: what is only in a transaction that never ends is not there.
    assert_eq!(place.used(&account, "inferences").await, used + 1 + 12);
    assert!(place.used(&account, "bytes").await > bytes);
    probe::comes_to_rest(&server.authority).await;
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

/// Inferences of a session whenever it is asked to, with the outcome of each.
#[cfg(feature = "postgres")]
async fn on_demand(
    mut client: Client,
    asked: std::sync::mpsc::Receiver<()>,
    told: tokio::sync::mpsc::UnboundedSender<Result<()>>,
) -> Result<()> {
    while asked.recv().is_ok() {
        told.send(infer(&mut client, 1).await).unwrap();
    }
    client.close().await.map(drop)
}

/// The database is stopped, and then killed, while sessions are open. `SOTTO_TEST_OUTAGE=60 cargo xtask postgres` makes it a minute.
#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_away_lets_nobody_in_until_it_is_back() {
    use sotto_tests::postgres::Postgres;
    use sotto_tests::setting;

    let postgres = Postgres::running().expect("cargo xtask postgres runs this");
    let outage = Duration::from_secs(setting("SOTTO_TEST_OUTAGE", 3));
    let place = Place::new();
    let (account, ticket) = place.ticket("sessions=3, inferences=100/day").await;
    let server = place.serve();
    let once = async || {
        let run = session(&server.url, &ticket, async |mut client| {
            infer(&mut client, 1).await?;
            client.close().await.map(drop)
        });
        run.await
    };
    let open = || {
        let (ask, asked) = std::sync::mpsc::channel();
        let (tell, told) = tokio::sync::mpsc::unbounded_channel();
        let (url, ticket) = (server.url.clone(), ticket.clone());
        tokio::spawn(async move { session(&url, &ticket, async |client| on_demand(client, asked, tell).await).await });
        (ask, told)
    };
    let mut done = 0;
    for is_killed in [false, true] {
        let (ask, mut told) = open();
        let (ask_later, mut told_later) = open();
        for (ask, told) in [(&ask, &mut told), (&ask_later, &mut told_later)] {
            ask.send(()).unwrap();
            assert_eq!(told.recv().await.unwrap(), Ok(()));
            done += 1;
        }
        if is_killed {
            postgres.kill()
        } else {
            postgres.stop()
        }
        let away = tokio::time::Instant::now();
        // Of two sessions, one asks while the database is away, and one is idle.
        ask.send(()).unwrap();
        is_told_to_come_later(told.recv().await.unwrap());
        drop(ask);
        is_told_to_come_later(once().await);
        assert_eq!(probe::reasons(&server.authority).await, ["store"]);
        assert_eq!(probe::get(&server.authority, "/livez").await.0, 200);
        tokio::time::sleep(outage.saturating_sub(away.elapsed())).await;
        postgres.start();
        probe::becomes(&server.authority, &[]).await;
        ask_later.send(()).unwrap();
        assert_eq!(told_later.recv().await.unwrap(), Ok(()), "a session that was idle goes on");
        assert_eq!(once().await, Ok(()));
        done += 2;
        drop(ask_later);
        assert_eq!(place.used(&account, "inferences").await, done);
        probe::comes_to_rest(&server.authority).await;
    }
    // The seats of the sessions that ended while the database was away are free again, a renewal later at most.
    let mut seats = Vec::new();
    for _ in 0..3 {
        for _ in 0..50 {
            let (ask, mut told) = open();
            ask.send(()).unwrap();
            if told.recv().await.is_some_and(|outcome| outcome.is_ok()) {
                seats.push(ask);
                break;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }
    assert_eq!(seats.len(), 3);
    assert!(!server.log().contains("panicked"), "{}", server.log());
}
