//! A machine of the walk's own: a folder in place of the root, ports that are free in place of those of the files, and something small
//! in place of systemd, which starts what the unit says and hears what it tells.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::files::{deploy, free_port, shipped, values};

/// Ports of the files in `deploy`.
const PORTS: [&str; 6] = ["8081", "8082", "9081", "9082", "9090", "443"];

/// Folders of the root that the walk and the files name.
const FOLDERS: [&str; 5] = ["/etc/", "/usr/local/", "/var/lib/", "/var/log/", "/run/"];

/// Where the page's name leads.
const NAME: &str = "sotto.example";

/// The machine. What runs on it ends with it.
pub(crate) struct Host {
    folder: TempDir,
    ports: BTreeMap<&'static str, u16>,
    units: Arc<Mutex<Units>>,
    systemctl: u16,
}

impl Host {
    /// A machine with a checkout, and a certificate as certbot leaves it.
    pub(crate) fn new() -> Host {
        let folder = TempDir::new().unwrap();
        let ports = PORTS.iter().map(|port| (*port, free_port())).collect();
        let units = Arc::new(Mutex::new(Units { root: folder.path().to_owned(), running: BTreeMap::new() }));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let systemctl = listener.local_addr().unwrap().port();
        let host = Host { folder, ports, units: units.clone(), systemctl };
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                obey(stream, &units);
            }
        });
        host.furnish();
        host
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path.trim_start_matches('/'))
    }

    /// The public address.
    pub(crate) fn authority(&self) -> String {
        format!("localhost:{}", self.ports["443"])
    }

    /// A text of the operator's with this machine's folders, ports and name.
    pub(crate) fn mapped(&self, text: &str) -> String {
        let mut text = text.replace(&format!("//{NAME}"), &format!("//{NAME}:443")).replace(NAME, "localhost");
        // In two steps: one's new number may begin with another's old one.
        for step in 0..2 {
            for (k, (port, own)) in self.ports.iter().enumerate() {
                let between = format!("<{k}>");
                let (from, to) = if step == 0 { ((*port).to_owned(), between) } else { (between, own.to_string()) };
                for before in [":", "port ", "listen "] {
                    text = text.replace(&format!("{before}{from}"), &format!("{before}{to}"));
                }
            }
        }
        for folder in FOLDERS {
            text = text.replace(folder, &format!("{}{folder}", self.folder.path().display()));
        }
        text
    }

    fn furnish(&self) {
        for folder in ["checkout/deploy", "checkout/target/release", "checkout/web/dist", "shims", "log"] {
            fs::create_dir_all(self.path(folder)).unwrap();
        }
        for folder in ["etc/systemd/system", "etc/haproxy", "etc/nginx", "etc/prometheus", "etc/sotto", "run"] {
            fs::create_dir_all(self.path(folder)).unwrap();
        }
        for file in fs::read_dir(deploy()).unwrap().flatten().filter(|file| file.path().is_file()) {
            let text = fs::read_to_string(file.path()).unwrap();
            fs::write(self.path("checkout/deploy").join(file.file_name()), self.mapped(&text)).unwrap();
        }
        // HAProxy becomes a user that there is only where its package is installed, and raises its limit of files only as root.
        self.edit("checkout/deploy/haproxy.cfg", "maxconn 16384", "maxconn 256");
        self.edit("checkout/deploy/haproxy.cfg", "    user haproxy\n    group haproxy\n", "");
        fs::write(self.path("checkout/web/dist/index.html"), "<title>Sotto</title>").unwrap();
        std::os::unix::fs::symlink(shipped(), self.path("checkout/models")).unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_sotto"), self.path("checkout/target/release/sotto")).unwrap();

        let systemctl = format!(
            "#!/bin/bash\nexec 3<>/dev/tcp/127.0.0.1/{}\necho \"$*\" >&3\nread -r answer <&3\n\
             [ \"$answer\" = ok ] || {{ echo \"systemctl: $answer\" >&2; exit 1; }}\n",
            self.systemctl
        );
        // What is installed here already.
        for (name, text) in [("systemctl", systemctl.as_str()), ("apt-get", "#!/bin/sh\n")] {
            let shim = self.path("shims").join(name);
            fs::write(&shim, text).unwrap();
            fs::set_permissions(&shim, fs::Permissions::from_mode(0o755)).unwrap();
        }

        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, "authority of the walk");
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        fs::write(self.path("ca.pem"), authority.pem()).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate =
            CertificateParams::new(vec!["localhost".into()]).unwrap().signed_by(&key, &authority).unwrap();
        let live = self.path("etc/letsencrypt/live/localhost");
        fs::create_dir_all(&live).unwrap();
        fs::write(live.join("fullchain.pem"), certificate.pem()).unwrap();
        fs::write(live.join("privkey.pem"), key.serialize_pem()).unwrap();
    }

    /// Changes a file of the machine.
    #[track_caller]
    pub(crate) fn edit(&self, file: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(file)).unwrap();
        assert!(text.contains(from), "{file} has no {from}");
        fs::write(self.path(file), text.replace(from, to)).unwrap();
    }

    /// A program of the machine, in the checkout.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let tools = std::env::var("SOTTO_TOOLS").unwrap_or_default();
        let own = [self.path("shims"), self.path("usr/local/bin"), tools.into()];
        let inherited = std::env::var_os("PATH").unwrap();
        let path = own.into_iter().chain(std::env::split_paths(&inherited));
        command.env("PATH", std::env::join_paths(path).unwrap()).env("SSL_CERT_FILE", self.path("ca.pem"));
        command.env("CURL_CA_BUNDLE", self.path("ca.pem")).env_remove("RUST_LOG");
        command.current_dir(self.path("checkout")).stdin(Stdio::null());
        command
    }

    /// Runs a block of commands, which must succeed; what it prints.
    #[track_caller]
    pub(crate) fn run(&self, block: &str) -> String {
        let output = self.command("bash").args(["-euo", "pipefail", "-c", &self.mapped(block)]).output().unwrap();
        let (said, why) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{block}\n{said}{why}{}", self.logs());
        said.into_owned()
    }

    /// The ends of all logs.
    pub(crate) fn logs(&self) -> String {
        let logs = fs::read_dir(self.path("log")).unwrap().flatten();
        let end = |file: fs::DirEntry| {
            let text = fs::read_to_string(file.path()).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            format!("{}:\n{}\n", file.path().display(), lines[lines.len().saturating_sub(20)..].join("\n"))
        };
        logs.map(end).collect()
    }

    /// Starts a program that runs until the machine ends.
    pub(crate) fn start(&self, name: &str, command: &mut Command) {
        let mut units = self.units.lock().unwrap();
        let process = units.logged(name, command).spawn().unwrap();
        units.running.insert(name.into(), Running { process, ear: None, unit: String::new() });
    }

    /// The processes that run, by unit.
    pub(crate) fn processes(&self) -> Vec<(String, u32)> {
        let units = self.units.lock().unwrap();
        units.running.iter().map(|(name, running)| (name.clone(), running.process.id())).collect()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let mut units = self.units.lock().unwrap();
        for running in units.running.values_mut() {
            // HAProxy's first process tells the others. It may have ended already.
            let _ = kill_process(Pid::from_child(&running.process), Signal::TERM);
            let began = Instant::now();
            while running.process.try_wait().is_ok_and(|ended| ended.is_none()) {
                if began.elapsed() > Duration::from_secs(2) {
                    let _ = running.process.kill();
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }
}

/// What systemd does of its work here.
struct Units {
    root: PathBuf,
    running: BTreeMap<String, Running>,
}

struct Running {
    process: Child,
    /// Of units that tell.
    ear: Option<UnixDatagram>,
    unit: String,
}

/// A command of `systemctl`, and its answer.
fn obey(stream: TcpStream, units: &Mutex<Units>) {
    let mut line = String::new();
    let _ = BufReader::new(&stream).read_line(&mut line);
    let words: Vec<&str> = line.split_whitespace().collect();
    let outcome = units.lock().unwrap().command(&words);
    let _ = writeln!(&stream, "{}", outcome.err().unwrap_or_else(|| "ok".into()));
}

impl Units {
    fn command(&mut self, words: &[&str]) -> Result<(), String> {
        let (command, names) = match words {
            ["daemon-reload"] => return Ok(()),
            ["enable", "--now", names @ ..] => ("start", names),
            [command, names @ ..] => (*command, names),
            [] => return Err("nothing is asked".into()),
        };
        for &name in names {
            match (command, name) {
                ("reload", "prometheus") => {}
                ("start", _) => self.start(name)?,
                ("reload", "haproxy") => self.signal(name, Signal::USR2)?,
                ("reload", _) => self.signal(name, Signal::HUP)?,
                ("restart", _) => {
                    self.stop(name)?;
                    self.start(name)?;
                }
                _ => return Err(format!("{command} of {name} is not known here")),
            }
        }
        Ok(())
    }

    fn start(&mut self, name: &str) -> Result<(), String> {
        if name == "haproxy" {
            let mut haproxy = Command::new(tool("haproxy"));
            haproxy.arg("-W").arg("-f").arg(self.root.join("etc/haproxy/haproxy.cfg"));
            let process = self.logged(name, &mut haproxy).spawn().map_err(|e| e.to_string())?;
            self.running.insert(name.into(), Running { process, ear: None, unit: String::new() });
            return Ok(());
        }
        let template = name.split_once('@').map_or(name.to_owned(), |(stem, _)| format!("{stem}@"));
        let file = self.root.join(format!("etc/systemd/system/{template}.service"));
        let unit = fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        let one = |key: &str| values(&unit, key).pop().ok_or_else(|| format!("no {key} in {name}"));
        let credentials = self.root.join(format!("run/credentials/{name}"));
        let specified = |text: &str| text.replace("%N", name).replace("%d", &credentials.display().to_string());
        fs::create_dir_all(&credentials).map_err(|e| e.to_string())?;
        for credential in values(&unit, "LoadCredential") {
            let (id, path) = credential.split_once(':').ok_or("a credential is ID:PATH")?;
            fs::copy(path, credentials.join(id)).map_err(|e| format!("{path}: {e}"))?;
        }
        fs::create_dir_all(self.root.join("var/lib").join(one("StateDirectory")?)).map_err(|e| e.to_string())?;
        let line = specified(&one("ExecStart")?);
        let mut words = line.split_whitespace();
        let mut command = Command::new(words.next().ok_or("ExecStart says nothing")?);
        command.args(words).env_clear().current_dir("/");
        let variables = specified(one("EnvironmentFile")?.trim_start_matches('-'));
        for line in fs::read_to_string(&variables).unwrap_or_default().lines() {
            let (variable, value) = line.split_once('=').ok_or_else(|| format!("{variables}: {line}"))?;
            command.env(variable, value);
        }
        let socket = self.root.join(format!("run/{name}.notify"));
        let _ = fs::remove_file(&socket);
        let ear = UnixDatagram::bind(&socket).map_err(|e| e.to_string())?;
        command.env("NOTIFY_SOCKET", &socket);
        let process = self.logged(name, &mut command).spawn().map_err(|e| format!("{line}: {e}"))?;
        let mut running = Running { process, ear: Some(ear), unit };
        running.hears("READY=1", Duration::from_secs(60))?;
        self.running.insert(name.into(), running);
        Ok(())
    }

    fn stop(&mut self, name: &str) -> Result<(), String> {
        let Some(mut running) = self.running.remove(name) else { return Ok(()) };
        let began = Instant::now();
        kill_process(Pid::from_child(&running.process), Signal::TERM).map_err(|e| e.to_string())?;
        if running.ear.is_some() {
            running.hears("STOPPING=1", Duration::from_secs(10))?;
        }
        let most = values(&running.unit, "TimeoutStopSec").pop().and_then(|most| most.parse().ok());
        let most = Duration::from_secs(most.unwrap_or(90));
        while running.process.try_wait().map_err(|e| e.to_string())?.is_none() {
            if began.elapsed() > most {
                let _ = running.process.kill();
                return Err(format!("{name} did not end in {most:?}"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    fn signal(&self, name: &str, signal: Signal) -> Result<(), String> {
        let running = self.running.get(name).ok_or_else(|| format!("{name} does not run"))?;
        kill_process(Pid::from_child(&running.process), signal).map_err(|e| e.to_string())
    }

    /// With the process's output in a file.
    fn logged<'a>(&self, name: &str, command: &'a mut Command) -> &'a mut Command {
        let log = fs::OpenOptions::new().create(true).append(true).open(self.root.join("log").join(name)).unwrap();
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log)
    }
}

impl Running {
    /// Waits until the process has said a line.
    fn hears(&mut self, line: &str, most: Duration) -> Result<(), String> {
        let ear = self.ear.as_ref().ok_or("nobody listens")?;
        ear.set_read_timeout(Some(Duration::from_millis(200))).map_err(|e| e.to_string())?;
        let began = Instant::now();
        while began.elapsed() < most {
            let mut message = [0; 4096];
            if let Ok(length) = ear.recv(&mut message)
                && String::from_utf8_lossy(&message[..length]).lines().any(|told| told == line)
            {
                return Ok(());
            }
            if let Some(status) = self.process.try_wait().map_err(|e| e.to_string())? {
                return Err(format!("it ended before {line}: {status}"));
            }
        }
        Err(format!("it does not say {line}"))
    }
}

/// A program that `cargo xtask deployment` has found or fetched.
pub(crate) fn tool(name: &str) -> PathBuf {
    let fetched = std::env::var_os("SOTTO_TOOLS").map(|tools| Path::new(&tools).join(name));
    fetched.filter(|path| path.exists()).unwrap_or_else(|| name.into())
}
