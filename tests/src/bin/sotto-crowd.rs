//! `sotto-crowd PID HOST:PORT LIGHT HEAVY`: what many sessions cost the server of that process, with two of its bundles.
//!
//! Memory of 2,000 sessions of the light model that are set up, and that have had an inference each; latency and rate
//! of 500 that infer one after the other; and latency of one, alone and beside eight sessions of the heavy model.
//! SOTTO_CROWD_IDLE, SOTTO_CROWD_ACTIVE and SOTTO_CROWD_HEAVY change the numbers. The server has to allow so many
//! sessions.

use std::io::Write;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_executor::block_on;
use futures_util::future::join_all;
use sotto_cli::native_client::{self, Connection};
use sotto_mpc::{Client, ClientOptions};
use sotto_nn::bundle::Bundle;
use sotto_server::ws::Limits;
use sotto_tests::setting;
use thread_priority::{
    NormalThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy, set_thread_priority_and_policy, thread_native_id,
};
use tokio::runtime::Builder;
use tokio::sync::Semaphore;
use tokio::time::sleep;

/// How long latencies are measured.
const WATCHED: Duration = Duration::from_secs(20);
/// Clients of this process that compute at once.
const CLIENTS: usize = 8;
/// Stack of a client's thread.
const STACK: usize = 1 << 20;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A model, and an input of it.
#[derive(Clone)]
struct Asked {
    url: Arc<str>,
    model: Arc<str>,
    input: Arc<[i64]>,
}

/// An open session.
struct Open {
    client: Client,
    connection: Connection,
}

fn main() -> ExitCode {
    let mut runtime = Builder::new_multi_thread();
    runtime.max_blocking_threads(4096).thread_stack_size(STACK).enable_all();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match &arguments[..] {
        [pid, authority, light, heavy] => runtime
            .build()
            .map_err(Failure::from)
            .and_then(|runtime| runtime.block_on(run(pid, authority, light, heavy))),
        [authority, heavy, sessions] => beside(runtime, authority, heavy, sessions),
        _ => Err("PID HOST:PORT LIGHT HEAVY".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("sotto-crowd: {problem}");
            ExitCode::FAILURE
        }
    }
}

async fn run(pid: &str, authority: &str, light: &str, heavy: &str) -> Result<(), Failure> {
    let light = asked(authority, light)?;
    let numbers = [("SOTTO_CROWD_IDLE", 2000), ("SOTTO_CROWD_ACTIVE", 500), ("SOTTO_CROWD_HEAVY", 8)];
    let [idle, active, beside] = numbers.map(|(name, default)| setting(name, default) as usize);
    let mut out = std::io::stdout();
    let before = resident(pid)?;
    let mut sessions = crowd(idle, async |_| open(&light).await).await?;
    let each = |now: u64| (now.saturating_sub(before)) as f64 / idle as f64 / 1024.0;
    writeln!(out, "{idle} sessions that are set up: {:.0} KiB each", each(resident(pid)?))?;
    sessions = crowd_of(sessions, &light).await?;
    sleep(Duration::from_secs(2)).await;
    writeln!(out, "{idle} sessions after an inference: {:.0} KiB each", each(resident(pid)?))?;
    for Open { client, connection } in sessions {
        drop(client);
        connection.finish(&Ok(())).await;
    }
    let until = Instant::now() + WATCHED;
    let mut latencies: Vec<Duration> = crowd(active, async |_| watch(&light, until).await).await?.concat();
    let rate = latencies.len() as f64 / WATCHED.as_secs_f64();
    writeln!(out, "{active} active sessions: {rate:.0} inferences a second, {}", percentiles(&mut latencies))?;
    let mut alone = watch(&light, Instant::now() + WATCHED).await?;
    writeln!(out, "one session alone: {}", percentiles(&mut alone))?;
    let beside_it = [authority, heavy, &beside.to_string()];
    let mut load = Command::new(std::env::current_exe()?).args(beside_it).stdin(Stdio::piped()).spawn()?;
    sleep(Duration::from_secs(3)).await;
    let mut latencies = watch(&light, Instant::now() + WATCHED).await?;
    writeln!(out, "one session beside {beside} of {heavy}: {}", percentiles(&mut latencies))?;
    drop(load.stdin.take());
    if load.wait()?.success() { Ok(()) } else { Err("the sessions beside failed".into()) }
}

