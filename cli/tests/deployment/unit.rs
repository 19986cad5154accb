//! deploy/sotto.service, by systemd's own word where there is systemd: nothing boots here.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

/// The folder of the files.
pub(crate) fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy")
}

/// Most exposure, in tenths of a point of ten, that `systemd-analyze security` may find: what is left is the network.
const EXPOSURE: &str = "15";

/// A key's values in the unit, in order.
pub(crate) fn values(unit: &str, key: &str) -> Vec<String> {
    let of = |line: &str| Some(line.strip_prefix(key)?.strip_prefix('=')?.to_owned());
    unit.lines().filter_map(of).collect()
}

#[test]
fn systemd_takes_the_unit_and_finds_little_exposed() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        eprintln!("skipped: there is no systemd-analyze");
        return;
    }
    let unit = std::fs::read_to_string(deploy().join("sotto.service")).unwrap();
    // It looks whether the program is there.
    let unit = unit.replace("/usr/local/bin/sotto", env!("CARGO_BIN_EXE_sotto"));
    let folder = TempDir::new().unwrap();
    for name in ["sotto.service", "sotto@.service"] {
        let file = folder.path().join(name);
        std::fs::write(&file, &unit).unwrap();
        let offline = ["security", "--offline=true", "--threshold", EXPOSURE];
        for command in [&["verify"][..], &offline] {
            let output = Command::new("systemd-analyze").args(command).arg(&file).output().unwrap();
            let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
            assert!(output.status.success(), "{command:?} of {name}: {said}");
            assert!(!said.contains(&format!("{name}:")) || command[0] != "verify", "{said}");
        }
    }
}

/// systemd kills what has not ended by then, with the sessions that the server would still have let end.
#[test]
fn the_manager_waits_longer_than_the_server_does() {
    let unit = std::fs::read_to_string(deploy().join("sotto.service")).unwrap();
    let options: toml::Table = std::fs::read_to_string(deploy().join("sotto.toml")).unwrap().parse().unwrap();
    let seconds = |key: &str| u64::try_from(options[key].as_integer().unwrap()).unwrap();
    let [stop] = &values(&unit, "TimeoutStopSec")[..] else { panic!("one TimeoutStopSec") };
    let stop = Duration::from_secs(stop.parse().unwrap());
    let server = Duration::from_secs(seconds("drain-delay") + seconds("shutdown-grace") + 5);
    assert!(stop > server, "{stop:?} is not above {server:?}");
    let [files] = &values(&unit, "LimitNOFILE")[..] else { panic!("one LimitNOFILE") };
    let connections = options.get("max-connections").map_or(4864, |most| most.as_integer().unwrap());
    assert!(files.parse::<i64>().unwrap() >= 2 * connections, "an open file for each connection, and the others");
}
