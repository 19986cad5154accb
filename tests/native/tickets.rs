//! Who is let in, what is counted, and that it is counted exactly.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use sotto_cli::native_client;
use sotto_mpc::plan::plan;
use sotto_mpc::{Client, ClientOptions, Error, ErrorKind, PROTOCOL_VERSION, Params, Result, Ticket};
use sotto_server::access::budget::Budget;
use sotto_server::access::jwt;
use sotto_server::access::store::{Store, now};
use sotto_server::config::ServeConfig;
use sotto_tests::jwt::Issuer;
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

/// Refusals leave nothing of the token in the error, whatever is in it.
fn is_refused(outcome: Result<impl Sized>, token: &Ticket, words: &str) {
    let error = refused(outcome);
    assert_eq!(error.kind(), ErrorKind::Ticket, "{error}");
    assert!(error.message().contains(words), "{error}");
    assert!(!token.reveal().split('.').any(|part| part.len() > 3 && error.to_string().contains(part)), "{error}");
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
async fn an_issuers_tokens_are_tickets_with_budgets_of_their_own() {
    let issuer = Issuer::new(&["this year's"]);
    let (_folder, config) = guarded();
    let ticket_budget: Budget = "inferences=2/day".parse().unwrap();
    let config = ServeConfig { jwt: issuer.options(), ticket_budget, ..config };
    let server = start_with(config.clone()).await;
    let run = |token: Ticket| {
        let server = &server;
        async move { session(server, Some(&token), async |client| infer(client, 5).await).await }
    };
    assert_eq!(run(issuer.token("Anne", json!({}))).await, Ok(2), "the server's budget for tickets");
    assert_eq!(run(issuer.token("Anne", json!({ "jti": "another one" }))).await, Ok(0), "it is the subject's");
    assert_eq!(run(issuer.token("Anne", json!({ "groups": "g".repeat(2500) }))).await, Ok(0), "a long one");
    assert_eq!(run(issuer.token("Ben", json!({ "sotto_budget": "inferences=3/day" }))).await, Ok(3));
    let account = |name: &str| format!("subject {}", jwt::subject(&issuer.name, name));
    let used =
        [used(&config, &account("Anne"), "inferences").await, used(&config, &account("Ben"), "inferences").await];
    assert_eq!(used, [2, 3]);
    // Tickets of the store are taken beside them.
    let (_, ticket) = ticket(&config, "inferences=1/day").await;
    assert_eq!(run(ticket).await, Ok(1));

    for (token, words) in [
        (issuer.token("Anne", json!({ "aud": "another server" })), "another audience"),
        (issuer.token("Anne", json!({ "iss": "https://other.example" })), "another issuer"),
        (issuer.token("Anne", json!({ "exp": now() - 3600 })), "has expired"),
        (issuer.token("Anne", json!({ "sub": null })), "lacks one of exp, aud, iss and sub"),
        (issuer.unsigned("Anne"), "no JSON Web Token with an algorithm that is known here"),
        (issuer.signed_with_public_key("Anne"), "an algorithm that is not allowed here"),
        (Issuer::new(&["this year's"]).token("Anne", json!({})), "signature is not that of its key"),
    ] {
        is_refused(run(token.clone()).await, &token, words);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_tokens_are_rotated_while_the_server_runs() {
    let issuer = Issuer::new(&["old", "new"]);
    issuer.publish(&["old"]);
    // Without a store, what was used is forgotten with the server.
    let config = ServeConfig { require_ticket: true, jwt: issuer.options(), ..config() };
    let server = start_with(config).await;
    let (by_old, by_new) = (issuer.token_by("old", "Anne", json!({})), issuer.token_by("new", "Anne", json!({})));
    let unknown = "signed with a key that is not known here";
    is_refused(session(&server, Some(&by_new), async |_| Ok(())).await, &by_new, unknown);
    let (open, is_open) = tokio::sync::oneshot::channel();
    let (go_on, went_on) = std::sync::mpsc::channel::<()>();
    let options = ClientOptions { model: SYNTHETIC.into(), ticket: Some(by_old.clone()), ..ClientOptions::default() };
    let (url, text) = (server.url.clone(), by_old.clone());
    let running = tokio::spawn(async move {
        let held = session_as(&url, options, native_client::LIMITS, async move |mut client| {
            client.infer(&wide_input(1)).await?;
            open.send(()).unwrap();
            went_on.recv().unwrap();
            client.infer(&wide_input(2)).await.map(drop)
        });
        is_refused(held.await, &text, "is not known here any more");
    });
    is_open.await.unwrap();
    // One that is no key set changes nothing.
    issuer.publish_text("{");
    server.reload();
    assert_eq!(session(&server, Some(&by_old), async |client| infer(client, 1).await).await, Ok(1));
    issuer.publish(&["new"]);
    server.reload();
    for _ in 0..200 {
        if session(&server, Some(&by_new), async |client| infer(client, 1).await).await == Ok(1) {
            is_refused(session(&server, Some(&by_old), async |_| Ok(())).await, &by_old, unknown);
            // What the old key let in does nothing more.
            go_on.send(()).unwrap();
            return running.await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the new key is not taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_ends_buys_no_more_work_in_a_session_that_is_open() {
    let (_folder, config) = guarded();
    let (id, ticket) = ticket(&config, "").await;
    let server = start_with(config.clone()).await;
    let store = Store::open(config.store.as_ref().unwrap()).await.unwrap();
    let revoke = async move |mut client: Client| {
        client.infer(&wide_input(1)).await?;
        let revoked = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let outcome = std::thread::scope(|scope| scope.spawn(|| revoked.block_on(store.revoke(&id))).join().unwrap());
        assert!(outcome.unwrap());
        client.infer(&wide_input(2)).await.map(drop)
    };
    is_refused(session(&server, Some(&ticket), revoke).await, &ticket, "has ended, or was revoked");
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
