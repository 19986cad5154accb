//! Sessions that lose their connections: the same results, bytes and rounds as with one, or an end that is said.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use sotto_mpc::{ErrorKind, GIVEN_UP, Notice, PROTOCOL_VERSION, Params, ResumeSecret, Stats};
use sotto_nn::reference;
use sotto_server::config::ServeConfig;
use sotto_tests::scrape::scrape_until;
use sotto_tests::{
    Cutter, Running, SYNTHETIC, close_of, config, infer_once, raw, session, setting, start_with, synthetic, wide_input,
};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

fn resumable() -> ServeConfig {
    ServeConfig { resume_within: Duration::from_secs(60), metrics: true, ..config() }
}

fn plain(input: &[i64]) -> Vec<i64> {
    let model = synthetic();
    reference::run_output(&model.program, &model.weights, input).unwrap()
}

/// Three inferences, one of them prepared ahead.
async fn three(url: &str) -> (Vec<Vec<i64>>, Stats) {
    let run = session(url, SYNTHETIC, None, async |mut client| {
        client.preprocess().await?;
        client.preprocess().await?;
        let mut outputs = Vec::new();
        for seed in 0..3 {
            outputs.push(client.infer(&wide_input(seed)).await?.output);
        }
        Ok((outputs, client.close().await?))
    });
    run.await.unwrap()
}

/// What does not depend on time: bytes and rounds of all phases.
fn traffic(stats: &Stats) -> Vec<(u64, u64, u64)> {
    let phases = stats.phases.iter();
    phases.map(|(_, traffic)| (traffic.bytes_sent, traffic.bytes_received, traffic.rounds)).collect()
}

/// `SOTTO_CUTS` sets how many sessions are run.
#[tokio::test(flavor = "multi_thread")]
async fn wherever_a_connection_breaks_the_session_goes_on_and_nothing_changes() {
    let server = start_with(resumable()).await;
    let (_, whole) = three(&server.url).await;
    let expected: Vec<_> = (0..3).map(|seed| plain(&wide_input(seed))).collect();
    let total = whole.total();
    let bytes = total.bytes_sent + total.bytes_received;
    let mut rng = ChaCha20Rng::from_seed([5; 32]);
    let mut cut_off = 0;
    for run in 0..setting("SOTTO_CUTS", 24) {
        // The upgrade takes some hundreds of bytes; cut within it, there is no session to go on with.
        let cuts: Vec<u64> = (0..1 + run % 4).map(|_| 1500 + rng.next_u64() % bytes).collect();
        let line = Cutter::start(&server.authority, cuts.clone()).await;
        let (outputs, stats) = three(&line.url()).await;
        assert_eq!(outputs, expected, "{cuts:?}");
        assert_eq!(traffic(&stats), traffic(&whole), "{cuts:?}");
        cut_off += line.connections() - 1;
    }
    assert!(cut_off > 10, "{cut_off} connections were cut");
    scrape_until(&server, |scrape| scrape.sum("sotto_sessions") == 0).await;
}