/// Sessions of the heavy model side by side, in a process of their own until its standard input ends. Their clients
/// would have machines of their own: here all of them leave this one to whoever wants it.
fn beside(mut runtime: Builder, authority: &str, heavy: &str, sessions: &str) -> Result<(), Failure> {
    let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
    // Threads take the policy of the one that starts them.
    set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, idle)
        .map_err(|error| format!("no idle policy: {error:?}"))?;
    let (heavy, ends) = (asked(authority, heavy)?, Arc::new(AtomicBool::new(false)));
    let inferences = runtime.build()?.block_on(async {
        let load = (0..sessions.parse()?).map(|_| tokio::task::spawn_blocking(loaded(heavy.clone(), ends.clone())));
        let load: Vec<_> = load.collect();
        tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink())).await??;
        ends.store(true, Ordering::Relaxed);
        join_all(load).await.into_iter().map(|one| one?).sum::<Result<usize, Failure>>()
    })?;
    writeln!(std::io::stdout(), "{inferences} inferences of {} meanwhile", heavy.model)?;
    Ok(())
}

/// Sessions of one client, one after the other, with inferences each.
fn loaded(asked: Asked, ends: Arc<AtomicBool>) -> impl FnOnce() -> Result<usize, Failure> {
    let runtime = tokio::runtime::Handle::current();
    move || {
        let mut inferences = 0;
        while !ends.load(Ordering::Relaxed) {
            let (channel, connection) = runtime.block_on(native_client::open_within(&asked.url, Limits::default()))?;
            let options = ClientOptions { model: asked.model.to_string(), ..ClientOptions::default() };
            let outcome = block_on(async {
                let mut client = Client::connect(channel, options).await?;
                while !ends.load(Ordering::Relaxed) {
                    client.infer(&asked.input).await?;
                    inferences += 1;
                }
                client.close().await
            });
            runtime.block_on(connection.finish(&outcome));
            outcome?;
        }
        Ok(inferences)
    }
}

fn asked(authority: &str, bundle: &str) -> Result<Asked, Failure> {
    let url = format!("ws://{authority}/ws").into();
    let Bundle { id, program, card, .. } = Bundle::load(Path::new(bundle))?;
    let sample = card.samples.first().ok_or("the model has no sample")?;
    let input = card.quantise(&program, &sample.values)?;
    Ok(Asked { url, model: id.as_str().into(), input: input.into() })
}

/// Resident memory of a process, in bytes.
fn resident(pid: &str) -> Result<u64, Failure> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    let kib: u64 = line.trim().trim_end_matches(" kB").trim().parse()?;
    Ok(kib << 10)
}

/// So many of one thing side by side.
async fn crowd<T>(n: usize, one: impl AsyncFn(usize) -> Result<T, Failure>) -> Result<Vec<T>, Failure> {
    let each = async |k| one(k).await;
    join_all((0..n).map(each)).await.into_iter().collect()
}

async fn open(asked: &Asked) -> Result<Open, Failure> {
    let (channel, connection) = native_client::open_within(&asked.url, Limits::default()).await?;
    let options = ClientOptions { model: asked.model.to_string(), ..ClientOptions::default() };
    let client = computing(move || block_on(Client::connect(channel, options))).await?;
    Ok(Open { client, connection })
}

async fn infer(Open { mut client, connection }: Open, asked: &Asked) -> Result<Open, Failure> {
    let input = asked.input.clone();
    let client = computing(move || {
        block_on(client.infer(&input))?;
        Ok(client)
    });
    Ok(Open { client: client.await?, connection })
}

async fn crowd_of(sessions: Vec<Open>, asked: &Asked) -> Result<Vec<Open>, Failure> {
    join_all(sessions.into_iter().map(|session| infer(session, asked))).await.into_iter().collect()
}

/// Latencies of one session's inferences, prepared ahead, until then.
async fn watch(asked: &Asked, until: Instant) -> Result<Vec<Duration>, Failure> {
    let mut session = open(asked).await?;
    let mut latencies = Vec::new();
    while Instant::now() < until {
        let Open { mut client, connection } = session;
        let client = computing(move || {
            block_on(client.preprocess())?;
            Ok(client)
        });
        session = Open { client: client.await?, connection };
        let asked_at = Instant::now();
        session = infer(session, asked).await?;
        latencies.push(asked_at.elapsed());
    }
    Ok(latencies)
}

/// Computes on a thread, as one of few clients at once: this process and the server share a machine.
async fn computing<T: Send + 'static>(
    work: impl FnOnce() -> sotto_mpc::Result<T> + Send + 'static,
) -> Result<T, Failure> {
    static TURNS: Semaphore = Semaphore::const_new(CLIENTS);
    let _turn = TURNS.acquire().await?;
    Ok(tokio::task::spawn_blocking(work).await??)
}

fn percentiles(latencies: &mut [Duration]) -> String {
    latencies.sort_unstable();
    let at =
        |share: f64| latencies.get((latencies.len() as f64 * share) as usize).map_or(0.0, |t| t.as_secs_f64() * 1e3);
    format!("{} inferences, median {:.1} ms, p99 {:.1} ms", latencies.len(), at(0.5), at(0.99))
}
