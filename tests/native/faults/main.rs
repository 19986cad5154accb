//! What happens to counts, places and other sessions when a process is killed or the store is away. With PostgreSQL:
//! `cargo xtask postgres`.

mod kills;
mod stores;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use sotto_cli::native_client;
use sotto_mpc::{Client, ClientOptions, ErrorKind, Result, Ticket};
use sotto_nn::reference;
use sotto_server::access::store::Store;
use sotto_tests::postgres::Postgres;
use sotto_tests::process::Process;
use sotto_tests::{SYNTHETIC, session_as, synthetic, wide_input};
use tempfile::TempDir;

/// Models on offer and a store: a file, or a database of the PostgreSQL server if there is one.
struct Place {
    folder: TempDir,
    store: String,
}

impl Place {
    fn new() -> Self {
        let place = Self::with_file();
        match Postgres::running() {
            Some(server) => {
                static NUMBER: AtomicU64 = AtomicU64::new(0);
                let number = NUMBER.fetch_add(1, Ordering::Relaxed);
                Self { store: server.database(&format!("faults_{}_{number}", std::process::id())), ..place }
            }
            None => place,
        }
    }

    fn with_file() -> Self {
        let folder = TempDir::new().unwrap();
        synthetic().save(&folder.path().join("models").join(SYNTHETIC)).unwrap();
        let store = folder.path().join("store.db").to_str().unwrap().to_owned();
        Self { folder, store }
    }

    fn models(&self) -> PathBuf {
        self.folder.path().join("models")
    }

    /// A server for bearers of tickets, in a process of its own.
    fn serve(&self) -> Process {
        self.serve_at("127.0.0.1:0")
    }

    /// The same where another one was. Clients that come back to it hear that it does not know their sessions.
    fn serve_at(&self, listen: &str) -> Process {
        // Clients that are killed do not come back.
        let options = ["--store", &self.store, "--require-ticket", "--resume-within", "1"];
        Process::serve(env!("CARGO_BIN_EXE_sotto-command"), listen, &self.models(), &options)
    }

    async fn store(&self) -> Store {
        Store::open(&self.store).await.unwrap()
    }

    async fn ticket(&self, budget: &str) -> (String, Ticket) {
        let (record, ticket) = self.store().await.create("a test", &budget.parse().unwrap(), None).await.unwrap();
        (format!("ticket {}", record.id), ticket)
    }

    /// What was used of a unit in a day, and by hours.
    async fn used(&self, account: &str, unit: &str) -> u64 {
        let usage = self.store().await.usage(0).await.unwrap();
        let sum = |seconds: i64| {
            let of_it = usage.iter().filter(|u| u.account == account && u.unit == unit && u.seconds == seconds);
            of_it.map(|usage| usage.amount).sum::<i64>()
        };
        assert_eq!(sum(3600), sum(86_400), "all or nothing of a use is counted");
        u64::try_from(sum(3600)).unwrap()
    }
}

/// A session with a ticket.
async fn session<T: Send + 'static>(
    url: &str,
    ticket: &Ticket,
    body: impl AsyncFnOnce(Client) -> Result<T> + Send + 'static,
) -> Result<T> {
    let options = ClientOptions { model: SYNTHETIC.into(), ticket: Some(ticket.clone()), ..ClientOptions::default() };
    session_as(url, options, native_client::LIMITS, body).await
}

/// One inference, compared.
async fn infer(client: &mut Client, seed: u64) -> Result<()> {
    let output = client.infer(&wide_input(seed)).await?.output;
    let model = synthetic();
    assert_eq!(output, reference::run_output(&model.program, &model.weights, &wide_input(seed)).unwrap());
    Ok(())
}

/// Inferences until the budget is used up: how many.
async fn use_up(url: &str, ticket: &Ticket) -> u64 {
    let run = session(url, ticket, async |mut client| {
        for done in 0.. {
            match infer(&mut client, done).await {
                Err(error) if error.kind() == ErrorKind::Exhausted => return Ok(done),
                outcome => outcome?,
            }
        }
        unreachable!()
    });
    run.await.unwrap()
}
