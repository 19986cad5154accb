//! Recorded sessions that are played back with changes: frames that are damaged, cut, longer, missing, doubled, in another order, of another
//! kind, or invented. None of it ends the server, leaves something held, or touches the session beside it.
//!
//! `SOTTO_REPLAYS=10000 cargo test -p sotto-tests --test replays -- --nocapture` plays more; `SOTTO_REPLAYS_SEED` others.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use futures_util::{Sink, SinkExt};
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use sotto_mpc::Result;
use sotto_nn::reference;
use sotto_tests::process::Process;
use sotto_tests::{SYNTHETIC, infer_once, probe, raw, record, session, setting, synthetic, wide_input};
use tempfile::TempDir;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{self, Message, protocol::CloseFrame};

/// Sessions at once.
const AT_ONCE: usize = 16;
/// How long a client waits for what the server says to its last frame.
const PATIENCE: Duration = Duration::from_millis(400);
/// How much more memory a server may have after all sessions than after the first quarter of them.
const GROWTH: u64 = 64 << 20;

/// What a session sends: the honest one's frames, with one to four changes.
fn changed(honest: &[Vec<u8>], rng: &mut ChaCha20Rng) -> Vec<Message> {
    let mut below = |n: usize| (rng.next_u64() % n.max(1) as u64) as usize;
    let mut frames: Vec<Message> = honest.iter().cloned().map(Message::binary).collect();
    for _ in 0..1 + below(4) {
        let at = below(frames.len());
        let Some(frame) = frames.get_mut(at) else { break };
        let mut bytes = frame.clone().into_data().to_vec();
        let place = below(bytes.len());
        match below(13) {
            0 => bytes.iter_mut().skip(place).take(1).for_each(|byte| *byte ^= 1 << below(8)),
            1 => bytes.iter_mut().skip(place).take(8).for_each(|byte| *byte = [0, 0xff][at % 2]),
            2 => bytes.truncate(place),
            3 => bytes.extend(vec![below(256) as u8; 1 + below(100)]),
            4 => bytes.extend(vec![0; 1 << (10 + below(13))]),
            5 => bytes.iter_mut().for_each(|byte| *byte = below(256) as u8),
            list => {
                let other = below(frames.len());
                match list {
                    6 => drop(frames.remove(at)),
                    7 => frames.insert(at, Message::binary(bytes)),
                    8 => frames.swap(at, other),
                    9 => frames.truncate(at),
                    10 => frames.insert(at, Message::text("\u{0}{\"ticket\":[]}".repeat(1 + below(9)))),
                    11 => frames.insert(at, Message::binary(vec![])),
                    _ => {
                        let codes = [CloseCode::Normal, CloseCode::Away, CloseCode::Library(4000 + below(20) as u16)];
                        let close = CloseFrame { code: codes[below(3)], reason: "x".repeat(below(123)).into() };
                        frames.insert(at, Message::Close(Some(close)));
                    }
                }
                continue;
            }
        }
        *frame = Message::binary(bytes);
    }
    frames
}

/// Sends all, whatever the server says to it, and then goes, in one of three ways.
async fn play(url: &str, frames: Vec<Message>, way: u64) {
    let (mut writer, mut reader) = raw(url).await.split();
    let reading = tokio::spawn(async move { while let Some(Ok(_)) = reader.next().await {} });
    async fn send(writer: &mut (impl Sink<Message, Error = tungstenite::Error> + Unpin), frames: Vec<Message>) {
        for frame in frames {
            if writer.send(frame).await.is_err() {
                return;
            }
        }
    }
    // A server that reads no more holds the client up.
    let _ = timeout(4 * PATIENCE, send(&mut writer, frames)).await;
    match way % 3 {
        // Without a word.
        0 => reading.abort(),
        1 => {
            let _ = timeout(PATIENCE, writer.close()).await;
            let _ = timeout(PATIENCE, reading).await;
        }
        _ => drop(timeout(PATIENCE, reading).await),
    }
}

