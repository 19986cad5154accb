//! One bit changes somewhere between a client and a server, HTTP answers and WebSocket framing included: there may be no result
//! then, or the right one, but never a wrong one. Nor is a score shown that the model cannot give.
//!
//! `SOTTO_FLIPS=1000 cargo test -p sotto-tests --test flips -- --nocapture` takes more sessions; `SOTTO_FLIPS_SEED` other bits.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use futures_executor::block_on;
use futures_util::stream::{self, StreamExt};
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use sotto_cli::Error;
use sotto_cli::infer::{Report, Request, Row, ask};
use sotto_cli::native_client::{self, Access};
use sotto_mpc::testing::run2_tapped;
use sotto_mpc::{
    Client, ClientOptions, ErrorKind, LinearKind, Params, Party, ServedModel, ServerOptions, serve_session,
};
use sotto_nn::bundle::Bundle;
use sotto_nn::{Card, Description, Tensor, ring};
use sotto_server::config::ServeConfig;
use sotto_server::models::load_bundle;
use sotto_tests::{SYNTHETIC, config, setting, shipped_models, start_with_models, synthetic};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;

/// Connections with a changed byte that carry nothing for so long are cut: a length that has changed makes both ends wait.
const PATIENCE: Duration = Duration::from_secs(2);
/// Other connections.
const HONEST_PATIENCE: Duration = Duration::from_secs(60);
/// Sessions at once.
const AT_ONCE: usize = 4;

/// A place in what crosses a proxy: connections in the order in which they are opened (the description, the session), the
/// direction, and the byte.
#[derive(Clone, Copy, Debug)]
struct Place {
    connection: usize,
    to_server: bool,
    byte: usize,
    bit: u32,
}

/// Bytes of each connection, towards the server and back.
type Lengths = Vec<[usize; 2]>;

/// A proxy for the connections of one session.
struct Proxy {
    address: String,
    lengths: Arc<Mutex<Lengths>>,
    flipped: Arc<AtomicBool>,
}

impl Proxy {
    async fn start(server: String, place: Option<Place>) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (lengths, flipped) = (Arc::<Mutex<Lengths>>::default(), Arc::<AtomicBool>::default());
        let here = (lengths.clone(), flipped.clone());
        let patience = if place.is_some() { PATIENCE } else { HONEST_PATIENCE };
        tokio::spawn(async move {
            let opened = AtomicUsize::new(0);
            while let Ok((client, _)) = listener.accept().await {
                let connection = opened.fetch_add(1, Ordering::Relaxed);
                let Ok(upstream) = TcpStream::connect(&server).await else { return };
                here.0.lock().await.push([0; 2]);
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = upstream.into_split();
                for (up, from, to) in [(true, from_client, to_server), (false, from_server, to_client)] {
                    let place = place.filter(|place| place.connection == connection && place.to_server == up);
                    tokio::spawn(pass_on(from, to, place, (connection, up), patience, here.clone()));
                }
            }
        });
        Proxy { address, lengths, flipped }
    }
}

/// Passes bytes on until either end closes or is silent for too long.
async fn pass_on(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    place: Option<Place>,
    (connection, up): (usize, bool),
    patience: Duration,
    (lengths, flipped): (Arc<Mutex<Lengths>>, Arc<AtomicBool>),
) {
    let (mut buffer, mut passed) = (vec![0; 1 << 16], 0);
    while let Ok(Ok(n @ 1..)) = tokio::time::timeout(patience, from.read(&mut buffer)).await {
        if let Some(place) = place.filter(|place| (passed..passed + n).contains(&place.byte)) {
            buffer[place.byte - passed] ^= 1 << place.bit;
            flipped.store(true, Ordering::Relaxed);
        }
        passed += n;
        lengths.lock().await[connection][usize::from(!up)] = passed;
        if to.write_all(&buffer[..n]).await.is_err() {
            return;
        }
    }
    let _ = to.shutdown().await;
}

/// What a client asks for and should get.
struct Case {
    bundle: Bundle,
    linear: LinearKind,
    rows: Vec<Row>,
}

