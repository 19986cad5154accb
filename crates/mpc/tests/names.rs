//! Each choice has one name, everywhere: `name()`, JSON, the package's declarations and its README.

use std::path::Path;

use serde::Serialize;
use sotto_mpc::{ErrorKind, LinearKind, LpnSet, Network, OtKind, Phase};

#[track_caller]
fn is_named_in_json(values: &[impl Serialize], names: &[&str]) {
    let json: Vec<String> = values.iter().map(|value| serde_json::to_string(value).unwrap()).collect();
    assert_eq!(json, names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>());
}

#[test]
fn json_has_the_names() {
    is_named_in_json(&OtKind::ALL, &OtKind::ALL.map(OtKind::name));
    is_named_in_json(&LinearKind::ALL, &LinearKind::ALL.map(LinearKind::name));
    is_named_in_json(&LpnSet::ALL, &LpnSet::ALL.map(LpnSet::name));
    is_named_in_json(&Phase::ALL, &Phase::ALL.map(Phase::name));
    is_named_in_json(&ErrorKind::ALL, &ErrorKind::ALL.map(ErrorKind::name));
}

/// A file of the browser's package, without comments.
fn declarations(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../client-wasm").join(file);
    let text = std::fs::read_to_string(path).unwrap();
    let is_code = |line: &&str| !line.trim_start().starts_with(['*', '/']);
    text.lines().filter(is_code).collect::<Vec<_>>().join("\n")
}

/// The names in a union of strings that follows `after`, in order.
#[track_caller]
fn union(text: &str, after: &str) -> Vec<String> {
    let (_, rest) = text.split_once(after).unwrap_or_else(|| panic!("there is no '{after}'"));
    let (union, _) = rest.split_once(';').unwrap();
    union.split('|').map(str::trim).filter(|name| !name.is_empty()).map(|name| name.trim_matches('"').into()).collect()
}

#[test]
fn the_declarations_of_the_package_have_them_all() {
    let options = declarations("src/types.rs");
    assert_eq!(union(&options, "linear?: "), LinearKind::ALL.map(LinearKind::name));
    assert_eq!(union(&options, "ot?: "), OtKind::ALL.map(OtKind::name));
    assert_eq!(union(&options, "lpn?: "), LpnSet::ALL.map(LpnSet::name));
    assert_eq!(union(&options, "network?: "), Network::ALL.map(Network::name));
    let errors = declarations("npm/error.d.ts");
    assert_eq!(union(&errors, "type ErrorKind ="), ErrorKind::ALL.map(ErrorKind::name));
    assert_eq!(union(&errors, "type Phase ="), Phase::ALL.map(Phase::name));
}
