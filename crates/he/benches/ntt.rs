//! Transforms and elementwise products, portable against vectors: `cargo bench -p sotto-he --bench ntt`.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sotto_crypto::{Block, Platform, Prg};
use sotto_he::{NttTable, ParamSet, pointwise};

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

fn elementwise(c: &mut Criterion) {
    let prime = ParamSet::N4096.primes()[0];
    let n = ParamSet::N4096.degree();
    let (a, b) = (random(n, prime.get()), random(n, 1 << 27));
    let quotient = |&w: &u32| ((u64::from(w) << 32) / u64::from(prime.get())) as u32;
    let quotients: Vec<u32> = a.iter().map(quotient).collect();
    let mut group = c.benchmark_group("pointwise");
    group.throughput(Throughput::Elements(n as u64));
    for platform in Platform::all() {
        // Wrapping is no concern here: 2^10 products fit, and more only in a build without overflow checks.
        let (mut sums, mut out, mut factors) = (vec![0; n], vec![0; n], b.clone());
        group.bench_function(format!("mul_acc_{platform}"), |bench| {
            bench.iter(|| pointwise::mul_acc_on(platform, &mut sums, &a, &b))
        });
        group.bench_function(format!("scale_acc_{platform}"), |bench| {
            bench.iter(|| pointwise::scale_acc_on(platform, &mut sums, &a, 12345))
        });
        group.bench_function(format!("reduce_{platform}"), |bench| {
            bench.iter(|| pointwise::reduce_on(platform, prime, &sums, &mut out))
        });
        group.bench_function(format!("mul_factor_{platform}"), |bench| {
            bench.iter(|| pointwise::mul_factor_on(platform, prime, &mut factors, &a, &quotients))
        });
    }
    group.finish();
}

criterion_group!(benches, transforms, elementwise);
criterion_main!(benches);
