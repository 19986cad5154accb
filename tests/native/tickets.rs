//! Who is let in, what is counted, and that it is counted exactly.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::{SinkExt, StreamExt};
use sotto_cli::native_client;
use sotto_mpc::plan::plan;
use sotto_mpc::{Client, ClientOptions, Error, ErrorKind, PROTOCOL_VERSION, Params, Result, Ticket};
use sotto_server::access::budget::Budget;
use sotto_server::access::store::Store;
use sotto_server::config::ServeConfig;
use sotto_tests::{Running, SYNTHETIC, config, session_as, start_with, synthetic, wide_input};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;

/// A store in a file, and a configuration that asks for tickets of it.
fn guarded() -> (TempDir, ServeConfig) {
    let folder = TempDir::new().unwrap();
    let store = folder.path().join("store.db").to_str().unwrap().to_owned();
    (folder, ServeConfig { store: Some(store), require_ticket: true, ..config() })
}

async fn ticket(config: &ServeConfig, budget: &str) -> (String, Ticket) {
    let store = Store::open(config.store.as_ref().unwrap()).await.unwrap();
    let (record, ticket) = store.create("a test", &budget.parse().unwrap(), None).await.unwrap();
    (record.id, ticket)
}

/// A session with a ticket.
async fn session<T: Send + 'static>(
    server: &Running,
    ticket: Option<&Ticket>,
    body: impl AsyncFnOnce(Client) -> Result<T> + Send + 'static,
) -> Result<T> {
    let options = ClientOptions { model: SYNTHETIC.into(), ticket: ticket.cloned(), ..ClientOptions::default() };
    session_as(&server.url, options, native_client::LIMITS, body).await
}

async fn infer(mut client: Client, times: u64) -> Result<u64> {
    for seed in 0..times {
        if let Err(error) = client.infer(&wide_input(seed)).await {
            return if error.kind() == ErrorKind::Exhausted { Ok(seed) } else { Err(error) };
        }
    }
    client.close().await?;
    Ok(times)
}

/// What the store says was used in a day of one account and unit.
async fn used(config: &ServeConfig, account: &str, unit: &str) -> i64 {
    let usage = Store::open(config.store.as_ref().unwrap()).await.unwrap().usage(0).await.unwrap();
    let of_it = usage.iter().filter(|u| u.account == account && u.unit == unit && u.seconds == 86_400);
    of_it.map(|usage| usage.amount).sum()
}

