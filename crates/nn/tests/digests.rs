//! Digests: a changed bit of the weights' file, or of what a server says of its model, is noticed.

use std::path::Path;

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use sotto_nn::bundle::{Bundle, CARD_FILE, PROGRAM_FILE, WEIGHTS_FILE};
use sotto_nn::{Description, DescriptionError, ModelDigest, reference};
use tempfile::TempDir;

fn shipped(id: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models").join(id)
}

#[test]
fn no_bit_of_the_weights_changes_unnoticed() {
    let (models, from) = (TempDir::new().unwrap(), shipped("wdbc"));
    let dir = models.path().join("wdbc");
    std::fs::create_dir(&dir).unwrap();
    for file in [PROGRAM_FILE, WEIGHTS_FILE, CARD_FILE] {
        std::fs::copy(from.join(file), dir.join(file)).unwrap();
    }
    Bundle::load(&dir).unwrap();
    let good = std::fs::read(dir.join(WEIGHTS_FILE)).unwrap();
    let mut digests = 0;
    for bit in 0..8 * good.len() {
        let mut bytes = good.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        std::fs::write(dir.join(WEIGHTS_FILE), bytes).unwrap();
        let error = Bundle::load(&dir).expect_err("a damaged file is refused").to_string();
        assert!(error.contains(WEIGHTS_FILE), "bit {bit}: {error}");
        digests += usize::from(error.contains("do not have their digest"));
    }
    assert!(digests > 8 * 250, "the weights' own bits are noticed by their digest: {digests}");
}

#[test]
fn weights_without_a_digest_are_refused() {
    let (models, from) = (TempDir::new().unwrap(), shipped("wdbc"));
    let dir = models.path().join("wdbc");
    Bundle::load(&from).unwrap().save(&dir).unwrap();
    let file = dir.join(WEIGHTS_FILE);
    let bytes = std::fs::read(&file).unwrap();
    let name = b"sotto-digest";
    let at = bytes.windows(name.len()).position(|window| window == name).expect("the digest is in the metadata");
    let renamed = [&bytes[..at], b"other-digest", &bytes[at + name.len()..]].concat();
    std::fs::write(&file, renamed).unwrap();
    let error = Bundle::load(&dir).unwrap_err().to_string();
    assert!(error.contains("has no digest of the weights: import the model again"), "{error}");
}

#[test]
fn scores_are_as_possible_as_the_card_says() {
    for id in ["wdbc", "heart", "heartbeat"] {
        let mut bundle = Bundle::load(&shipped(id)).unwrap();
        let ranges = bundle.possible_scores();
        bundle.card.possible = Some(ranges.clone());
        bundle.check_card().unwrap();
        let Bundle { program, weights, card, .. } = &bundle;
        // Corners of what the card accepts, and the samples.
        let mut rng = ChaCha20Rng::seed_from_u64(5);
        let mut corner =
            || card.input.elements().map(|e| if rng.next_u64() % 2 == 0 { e.min } else { e.max }).collect();
        let corners = (0..50).map(|_| corner()).collect::<Vec<Vec<f64>>>();
        for values in corners.iter().chain(card.samples.iter().map(|sample| &sample.values)) {
            // A corner may be none of a field's choices.
            let Ok(input) = card.quantise(program, values) else { continue };
            let output = reference::run_output(program, weights, &input).unwrap();
            assert!(card.can_give(program, &input, &output), "{id}: {output:?} is not in {ranges:?}");
        }
        let input = card.quantise(program, &card.samples[0].values).unwrap();
        let good = &card.samples[0].expected;
        let refused = |output: &[i64]| !card.can_give(program, &input, output);
        assert!(!refused(good) && refused(&good[1..]));
        let beyond: Vec<i64> = ranges.iter().map(|range| range[1] + 1).collect();
        assert!(refused(&beyond));
        let class = program.clone().revealing_class_only();
        let (last, none) = (good.len() as i64 - 1, good.len() as i64);
        assert!(card.can_give(&class, &input, &[last]) && !card.can_give(&class, &input, &[none]));
        assert!(!card.can_give(&class, &input, &[-1]));

        bundle.card.possible = Some(vec![[0, 0]; ranges.len()]);
        assert!(bundle.check_card().unwrap_err().contains("impossible"), "{id}");
        bundle.card.possible = Some(vec![[1, 0]; ranges.len()]);
        assert!(bundle.check_card().unwrap_err().contains("one range"), "{id}");
    }
}

#[test]
fn no_bit_of_a_description_changes_unnoticed() {
    let bundle = Bundle::load(&shipped("wdbc")).unwrap();
    let (card, program) = (bundle.card.to_public_json().unwrap(), bundle.program.to_json());
    let digest = ModelDigest::of(&card, &program);
    assert_eq!(bundle.digest().unwrap(), digest);
    let json = format!(r#"{{"id":"wdbc","digest":"{digest}","card":{card},"sizes":{{}},"program":{program}}}"#);
    let good = Description::from_json(&json).unwrap();
    assert_eq!((&good.card, &good.program, good.digest), (&bundle.card, &bundle.program, digest));
    assert_eq!(good.digest_with(&program), digest);
    assert_ne!(good.digest_with(&format!("{program} ")), digest);

    let (mut rng, mut damaged) = (ChaCha20Rng::seed_from_u64(1), 0);
    for _ in 0..2000 {
        let bit = rng.next_u64() as usize % (8 * json.len());
        let mut bytes = json.clone().into_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        // What is no UTF-8 is no description at all.
        let Ok(text) = String::from_utf8(bytes) else { continue };
        match Description::from_json(&text) {
            Err(error) => damaged += usize::from(error == DescriptionError::Damaged),
            // The members that are of no concern, or a digest whose name has changed: then the server is asked in the hello.
            Ok(read) => assert!(read == good, "bit {bit} changed card or program"),
        }
    }
    assert!(damaged > 500, "{damaged} by the digest");
}
