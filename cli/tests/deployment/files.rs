//! What the project has for operators, and what their files say.

use std::path::{Path, PathBuf};

/// The folder of files for operators.
pub(crate) fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy")
}

/// The file of objects.
pub(crate) fn kubernetes() -> String {
    std::fs::read_to_string(deploy().join("kubernetes.yaml")).unwrap()
}

/// The models that the project ships.
pub(crate) fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../models")
}

/// A key's values in the unit, in order.
pub(crate) fn values(unit: &str, key: &str) -> Vec<String> {
    let of = |line: &str| Some(line.strip_prefix(key)?.strip_prefix('=')?.to_owned());
    unit.lines().filter_map(of).collect()
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
