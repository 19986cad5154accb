//! Sessions of several workers over real connections: the same results, whatever breaks, and nobody joins who may not.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use sotto_cli::native_client::LIMITS;
use sotto_mpc::{ClientOptions, ErrorKind, LinearKind, Notice, PROTOCOL_VERSION, Params, Result, ResumeSecret, Stats};
use sotto_nn::bundle::Bundle;
use sotto_nn::card::InputSchema;
use sotto_nn::{Op, OpKind, Program, Tensor, ValueType, Weights, reference};
use sotto_server::config::ServeConfig;
use sotto_tests::scrape::scrape_until;
use sotto_tests::{
    Cutter, Running, close_of, config, plain_card, plain_field, raw, session_as, setting, start_with_models,
};
use tokio_tungstenite::tungstenite::Message;

/// Values between the layers: enough that two workers are worth their begin, and three.
const HIDDEN: usize = 64 << 10;

/// Much work behind few inputs.
fn wide() -> Bundle {
    let value = |n: usize, bits: u32| ValueType { shape: vec![n], bits, frac_bits: 0 };
    let linear = |name: &str, input: usize, output: ValueType| Op {
        name: name.into(),
        kind: OpKind::Linear { weight: name.into(), bias: None, weight_bits: 4 },
        inputs: vec![input],
        output,
    };
    let relu =
        Op { name: "relu".into(), kind: OpKind::ReluShift { amount: 4 }, inputs: vec![1], output: value(HIDDEN, 36) };
    let ops = vec![linear("first", 0, value(HIDDEN, 40)), relu, linear("second", 2, value(2, 36))];
    let program = Program { version: Program::VERSION, input: value(2, 40), ops };
    let tensor = |shape: [usize; 2]| {
        let data = (0..shape[0] * shape[1]).map(|i| (i * i % 15) as i64 - 7).collect();
        Tensor::new(shape.to_vec(), data).expect("as many elements as the shape says")
    };
    let mut weights = Weights::new();
    weights.insert("first", tensor([HIDDEN, 2]));
    weights.insert("second", tensor([2, HIDDEN]));
    let fields = (0..2).map(|k| plain_field(k, -1000.0, 1000.0, 1.0)).collect();
    let card = plain_card("Wide", InputSchema::Fields { fields }, ["a", "b"].map(String::from).to_vec());
    Bundle { id: "wide".into(), program, weights, card }
}

async fn start(workers: u32, config: ServeConfig) -> Running {
    start_with_models(ServeConfig { workers: Some(workers), ..config }, &[wide()]).await
}

fn resumable() -> ServeConfig {
    ServeConfig { resume_within: Duration::from_secs(60), metrics: true, ..config() }
}

const INPUT: [i64; 2] = [313, -271];

/// Two inferences, the second prepared ahead.
async fn two(url: &str, workers: u32) -> Result<(Vec<Vec<i64>>, Stats)> {
    let params = Params { workers, linear: LinearKind::He, ..Params::default() };
    let options = ClientOptions { model: "wide".into(), params, ..ClientOptions::default() };
    session_as(url, options, LIMITS, async |mut client| {
        client.preprocess().await?;
        client.preprocess().await?;
        let mut outputs = Vec::new();
        for _ in 0..2 {
            outputs.push(client.infer(&INPUT).await?.output);
        }
        Ok((outputs, client.close().await?))
    })
    .await
}

fn expected() -> Vec<Vec<i64>> {
    let Bundle { program, weights, .. } = wide();
    vec![reference::run_output(&program, &weights, &INPUT).unwrap(); 2]
}

