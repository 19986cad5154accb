//! Configuration of `sotto serve`: flags, environment, checks.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::access::Policy;
use crate::access::budget::Budget;
use crate::access::jwt::JwtOptions;
use crate::admission::forwarded::Proxy;
use crate::admission::origin::Origin;
use crate::admission::places;
use crate::courtesy::Courtesy;
use crate::models::{Reveal, RevealPolicy};
use crate::offer::Source;
use crate::tls::TlsFiles;
use crate::ws::Limits;
use crate::{Error, Result};

/// Most places that can be allowed: each takes a thread of the runtime's blocking pool.
const MOST_PLACES: usize = 512;

/// Most sessions that can be allowed.
const MOST_SESSIONS: usize = 65_535;

/// Most connections that can be allowed.
const MOST_CONNECTIONS: usize = 65_536;

/// Shortest interval of pings: a client that answers more of them is one that floods, to either side.
const LEAST_PING: Duration = Duration::from_millis(100);

/// How to serve. Every option can also be given by the environment variable named with it. LOCAL.
#[derive(Args, Clone, Debug)]
pub struct ServeConfig {
    /// Address and port to listen on; port 0 takes a free one, which is printed.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080", env = "SOTTO_LISTEN")]
    pub listen: SocketAddr,

    /// Another address and port, for /livez, /readyz and /metrics, without TLS: for probes and Prometheus, not for clients.
    #[arg(long, value_name = "ADDRESS:PORT", env = "SOTTO_HEALTH_LISTEN")]
    pub health_listen: Option<SocketAddr>,

    /// Serve /metrics on --listen, too, where everybody who reaches the server can read it. Without this and --health-listen
    /// there are no metrics.
    #[arg(long, env = "SOTTO_METRICS")]
    pub metrics: bool,

    /// Be ready (/readyz) also with as many sessions as --max-sessions allows; else a balancer is told to send new ones elsewhere.
    #[arg(long, env = "SOTTO_READY_WHEN_FULL")]
    pub ready_when_full: bool,

    /// A network of proxies, or the address of one, whose X-Forwarded-For and X-Forwarded-Host are believed: for
    /// budgets, turns, the log and the origins of pages. May be repeated, or list several with commas. Without it
    /// these headers mean nothing.
    #[arg(long, value_name = "NETWORK", value_delimiter = ',', env = "SOTTO_TRUSTED_PROXY")]
    pub trusted_proxy: Vec<Proxy>,

    /// Write clients' addresses into the log.
    #[arg(long, env = "SOTTO_LOG_ADDRESSES")]
    pub log_addresses: bool,

    /// Certificate and key.
    #[command(flatten)]
    pub tls: TlsFiles,

    /// Directory whose subdirectories are the model bundles to serve.
    #[arg(long, value_name = "DIR", default_value = "models", env = "SOTTO_MODELS")]
    pub models: PathBuf,

    /// Refuse to start when a bundle cannot be used, rather than leave it out.
    #[arg(long, env = "SOTTO_STRICT")]
    pub strict: bool,

    /// What clients learn of a result.
    #[arg(long, value_enum, default_value_t, env = "SOTTO_REVEAL")]
    pub reveal: Reveal,

    /// What clients learn of a result of one model, as MODEL=scores or MODEL=class, where that is not what --reveal
    /// says. May be repeated, or list several with commas.
    #[arg(long, value_name = "MODEL=REVEAL", value_delimiter = ',', value_parser = reveal_of, env = "SOTTO_REVEAL_OF")]
    pub reveal_of: Vec<(String, Reveal)>,

    /// Look every so often whether the bundles, or the keys of --jwt-keys, have changed; SIGHUP makes the server look, too. Running
    /// sessions keep their model.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, env = "SOTTO_WATCH")]
    pub watch: Option<Duration>,

    /// Directory of the built page; without it only the API and the protocol are served.
    #[arg(long, value_name = "DIR", env = "SOTTO_PAGE")]
    pub page: Option<PathBuf>,

    /// Another web origin whose pages may open sessions and read the API, as https://HOST or https://HOST:PORT. May be
    /// repeated, or list several with commas. Pages of this server, and clients that are no browsers, always may.
    #[arg(long, value_name = "ORIGIN", value_delimiter = ',', env = "SOTTO_ALLOW_ORIGIN")]
    pub allow_origin: Vec<Origin>,