fn plain(seed: u64) -> Vec<i64> {
    let model = synthetic();
    reference::run_output(&model.program, &model.weights, &wide_input(seed)).unwrap()
}

/// Inferences that must be right, until it may stop: how many.
async fn stay_right(url: String, stop: Arc<AtomicBool>) -> Result<u64> {
    session(&url, SYNTHETIC, None, async move |mut client| {
        let mut done = 0;
        while !stop.load(Ordering::Relaxed) {
            assert_eq!(client.infer(&wide_input(done)).await?.output, plain(done));
            done += 1;
        }
        client.close().await?;
        Ok(done)
    })
    .await
}

/// Bytes of memory of a process, where that can be told.
fn memory(server: &Process) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? << 10)
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_sessions_leave_nothing_behind() {
    let (sessions, seed) = (setting("SOTTO_REPLAYS", 300) as usize, setting("SOTTO_REPLAYS_SEED", 1));
    let models = TempDir::new().unwrap();
    synthetic().save(&models.path().join(SYNTHETIC)).unwrap();
    // Who stops in the middle holds a place for a moment. Nobody is told that the server is full.
    let options = "--max-sessions 4096 --places 32 --places-each 32 --handshake-timeout 3 --unused-timeout 1 --stall-timeout 1 \
                   --idle-timeout 5 --resume-within 1 --address-budget sessions=4096,bytes=1TB/day";
    let options: Vec<&str> = options.split_whitespace().collect();
    let server = Process::serve(env!("CARGO_BIN_EXE_sotto-command"), "127.0.0.1:0", models.path(), &options);
    let (outcome, honest) = record(&server.url, [9; 32], async |mut client| {
        let first = client.infer(&wide_input(1)).await?.output;
        let second = client.infer(&wide_input(2)).await?.output;
        client.close().await?;
        Ok([first, second])
    })
    .await;
    assert_eq!(outcome.unwrap(), [plain(1), plain(2)]);

    let stop = Arc::<AtomicBool>::default();
    let canary = tokio::spawn(stay_right(server.url.clone(), stop.clone()));
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let mut play_all = async |count: usize| {
        let seeds: Vec<u64> = (0..count).map(|_| rng.next_u64()).collect();
        let plays = stream::iter(seeds).map(|seed| {
            let mut rng = ChaCha20Rng::seed_from_u64(seed);
            play(&server.url, changed(&honest, &mut rng), seed)
        });
        plays.buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
    };
    play_all(sessions / 4).await;
    let before = memory(&server);
    play_all(sessions - sessions / 4).await;
    let after = memory(&server);
    stop.store(true, Ordering::Relaxed);
    let right = canary.await.unwrap().expect("the session beside them ends in order");

    let scrape = probe::comes_to_rest(&server.authority).await;
    let ended: Vec<_> = scrape.values.iter().filter(|(series, _)| series.starts_with("sotto_sessions_ended")).collect();
    eprintln!("{sessions} sessions: {ended:?}; the canary was right {right} times; memory {before:?}, then {after:?}");
    assert!(right > 0 && ended.len() > 3);
    // With the honest one and the canary.
    let counted = ["sotto_sessions_opened_total", "sotto_sessions_ended_total"].map(|family| scrape.sum(family));
    assert_eq!(counted, [sessions as u64 + 2; 2]);
    assert!(ended.iter().all(|(series, _)| !series.contains("internal")), "a defect of the server's: {ended:?}");
    let log = server.log();
    let defect = log.lines().find(|line| line.contains("panicked") || line.contains("ERROR"));
    assert_eq!(defect, None);
    if let (Some(before), Some(after)) = (before, after) {
        assert!(after < before + GROWTH, "{before} bytes after a quarter, {after} at the end");
    }
    // It serves sessions that are right, more than it has places.
    let url = &server.url;
    let all = stream::iter(0..40).map(async |seed| (seed, infer_once(url, wide_input(seed)).await));
    for (seed, output) in all.buffer_unordered(4).collect::<Vec<_>>().await {
        assert_eq!(output.unwrap(), plain(seed));
    }
    probe::comes_to_rest(&server.authority).await;
}