impl Case {
    fn new(bundle: Bundle, linear: LinearKind) -> Case {
        let sample = bundle.card.samples[0].clone();
        let row = |name: &str, scale: f64| {
            let values = sample.values.iter().map(|v| v * scale).collect();
            Row { name: name.into(), values, truth: None, expected: None }
        };
        let rows = vec![row("a", 1.0), row("b", -0.5)];
        Case { bundle, linear, rows }
    }

    async fn run(&self, authority: &str) -> sotto_cli::Result<Report> {
        let (server, model) = (format!("ws://{authority}"), self.bundle.id.clone());
        let request = Request {
            server,
            access: Access::default(),
            model,
            limits: native_client::LIMITS,
            max_bytes: u64::MAX,
            top: 0,
            retries: 0,
        };
        let params = Params { linear: self.linear, ..Params::default() };
        ask(&request, |_: &Card| Ok(self.rows.clone()), params).await
    }

    /// Whether every result is the plain computation's, under the right name.
    fn is_right(&self, report: &Report) -> bool {
        let Bundle { program, weights, card, .. } = &self.bundle;
        let expected = self.rows.iter().map(|row| {
            let input = card.quantise(program, &row.values).unwrap();
            let output = sotto_nn::reference::run_output(program, weights, &input).unwrap();
            let label = card.scores(program, &output).unwrap().label();
            (output, label)
        });
        report.answers.iter().map(|answer| (answer.output.clone(), answer.prediction.label())).eq(expected)
    }
}

/// A random place: of all bytes, or near the beginning or the end of a connection's direction, where the few are that matter most
/// (heads, hello, description, results, digests, closes).
fn place(lengths: &Lengths, rng: &mut ChaCha20Rng) -> Place {
    let mut below = |n: usize| (rng.next_u64() % n as u64) as usize;
    let directions = lengths.iter().enumerate();
    let directions: Vec<_> = directions.flat_map(|(k, both)| [(k, true, both[0]), (k, false, both[1])]).collect();
    let bit = below(8) as u32;
    if below(2) == 0 {
        let mut byte = below(directions.iter().map(|d| d.2).sum());
        for (connection, to_server, len) in directions {
            if byte < len {
                return Place { connection, to_server, byte, bit };
            }
            byte -= len;
        }
        unreachable!("a byte of all");
    }
    let (connection, to_server, len) = directions[below(directions.len())];
    let near = below(len.min(600));
    let byte = if below(2) == 0 { near } else { len - 1 - near };
    Place { connection, to_server, byte, bit }
}

