//! Linear layers in the clear on one thread, the reference and every platform's kernels: `cargo bench -p sotto-nn
//! --bench kernels`. Throughput counts products.

use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sotto_nn::kernels::{self, Conv, Layer, Platform};
use sotto_nn::{Geometry, Window, reference};

/// Bits of a weight.
const WEIGHT_BITS: u32 = 10;

/// Numbers of so many bits, always the same.
fn numbers(count: usize, bits: u32) -> Vec<i64> {
    let number = |i: u64| i.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (0..count as u64).map(|i| number(i) as i64 >> (64 - bits)).collect()
}

/// Name, channels, their planes' extent, output channels, kernel, stride, groups.
type Shape = (&'static str, usize, usize, usize, usize, usize, usize);

const CONVOLUTIONS: [Shape; 6] = [
    ("256 to 256 at 14, 3x3", 256, 14, 256, 3, 1, 1),
    ("64 to 64 at 56, 3x3", 64, 56, 64, 3, 1, 1),
    ("256 to 64 at 56, 1x1", 256, 56, 64, 1, 1, 1),
    ("512 to 512 at 7, 3x3", 512, 7, 512, 3, 1, 1),
    ("3 to 64 at 224, 7x7 by 2", 3, 224, 64, 7, 2, 1),
    ("128 at 56, 3x3 depthwise", 128, 56, 128, 3, 1, 128),
];

fn convolutions(c: &mut Criterion) {
    for (name, channels, extent, outputs, kernel, stride, groups) in CONVOLUTIONS {
        let window = Window { kernel: [kernel; 2], stride: [stride; 2], pads: [kernel / 2; 4] };
        let g = Geometry::new(&[channels, extent, extent], window).expect("the window fits");
        let weights = numbers(outputs * channels / groups * window.area(), WEIGHT_BITS);
        let signed = numbers(channels * g.input_len(), 64);
        let x: Vec<u64> = signed.iter().map(|&v| v as u64).collect();
        let mut group = c.benchmark_group(name);
        group.throughput(Throughput::Elements((weights.len() * g.output_len()) as u64));
        group.bench_function("reference", |b| {
            b.iter(|| reference::conv_wrapping(&weights, None, &signed, &g, groups));
        });
        for platform in Platform::all() {
            for bits in [32, 37] {
                let layer = Layer { weights: &weights, weight_bits: WEIGHT_BITS, bias: None, bits };
                let id = format!("{platform}, {bits} bits");
                group.bench_function(id, |b| b.iter(|| Conv::on(platform, &layer, &x, &g, groups).outputs(0..outputs)));
            }
        }
        group.finish();
    }
}

fn dense(c: &mut Criterion) {
    let (inputs, outputs) = (2048, 1000);
    let weights = numbers(inputs * outputs, WEIGHT_BITS);
    let signed = numbers(inputs, 64);
    let x: Vec<u64> = signed.iter().map(|&v| v as u64).collect();
    let mut group = c.benchmark_group("2048 to 1000, fully connected");
    group.throughput(Throughput::Elements(weights.len() as u64));
    group.bench_function("reference", |b| b.iter(|| reference::linear(&weights, None, &signed, 64)));
    for platform in Platform::all() {
        for bits in [32, 37] {
            let layer = Layer { weights: &weights, weight_bits: WEIGHT_BITS, bias: None, bits };
            let id = format!("{platform}, {bits} bits");
            group.bench_function(id, |b| b.iter(|| kernels::dense_on(platform, &layer, &x)));
        }
    }
    group.finish();
}

fn short() -> Criterion {
    let seconds = Duration::from_secs;
    Criterion::default().sample_size(10).warm_up_time(seconds(1) / 4).measurement_time(seconds(1))
}

criterion_group! { name = benches; config = short(); targets = convolutions, dense }
criterion_main!(benches);
