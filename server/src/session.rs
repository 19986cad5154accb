//! One session: from the WebSocket upgrade to the log line of its end.
//!
//! While it waits for its client it is a task and takes no thread; what it computes runs on a thread of its own, once it has a
//! place for that.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Extension;
use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_executor::block_on;
use futures_util::SinkExt;
use sotto_mpc::protocols::linear_he::HeOptions;
use sotto_mpc::{
    Accepted, Channel, Command, Error, ErrorKind, Greeting, Notice, Observer, Progress, Result, ResumeSecret,
    ServerOptions, Serving, Stats,
};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{sleep, timeout};
use tracing::{Instrument, Span, debug, error, info, info_span, warn};

use crate::access::Admitted;
use crate::access::budget::Unit;
use crate::admission::account::Account;
use crate::admission::connections;
use crate::admission::forwarded;
use crate::admission::origin;
use crate::admission::places::{Ask, Kind, Memory, Place, Standing, TooMuch};
use crate::courtesy;
use crate::crew::Crew;
use crate::desk::Desk;
use crate::metrics::{Held, Meter};
use crate::resumable::Comebacks;
use crate::state::Shared;
use crate::text::printable;
use crate::ws::{self, Ending, Sent, Signals, Socket, Stage};

/// How long a client that is told of a shutdown may take to close, or to use the session, before it is closed.
const FAREWELL: Duration = Duration::from_secs(2);

/// How long a session that gives its seat away may take to end.
const GIVING_WAY: Duration = Duration::from_secs(5);

/// What the server computes with a peer, beside inferences: blocks its thread until the session is over, and yields its
/// counters.
pub type Protocol = fn(Channel) -> Result<Stats>;

/// What a session is for.
#[derive(Clone, Copy)]
enum Purpose {
    Inferences,
    Other(Protocol),
}

/// `GET /ws`: upgrades and runs one session with a model.
pub(crate) async fn open(
    State(shared): State<Arc<Shared>>,
    Extension(place): Extension<connections::Place>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    upgraded(shared, place, &headers, upgrade, |socket, shared, caller| {
        run(socket, shared, caller, Purpose::Inferences)
    })
}

/// `GET /ws/resume`: upgrades, and goes on with a session that was opened over another connection.
pub(crate) async fn resume(
    State(shared): State<Arc<Shared>>,
    Extension(place): Extension<connections::Place>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    upgraded(shared, place, &headers, upgrade, |socket, shared, _| async move {
        shared.resumable.resume(socket, shared.limits.handshake).await;
    })
}

/// Upgrades and runs one session of another protocol.
pub(crate) async fn open_other(
    State(shared): State<Arc<Shared>>,
    Extension(place): Extension<connections::Place>,
    Extension(protocol): Extension<Protocol>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let purpose = Purpose::Other(protocol);
    upgraded(shared, place, &headers, upgrade, move |socket, shared, caller| run(socket, shared, caller, purpose))
}

fn upgraded<F: Future<Output = ()> + Send>(
    shared: Arc<Shared>,
    place: connections::Place,
    headers: &HeaderMap,
    upgrade: WebSocketUpgrade,
    go_on: impl FnOnce(Socket, Arc<Shared>, Caller) -> F + Send + 'static,
) -> Response {
    let peer = place.peer.ip();
    let host = forwarded::host(&shared.proxies, peer, headers);
    if let Some(origin) = origin::foreign(headers, host, &shared.allowed_origins) {
        warn!(?origin, "refused: a page of another origin");
        shared.metrics.refused("origin");
        let why = "Pages of this origin may not open sessions here; the operator can allow it with --allow-origin.\n";
        return (StatusCode::FORBIDDEN, why).into_response();
    }
    if shared.closing.is_cancelled() {
        shared.metrics.refused("draining");
        return (StatusCode::SERVICE_UNAVAILABLE, "The server is shutting down.\n").into_response();
    }
    let number = shared.number();
    let sessions = shared.sessions.clone();
    // Tracked from here on, so that a shutdown waits for an upgrade that is under way, too.
    let token = sessions.token();
    let client = forwarded::client(&shared.proxies, peer, headers);
    let (Ok(id), Ok(secret)) = (random_id(), ResumeSecret::random()) else {
        error!("refused: the system gives no randomness");
        return (StatusCode::INTERNAL_SERVER_ERROR, "The server has no randomness.\n").into_response();
    };
    let upgrade = upgrade.max_message_size(ws::HARD_LIMIT).max_frame_size(ws::HARD_LIMIT);
    upgrade.max_write_buffer_size(ws::WRITE_LIMIT).on_upgrade(move |socket| async move {
        let span = info_span!("session", number, id);
        let (reader, writer) = ws::split_axum(socket);
        let socket = Socket { reader, writer, held: Some(Box::new(place)) };
        let caller = Caller { number, id, secret, address: client };
        go_on(socket, shared, caller).instrument(span).await;
        drop(token);
    })
}

