//! Sessions through a proxy that changes one thing about their WebSocket frames, in either direction: none ends with a
//! wrong result or a panic, those that need not be noticed end right, and a session beside them stays right meanwhile.
//!
//! `SOTTO_MUTATIONS=5000 cargo test -p sotto-tests --test mutations -- --nocapture` takes more sessions;
//! `SOTTO_MUTATIONS_SEED` others.

mod change;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use sotto_mpc::{Client, ErrorKind, Result};
use sotto_nn::reference;
use sotto_server::config::ServeConfig;
use sotto_server::ws::Limits;
use sotto_tests::frame::{BINARY, Frame};
use sotto_tests::{SYNTHETIC, config, session, session_within, setting, start_with, synthetic, wide_input};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use change::Change;

/// Sessions at once.
const AT_ONCE: usize = 16;
/// How long a client waits for a server whose frames are missing.
const PATIENCE: Limits =
    Limits { handshake: None, idle: Some(Duration::from_secs(2)), ping: None, unused: None, stall: None };

/// A change of the frame with this number among those with data in one direction.
#[derive(Clone, Debug)]
struct Mutation {
    to_server: bool,
    frame: usize,
    change: Change,
    seed: u64,
}

/// A proxy for one connection: its address, and how many frames with data passed towards the server and back.
async fn proxy(server: String, mutation: Mutation) -> (String, Arc<Mutex<[usize; 2]>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let passed = Arc::<Mutex<[usize; 2]>>::default();
    let counts = passed.clone();
    tokio::spawn(async move {
        let (client, server) = (listener.accept().await.unwrap().0, TcpStream::connect(&server).await.unwrap());
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        let cut = CancellationToken::new();
        for (up, from, to) in [(true, from_client, to_server), (false, from_server, to_client)] {
            let (mutation, counts, cut) = (mutation.clone(), counts.clone(), cut.clone());
            tokio::spawn(async move {
                let both_ways = pass_on(from, to, up, mutation, counts);
                // Both halves of both sockets are gone then.
                if cut.run_until_cancelled(both_ways).await == Some(true) {
                    cut.cancel();
                }
            });
        }
    });
    (address, passed)
}

/// Passes on heads of HTTP and then frames, until either end is gone. Whether the connection is to be cut.
async fn pass_on(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    up: bool,
    mutation: Mutation,
    counts: Arc<Mutex<[usize; 2]>>,
) -> bool {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = from.read_u8().await else { return true };
        head.push(byte);
    }
    let (mut rng, mut held) = (ChaCha20Rng::seed_from_u64(mutation.seed), None);
    let mut written = to.write_all(&head).await;
    while written.is_ok()
        && let Ok(frame) = Frame::read(&mut from).await
    {
        let mut bytes = Vec::new();
        let late = held.take();
        let data = frame.first == BINARY;
        let here = data && mutation.to_server == up && counts.lock().await[usize::from(!up)] == mutation.frame;
        if data {
            counts.lock().await[usize::from(!up)] += 1;
        }
        if here && matches!(mutation.change, Change::Delay) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bytes.extend(if here { mutation.change.apply(frame, &mut held, &mut rng) } else { frame.bytes() });
        bytes.extend(late.iter().flat_map(Frame::bytes));
        written = to.write_all(&bytes).await;
        if here && matches!(mutation.change, Change::Cut) {
            return true;
        }
    }
    let _ = to.shutdown().await;
    false
}

/// Two inferences, the second with another input.
async fn infer_twice(mut client: Client) -> Result<[Vec<i64>; 2]> {
    let first = client.infer(&wide_input(1)).await?.output;
    let second = client.infer(&wide_input(2)).await?.output;
    client.close().await?;
    Ok([first, second])
}

