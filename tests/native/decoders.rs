//! What reads a peer's bytes or an operator's words: the seeds of the fuzz targets, and random changes of them. `SOTTO_DECODERS=100000
//! cargo test -p sotto-tests --test decoders` tries more; cargo-fuzz, which follows coverage, tries better (`fuzz/README.md`).

use std::path::Path;

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use sotto_tests::decoders::ALL;
use sotto_tests::setting;

/// How many times dearer than the cheapest a decoder is.
fn price(name: &str) -> u64 {
    match name {
        "protocol" => 20,
        "encrypted" | "session" => 200,
        _ => 1,
    }
}

fn seeds(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds").join(name);
    let files = std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut seeds: Vec<_> = files.map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
    seeds.sort();
    assert!(!seeds.is_empty(), "{name} has no seeds");
    seeds
}

/// A seed with a few changes: bytes that differ, go, come, or are of another seed.
fn changed(seeds: &[Vec<u8>], most: usize, rng: &mut ChaCha20Rng) -> Vec<u8> {
    let mut below = |n: usize| (rng.next_u64() % n.max(1) as u64) as usize;
    let mut bytes = seeds[below(seeds.len())].clone();
    for _ in 0..=below(4) {
        let (at, other) = (below(bytes.len() + 1), &seeds[below(seeds.len())]);
        match below(6) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..(at + 1 + below(8)).min(bytes.len()).max(at))),
            2 => drop(bytes.splice(at..at, other[below(other.len() + 1)..].to_vec())),
            3 => drop(bytes.splice(at..at, (0..8).map(|_| below(256) as u8).collect::<Vec<_>>())),
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << below(8);
                }
            }
        }
    }
    bytes.truncate(most);
    bytes
}

#[test]
fn no_bytes_make_a_decoder_panic() {
    let times = setting("SOTTO_DECODERS", 20_000);
    for (name, decode, most) in ALL {
        let seeds = seeds(name);
        // Those of one byte are sessions without a change, which must end well.
        let unchanged = (0..=255).map(|first| vec![first]);
        let taken = seeds.iter().cloned().chain(unchanged).filter(|seed| decode(seed)).count();
        assert!(taken > 0, "{name} takes none of its seeds: it is not reached");
        let mut rng = ChaCha20Rng::seed_from_u64(setting("SOTTO_DECODERS_SEED", 1));
        let began = std::time::Instant::now();
        let times = times.div_ceil(price(name));
        for number in 0..times {
            let bytes = changed(&seeds, most, &mut rng);
            let caught = std::panic::catch_unwind(|| decode(&bytes));
            assert!(caught.is_ok(), "{name}, input {number}: {:?}", String::from_utf8_lossy(&bytes));
        }
        eprintln!("{name}: {times} inputs in {:.1} s", began.elapsed().as_secs_f64());
    }
}
