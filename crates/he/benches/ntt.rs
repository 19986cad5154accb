//! The transform, portable against vectors: `cargo bench -p sotto-he`.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sotto_crypto::{Block, Platform, Prg};
use sotto_he::{NttTable, ParamSet};

fn random(n: usize, bound: u32) -> Vec<u32> {
    let mut prg = Prg::new(Block::ZERO);
    (0..n).map(|_| (prg.next_u64() % u64::from(bound)) as u32).collect()
}

fn transforms(c: &mut Criterion) {
    for set in ParamSet::ALL {
        let prime = set.primes()[0];
        let table = NttTable::new(prime, set.log_degree());
        let mut values = random(set.degree(), prime.get());
        let mut group = c.benchmark_group(set.name());
        group.throughput(Throughput::Elements(set.degree() as u64));
        for platform in Platform::all() {
            group.bench_function(format!("forward_{platform}"), |b| b.iter(|| table.forward_on(platform, &mut values)));
            group.bench_function(format!("inverse_{platform}"), |b| b.iter(|| table.inverse_on(platform, &mut values)));
        }
        group.finish();
    }
}

criterion_group!(benches, transforms);
criterion_main!(benches);