fn plain(seed: u64) -> Vec<i64> {
    let model = synthetic();
    reference::run_output(&model.program, &model.weights, &wide_input(seed)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_frames_hurt_their_own_session_alone() {
    let (sessions, seed) = (setting("SOTTO_MUTATIONS", 300) as usize, setting("SOTTO_MUTATIONS_SEED", 1));
    let panics = count_panics();
    let server = start_with(ServeConfig {
        max_sessions: 4 * AT_ONCE,
        max_connections: 1024,
        // Sessions that wait for frames that never come hold their places.
        places: 4 * AT_ONCE,
        places_each: None,
        ..config()
    })
    .await;
    let run = async |mutation: Mutation| {
        let (address, passed) = proxy(server.authority.clone(), mutation.clone()).await;
        let outcome = session_within(&format!("ws://{address}/ws"), SYNTHETIC, None, PATIENCE, infer_twice).await;
        let passed = *passed.lock().await;
        (mutation, outcome, passed)
    };
    let expected = [plain(1), plain(2)];
    let honest = Mutation { to_server: true, frame: 0, change: Change::None, seed };
    let (_, outcome, frames) = run(honest).await;
    assert_eq!(outcome.expect("an honest proxy disturbs nothing"), expected);

    let stop = Arc::new(AtomicBool::new(false));
    let canary = tokio::spawn({
        let (url, stop) = (server.url.clone(), stop.clone());
        async move { session(&url, SYNTHETIC, None, async move |client| stay_right(client, &stop).await).await }
    });
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let mutations = (0..sessions).map(|_| {
        let to_server = rng.next_u64().is_multiple_of(2);
        let frame = rng.next_u64() as usize % frames[usize::from(!to_server)];
        Mutation { to_server, frame, change: Change::random(&mut rng), seed: rng.next_u64() }
    });
    let mutations: Vec<_> = mutations.collect();
    let runs = stream::iter(mutations).map(run).buffer_unordered(AT_ONCE).collect::<Vec<_>>().await;
    stop.store(true, Ordering::Relaxed);
    let right = canary.await.unwrap().expect("the canary's session ends in order");

    // What says that the server is at fault, or has a place less.
    let defects = [ErrorKind::Internal, ErrorKind::Busy];
    let mut endings = BTreeMap::<_, usize>::new();
    for (mutation, outcome, _) in &runs {
        let kind = outcome.as_ref().err().map(|error| error.kind());
        *endings.entry(kind.map_or("right", ErrorKind::name)).or_default() += 1;
        let allowed = match outcome {
            Ok(outputs) => *outputs == expected,
            Err(error) => {
                !mutation.change.is_allowed() && (!defects.contains(&error.kind()) || mutation.change.is_close())
            }
        };
        assert!(allowed, "{outcome:?} after {mutation:?}");
    }
    eprintln!("{sessions} sessions: {endings:?}; the canary was right {right} times");
    assert!(right > 0 && runs.len() == sessions && endings.len() > 4, "{endings:?}");
    // Each of the places is free again: none of the sessions hangs.
    let full = (0..4 * AT_ONCE).map(|_| session(&server.url, SYNTHETIC, None, infer_twice));
    for outcome in futures_util::future::join_all(full).await {
        assert_eq!(outcome.unwrap(), expected);
    }
    assert_eq!(panics.load(Ordering::Relaxed), 0, "something panicked");
}

/// One inference after the other until it may stop, each compared. How many.
async fn stay_right(mut client: Client, stop: &AtomicBool) -> Result<u64> {
    let mut inferences = 0;
    while !stop.load(Ordering::Relaxed) {
        let output = client.infer(&wide_input(inferences)).await?.output;
        assert_eq!(output, plain(inferences), "the canary's inference {inferences}");
        inferences += 1;
    }
    client.close().await?;
    Ok(inferences)
}

/// Counts panics of all threads: one that a thread catches, or dies of, is a defect as well.
fn count_panics() -> Arc<AtomicUsize> {
    let (panics, before) = (Arc::new(AtomicUsize::new(0)), std::panic::take_hook());
    let count = panics.clone();
    std::panic::set_hook(Box::new(move |info| {
        count.fetch_add(1, Ordering::Relaxed);
        before(info);
    }));
    panics
}
