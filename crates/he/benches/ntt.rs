//! The transform, portable against vectors: `cargo bench -p sotto-he`.

use criterion::{Criterion, criterion_group, criterion_main};

fn transforms(_: &mut Criterion) {}

criterion_group!(benches, transforms);
criterion_main!(benches);
