//! Each choice has one name, everywhere: `name()` and JSON; the declarations of the browser's package are tested beside them.

use serde::Serialize;
use sotto_mpc::{ErrorKind, LinearKind, LpnSet, OtKind, Phase};

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
