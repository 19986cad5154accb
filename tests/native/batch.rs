//! Runs of `sotto infer` whose sessions are lost on the way, or for which the server has no place at first.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sotto_cli::infer::{Report, Request, Row, ask};
use sotto_cli::native_client::{self, Access};
use sotto_cli::{Error, Result};
use sotto_mpc::Params;
use sotto_nn::{Card, reference};
use sotto_server::config::ServeConfig;
use sotto_tests::{Running, SYNTHETIC, config, raw, start, start_with, synthetic};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};

const ROWS: usize = 6;

fn rows(card: &Card) -> Result<Vec<Row>> {
    let sample = &card.samples[0];
    let row = |k: usize| Row {
        name: format!("row {k}"),
        values: sample.values.iter().map(|v| v * (1.0 - k as f64 / 8.0)).collect(),
        expected: None,
        truth: None,
    };
    Ok((0..ROWS).map(row).collect())
}

async fn infer(server: String, retries: u32) -> Result<Report> {
    let (model, limits) = (SYNTHETIC.to_owned(), native_client::LIMITS);
    let request = Request { server, access: Access::default(), model, limits, max_bytes: u64::MAX, top: 0, retries };
    ask(&request, rows, Params::default()).await
}

#[track_caller]
fn are_exact(report: &Report) {
    let model = synthetic();
    let plain = rows(&model.card).unwrap().into_iter().map(|row| {
        let input = model.card.quantise(&model.program, &row.values).unwrap();
        (row.name, reference::run_output(&model.program, &model.weights, &input).unwrap())
    });
    let answered = report.answers.iter().map(|answer| (answer.name.clone(), answer.output.clone()));
    assert!(answered.eq(plain), "{report:?}");
}

/// A proxy before a server that cuts connections, but the first, the description's, after so many bytes from the server each: the last
/// one for all that come after it. The number of connections so far.
async fn cutting(server: &Running, after: Vec<usize>) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, upstream) = (listener.local_addr().unwrap(), server.authority.clone());
    let count = Arc::<AtomicUsize>::default();
    let counted = count.clone();
    tokio::spawn(async move {
        loop {
            let (client, _) = listener.accept().await.unwrap();
            let k = counted.fetch_add(1, Ordering::Relaxed);
            let most = if k == 0 { u64::MAX } else { after[(k - 1).min(after.len() - 1)] as u64 };
            let upstream = upstream.clone();
            tokio::spawn(async move {
                let (mut from_client, mut to_client) = client.into_split();
                let (from_server, mut to_server) = TcpStream::connect(upstream).await?.into_split();
                let up = tokio::spawn(async move { copy(&mut from_client, &mut to_server).await });
                let passed = copy(&mut from_server.take(most), &mut to_client).await;
                up.abort();
                passed?;
                to_client.shutdown().await
            });
        }
    });
    (format!("ws://{address}"), count)
}

/// Bytes that the server sends in the session of all rows.
async fn session_bytes(server: &Running) -> usize {
    let report = infer(server.url.clone(), 0).await.unwrap();
    are_exact(&report);
    report.stats.total().bytes_received as usize
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_session_is_followed_by_another_for_the_rows_that_are_left() {
    let server = start().await;
    let all = session_bytes(&server).await;
    // The first is lost after some rows, the second in its setup, the third has the rest.
    let (url, connections) = cutting(&server, vec![all * 4 / 5, 1000, usize::MAX]).await;
    let report = infer(url, 2).await.unwrap();
    are_exact(&report);
    assert_eq!(connections.load(Ordering::Relaxed), 4, "the description and three sessions");
    assert!(report.stats.inferences == ROWS as u64, "{:?}", report.stats);
}

#[tokio::test(flavor = "multi_thread")]
async fn retries_without_a_result_are_bounded() {
    let server = start().await;
    let (url, connections) = cutting(&server, vec![1000]).await;
    let error = infer(url, 1).await.unwrap_err();
    assert!(matches!(error, Error::Connection(_)), "{error}");
    assert_eq!(connections.load(Ordering::Relaxed), 3, "the description and two sessions");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_server_is_asked_again() {
    let server = start_with(ServeConfig { max_sessions: 1, ..config() }).await;
    let place = raw(&server.url).await;
    let run = tokio::spawn(infer(server.url.clone(), 5));
    tokio::time::sleep(Duration::from_millis(500)).await;
    drop(place);
    are_exact(&run.await.unwrap().unwrap());
}
