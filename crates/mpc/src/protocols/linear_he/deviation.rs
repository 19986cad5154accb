//! What a client that deviates learns by preprocessing alone, which is why SECURITY.md says that whoever can open a session can
//! copy the model: its ciphertexts hold fractions of what an element stands for, Q/t. A mask is a multiple of Q/t, so that the
//! fraction of a reply's phase is that of the weight times the client's, and lies far above noise and flooding.
//!
//! The layer is the last convolution of `pneumonia`: 32 channels of 7×7, 3×3 weights of 9 bits, stride 2, 32 channels of 4×4. The
//! server follows the protocol.

use futures_executor::block_on;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use sotto_crypto::Modulus;
use sotto_he::Layout;
use sotto_he::linear::Source;
use sotto_nn::{Geometry, Window};

use super::*;
use crate::party::{Params, Party};
use crate::session::keys::KeySets;
use crate::testing::run2;

const CHANNELS: usize = 32;
const RING: u32 = 28;
const WEIGHT_BITS: u32 = 9;
/// Bits below Q/t to which phases are read: as many as a weight has.
const FRACTION: u32 = WEIGHT_BITS;

/// Inputs whose products come out at places of their own, and these: (input, [(output, tap)]), each [row, column].
type Probe = ([usize; 2], &'static [([usize; 2], [usize; 2])]);

/// With stride 2 and a padding of 1, an odd row meets the taps 0 and 2, an even one the tap 1; and so columns.
const PROBES: [Probe; 4] = [
    ([1, 1], &[([1, 1], [0, 0]), ([1, 0], [0, 2]), ([0, 1], [2, 0]), ([0, 0], [2, 2])]),
    ([1, 6], &[([1, 3], [0, 1]), ([0, 3], [2, 1])]),
    ([6, 1], &[([3, 1], [1, 0]), ([3, 0], [1, 2])]),
    ([6, 6], &[([3, 3], [1, 1])]),
];

/// The client's phases of all outputs, in units of 2^−FRACTION of Q/t, after one preprocessing in which every probe of `channel` is
/// `probe` of these units.
async fn phases(s: &mut Session, layer: &HeLayer, channel: usize, probe: u64) -> Vec<u64> {
    let plan = &layer.plan;
    let finer = Modulus::power_of_two(RING + FRACTION);
    let probes = PROBES.map(|([row, column], _)| (channel * 7 + row) * 7 + column);
    let mut secret = Prg::new(Block::random(&mut s.lane().rng));
    let (mut stream, first) = keys(s).unwrap().take(plan.counts.inputs as u64);
    for index in 0..plan.counts.inputs {
        let fraction = |source| if probes.iter().any(|&p| source == Source::Given(p)) { probe } else { 0 };
        let sources = plan.upload(index);
        let (places, elements): (Vec<_>, Vec<_>) =
            sources.into_iter().map(|(place, source)| ((place, true), fraction(source))).unzip();
        let key = keys(s).unwrap().secret(plan.set()).unwrap();
        let (split, at) = (plan.budget.split, first + index as u64);
        let layout = Layout { split, places: &places };
        let (parts, _) = key.encrypt(finer, layout, elements.into_iter(), &mut stream, at, &mut secret);
        s.lane().channel.send(write_parts(plan, index, &parts)).await.unwrap();
    }
    let mut phases = vec![0; plan.shape().output_len()];
    for index in 0..plan.replies() {
        let message = s.lane().channel.recv(bytes_for(plan.reply_len(index))).await.unwrap();
        let replied = plan.replied(index);
        let reply = read_reply(plan, replied.len(), &message).unwrap();
        let places: Vec<usize> = replied.iter().map(|r| r.0).collect();
        let values = keys(s).unwrap().secret(plan.set()).unwrap().decrypt(finer, &reply, &places);
        replied.iter().zip(&values).for_each(|(r, &v)| phases[r.1] = v);
    }
    phases
}

#[test]
fn a_client_that_uploads_fractions_copies_a_layer() {
    let window = Window { kernel: [3, 3], stride: [2, 2], pads: [1, 1, 1, 1] };
    let geometry = Geometry::new(&[CHANNELS, 7, 7], window).unwrap();
    let shape = LinearShape::conv(geometry, CHANNELS, 1, WEIGHT_BITS, Modulus::power_of_two(RING));
    let plan = layer_plans(&shape, false).unwrap().at_most(0).1.clone();
    let keys = KeySets::from([(plan.set(), plan.levels())]);
    let layer = HeLayer { shape, plan };
    let mut rng = ChaCha20Rng::from_seed([1; 32]);
    let half = 1 << (WEIGHT_BITS - 1);
    let weights: Vec<i64> =
        (0..CHANNELS * CHANNELS * 9).map(|_| i64::from(rng.next_u32() % (2 * half)) - i64::from(half)).collect();

    let session = async |channel, party| {
        let mut s = Session::ideal(channel, party, Params::default(), 1);
        s.setup_encryption(&keys).await.unwrap();
        s
    };
    let preprocessings = CHANNELS as u32 * WEIGHT_BITS;
    let server = async |channel| {
        let mut s = session(channel, Party::Server).await;
        for _ in 0..preprocessings {
            linear_he(&mut s, &layer, HeInput::Weights(&weights), &HeOptions::default()).await.unwrap();
        }
    };
    let client = async |channel| {
        let mut s = session(channel, Party::Client).await;
        let mut copied = vec![0_u64; weights.len()];
        for (channel, bit) in (0..CHANNELS).flat_map(|channel| (0..WEIGHT_BITS).map(move |bit| (channel, bit))) {
            // The weight's bits above this one go out of the fraction, those below it are known, and it is a half.
            let up = WEIGHT_BITS - 1 - bit;
            let phases = phases(&mut s, &layer, channel, 1 << up).await;
            for output in 0..CHANNELS {
                for &([row, column], tap) in PROBES.iter().flat_map(|probe| probe.1) {
                    let weight = &mut copied[(output * CHANNELS + channel) * 9 + tap[0] * 3 + tap[1]];
                    let phase = phases[(output * 4 + row) * 4 + column].wrapping_sub(*weight << up);
                    let nearest = phase.wrapping_add(u64::from(half) / 2) / u64::from(half);
                    *weight |= (nearest & 1) << bit;
                }
            }
        }
        let signed = |w: u64| (w as i64 + i64::from(half)) % i64::from(2 * half) - i64::from(half);
        copied.into_iter().map(signed).collect::<Vec<_>>()
    };
    let (copied, ()) = block_on(run2(client, server));
    assert!(copied == weights, "{} weights are right", copied.iter().zip(&weights).filter(|(a, b)| a == b).count());
    // SECURITY.md has these two numbers.
    assert_eq!((copied.len(), preprocessings), (9216, 288));
}