/// How a session ended, in a word.
fn ending(case: &Case, outcome: &sotto_cli::Result<Report>) -> &'static str {
    match outcome {
        Ok(report) if case.is_right(report) => "right",
        Ok(_) => "WRONG",
        Err(Error::Damaged(_)) => "damaged, not shown",
        Err(Error::Connection(_)) => "connection",
        Err(Error::Protocol(_)) => "protocol",
        Err(_) => "other",
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_flipped_bit_never_gives_a_wrong_result() {
    let (sessions, seed) = (setting("SOTTO_FLIPS", 150) as usize, setting("SOTTO_FLIPS_SEED", 1));
    let encrypted = Bundle { id: "encrypted".into(), ..synthetic() };
    let server =
        start_with_models(ServeConfig { max_sessions: 64, ..config() }, &[synthetic(), encrypted.clone()]).await;
    // Mostly oblivious transfer; every fourth session with encrypted layers, which take more bytes and time.
    let cases = [Case::new(synthetic(), LinearKind::Ot), Case::new(encrypted, LinearKind::He)];
    let mut lengths = Vec::new();
    for case in &cases {
        let proxy = Proxy::start(server.authority.clone(), None).await;
        let report = case.run(&proxy.address).await.expect("an honest proxy disturbs nothing");
        assert!(case.is_right(&report), "an honest proxy changes nothing");
        lengths.push(proxy.lengths.lock().await.clone());
    }
    assert!(cases[0].bundle.id == SYNTHETIC && lengths.iter().all(|of| of.len() == 2), "{lengths:?}");
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let places: Vec<_> = (0..sessions).map(|k| (usize::from(k % 4 == 3), rng.next_u64())).collect();
    let run = async |(kind, seed): (usize, u64)| {
        let place = place(&lengths[kind], &mut ChaCha20Rng::seed_from_u64(seed));
        let proxy = Proxy::start(server.authority.clone(), Some(place)).await;
        let outcome = cases[kind].run(&proxy.address).await;
        let ending = ending(&cases[kind], &outcome);
        (cases[kind].bundle.id.clone(), place, ending, proxy.flipped.load(Ordering::Relaxed), outcome)
    };
    let runs = stream::iter(places).map(run).buffer_unordered(AT_ONCE).collect::<Vec<_>>().await;
    let mut endings = BTreeMap::<_, usize>::new();
    runs.iter().for_each(|(_, _, ending, _, _)| *endings.entry(*ending).or_default() += 1);
    let flipped = runs.iter().filter(|run| run.3).count();
    eprintln!("{sessions} sessions, {flipped} with a flipped bit: {endings:?}");
    for (model, place, _, _, outcome) in runs.iter().filter(|run| run.2 == "WRONG") {
        eprintln!("a wrong result of {model} with {place:?}: {outcome:?}");
    }
    assert!(!endings.contains_key("WRONG"), "{endings:?}");
    // A session that ends early may not come to its place, but nearly all do.
    assert!(flipped > sessions * 9 / 10 && endings["damaged, not shown"] > sessions / 5, "{flipped}, {endings:?}");
}

/// An inference of a shipped model whose server adds `shift` to the first score: what the client gets, and the frames of both
/// parties.
fn deviating(bundle: &Bundle, description: &Arc<Description>, shift: i64) -> (Option<ErrorKind>, Vec<(Party, usize)>) {
    let Bundle { program, card, .. } = bundle;
    let mut weights = bundle.weights.clone();
    let (_, bias, _) = program.ops.last().and_then(|op| op.kind.weights()).expect("a linear layer at the end");
    let bias = bias.expect("with a bias");
    let mut data = weights.get(bias).expect("a tensor").data().to_vec();
    data[0] += shift;
    weights.insert(bias, Tensor::new(vec![data.len()], data).unwrap());
    let (program, weights) = (Arc::new(program.clone()), Arc::new(weights));
    let served = ServedModel::new(&bundle.id, program, weights, Some(description.digest));
    let find = |_: &str| Some(served.clone());
    let input = card.quantise(&bundle.program, &card.samples[0].values).unwrap();
    let options = ClientOptions { description: Some(description.clone()), ..ClientOptions::default() };
    let client = async |channel| {
        let mut client = Client::connect(channel, options).await.unwrap();
        let refused = client.infer(&input).await.err().map(|error| error.kind());
        client.preprocess().await.unwrap();
        client.close().await.unwrap();
        refused
    };
    let frames = RefCell::new(Vec::new());
    let tap = |sender: Party, frame: &[u8]| frames.borrow_mut().push((sender, frame.len()));
    let server = |channel| serve_session(channel, &find, ServerOptions::default());
    let (refused, served) = block_on(run2_tapped(client, server, tap));
    assert_eq!(served.unwrap().inferences, 1);
    (refused, frames.into_inner())
}

#[test]
fn scores_that_the_model_cannot_give_are_refused_and_the_server_cannot_tell() {
    let mut bundle = load_bundle(&shipped_models().join("wdbc")).unwrap();
    let [_, high] = bundle.possible_scores()[0];
    bundle.card.possible = Some(bundle.possible_scores());
    let (card, program) = (bundle.card.to_public_json().unwrap(), bundle.program.to_json());
    let description = Description::from_json(&format!(r#"{{"card":{card},"program":{program}}}"#)).unwrap();
    let description = Arc::new(description);
    let score = bundle.card.samples[0].expected[0];
    assert!(high < ring::max(bundle.program.output().bits), "a ring has room for scores that cannot be");
    let (good, as_usual) = deviating(&bundle, &description, 0);
    assert_eq!(good, None);
    // The largest possible score passes: what a server may do within what is possible is not noticed.
    assert_eq!(deviating(&bundle, &description, high - score), (None, as_usual.clone()));
    assert_eq!(deviating(&bundle, &description, high + 1 - score), (Some(ErrorKind::Damaged), as_usual));
}