/// A name for a session that both sides' logs have: nothing can be done with it.
fn random_id() -> std::result::Result<String, getrandom::Error> {
    getrandom::u64().map(|id| format!("{id:016x}"))
}

/// Who opens a session, and what it is called.
struct Caller {
    number: u64,
    id: String,
    secret: ResumeSecret,
    address: IpAddr,
}

async fn run(mut socket: Socket, shared: Arc<Shared>, caller: Caller, purpose: Purpose) {
    let Caller { number, id, secret, address } = caller;
    // First of all, so that who is refused can ask about it, too. It fits any buffer; a connection that is gone is noticed later.
    let opens = Some(secret.clone()).filter(|_| shared.resumable.is_possible());
    let notice = Notice::Session { id: id.clone(), secret: opens };
    let _ = socket.writer.send(Sent::Notice(notice)).await;
    let seen = shared.log_addresses.then(|| tracing::field::display(address));
    let Some(_seat) = seat(&shared).await else {
        warn!(address = seen, "refused: the server is full");
        shared.metrics.refused(ErrorKind::Busy.name());
        let ending =
            Ending::of(ErrorKind::Busy, "the server is full: it has as many sessions as it allows; try again later");
        return ws::close(&mut socket.reader, &mut socket.writer, &ending).await;
    };
    info!(address = seen, "opened");
    let meter = shared.metrics.session();
    let started = Instant::now();
    let (channel, transport) = Channel::new();
    let signals = Signals { stop: shared.cut.clone(), draining: shared.draining.clone(), ..Signals::default() };
    let (limits, desk) = (shared.limits, Desk::default());
    let account = Account::of(address);
    let name = (id.clone(), 0);
    let comebacks =
        Comebacks::new(&shared.resumable, name, secret.clone(), account.clone(), desk.clone(), meter.clone());
    let session = Session { shared, number, id, secret, signals: signals.clone(), meter: meter.clone(), desk };
    let socket = meter.count(socket);
    let task = async move {
        let outcome = session.run(channel, account, purpose).await;
        session.meter.ended(outcome.as_ref().err());
        ended(outcome)
    };
    let task = tokio::spawn(task.in_current_span());
    let ending = async {
        task.await.unwrap_or_else(|_| {
            error!("the session panicked");
            meter.ended(Some(&Error::new(ErrorKind::Internal, "a panic")));
            Ending::of(ErrorKind::Internal, "internal error")
        })
    };
    let ending = ws::pump(socket, comebacks, transport, limits, signals, ending).await;
    info!(code = ending.code, reason = printable(&ending.reason), seconds = started.elapsed().as_secs_f64(), "closed");
}

/// A seat for a session; where there is none, one of a session whose client is away.
async fn seat(shared: &Shared) -> Option<OwnedSemaphorePermit> {
    let seats = shared.seats.clone();
    match seats.clone().try_acquire_owned() {
        Err(_) if shared.resumable.make_room() => timeout(GIVING_WAY, seats.acquire_owned()).await.ok()?.ok(),
        seat => seat.ok(),
    }
}

/// Logs how a session ended, and says what its peer is told.
fn ended(outcome: Result<Stats>) -> Ending {
    match outcome {
        Ok(stats) => {
            log_totals(&stats);
            Ending::normal()
        }
        Err(error) => {
            let (kind, phase) = (error.kind().name(), error.phase().name());
            let why = printable(&error.to_string());
            match error.kind() {
                ErrorKind::Internal => error!(kind, phase, error = why, "failed"),
                _ => warn!(kind, phase, error = why, "ended early"),
            }
            Ending::from(&error)
        }
    }
}

/// A client that was let in, and what for.
struct Served {
    model: Arc<str>,
    admitted: Admitted,
    accepted: Accepted,
}

/// What a session works with, beside its channel.
struct Session {
    shared: Arc<Shared>,
    number: u64,
    /// The session's name, and what opens it.
    id: String,
    secret: ResumeSecret,
    signals: Signals,
    meter: Arc<Meter>,
    desk: Desk,
}

