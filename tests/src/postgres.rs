//! The PostgreSQL server that `cargo xtask postgres` starts, and that a test may stop and kill.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The server that SOTTO_TEST_POSTGRES names.
pub struct Postgres {
    /// `postgres://USER@HOST:PORT`.
    url: String,
    /// Where its data are, and the script that runs its programs.
    folder: PathBuf,
}

impl Postgres {
    /// The one of the environment, if there is one.
    pub fn running() -> Option<Self> {
        let url = std::env::var("SOTTO_TEST_POSTGRES").ok()?;
        let folder = std::env::var_os("SOTTO_TEST_POSTGRES_FOLDER")?.into();
        Some(Self { url, folder })
    }

    /// The address of a new database.
    pub fn database(&self, name: &str) -> String {
        let maintenance = format!("--maintenance-db={}/postgres", self.url);
        assert!(self.run(&["createdb", &maintenance, name]), "a database {name} cannot be made");
        format!("{}/{name}", self.url)
    }

    /// Stops it, with all connections.
    pub fn stop(&self) {
        assert!(self.control(&["-w", "-m", "immediate", "stop"]), "it does not stop");
    }

    /// As `kill -9` of its first process does, whose end those of the connections notice a moment later: then there is nobody left.
    pub fn kill(&self) {
        let pid = std::fs::read_to_string(self.folder.join("data/postmaster.pid")).expect("it runs");
        let pid = pid.lines().next().expect("the number of its process").trim().to_owned();
        let children = Command::new("ps").args(["-o", "pid=", "--ppid", &pid]).output().expect("there is ps").stdout;
        let children = String::from_utf8_lossy(&children).into_owned();
        let signal = |pid: &str, signal| {
            let mut kill = Command::new("kill");
            kill.args([signal, pid]).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
        };
        assert!(signal(&pid, "-9"), "it cannot be killed");
        let since = Instant::now();
        while children.split_whitespace().any(|child| signal(child, "-0")) {
            assert!(since.elapsed() < Duration::from_secs(30), "its processes stay");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Starts it again, also where it was killed.
    pub fn start(&self) {
        let log = self.folder.join("log");
        let log = log.to_str().expect("a path of letters");
        for _ in 0..50 {
            if self.control(&["-w", "-l", log, "start"]) {
                return;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        panic!("it does not start again: {}", std::fs::read_to_string(log).unwrap_or_default());
    }

    fn control(&self, args: &[&str]) -> bool {
        let data = self.folder.join("data");
        self.run(&[&["pg_ctl", "-D", data.to_str().expect("a path of letters")], args].concat())
    }

    fn run(&self, args: &[&str]) -> bool {
        let mut command = Command::new("sh");
        command.arg(self.folder.join("control")).args(args).current_dir(&self.folder);
        // A server that is started would keep these open.
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().expect("there is a shell").success()
    }
}