#[tokio::test(flavor = "multi_thread")]
async fn results_are_the_same_with_one_worker_and_with_several() {
    let server = start(3, resumable()).await;
    for (wished, there) in [(1, 1), (2, 2), (8, 3)] {
        let (outputs, stats) = two(&server.url, wished).await.unwrap();
        assert_eq!(outputs, expected());
        assert_eq!(stats.workers.len() + 1, there);
    }
    // Each was one session.
    scrape_until(&server, |scrape| scrape.get("sotto_sessions_opened_total") == 3 && scrape.sum("sotto_sessions") == 0)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_sessions_cannot_be_resumed_they_have_one_worker() {
    let server = start(3, config()).await;
    let (outputs, stats) = two(&server.url, 3).await.unwrap();
    assert_eq!((outputs, stats.workers.len()), (expected(), 0));
}

/// `SOTTO_CUTS` sets how many sessions are run.
#[tokio::test(flavor = "multi_thread")]
async fn whichever_connection_breaks_the_session_goes_on() {
    let server = start(2, resumable()).await;
    let mut rng = ChaCha20Rng::from_seed([5; 32]);
    let mut cut_off = 0;
    for _ in 0..setting("SOTTO_CUTS", 4) {
        let cuts: Vec<u64> = (0..4).map(|_| 5000 + rng.next_u64() % 1_000_000).collect();
        let line = Cutter::start(&server.authority, cuts.clone()).await;
        let (outputs, stats) = two(&line.url(), 2).await.unwrap();
        assert_eq!((outputs, stats.workers.len()), (expected(), 1), "{cuts:?}");
        cut_off += line.connections() - 2;
    }
    assert!(cut_off >= 4, "{cut_off} connections were cut");
    scrape_until(&server, |scrape| scrape.sum("sotto_sessions") == 0).await;
}

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

/// A session that wishes so many workers and has got its answer; it goes no further by itself.
async fn opened(server: &Running, workers: u32) -> (Socket, String, ResumeSecret) {
    let mut socket = raw(&server.url).await;
    let Some(Ok(Message::Text(text))) = socket.next().await else { panic!("the first message is a notice") };
    let Some(Notice::Session { id, secret: Some(secret) }) = Notice::from_json(&text) else { panic!("{text}") };
    let params = Params { workers, ..Params::default() };
    let hello = serde_json::json!(
        { "sotto": PROTOCOL_VERSION, "model": "wide", "digest": null, "params": params, "ticket": null }
    );
    socket.send(Message::binary(hello.to_string())).await.unwrap();
    while !matches!(socket.next().await, Some(Ok(Message::Binary(_)))) {}
    (socket, id, secret)
}

async fn join(server: &Running, id: &str, secret: &ResumeSecret, worker: u32, frames: u64) -> Socket {
    let mut socket = raw(&format!("{}/resume", server.url)).await;
    let (id, secret) = (id.into(), secret.clone());
    let resume = Notice::Resume { id, secret, frames, attempt: 1, worker };
    socket.send(Message::text(resume.to_json())).await.unwrap();
    socket
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_joins_who_may_not_and_nobody_else_notices() {
    let server = start(2, resumable()).await;
    let running = tokio::spawn({
        let url = server.url.clone();
        async move { two(&url, 2).await }
    });
    let refused = async |socket: &mut Socket, code: ErrorKind, why: &str| {
        let (closed, reason) = close_of(socket).await.expect("a Close frame");
        assert_eq!(closed, code.close_code(), "{reason}");
        assert!(reason.contains(why), "{reason}");
    };
    let gone = "not here any more";
    let (mut first, id, secret) = opened(&server, 2).await;
    let wrong = ResumeSecret::random().unwrap();
    refused(&mut join(&server, &id, &wrong, 1, 0).await, ErrorKind::Closed, gone).await;
    refused(&mut join(&server, "0", &secret, 1, 0).await, ErrorKind::Closed, gone).await;
    // It has a first one, and another.
    for worker in [2, 7, u32::MAX] {
        refused(&mut join(&server, &id, &secret, worker, 0).await, ErrorKind::Closed, gone).await;
    }
    let mut joined = join(&server, &id, &secret, 1, 0).await;
    let Some(Ok(Message::Text(text))) = joined.next().await else { panic!("the server lets it in") };
    assert_eq!(Notice::from_json(&text), Some(Notice::Resumed { frames: 0 }));
    // The number is taken.
    refused(&mut join(&server, &id, &secret, 1, 0).await, ErrorKind::Closed, "later connection").await;
    joined.send(Message::Ping(Default::default())).await.unwrap();
    while !matches!(joined.next().await, Some(Ok(Message::Pong(_)))) {}
    // The joined one has not noticed; it ends with the session.
    first.close(None).await.unwrap();
    refused(&mut joined, ErrorKind::Closed, "").await;
    // Its task may still be ending.
    while !close_of(&mut join(&server, &id, &secret, 1, 0).await).await.is_some_and(|(_, why)| why.contains(gone)) {}

    let (_first, id, secret) = opened(&server, 1).await;
    refused(&mut join(&server, &id, &secret, 1, 0).await, ErrorKind::Closed, gone).await;
    let (_first, id, secret) = opened(&server, 2).await;
    refused(&mut join(&server, &id, &secret, 1, 3).await, ErrorKind::Malformed, "nothing yet").await;
    assert_eq!(running.await.unwrap().unwrap().0, expected());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_whose_workers_do_not_join_ends_in_time() {
    let server = start(2, ServeConfig { handshake_timeout: Duration::from_secs(1), ..resumable() }).await;
    let (mut first, ..) = opened(&server, 2).await;
    let (code, _) = close_of(&mut first).await.expect("a Close frame");
    assert_eq!(code, ErrorKind::Timeout.close_code());
    scrape_until(&server, |scrape| scrape.sum("sotto_sessions") == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_ends_its_connection_ends_the_session() {
    let server = start(2, resumable()).await;
    let (mut first, id, secret) = opened(&server, 2).await;
    let mut joined = join(&server, &id, &secret, 1, 0).await;
    joined.send(Message::binary(b"no base OT".to_vec())).await.unwrap();
    let (code, reason) = close_of(&mut first).await.expect("a Close frame");
    assert_eq!(code, ErrorKind::Malformed.close_code(), "{reason}");
    scrape_until(&server, |scrape| scrape.sum("sotto_sessions") == 0).await;
}
