//! deploy/sotto.service beside the server's own options.

use std::time::Duration;

use crate::files::{deploy, values};

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
