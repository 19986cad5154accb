//! A table of raw values, under a card of two fields.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use sotto_nn::Card;

static CARD: LazyLock<Card> = LazyLock::new(|| {
    let field = |name| format!(r#"{{"name":"{name}","label":"l","min":-4,"max":4,"step":1,"example":0}}"#);
    let fields = [field("a"), field("b")].join(",");
    let json = format!(
        r#"{{"title":"t","description":"d","task":"t","input":{{"kind":"fields","fields":[{fields}]}},
            "classes":["no","yes"],"provenance":"p","licence":"l"}}"#
    );
    Card::from_json(json.as_bytes()).expect("a card")
});

fuzz_target!(|bytes: &[u8]| {
    if let Ok(rows) = sotto_cli::rows::parse("table", bytes, &CARD, &["label".into()]) {
        assert!(rows.iter().all(|row| row.values.len() == 2 && row.labels.len() == 1));
    }
});