impl Session {
    async fn run(&self, channel: Channel, address: Account, purpose: Purpose) -> Result<Stats> {
        match purpose {
            Purpose::Inferences => self.infer(channel, address).await,
            Purpose::Other(protocol) => {
                self.enter(Stage::Queued);
                let (place, _) = self.place(&address, None, "other", 0).await?;
                self.enter(Stage::Resting);
                let started = Instant::now();
                let stats = self.compute(place, false, move || protocol(channel)).await?;
                self.meter.worked("other", started.elapsed(), stats.total().correlations);
                Ok(stats)
            }
        }
    }

    /// The inferences of one client.
    async fn infer(&self, channel: Channel, address: Account) -> Result<Stats> {
        self.enter(Stage::Greeting);
        let greeting = self.noted(Greeting::read(channel).await)?;
        self.enter(Stage::Queued);
        let admitted = self.noted(self.admit(&greeting, address.clone()).await)?;
        // The session's own from now on, whatever is on offer later.
        let model = self.shared.offer.now().models.get(greeting.model()).cloned();
        let model = self.noted(model.ok_or_else(|| greeting.unknown_model()))?;
        self.meter.choose(&model.id);
        let account = match &admitted.account {
            Account::Address(_) if !self.shared.log_addresses => "address".into(),
            account => account.to_string(),
        };
        info!(model = model.id, digest = model.digest.short(), account, "chosen");
        let encryption = HeOptions { skip_zeros: self.shared.skip_zero_weights, threads: self.shared.threads.clone() };
        // They join as sessions are resumed.
        let workers = if self.shared.resumable.is_possible() { self.shared.workers } else { 1 };
        let observer: Observer = Box::new(log_progress);
        let options = ServerOptions { observer: Some(observer), encryption, workers, ..ServerOptions::default() };
        let mut accepted = self.noted(greeting.accept(model.served(), options))?;
        let comebacks = |number| {
            let (name, address) = ((self.id.clone(), number), address.clone());
            Comebacks::new(
                &self.shared.resumable,
                name,
                self.secret.clone(),
                address,
                Desk::default(),
                self.meter.clone(),
            )
        };
        let mut crew = Crew::muster(accepted.workers(), comebacks, self.shared.limits, &self.signals);
        // Behind that, so that they find whom they join.
        accepted.answer().await?;
        let served = Served { model: model.id.as_str().into(), admitted, accepted };
        let outcome = self.serve(served, &mut crew).await;
        crew.end(&outcome);
        outcome
    }

    /// What a client that was let in asks for.
    async fn serve(&self, served: Served, crew: &mut Crew) -> Result<Stats> {
        let Served { model: name, admitted, accepted } = served;
        let price = self.shared.access.price(&name);
        let heavy = courtesy::is_heavy(accepted.plan());
        let amounts = [(Unit::Bytes, accepted.plan().setup.both())];
        let (place, _) = self.turn(&admitted, &name, "setup", &amounts, 0).await?;
        self.enter(Stage::Setup);
        let started = Instant::now();
        let setup = self.compute(place, heavy, || block_on(accepted.setup()));
        let mut serving = crew.beside(self.shared.courtesy, setup).await?;
        self.meter.worked("setup", started.elapsed(), serving.stats().total().correlations);
        self.enter(Stage::Unused);
        // Of what is prepared, in order.
        let mut held: VecDeque<(Memory, Held)> = VecDeque::new();
        loop {
            let command = tokio::select! {
                command = serving.command() => command?,
                () = self.let_go(), if held.is_empty() => {
                    return Err(Error::new(ErrorKind::Closed, "the server is shutting down"));
                }
            };
            self.enter(Stage::Queued);
            let plan = serving.plan();
            let (work, memory, amounts) = match command {
                Command::Preprocess => {
                    let amounts = [(Unit::Preparations, price), (Unit::Bytes, plan.preprocess.both())];
                    ("preprocess", serving.memory(), amounts)
                }
                Command::Infer => ("infer", 0, [(Unit::Inferences, price), (Unit::Bytes, plan.online.both())]),
                Command::Close => return Ok(serving.stats().clone()),
            };
            let turn = self.turn(&admitted, &name, work, &amounts, memory).await;
            let (place, memory) = turn.map_err(|e| e.in_phase(command.phase()))?;
            self.enter(Stage::Computing);
            let started = Instant::now();
            let ran = self.compute(place, heavy, move || run_one(serving, command));
            serving = crew.beside(self.shared.courtesy, ran).await?;
            self.meter.worked(work, started.elapsed(), serving.stats().total().correlations);
            match command {
                Command::Preprocess => held.push_back((memory, self.meter.prepared())),
                _ => {
                    self.meter.inferred();
                    held.pop_front();
                }
            }
            self.enter(Stage::Resting);
        }
    }

