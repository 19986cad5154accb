//! Linear layers by OT, both parties in one thread over real OTs, per entry of a correlation: `cargo bench -p sotto-mpc`.

use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use futures_executor::block_on;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use sotto_mpc::protocols::linear_ot::{Chooser, LinearInput, LinearShape, linear_ot};
use sotto_mpc::testing::run2;
use sotto_mpc::{Arith, Channel, Modulus, Params, Party, Session};
use sotto_nn::{Geometry, Window};

/// Time of `repeats` runs without setup. The parties take turns, so that the client's clock counts both.
fn time(shape: &LinearShape, repeats: u64) -> Duration {
    let weights: Vec<i64> = (0..shape.weight_len()).map(|i| (i * 77 % 251) as i64 - 125).collect();
    let mask = Arith::new(shape.modulus, (0..shape.input_len() as u64).map(|i| i.wrapping_mul(0x9e37_79b9)).collect());
    let party = async |channel: Channel, party: Party| {
        let rng = ChaCha20Rng::from_seed([party as u8; 32]);
        let mut session = Session::setup(channel, party, Params::default(), rng).await.expect("setup");
        let start = Instant::now();
        for _ in 0..repeats {
            let input = match party {
                Party::Client => LinearInput::Mask(&mask),
                Party::Server => LinearInput::Weights(&weights),
            };
            linear_ot(session.lane(), shape, input).await.expect("both parties agree on the shape");
        }
        start.elapsed()
    };
    block_on(run2(|c| party(c, Party::Client), |c| party(c, Party::Server))).0
}

/// Entries of all correlations: products times the bits that choose.
fn entries(shape: &LinearShape) -> u64 {
    let g = shape.geometry;
    let taps: usize = (0..g.output_len()).map(|p| g.taps(p).count()).sum();
    let products = shape.outputs * (g.channels / shape.groups) * taps;
    let bits = match shape.chooser() {
        Chooser::Mask => shape.modulus.bits(),
        Chooser::Weights => shape.weight_bits,
    };
    products as u64 * u64::from(bits)
}

fn layers(c: &mut Criterion) {
    let (ring, odd) = (Modulus::power_of_two(32), Modulus::odd(4_293_918_721));
    let window = Window { kernel: [3, 3], stride: [1, 1], pads: [1; 4] };
    let plane = |channels: usize, extent: usize| Geometry::new(&[channels, extent, extent], window).expect("it fits");
    let mut group = c.benchmark_group("linear_ot");
    group.sample_size(10);
    for (name, shape) in [
        ("dense-128x784", LinearShape::dense(128, 784, 8, ring)),
        ("dense-1x4096", LinearShape::dense(1, 4096, 8, ring)),
        ("conv-16x32x32", LinearShape::conv(plane(16, 32), 16, 1, 8, ring)),
        ("conv-64x7x7", LinearShape::conv(plane(64, 7), 64, 1, 8, ring)),
        ("depthwise-64x32x32", LinearShape::conv(plane(64, 32), 64, 64, 8, ring)),
        ("dense-128x784-odd", LinearShape::dense(128, 784, 8, odd)),
    ] {
        group.throughput(Throughput::Elements(entries(&shape)));
        group.bench_function(name, |b| b.iter_custom(|repeats| time(&shape, repeats)));
    }
    group.finish();
}

criterion_group!(benches, layers);
criterion_main!(benches);