fn refused(outcome: Result<impl Sized>) -> Error {
    outcome.err().expect("it is refused")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_asks_for_tickets_opens_to_nobody_else() {
    let (_folder, config) = guarded();
    let (id, ticket) = ticket(&config, "").await;
    let server = start_with(config.clone()).await;
    let error = refused(session(&server, None, async |_| Ok(())).await);
    assert_eq!(error.kind(), ErrorKind::Ticket, "{error}");
    let wrong = Ticket::new("sotto_0123456789");
    let error = refused(session(&server, Some(&wrong), async |_| Ok(())).await);
    assert_eq!(error.kind(), ErrorKind::Ticket);
    assert!(error.message().contains("not known here") && !error.message().contains("0123456789"), "{error}");
    assert_eq!(session(&server, Some(&ticket), async |client| infer(client, 1).await).await, Ok(1));
    // It ends between two sessions.
    assert!(Store::open(config.store.as_ref().unwrap()).await.unwrap().revoke(&id).await.unwrap());
    assert_eq!(refused(session(&server, Some(&ticket), async |_| Ok(())).await).kind(), ErrorKind::Ticket);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_counts_what_was_done_to_the_byte() {
    let (_folder, config) = guarded();
    let config = ServeConfig { price: vec![(SYNTHETIC.into(), 3)], ..config };
    let (id, ticket) = ticket(&config, "inferences=6/day, bytes=1GB/day").await;
    let server = start_with(config.clone()).await;
    let done = session(&server, Some(&ticket), async |client| infer(client, 5).await).await.unwrap();
    assert_eq!(done, 2, "the third inference would pass the limit");
    let account = format!("ticket {id}");
    assert_eq!(used(&config, &account, "inferences").await, 6);
    assert_eq!(used(&config, &account, "preparations").await, 9, "the third was prepared, and counts");
    let plan = plan(&synthetic().program, Params::default()).unwrap();
    let bytes = plan.setup.both() + 3 * plan.preprocess.both() + 2 * plan.online.both();
    assert_eq!(used(&config, &account, "bytes").await, i64::try_from(bytes).unwrap());
    // Another session, another server: the same budget.
    drop(server);
    let again = start_with(config).await;
    assert_eq!(session(&again, Some(&ticket), async |client| infer(client, 1).await).await, Ok(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_on_one_store_give_no_more_than_one() {
    let (_folder, config) = guarded();
    let (id, ticket) = ticket(&config, "inferences=7/day").await;
    let servers = [start_with(config.clone()).await, start_with(config.clone()).await];
    let ask = |k: usize| session(&servers[k % 2], Some(&ticket), async |client| infer(client, 3).await);
    let done: u64 = join_all((0..6).map(ask)).await.into_iter().map(|done| done.unwrap()).sum();
    assert_eq!(done, 7);
    assert_eq!(used(&config, &format!("ticket {id}"), "inferences").await, 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_at_once_are_limited_for_an_address_without_a_store() {
    let address_budget: Budget = "sessions=1, inferences=2/day".parse().unwrap();
    let server = start_with(ServeConfig { address_budget, ..config() }).await;
    let (open, is_open) = tokio::sync::oneshot::channel();
    let (leave, left) = std::sync::mpsc::channel::<()>();
    let first = tokio::spawn({
        let server_url = server.url.clone();
        async move {
            let options = ClientOptions { model: SYNTHETIC.into(), ..ClientOptions::default() };
            session_as(&server_url, options, native_client::LIMITS, async move |client| {
                open.send(()).unwrap();
                left.recv().unwrap();
                infer(client, 3).await
            })
            .await
        }
    });
    is_open.await.unwrap();
    let error = refused(session(&server, None, async |_| Ok(())).await);
    assert_eq!(error.kind(), ErrorKind::Exhausted);
    assert!(error.message().contains("1 sessions at once"), "{error}");
    leave.send(()).unwrap();
    assert_eq!(first.await.unwrap(), Ok(2));
    // The seat is free a moment after its session; the budget stays used up.
    for _ in 0..100 {
        match session(&server, None, async |client| infer(client, 1).await).await {
            Ok(done) => return assert_eq!(done, 0),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Exhausted, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the seat is not given back");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_in_vain_is_not_counted() {
    let (_folder, config) = guarded();
    let config = ServeConfig { places: 1, places_each: None, ..config };
    let (id, ticket) = ticket(&config, "bytes=1GB/day").await;
    let server = start_with(config.clone()).await;
    let account = format!("ticket {id}");
    // The first one's setup waits for its client, in the only place; the second one gives up.
    let held = hold(&server, &ticket).await;
    let one = used(&config, &account, "bytes").await;
    assert!(one > 0);
    let waits = hold(&server, &ticket).await;
    assert_eq!(used(&config, &account, "bytes").await, 2 * one);
    drop(waits);
    for _ in 0..200 {
        if used(&config, &account, "bytes").await == one {
            drop(held);
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it stays counted");
}

/// A client that has its program and says nothing more; its setup is counted.
async fn hold(server: &Running, ticket: &Ticket) -> TcpStream {
    let address: SocketAddr = server.authority.parse().unwrap();
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut socket, _) = client_async(&server.url, stream).await.unwrap();
    let hello = serde_json::json!({
        "sotto": PROTOCOL_VERSION,
        "model": SYNTHETIC,
        "digest": null,
        "params": Params::default(),
        "ticket": ticket,
    });
    socket.send(Message::binary(hello.to_string())).await.unwrap();
    assert!(matches!(socket.next().await, Some(Ok(Message::Text(_)))), "which session it is");
    assert!(matches!(socket.next().await, Some(Ok(Message::Binary(_)))));
    tokio::time::sleep(Duration::from_millis(200)).await;
    socket.into_inner()
}