    /// Lets the client in. Where it has too many sessions open, those count no more that wait for it to come back.
    async fn admit(&self, greeting: &Greeting, address: Account) -> Result<Admitted> {
        let (access, resumable) = (&self.shared.access, &self.shared.resumable);
        let until = tokio::time::Instant::now() + GIVING_WAY;
        let mut admitted = access.admit(greeting.ticket(), address.clone(), self.number).await;
        let too_many = |admitted: &Result<Admitted>| matches!(admitted, Err(e) if e.kind() == ErrorKind::Exhausted);
        if access.limits_sessions_of_addresses() && too_many(&admitted) && resumable.make_room_at(&address) {
            while too_many(&admitted) && tokio::time::Instant::now() < until {
                sleep(Duration::from_millis(100)).await;
                admitted = access.admit(greeting.ticket(), address.clone(), self.number).await;
            }
        }
        admitted
    }

    fn enter(&self, stage: Stage) {
        self.signals.stage.send_replace(stage);
        self.meter.enter(stage);
    }

    /// The same, counted if it is a refusal.
    fn noted<T>(&self, outcome: Result<T>) -> Result<T> {
        outcome.inspect_err(|error| self.meter.refused(error))
    }

    /// Counts a use, and waits for a place for it; what was counted is given back if there comes none.
    async fn turn(
        &self,
        admitted: &Admitted,
        model: &Arc<str>,
        work: &'static str,
        amounts: &[(Unit, u64)],
        memory: u64,
    ) -> Result<(Place, Memory)> {
        let counted = self.noted(admitted.count(amounts).await)?;
        let place = self.place(&admitted.account, Some(model), work, memory).await;
        match place {
            Ok(_) => amounts.iter().for_each(|(unit, amount)| self.shared.metrics.used(unit.name(), *amount)),
            Err(_) => admitted.give_back(counted).await,
        }
        place
    }

    /// Waits for a place, and for memory for what is prepared; the client hears where it stands.
    async fn place(
        &self,
        account: &Account,
        model: Option<&Arc<str>>,
        work: &'static str,
        memory: u64,
    ) -> Result<(Place, Memory)> {
        let kind = Kind { model: model.cloned().unwrap_or_default(), work };
        let ask = Ask { account: account.clone(), kind, memory };
        let tell = |standing: Standing| {
            let notice = Notice::Queue { position: standing.position, seconds: standing.seconds };
            self.signals.says.send_replace(Some(notice));
        };
        let asked = Instant::now();
        let entered = tokio::select! {
            entered = self.shared.places.enter(ask, tell) => entered,
            () = self.signals.gone.cancelled() => {
                return Err(Error::new(ErrorKind::Closed, "the client is gone, and did not wait for its turn"));
            }
        };
        let entered = entered.map_err(|TooMuch { memory: most }| {
            let message = format!("preparing takes {memory} bytes of the server's memory, and it allows {most} in all");
            Error::new(ErrorKind::Busy, message)
        });
        let entered = self.noted(entered)?;
        self.meter.queued(work, asked.elapsed());
        Ok(entered)
    }

    /// Resolves when the server is shutting down and the client has had the time to hear of it.
    async fn let_go(&self) {
        let mut draining = self.signals.draining.subscribe();
        // The sender is this session's own.
        let _ = draining.wait_for(Option::is_some).await;
        sleep(FAREWELL).await;
    }

    /// Computes on a thread for as long as it has the place.
    async fn compute<T: Send + 'static>(
        &self,
        place: Place,
        heavy: bool,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (span, seat) = (Span::current(), self.desk.sit(place));
        let outcome = self.shared.courtesy.compute(heavy, move || {
            let outcome = span.in_scope(work);
            // Held until the thread is done, whatever became of the connection.
            match &outcome {
                Ok(_) => seat.done(),
                Err(_) => drop(seat),
            }
            outcome
        });
        outcome.await.unwrap_or_else(|| Err(Error::new(ErrorKind::Internal, "the session's thread panicked")))
    }
}

fn run_one(mut serving: Serving, command: Command) -> Result<Serving> {
    block_on(serving.run(command))?;
    Ok(serving)
}

fn log_progress(progress: &Progress) {
    let Progress { phase, layer, layers, name, bytes_sent, bytes_received, seconds, done } = progress;
    if *done {
        info!(phase = phase.name(), bytes_sent, bytes_received, seconds, "done");
    } else {
        debug!(phase = phase.name(), layer, layers, name, "step");
    }
}

fn log_totals(stats: &Stats) {
    let total = stats.total();
    info!(
        inferences = stats.inferences,
        bytes_sent = total.bytes_sent,
        bytes_received = total.bytes_received,
        compute_seconds = total.seconds,
        "finished"
    );
}
