//! A record for people and programs.

use sotto_bench::Record;

use crate::Result;
use crate::output::{say, say_json};
use crate::table::{bytes, table};

/// Prints a record as JSON or as a table of one row.
pub(super) fn print(record: &Record, json: bool) -> Result<()> {
    if json {
        return say_json(record);
    }
    let r = record;
    let name = r.model.as_deref().unwrap_or(&r.op);
    let headings = [
        "op",
        "bits",
        "n",
        "bits/op",
        "rounds",
        "setup",
        "preprocess",
        "online",
        "setup s",
        "prep s",
        "online s",
        "cpu s",
    ];
    let cells = vec![
        name.into(),
        r.bits.to_string(),
        r.n.to_string(),
        format!("{:.1}", r.bits_per_op),
        format!("{}", r.rounds),
        bytes(r.setup_bytes),
        bytes(r.preprocess_bytes),
        bytes(r.online_bytes),
        format!("{:.3}", r.seconds.setup),
        format!("{:.3}", r.seconds.preprocess),
        format!("{:.3}", r.seconds.online),
        format!("{:.3}+{:.3}", r.cpu_seconds.client.unwrap_or_default(), r.cpu_seconds.server.unwrap_or_default()),
    ];
    say(&table(&headings, &[cells]))?;
    say(&format!("all {} results equal the plain computation\n", r.checked))
}
