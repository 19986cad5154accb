//! A server in a process of its own, which can be killed, and starved.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::process::{Pid, Signal, kill_process};

/// A process of `sotto serve`. It is killed when this is dropped.
pub struct Process {
    child: Child,
    /// Address of its WebSocket.
    pub url: String,
    /// `HOST:PORT`, where probes and metrics are, too.
    pub authority: String,
    log: Arc<Mutex<String>>,
}

impl Process {
    /// Runs `program`, which is the `sotto` command, as a server of these models, and waits until it says where; `listen` is
    /// `HOST:PORT`, with port 0 for a free one.
    pub fn serve(program: &str, listen: &str, models: &Path, options: &[&str]) -> Process {
        // What a process writes beyond a limit of its files is an error to it, and not its end.
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", program, "serve", "--listen", listen]);
        command.args(["--metrics", "--models"]).arg(models).args(options).env_remove("RUST_LOG");
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("there is a shell");
        let log = Arc::<Mutex<String>>::default();
        let (written, stderr) = (log.clone(), child.stderr.take().expect("a pipe"));
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let mut log = written.lock().unwrap_or_else(PoisonError::into_inner);
                log.push_str(&line);
                log.push('\n');
            }
        });
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("it writes text");
        // What it says later must not fill the pipe.
        std::thread::spawn(move || stdout.read_to_end(&mut Vec::new()));
        let address = line.trim_end().split_once("http://").and_then(|(_, address)| address.strip_suffix('/'));
        let authority = match address {
            Some(authority) => authority.to_owned(),
            None => panic!("it does not serve: {line}{}", log.lock().unwrap_or_else(PoisonError::into_inner)),
        };
        Process { child, url: format!("ws://{authority}/ws"), authority, log }
    }

    /// Its number.
    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// As `kill -9` does.
    pub fn kill(&mut self) {
        let _ = kill_process(self.pid(), Signal::KILL);
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