    /// Sessions that may be open at once, most of which wait for their clients; further clients are told that the server is full.
    #[arg(long, value_name = "N", default_value_t = 4096, env = "SOTTO_MAX_SESSIONS")]
    pub max_sessions: usize,

    /// Sessions that may compute at once; others wait for their turn, and their clients are told how long. Each takes a thread.
    #[arg(long, value_name = "N", default_value_t = 16, env = "SOTTO_PLACES")]
    pub places: usize,

    /// Workers that one session may have: each beyond the first takes another connection and, while the session computes, another
    /// thread. As many as there are cores, but at most 4, unless it is given.
    #[arg(long, value_name = "N", env = "SOTTO_WORKERS", value_parser = clap::value_parser!(u32).range(1..=8))]
    pub workers: Option<u32>,

    /// Sessions of one client that may compute at once; half of all places unless it is given.
    #[arg(long, value_name = "N", env = "SOTTO_PLACES_EACH")]
    pub places_each: Option<usize>,

    /// Sessions of one model that may compute at once, as MODEL=N, where these are fewer. May be repeated, or list several with commas.
    #[arg(long, value_name = "MODEL=N", value_delimiter = ',', value_parser = places_of, env = "SOTTO_PLACES_OF")]
    pub places_of: Vec<(String, usize)>,

    /// Connections that may be open at once, those of sessions among them; further ones wait until one ends.
    #[arg(long, value_name = "N", default_value_t = 4864, env = "SOTTO_MAX_CONNECTIONS")]
    pub max_connections: usize,

    /// Memory for the correlations of all sessions' prepared inferences together, in MiB: what needs more than is left waits.
    #[arg(long, value_name = "MIB", default_value_t = 4096, env = "SOTTO_PREPARED_MEMORY",
        value_parser = clap::value_parser!(u64).range(1..=1 << 30))]
    pub prepared_memory: u64,

    /// Where tickets and uses are kept: a file of SQLite, or, in a build with PostgreSQL, postgres://USER:PASSWORD@HOST/DATABASE.
    #[arg(long, value_name = "PLACE", env = "SOTTO_STORE", hide_env_values = true)]
    pub store: Option<String>,

    /// Open sessions for bearers of a ticket only; `sotto tickets create` makes one. Needs --store or --jwt-keys.
    #[arg(long, env = "SOTTO_REQUIRE_TICKET")]
    pub require_ticket: bool,

    /// Whose tokens are tickets.
    #[command(flatten)]
    pub jwt: JwtOptions,

    /// What each address may use, like "sessions=4, preparations=60/hour, inferences=500/day, bytes=10GB/day"; an address of IPv6 is a
    /// network of 64 bits. Without --store, a restart forgets what was used.
    #[arg(long, value_name = "BUDGET", default_value = "", hide_default_value = true, env = "SOTTO_ADDRESS_BUDGET")]
    pub address_budget: Budget,

    /// What tickets may use that were made without a budget of their own, and tokens without the claim sotto_budget.
    #[arg(long, value_name = "BUDGET", default_value = "", hide_default_value = true, env = "SOTTO_TICKET_BUDGET")]
    pub ticket_budget: Budget,

    /// What a preparation and an inference of a model count in budgets, where that is not 1, as MODEL=NUMBER. May be
    /// repeated, or list several with commas.
    #[arg(long, value_name = "MODEL=NUMBER", value_delimiter = ',', value_parser = price, env = "SOTTO_PRICE")]
    pub price: Vec<(String, u64)>,

    /// Cores that models of more than 256 KiB an inference leave to the light ones; on the others they run when nothing else
    /// wants to. For a machine that computes for Sotto alone.
    #[arg(long, value_name = "N", default_value_t = 0, env = "SOTTO_SPARE_CORES")]
    pub spare_cores: usize,

    /// Leave out what is zero in the weights of encrypted layers: sparse models take less time, and a client can tell
    /// from the time how sparse a layer is.
    #[arg(long, env = "SOTTO_SKIP_ZERO_WEIGHTS")]
    pub skip_zero_weights: bool,

    /// Time that a connection has for the head of a request, and may wait before the next one.
    #[arg(long, value_name = "SECONDS", default_value = "15", value_parser = seconds, env = "SOTTO_REQUEST_TIMEOUT")]
    pub request_timeout: Duration,

    /// Time that a client has for the handshake, the base OTs and its keys.
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds, env = "SOTTO_HANDSHAKE_TIMEOUT")]
    pub handshake_timeout: Duration,

    /// Time that a session may go without having prepared anything.
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds, env = "SOTTO_UNUSED_TIMEOUT")]
    pub unused_timeout: Duration,

    /// Time that a client may be silent in the middle of a computation, while it takes a place.
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds, env = "SOTTO_STALL_TIMEOUT")]
    pub stall_timeout: Duration,

    /// Time that a session may go without a message of the client (a person filling in a form, say).
    #[arg(long, value_name = "SECONDS", default_value = "900", value_parser = seconds, env = "SOTTO_IDLE_TIMEOUT")]
    pub idle_timeout: Duration,

    /// Interval of keep-alive pings; a client that answers none for three intervals is taken for gone.
    #[arg(long, value_name = "SECONDS", default_value = "20", value_parser = seconds, env = "SOTTO_PING_INTERVAL")]
    pub ping_interval: Duration,

    /// Time that a session without a connection waits for its client to come back over another one; 0 for none. A place to
    /// compute is others' meanwhile, what is prepared stays.
    #[arg(long, value_name = "SECONDS", default_value = "120", value_parser = seconds_or_none, env = "SOTTO_RESUME_WITHIN")]
    pub resume_within: Duration,

    /// Time after SIGINT or SIGTERM in which new sessions are still let in, and /readyz says "draining": as long as
    /// it takes until no balancer sends any. Another signal, a second later, ends it.
    #[arg(long, value_name = "SECONDS", default_value = "0", value_parser = seconds_or_none, env = "SOTTO_DRAIN_DELAY")]
    pub drain_delay: Duration,

    /// Time that running sessions have to end after SIGINT or SIGTERM and --drain-delay; another signal, a second
    /// later, cuts them at once.
    #[arg(long, value_name = "SECONDS", default_value = "20", value_parser = seconds, env = "SOTTO_SHUTDOWN_GRACE")]
    pub shutdown_grace: Duration,
}

