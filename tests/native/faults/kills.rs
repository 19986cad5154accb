//! Processes that end without a word.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use sotto_mpc::plan::plan;
use sotto_mpc::{PROTOCOL_VERSION, Params, Ticket};
use sotto_tests::{SYNTHETIC, probe, raw, synthetic};
use tokio_tungstenite::tungstenite::Message;

use crate::{Place, infer, session, use_up};

/// Inferences in one session after another until the server is gone; how many were done.
async fn infer_until_it_is_gone(url: String, ticket: Ticket, done: Arc<AtomicU64>) {
    let run = session(&url, &ticket, async move |mut client| {
        loop {
            infer(&mut client, done.load(Ordering::Relaxed)).await?;
            done.fetch_add(1, Ordering::Relaxed);
        }
        #[expect(unreachable_code)]
        Ok(())
    });
    assert!(run.await.is_err());
}

/// Whatever a server was doing when it was killed stays counted, and nothing else is.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_has_counted_what_it_did_and_no_more_than_it_began() {
    const BUDGET: u64 = 400;
    const KILLS: u64 = 4;
    let place = Place::new();
    let (account, ticket) = place.ticket(&format!("inferences={BUDGET}/day")).await;
    let mut finished = 0;
    let mut server = place.serve();
    for kill in 0..KILLS {
        let before = place.used(&account, "inferences").await;
        let done = Arc::<AtomicU64>::default();
        let client = tokio::spawn(infer_until_it_is_gone(server.url.clone(), ticket.clone(), done.clone()));
        while done.load(Ordering::Relaxed) < 10 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        // At another moment of an inference each time.
        tokio::time::sleep(Duration::from_millis(3 * kill)).await;
        server.kill();
        server = place.serve_at(&server.authority);
        client.await.unwrap();
        let (done, counted) = (done.load(Ordering::Relaxed), place.used(&account, "inferences").await - before);
        assert!((done..=done + 1).contains(&counted), "{counted} are counted, {done} were done");
        finished += done;
    }
    let counted = place.used(&account, "inferences").await;
    assert_eq!(use_up(&server.url, &ticket).await, BUDGET - counted);
    assert_eq!(place.used(&account, "inferences").await, BUDGET);
    assert!(counted - finished <= KILLS && !server.log().contains("panicked"), "{}", server.log());
}

/// Between the counting and the work.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_server_had_only_counted_stays_counted() {
    let place = Place::new();
    let setup = plan(&synthetic().program, Params::default()).unwrap().setup.both();
    let (account, ticket) = place.ticket(&format!("bytes={}/day", 2 * setup)).await;
    let mut server = place.serve();
    let hello = serde_json::json!({
        "sotto": PROTOCOL_VERSION, "model": SYNTHETIC, "digest": null, "params": Params::default(), "ticket": ticket,
    });
    let mut socket = raw(&server.url).await;
    socket.send(Message::binary(hello.to_string())).await.unwrap();
    // The program comes before the bytes of the setup are counted, which then waits for this client.
    while !matches!(socket.next().await, Some(Ok(Message::Binary(_)))) {}
    while place.used(&account, "bytes").await == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    server.kill();
    assert_eq!(place.used(&account, "bytes").await, setup);
    // There is a setup left in the budget, and nothing beyond it.
    let server = place.serve();
    let error = session(&server.url, &ticket, async |mut client| infer(&mut client, 1).await).await.unwrap_err();
    assert!(error.message().contains("bytes a day is used up"), "{error}");
    assert_eq!(place.used(&account, "bytes").await, 2 * setup);
}

/// Two servers on one store, one of which is killed.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_servers_the_one_that_is_left_goes_on_and_gives_no_more_than_the_budget() {
    const BUDGET: u64 = 120;
    let place = Place::new();
    let (account, ticket) = place.ticket(&format!("inferences={BUDGET}/day")).await;
    let (mut first, second) = (place.serve(), place.serve());
    let (done, others) = (Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default());
    let client = tokio::spawn(infer_until_it_is_gone(first.url.clone(), ticket.clone(), done.clone()));
    let canary = tokio::spawn({
        let (url, ticket, others) = (second.url.clone(), ticket.clone(), others.clone());
        async move { others.fetch_add(use_up(&url, &ticket).await, Ordering::Relaxed) }
    });
    while done.load(Ordering::Relaxed) < 10 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    first.kill();
    let _again = place.serve_at(&first.authority);
    client.await.unwrap();
    canary.await.unwrap();
    let sum = done.load(Ordering::Relaxed) + others.load(Ordering::Relaxed);
    assert!((BUDGET - 1..=BUDGET).contains(&sum), "{sum}");
    assert_eq!(place.used(&account, "inferences").await, BUDGET);
}

/// What it was doing stays counted, its place is free again, and another session does not notice.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_client_leaves_nothing_behind_but_what_it_used() {
    let place = Place::new();
    let (account, ticket) = place.ticket("").await;
    let (canarys, other) = place.ticket("").await;
    let server = place.serve();
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let canary = tokio::spawn({
        let url = server.url.clone();
        async move {
            session(&url, &other, async move |mut client| {
                let mut done = 0;
                while stopped.try_recv().is_err() {
                    infer(&mut client, done).await?;
                    done += 1;
                }
                client.close().await?;
                Ok(done)
            })
            .await
        }
    });
    let rows = place.folder.path().join("rows.csv");
    let fields = synthetic().program.input.len();
    let line = |cell: &dyn Fn(usize) -> String| (0..fields).map(cell).collect::<Vec<_>>().join(",") + "\n";
    let values = line(&|k| (k as f64 / 4.0).to_string()).repeat(5000);
    std::fs::write(&rows, line(&|k| format!("x{k}")) + &values).unwrap();
    let mut process = Command::new(env!("CARGO_BIN_EXE_sotto-command"));
    process.args(["infer", "--server", &server.url, "--model", SYNTHETIC, "--retries", "0", "--csv"]).arg(&rows);
    process.env("SOTTO_TICKET", ticket.reveal()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut process = process.spawn().unwrap();
    while place.used(&account, "inferences").await < 20 {
        assert!(process.try_wait().unwrap().is_none(), "it ends by itself");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    process.kill().unwrap();
    process.wait().unwrap();
    stop.send(()).unwrap();
    let right = canary.await.unwrap().expect("the other session is not touched");
    let scrape = probe::comes_to_rest(&server.authority).await;
    let used = place.used(&account, "inferences").await;
    assert_eq!(place.used(&canarys, "inferences").await, right);
    // The one that it was in the middle of is counted, and was not finished.
    let finished = scrape.sum("sotto_inferences_total") - right;
    assert!((finished..=finished + 1).contains(&used), "{used} are counted, {finished} were finished");
    assert_eq!(session(&server.url, &ticket, async |mut client| infer(&mut client, 1).await).await, Ok(()));
    assert!(!server.log().contains("panicked"), "{}", server.log());
}
