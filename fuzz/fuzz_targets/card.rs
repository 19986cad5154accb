//! A model card: it is refused, or what it says of an input can be asked.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sotto_nn::Card;

fuzz_target!(|bytes: &[u8]| {
    let Ok(card) = Card::from_json(bytes) else { return };
    if card.validate_template().is_ok() {
        let values = vec![0.5; card.input.count()];
        let _ = card.standardise(&values);
        let _ = card.remarks(&values);
        assert!(Card::from_json(card.to_json().expect("a valid card can be written").as_bytes()).is_ok());
    }
});