impl ServeConfig {
    /// Checks what the parser cannot.
    pub fn check(&self) -> Result<()> {
        if !(1..=MOST_SESSIONS).contains(&self.max_sessions) {
            return Err(Error::Usage(format!(
                "--max-sessions must be between 1 and {MOST_SESSIONS}, not {}",
                self.max_sessions
            )));
        }
        if !(1..=MOST_PLACES).contains(&self.places) {
            return Err(Error::Usage(format!("--places must be between 1 and {MOST_PLACES}, not {}", self.places)));
        }
        if let Some(each) = self.places_each.filter(|each| !(1..=self.places).contains(each)) {
            return Err(Error::Usage(format!(
                "--places-each must be between 1 and --places, {}, not {each}",
                self.places
            )));
        }
        Courtesy::sparing(self.spare_cores)?;
        if !(self.max_sessions + 1..=MOST_CONNECTIONS).contains(&self.max_connections) {
            return Err(Error::Usage(format!(
                "--max-connections must be above --max-sessions, {}, and at most {MOST_CONNECTIONS}, not {}",
                self.max_sessions, self.max_connections
            )));
        }
        if self.ping_interval < LEAST_PING {
            return Err(Error::Usage(format!("--ping-interval must be at least {} seconds", LEAST_PING.as_secs_f64())));
        }
        if self.health_listen.is_some_and(|health| health == self.listen && health.port() != 0) {
            return Err(Error::Usage(format!("--health-listen is another address than --listen, {}", self.listen)));
        }
        if self.require_ticket && self.store.is_none() && self.jwt.jwt_keys.is_none() {
            let why = "--require-ticket needs --store, where the tickets are, or --jwt-keys, which check them";
            return Err(Error::Usage(why.into()));
        }
        let named = self.reveal_of.iter().map(|(model, _)| ("--reveal-of", model));
        let named = named.chain(self.places_of.iter().map(|(model, _)| ("--places-of", model)));
        for (option, model) in named.chain(self.price.iter().map(|(model, _)| ("--price", model))) {
            // A model that is misspelt here would be served as if nothing was said of it.
            if !self.models.join(model).is_dir() {
                return Err(Error::Usage(format!(
                    "{option}: there is no model '{model}' in {}",
                    self.models.display()
                )));
            }
        }
        if let Some(page) = &self.page
            && !page.join("index.html").is_file()
        {
            return Err(Error::Usage(format!(
                "--page {}: there is no index.html in it; build the page first",
                page.display()
            )));
        }
        Ok(())
    }

