//! `sotto-load HOST:PORT BUNDLE`: how long a running server takes for `/livez` and for one inference after the other of
//! a session with that model, alone and while 150 browsers load the page at once.
//!
//! Loads are as a browser's without a cache: the page and each file that it names, compressed if possible.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use sotto_nn::bundle::Bundle;
use sotto_tests::session;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::sleep;

/// Page loads at once.
const LOADS: usize = 150;
/// How long the server is watched alone.
const ALONE: Duration = Duration::from_secs(5);
/// Between two probes of `/livez`.
const PAUSE: Duration = Duration::from_millis(10);

/// What is measured counts from the moment when the load begins until it ends.
#[derive(Default)]
struct Watch {
    counts: AtomicBool,
    ends: AtomicBool,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("sotto-load: {problem}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [authority, bundle] = &arguments[..] else { return Err("HOST:PORT BUNDLE".into()) };
    let Bundle { id, program, card, .. } = Bundle::load(Path::new(bundle))?;
    let sample = card.samples.first().ok_or("the model has no sample")?;
    let input = card.quantise(&program, &sample.values)?;
    let paths = files(authority).await?;
    let mut out = std::io::stdout();
    writeln!(out, "{:>9}  {:>10}  {:>6}  {:>8}  {:>8}  {:>8}", "", "", "n", "median", "p99", "longest")?;
    for (name, loads) in [("alone", 0), ("page loads", LOADS)] {
        let watch = Arc::<Watch>::default();
        let probes = tokio::spawn(probe(authority.clone(), watch.clone()));
        let inferences = tokio::spawn(infer(authority.clone(), id.clone(), input.clone(), watch.clone()));
        // The session is set up before the load begins.
        sleep(Duration::from_secs(1)).await;
        watch.counts.store(true, Ordering::Relaxed);
        let started = Instant::now();
        let loaded = join_all((0..loads).map(|_| load(authority, &paths))).await;
        let (seconds, failed) = (started.elapsed().as_secs_f64(), loaded.iter().filter(|load| load.is_err()).count());
        if loads == 0 {
            sleep(ALONE).await;
        }
        watch.ends.store(true, Ordering::Relaxed);
        writeln!(out, "{:>9}  {}", "/livez", line(name, probes.await??))?;
        writeln!(out, "{:>9}  {}", "inference", line(name, inferences.await??))?;
        if loads > 0 {
            let bytes = loaded.into_iter().flatten().next().unwrap_or(0);
            writeln!(out, "{loads} loads of {bytes} bytes took {seconds:.2} s, {failed} failed")?;
        }
    }
    Ok(())
}

/// The times' row.
fn line(name: &str, mut times: Vec<Duration>) -> String {
    times.sort();
    let at = |share: f64| times.get(((times.len() as f64 * share) as usize).min(times.len().saturating_sub(1)));
    let [median, p99, longest] = [0.5, 0.99, 1.0].map(|share| at(share).map_or(f64::NAN, |t| t.as_secs_f64() * 1e3));
    format!("{name:>10}  {:>6}  {median:>5.1} ms  {p99:>5.1} ms  {longest:>5.1} ms", times.len())
}

async fn probe(authority: String, watch: Arc<Watch>) -> Result<Vec<Duration>, Failure> {
    let mut times = Vec::new();
    while !watch.ends.load(Ordering::Relaxed) {
        let started = Instant::now();
        get(&authority, "/livez").await?;
        times.extend(watch.counts.load(Ordering::Relaxed).then(|| started.elapsed()));
        sleep(PAUSE).await;
    }
    Ok(times)
}

async fn infer(authority: String, model: String, input: Vec<i64>, watch: Arc<Watch>) -> Result<Vec<Duration>, Failure> {
    let url = format!("ws://{authority}/ws");
    let times = session(&url, &model, None, async move |mut client| {
        let mut times = Vec::new();
        while !watch.ends.load(Ordering::Relaxed) {
            let started = Instant::now();
            client.infer(&input).await?;
            times.extend(watch.counts.load(Ordering::Relaxed).then(|| started.elapsed()));
        }
        client.close().await?;
        Ok(times)
    });
    Ok(times.await?)
}

/// What a browser asks for: the page, the list of models, and every file that one of its files names.
async fn files(authority: &str) -> Result<Vec<String>, Failure> {
    let mut paths = vec!["/".to_owned(), "/api/models".to_owned()];
    let mut k = 0;
    while k < paths.len() {
        let text = get_as(authority, &paths[k], "identity").await?.0;
        let named = text.split(['"', '`', '\'', ',', ' ', '\n']).map(|part| part.trim_start_matches('/'));
        for name in named.filter(|name| name.starts_with("assets/")) {
            let path = format!("/{name}");
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        k += 1;
    }
    Ok(paths)
}

/// Loads all of them, one after the other; the bytes on the wire.
async fn load(authority: &str, paths: &[String]) -> Result<usize, Failure> {
    let mut bytes = 0;
    for path in paths {
        bytes += get(authority, path).await?;
    }
    Ok(bytes)
}

async fn get(authority: &str, path: &str) -> Result<usize, Failure> {
    Ok(get_as(authority, path, "gzip, deflate, br").await?.1)
}

/// The answer's text, if it is one, and its length.
async fn get_as(authority: &str, path: &str, coding: &str) -> Result<(String, usize), Failure> {
    let mut stream = TcpStream::connect(authority).await?;
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: {authority}\r\nAccept-Encoding: {coding}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    if !answer.starts_with(b"HTTP/1.1 200") {
        return Err(format!("{path}: {}", String::from_utf8_lossy(&answer[..answer.len().min(40)])).into());
    }
    Ok((String::from_utf8_lossy(&answer).into_owned(), answer.len()))
}