/// A session that is open and can be told to go on, and its result.
fn in_two_steps(
    url: String,
    seed: u64,
) -> (oneshot::Receiver<()>, oneshot::Sender<()>, tokio::task::JoinHandle<sotto_mpc::Result<Vec<i64>>>) {
    let ((ready, is_ready), (go, may_go)) = (oneshot::channel(), oneshot::channel());
    let run = tokio::spawn(async move {
        session(&url, SYNTHETIC, None, async move |mut client| {
            client.preprocess().await?;
            ready.send(()).expect("the test waits");
            may_go.await.expect("the test goes on");
            let output = client.infer(&wide_input(seed)).await?.output;
            client.close().await?;
            Ok(output)
        })
        .await
    });
    (is_ready, go, run)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_prepared_outlives_a_connection_that_is_away_for_a_while() {
    let server = start_with(resumable()).await;
    let line = Cutter::start(&server.authority, []).await;
    let (ready, go, run) = in_two_steps(line.url(), 7);
    ready.await.unwrap();
    line.cut();
    go.send(()).unwrap();
    scrape_until(&server, |scrape| scrape.get("sotto_connections_lost_total") == 1).await;
    line.mend();
    assert_eq!(run.await.unwrap().unwrap(), plain(&wide_input(7)));
    scrape_until(&server, |scrape| {
        scrape.get("sotto_sessions_resumed_total") == 1 && scrape.get("sotto_sessions_opened_total") == 1
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_whose_client_stays_away_ends_and_its_seat_is_free() {
    let server =
        start_with(ServeConfig { resume_within: Duration::from_millis(300), max_sessions: 1, ..resumable() }).await;
    let line = Cutter::start(&server.authority, []).await;
    let (ready, go, run) = in_two_steps(line.url(), 7);
    ready.await.unwrap();
    line.cut();
    scrape_until(&server, |scrape| scrape.sum("sotto_sessions") == 0).await;
    assert_eq!(infer_once(&server.url, wide_input(1)).await.unwrap(), plain(&wide_input(1)));
    line.mend();
    go.send(()).unwrap();
    let error = run.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed, "{error}");
    assert!(error.message().contains("not here any more"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_there_gets_the_seat_of_one_who_is_away() {
    let one_seat = ServeConfig { max_sessions: 1, ..resumable() };
    let one_of_an_address = ServeConfig { address_budget: "sessions=1".parse().unwrap(), ..resumable() };
    for (config, kind) in [(one_seat, ErrorKind::Busy), (one_of_an_address, ErrorKind::Exhausted)] {
        let server = start_with(config).await;
        let line = Cutter::start(&server.authority, []).await;
        let (ready, go, run) = in_two_steps(line.url(), 7);
        ready.await.unwrap();
        let refused = infer_once(&server.url, wide_input(1)).await.unwrap_err();
        assert_eq!(refused.kind(), kind, "{refused}");
        line.cut();
        scrape_until(&server, |scrape| scrape.get("sotto_connections_lost_total") == 1).await;
        assert_eq!(infer_once(&server.url, wide_input(1)).await.unwrap(), plain(&wide_input(1)));
        line.mend();
        go.send(()).unwrap();
        assert_eq!(run.await.unwrap().unwrap_err().kind(), ErrorKind::Closed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_is_others_while_its_client_is_away() {
    let server = start_with(ServeConfig { places: 1, places_each: None, ..resumable() }).await;
    // Cut in the middle of the base OTs, which take 30 kB.
    let line = Cutter::start(&server.authority, [12_000]).await;
    line.carry_no_more_than(1);
    let url = line.url();
    let away = tokio::spawn(async move { infer_once(&url, wide_input(1)).await });
    scrape_until(&server, |scrape| scrape.get("sotto_connections_lost_total") >= 1).await;
    assert_eq!(infer_once(&server.url, wide_input(2)).await.unwrap(), plain(&wide_input(2)));
    line.mend();
    assert_eq!(away.await.unwrap().unwrap(), plain(&wide_input(1)));
}

async fn opened(server: &Running) -> (Socket, String, ResumeSecret) {
    let mut socket = raw(&server.url).await;
    let Notice::Session { id, secret } = notice(&mut socket).await else { panic!("a server names the session first") };
    (socket, id, secret.expect("sessions can be resumed"))
}

async fn notice(socket: &mut Socket) -> Notice {
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => return Notice::from_json(text.as_str()).expect("a notice"),
            Some(Ok(Message::Binary(_) | Message::Ping(_))) => {}
            other => panic!("no notice: {other:?}"),
        }
    }
}

/// Each a later try than those before.
async fn resume(server: &Running, id: &str, secret: &ResumeSecret, frames: u64) -> Socket {
    static TRIES: AtomicU64 = AtomicU64::new(1);
    resume_as(server, id, secret, frames, TRIES.fetch_add(1, Ordering::Relaxed)).await
}

async fn resume_as(server: &Running, id: &str, secret: &ResumeSecret, frames: u64, attempt: u64) -> Socket {
    let mut socket = raw(&format!("{}/resume", server.url)).await;
    let resume = Notice::Resume { id: id.into(), secret: secret.clone(), frames, attempt, worker: 0 };
    socket.send(Message::text(resume.to_json())).await.unwrap();
    socket
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_has_one_socket_and_the_last_one_is_it() {
    let server = start_with(resumable()).await;
    let (mut first, id, secret) = opened(&server).await;
    let hello = serde_json::json!({ "sotto": PROTOCOL_VERSION, "model": SYNTHETIC, "digest": null, "params": Params::default(), "ticket": null });
    first.send(Message::binary(hello.to_string())).await.unwrap();
    let answer = loop {
        if let Some(Ok(Message::Binary(answer))) = first.next().await {
            break answer;
        }
    };
    // The first still seems alive to the server. What was not confirmed comes again, the same bytes.
    for _ in 0..2 {
        let mut next = resume(&server, &id, &secret, 0).await;
        assert_eq!(notice(&mut next).await, Notice::Resumed { frames: 1 });
        let Some(Ok(Message::Binary(again))) = next.next().await else { panic!("the answer comes again") };
        assert_eq!(again, answer);
        assert_eq!(close_of(&mut first).await, None, "the one before is dropped");
        first = next;
    }
    // What is confirmed does not come again, and what was never sent cannot be confirmed.
    let mut next = resume(&server, &id, &secret, 1).await;
    assert_eq!(notice(&mut next).await, Notice::Resumed { frames: 1 });
    let mut beyond = resume(&server, &id, &secret, 1000).await;
    let (code, reason) = close_of(&mut beyond).await.expect("a Close frame");
    assert_eq!(code, ErrorKind::Malformed.close_code(), "{reason}");
    scrape_until(&server, |scrape| scrape.sum("sotto_sessions") == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_try_that_was_overtaken_or_given_up_ends_no_session() {
    let server = start_with(resumable()).await;
    let (first, id, secret) = opened(&server).await;
    drop(first);
    let mut live = resume_as(&server, &id, &secret, 0, 5).await;
    assert_eq!(notice(&mut live).await, Notice::Resumed { frames: 0 });
    for late in [1, 4, 5] {
        let mut old = resume_as(&server, &id, &secret, 0, late).await;
        let (code, reason) = close_of(&mut old).await.expect("a Close frame");
        assert_eq!(code, ErrorKind::Closed.close_code());
        assert!(reason.contains("later connection"), "{reason}");
    }
    live.send(Message::Ping(Default::default())).await.unwrap();
    assert!(matches!(live.next().await, Some(Ok(Message::Pong(_)))), "the live one has not noticed");
    // Dropped by a browser that tries another.
    let given_up = CloseFrame { code: GIVEN_UP.into(), reason: "".into() };
    live.close(Some(given_up)).await.unwrap();
    let mut next = resume_as(&server, &id, &secret, 0, 6).await;
    assert_eq!(notice(&mut next).await, Notice::Resumed { frames: 0 });
    // A Close frame of any other code is the end.
    next.close(None).await.unwrap();
    scrape_until(&server, |scrape| scrape.sum("sotto_sessions") == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_that_ended_while_they_were_away_have_no_seat_to_give() {
    let server = start_with(ServeConfig { max_sessions: 2, ..resumable() }).await;
    // Refused, and lost before it hears of it.
    for _ in 0..8 {
        let mut socket = raw(&server.url).await;
        socket.send(Message::binary(b"no hello".to_vec())).await.unwrap();
        drop(socket);
    }
    scrape_until(&server, |scrape| scrape.sum("sotto_sessions") == 0).await;
    let lines = [Cutter::start(&server.authority, []).await, Cutter::start(&server.authority, []).await];
    let mut runs = Vec::new();
    for line in &lines {
        let (ready, go, run) = in_two_steps(line.url(), 1);
        ready.await.unwrap();
        runs.push((go, run));
    }
    lines[0].cut();
    scrape_until(&server, |scrape| scrape.get("sotto_connections_lost_total") >= 1).await;
    // The one that is away gives its seat, and no ghost does.
    assert_eq!(infer_once(&server.url, wide_input(2)).await.unwrap(), plain(&wide_input(2)));
    let (go, run) = runs.pop().unwrap();
    go.send(()).unwrap();
    assert_eq!(run.await.unwrap().unwrap(), plain(&wide_input(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_goes_on_with_a_session_without_its_secret() {
    let server = start_with(resumable()).await;
    let (mut first, id, secret) = opened(&server).await;
    let mut refusals = Vec::new();
    for (id, secret) in [(id.as_str(), ResumeSecret::random().unwrap()), ("0123456789abcdef", secret.clone())] {
        refusals.push(close_of(&mut resume(&server, id, &secret, 0).await).await.expect("a Close frame"));
    }
    assert_eq!(refusals[0], refusals[1], "a wrong secret is told from no session");
    assert_eq!(refusals[0].0, ErrorKind::Closed.close_code());
    // The session has not noticed.
    first.send(Message::Ping(Default::default())).await.unwrap();
    assert!(matches!(first.next().await, Some(Ok(Message::Pong(_)))));
    for wrong in [
        Message::binary(vec![0; 10]),
        Message::text("{}"),
        Message::text(Notice::Received { frames: 0 }.to_json()),
        Message::text("x".repeat(5000)),
    ] {
        let mut socket = raw(&format!("{}/resume", server.url)).await;
        socket.send(wrong).await.unwrap();
        assert_eq!(close_of(&mut socket).await.expect("a Close frame").0, ErrorKind::Malformed.close_code());
    }
    first.close(None).await.unwrap();
    let refused = close_of(&mut resume(&server, &id, &secret, 0).await).await.expect("a Close frame");
    assert_eq!(refused.0, ErrorKind::Closed.close_code(), "what is closed is over");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_cannot_confirm_what_it_was_not_sent_nor_say_what_a_server_says() {
    let server = start_with(resumable()).await;
    for wrong in [
        Notice::Received { frames: 1 },
        Notice::Resumed { frames: 0 },
        Notice::Draining { seconds: 1 },
        Notice::Queue { position: 1, seconds: None },
        Notice::Session { id: "0".into(), secret: None },
        Notice::Resume { id: "0".into(), secret: ResumeSecret::random().unwrap(), frames: 0, attempt: 1, worker: 0 },
    ] {
        let mut socket = raw(&server.url).await;
        socket.send(Message::text(wrong.to_json())).await.unwrap();
        let (code, reason) = close_of(&mut socket).await.expect("a Close frame");
        assert_eq!(code, ErrorKind::Malformed.close_code(), "{wrong:?}: {reason}");
    }
    // Confirmations that confirm nothing are as pings are.
    let mut socket = raw(&server.url).await;
    for _ in 0..1000 {
        if socket.send(Message::text(Notice::Received { frames: 0 }.to_json())).await.is_err() {
            break;
        }
    }
    let ended = close_of(&mut socket).await;
    assert!(ended.is_none_or(|(code, _)| code == ErrorKind::Malformed.close_code()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_tells_its_sessions_and_lets_go_of_those_that_have_nothing() {
    let server = start_with(ServeConfig { drain_delay: Duration::from_secs(30), ..resumable() }).await;
    let (ready, go, prepared) = in_two_steps(server.url.clone(), 3);
    ready.await.unwrap();
    let idle = tokio::spawn({
        let url = server.url.clone();
        async move {
            session(&url, SYNTHETIC, None, async |mut client| {
                client.infer(&wide_input(1)).await?;
                tokio::time::sleep(Duration::from_secs(4)).await;
                client.preprocess().await
            })
            .await
        }
    });
    let (mut told, ..) = opened(&server).await;
    scrape_until(&server, |scrape| scrape.get("sotto_inferences_total{model=\"synthetic\"}") == 1).await;
    server.shut_down();
    assert!(matches!(notice(&mut told).await, Notice::Draining { seconds: 45..=50 }));
    let error = idle.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed, "{error}");
    assert!(error.message().contains("shutting down"), "{error}");
    // What is prepared can be used.
    go.send(()).unwrap();
    assert_eq!(prepared.await.unwrap().unwrap(), plain(&wide_input(3)));
    server.hurry();
    server.stopped().await;
}
