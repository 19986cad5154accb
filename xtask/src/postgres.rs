//! `cargo xtask postgres`: the tests of the store, and of what happens when it is away, on a PostgreSQL server of their own, from
//! Debian's package.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::apt;
use crate::shell::{self, cargo, command, read, run_quietly};

/// Where Debian has the versions of PostgreSQL.
const VERSIONS: &str = "/usr/lib/postgresql";

/// Whom the package makes, because PostgreSQL does not run as root.
const USER: &str = "postgres";

/// A server that ends with this value.
struct Server {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
}

/// Runs the store's tests on it.
pub(crate) fn run() -> Result<()> {
    let server = Server::start()?;
    let url = format!("postgres://sotto@127.0.0.1:{}", server.port);
    // The same packages and features, so that what they depend on is compiled once.
    let test = ["test", "--locked", "-p", "sotto-server", "-p", "sotto-tests"];
    let features = ["--features", "sotto-server/postgres,sotto-tests/postgres"];
    let unit = ["--lib", "access::store"];
    // One after the other: they stop it.
    let faults = ["--test", "faults", "--", "--test-threads=1"];
    for chosen in [&unit[..], &faults] {
        let mut cargo = cargo();
        cargo.args(test).args(features).args(chosen);
        cargo.env("SOTTO_TEST_POSTGRES", &url).env("SOTTO_TEST_POSTGRES_FOLDER", &server.folder);
        shell::run(&mut cargo)?;
    }
    Ok(())
}

impl Server {
    fn start() -> Result<Self> {
        if newest().is_none() && apt::available() {
            apt::install(&["postgresql"], "PostgreSQL", || newest().is_some())?;
        }
        let programs = newest().context("no PostgreSQL below /usr/lib/postgresql: install it")?;
        // Below the temporary directory, since the other user may see nothing of the checkout.
        let folder = std::env::temp_dir().join(format!("sotto-postgres-{}", std::process::id()));
        fs::create_dir(&folder)?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let server = Server { programs, folder, port };
        if is_root() {
            run_quietly(command("chown").arg(USER).arg(&server.folder))?;
        }
        let data = server.folder.join("data");
        run_quietly(server.program("initdb").arg("-D").arg(&data).args(["--auth=trust", "-U", "sotto", "-E", "UTF8"]))?;
        // In its file, so that it starts the same way again.
        let folder = server.folder.display();
        let settings = format!("port = {port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '{folder}'\n");
        fs::OpenOptions::new().append(true).open(data.join("postgresql.conf"))?.write_all(settings.as_bytes())?;
        let user = if is_root() { format!("runuser -u {USER} -- ") } else { String::new() };
        let script = format!("program=$1\nshift\nexec {user}{}/\"$program\" \"$@\"\n", server.programs.display());
        fs::write(server.folder.join("control"), script)?;
        let log = server.folder.join("log");
        run_quietly(server.control().args(["-w", "-l"]).arg(log).arg("start"))?;
        Ok(server)
    }

    fn control(&self) -> Command {
        let mut control = self.program("pg_ctl");
        control.arg("-D").arg(self.folder.join("data"));
        control
    }

    /// One of its programs, as a user who may run it.
    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        let mut command = if is_root() {
            let mut other = command("runuser");
            other.args(["-u", USER, "--"]).arg(program);
            other
        } else {
            command(program)
        };
        command.current_dir(&self.folder);
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // What does not end is the machine's to clean up.
        let _ = run_quietly(self.control().args(["-m", "immediate", "stop"]));
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The programs of the newest version.
fn newest() -> Option<PathBuf> {
    let versions = fs::read_dir(VERSIONS).ok()?.flatten().map(|entry| entry.path().join("bin"));
    let number = |path: &Path| path.parent()?.file_name()?.to_str()?.parse::<u32>().ok();
    versions.filter(|programs| programs.join("pg_ctl").is_file()).max_by_key(|programs| number(programs))
}

fn is_root() -> bool {
    read(Command::new("id").arg("-u")).as_deref() == Some("0")
}
