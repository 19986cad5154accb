//! What the server sees of a client's input: masked values that carry nothing of it.

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use sotto_mpc::{Client, Inference, Result};
use sotto_nn::ring;
use sotto_tests::{INPUT_BITS, Running, record, start, synthetic, wide_input};

const SEED: [u8; 32] = [7; 32];

/// One inference and every frame that the client sent for it.
async fn watched(server: &Running, seed: [u8; 32], input: Vec<i64>) -> (Inference, Vec<Vec<u8>>) {
    let body = async move |mut client: Client| -> Result<Inference> {
        let inference = client.infer(&input).await?;
        client.close().await?;
        Ok(inference)
    };
    let (inference, frames) = record(&server.url, seed, body).await;
    (inference.unwrap(), frames)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_frame_contains_the_input() {
    let server = start().await;
    let model = synthetic();
    let raw: Vec<f64> = (0..model.program.input.len()).map(|k| (k as f64 * 7.25) - 80.0).collect();
    let input = model.card.quantise(&model.program, &raw).unwrap();
    let (inference, frames) = watched(&server, SEED, input.clone()).await;
    let stream = frames.concat();
    // The search finds what is there: the first online message is the masked input.
    assert!(contains(&stream, &packed(&inference.masked_input)), "the recorder saw the online phase");
    for (encoding, needle) in encodings(&raw, &input) {
        assert!(needle.len() >= 8, "{encoding}: shorter needles occur by chance");
        assert!(!contains(&stream, &needle), "a frame contains the input as {encoding}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn traffic_depends_on_the_input_only_through_the_mask() {
    let server = start().await;
    let (a, b) = (wide_input(1), wide_input(2));
    let (first, first_frames) = watched(&server, SEED, a.clone()).await;
    let (second, second_frames) = watched(&server, SEED, b.clone()).await;
    let (other, other_frames) = watched(&server, [8; 32], a.clone()).await;
    let lengths = |frames: &[Vec<u8>]| frames.iter().map(Vec::len).collect::<Vec<_>>();
    assert_eq!(lengths(&first_frames), lengths(&second_frames), "lengths do not depend on the input");
    assert_eq!(lengths(&first_frames), lengths(&other_frames), "nor on the randomness");
    // One seed, one mask: the two masked inputs differ exactly by the inputs. Another seed, another mask.
    let mask = |input: &[i64], masked: &[u64]| -> Vec<u64> {
        input
            .iter()
            .zip(masked)
            .map(|(x, m)| ring::to_ring(*x, INPUT_BITS).wrapping_sub(*m) & ring::mask(INPUT_BITS))
            .collect()
    };
    assert_eq!(mask(&a, &first.masked_input), mask(&b, &second.masked_input));
    let (one, another) = (mask(&a, &first.masked_input), mask(&a, &other.masked_input));
    assert!(one.iter().zip(&another).filter(|(a, b)| a == b).count() <= 2, "two seeds give two masks");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_online_message_is_uniform() {
    const RUNS: u64 = 200;
    const BINS: usize = 16;
    let server = start().await;
    // The most lopsided input there is: every element the same.
    let input = vec![5i64; synthetic().program.input.len()];
    let mut seed = [0; 32];
    ChaCha20Rng::seed_from_u64(11).fill_bytes(&mut seed);
    let body = async move |mut client: Client| -> Result<Vec<u64>> {
        let mut masked = Vec::new();
        for _ in 0..RUNS {
            masked.extend(client.infer(&input).await?.masked_input);
        }
        client.close().await?;
        Ok(masked)
    };
    let (masked, frames) = record(&server.url, seed, body).await;
    let masked = masked.unwrap();
    let stream = frames.concat();
    let mut rest = stream.as_slice();
    for sent in masked.chunks(synthetic().program.input.len()).map(packed) {
        let at = rest.windows(sent.len()).position(|window| window == sent);
        rest = &rest[at.expect("what the client reports as sent was sent")..];
    }
    for shift in (0..INPUT_BITS).step_by(4) {
        let mut bins = [0u32; BINS];
        masked.iter().for_each(|v| bins[(v >> shift) as usize % BINS] += 1);
        let expected = masked.len() as f64 / BINS as f64;
        let chi_square: f64 = bins.iter().map(|&n| (f64::from(n) - expected).powi(2) / expected).sum();
        // 15 degrees of freedom: 56.5 is exceeded once in a million uniform samples. The seed is fixed.
        assert!(chi_square < 56.5, "bits {shift}..{}: chi-square {chi_square:.1}, bins {bins:?}", shift + 4);
    }
}

/// Ways in which a careless client could have sent the input, whole or in part.
fn encodings(raw: &[f64], input: &[i64]) -> Vec<(String, Vec<u8>)> {
    let ring_values: Vec<u64> = input.iter().map(|&v| ring::to_ring(v, INPUT_BITS)).collect();
    let mut found = vec![
        ("packed ring elements".to_owned(), packed(&ring_values)),
        ("JSON".to_owned(), serde_json::to_vec(input).unwrap()),
        ("raw JSON".to_owned(), serde_json::to_vec(raw).unwrap()),
    ];
    for start in 0..input.len() - 3 {
        let (some, some_raw) = (&input[start..start + 4], &raw[start..start + 4]);
        let mut add = |name: &str, bytes: Vec<u8>| found.push((format!("{name} from element {start}"), bytes));
        add("16-bit little endian", some.iter().flat_map(|v| (*v as i16).to_le_bytes()).collect());
        add("16-bit big endian", some.iter().flat_map(|v| (*v as i16).to_be_bytes()).collect());
        add("32-bit little endian", some.iter().flat_map(|v| (*v as i32).to_le_bytes()).collect());
        add("32-bit big endian", some.iter().flat_map(|v| (*v as i32).to_be_bytes()).collect());
        add("64-bit little endian", some.iter().flat_map(|v| v.to_le_bytes()).collect());
        add("64-bit big endian", some.iter().flat_map(|v| v.to_be_bytes()).collect());
        add("raw doubles", some_raw.iter().flat_map(|v| v.to_le_bytes()).collect());
        add("raw floats", some_raw.iter().flat_map(|v| (*v as f32).to_le_bytes()).collect());
    }
    found
}

/// Elements of the input's ring at their width, least significant bit first: the wire's packing.
fn packed(values: &[u64]) -> Vec<u8> {
    const BYTES: usize = INPUT_BITS as usize / 8;
    values.iter().flat_map(|v| v.to_le_bytes().into_iter().take(BYTES)).collect()
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}