    /// Workers that one session may have.
    pub(crate) fn workers(&self) -> u32 {
        let cores = || std::thread::available_parallelism().map_or(1, |cores| cores.get().min(4) as u32);
        self.workers.unwrap_or_else(cores)
    }

    /// Where models come from.
    pub(crate) fn source(&self) -> Source {
        let reveal = RevealPolicy { reveal: self.reveal, reveal_of: self.reveal_of.iter().cloned().collect() };
        Source { folder: self.models.clone(), reveal, strict: self.strict }
    }

    /// Who is let in, and what is counted.
    pub(crate) fn access(&self) -> Policy {
        Policy {
            tickets_required: self.require_ticket,
            address: self.address_budget.clone(),
            ticket: self.ticket_budget.clone(),
            prices: self.price.iter().cloned().collect(),
        }
    }

    /// Limits of the places to compute in.
    pub(crate) fn places(&self) -> places::Limits {
        let each = self.places_each.unwrap_or_else(|| self.places.div_ceil(2));
        let of_model = self.places_of.iter().cloned().collect();
        places::Limits { most: self.places, each, of_model, memory: self.prepared_memory << 20 }
    }

    /// Timeouts of a session's connection.
    pub fn limits(&self) -> Limits {
        Limits {
            handshake: Some(self.handshake_timeout),
            unused: Some(self.unused_timeout),
            stall: Some(self.stall_timeout),
            idle: Some(self.idle_timeout),
            ping: Some(self.ping_interval),
        }
    }
}

/// A model and what clients learn of its results.
fn reveal_of(text: &str) -> std::result::Result<(String, Reveal), String> {
    let wrong = || format!("'{text}' is not like MODEL=scores or MODEL=class");
    let (model, reveal) = text.split_once('=').ok_or_else(wrong)?;
    Ok((model.trim().to_owned(), Reveal::from_str(reveal.trim(), false).map_err(|_| wrong())?))
}

/// A model and its places.
fn places_of(text: &str) -> std::result::Result<(String, usize), String> {
    let wrong = || format!("'{text}' is not like MODEL=N, with N from 1 to {MOST_PLACES}");
    let (model, places) = text.split_once('=').ok_or_else(wrong)?;
    let places = places.trim().parse().ok().filter(|n| (1..=MOST_PLACES).contains(n)).ok_or_else(wrong)?;
    Ok((model.trim().to_owned(), places))
}

/// A model and its price.
fn price(text: &str) -> std::result::Result<(String, u64), String> {
    let wrong = || format!("'{text}' is not like MODEL=NUMBER");
    let (model, number) = text.split_once('=').ok_or_else(wrong)?;
    let number = number.trim().parse().ok().filter(|&n: &u64| n <= u64::from(u32::MAX)).ok_or_else(wrong)?;
    Ok((model.trim().to_owned(), number))
}

/// Longest time that a flag takes, in seconds: eleven days. Clocks cannot count from now to far beyond.
const MOST_SECONDS: u64 = 1_000_000;

/// A positive number of seconds, fractions allowed, at most [`MOST_SECONDS`].
fn seconds(text: &str) -> std::result::Result<Duration, String> {
    let wrong = || format!("'{text}' is not a positive number of seconds, at most {MOST_SECONDS}");
    let value: f64 = text.parse().map_err(|_| wrong())?;
    let allowed = |d: &Duration| !d.is_zero() && *d <= Duration::from_secs(MOST_SECONDS);
    Duration::try_from_secs_f64(value).ok().filter(allowed).ok_or_else(wrong)
}

/// As [`seconds`], or zero.
fn seconds_or_none(text: &str) -> std::result::Result<Duration, String> {
    if text == "0" { Ok(Duration::ZERO) } else { seconds(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_positive_numbers() {
        assert_eq!(seconds("0.25"), Ok(Duration::from_millis(250)));
        assert_eq!(seconds("1e6"), Ok(Duration::from_secs(1_000_000)));
        for wrong in ["", "0", "-1", "nan", "inf", "1e300", "1e19", "1000001", "ten"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
