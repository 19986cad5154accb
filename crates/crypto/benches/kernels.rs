//! Throughput of the kernels, portable against hardware: `cargo bench -p sotto-crypto`.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sotto_crypto::ggm::Tree;
use sotto_crypto::group::{Point, Scalar};
use sotto_crypto::hash::{FIXED_KEY, Pads, Pi};
use sotto_crypto::leaf_sums::Seeds;
use sotto_crypto::lpn::{Code, Field};
use sotto_crypto::{Aes128, Block, Platform, Prg, gf128, transpose};

const BLOCKS: usize = 1 << 16;
const BYTES: u64 = 16 * BLOCKS as u64;

fn blocks(n: usize) -> Vec<Block> {
    let mut blocks = vec![Block::ZERO; n];
    Prg::new(Block::ZERO).fill_blocks(&mut blocks);
    blocks
}

fn aes(c: &mut Criterion) {
    let mut group = c.benchmark_group("aes");
    let mut data = blocks(BLOCKS);
    group.throughput(Throughput::Bytes(BYTES));
    let cipher = Aes128::new(Block::ONES);
    group.bench_function("encrypt_blocks", |b| b.iter(|| cipher.encrypt_blocks(&mut data)));
    let pi = Pi::fixed();
    group.bench_function("cr_hash", |b| b.iter(|| pi.cr_hash(&mut data)));
    group.bench_function("tccr_hash", |b| b.iter(|| pi.tccr_hash(&mut data, |i| Block::from(i as u64))));
    for platform in Platform::all() {
        for bits in [1, 2] {
            let pads = Pads::new(&Pi::new_on(platform, FIXED_KEY), &blocks(64));
            let mut out = vec![0; BLOCKS * bits / 8];
            let name = format!("pads_low_{bits}_{platform}");
            group.bench_function(name, |b| b.iter(|| pads.low_bits(&data[..BLOCKS / 64], bits, &mut out)));
        }
    }
    let mut prg = Prg::new(Block::ONES);
    group.bench_function("prg", |b| b.iter(|| prg.fill_blocks(&mut data)));
    group.throughput(Throughput::Bytes(8));
    group.bench_function("prg_next_u64", |b| b.iter(|| prg.next_u64()));
    group.finish();
}

fn transposition(c: &mut Criterion) {
    let mut group = c.benchmark_group("transpose");
    let rows = 1 << 16;
    let columns = Block::as_bytes(&blocks(rows)).to_vec();
    group.throughput(Throughput::Bytes(16 * rows as u64));
    for platform in Platform::all() {
        let mut out = blocks(rows);
        group
            .bench_function(platform.to_string(), |b| b.iter(|| transpose::transpose_on(platform, &columns, &mut out)));
    }
    group.finish();
}

fn gf_mul(c: &mut Criterion) {
    let mut group = c.benchmark_group("gf_mul");
    let data = blocks(1024);
    group.throughput(Throughput::Elements(1024));
    for platform in Platform::all() {
        group.bench_function(platform.to_string(), |b| {
            b.iter(|| data.iter().fold(Block::ZERO, |sum, &x| sum ^ gf128::mul_on(platform, x, Block::ONES)))
        });
    }
    group.bench_function("detected", |b| {
        b.iter(|| data.iter().fold(Block::ZERO, |sum, &x| sum ^ x.gf_mul(Block::ONES)))
    });
    for platform in Platform::all() {
        let mut sums = blocks(1024);
        let name = format!("mul_add_{platform}");
        group.bench_function(name, |b| b.iter(|| gf128::mul_add_on(platform, &mut sums, Block::ONES, &data)));
    }
    group.bench_function("small", |b| b.iter(|| data.iter().fold(Block::ZERO, |sum, &x| sum ^ x.gf_mul_small(0xa5))));
    group.finish();
}

fn silent(c: &mut Criterion) {
    let mut group = c.benchmark_group("silent");
    let (pi, code) = (Pi::fixed(), Code::new(&[0; 32]));
    let (mut leaves, mut sums) = (blocks(2048), [[Block::ZERO; 2]; 11]);
    group.throughput(Throughput::Elements(2048));
    for tree in [Tree::Correlated, Tree::Mixed] {
        group.bench_function(format!("tree_{tree:?}"), |b| {
            b.iter(|| tree.expand(&pi, [Block::ZERO, Block::ONES], &mut leaves, &mut sums))
        });
        let known = sums.map(|sums| sums[0]);
        group.bench_function(format!("tree_{tree:?}_punctured"), |b| {
            b.iter(|| tree.expand_punctured(&pi, 0, &known, &mut leaves))
        });
    }
    let seeds = Seeds::new(&blocks(256));
    let mut sums = [[Block::ZERO; 4]; 9];
    group.throughput(Throughput::Elements(256 * 4));
    for platform in Platform::all() {
        group.bench_function(format!("leaf_sums_{platform}"), |b| b.iter(|| seeds.sums_on(platform, 1, &mut sums)));
    }
    group.throughput(Throughput::Elements(2048));
    for (platform, log_table) in Platform::all().into_iter().flat_map(|p| [16, 17, 18, 19, 20].map(|k| (p, k))) {
        let table = blocks(1 << log_table);
        let mut stretch = 0;
        for field in [Field::Gf2, Field::Gf16] {
            group.bench_function(format!("lpn_{field:?}_{log_table}_{platform}"), |b| {
                b.iter(|| {
                    code.encode_on(platform, field, &table, stretch, &mut leaves);
                    stretch += 11;
                })
            });
        }
    }
    group.finish();
}

fn ristretto(c: &mut Criterion) {
    let mut group = c.benchmark_group("ristretto");
    let scalar = Scalar::random(&mut Prg::new(Block::ZERO));
    let point = Point::generator_mul(&scalar);
    group.bench_function("generator_mul", |b| b.iter(|| Point::generator_mul(&scalar)));
    group.bench_function("mul", |b| b.iter(|| point * &scalar));
    group.finish();
}

criterion_group!(kernels, aes, transposition, gf_mul, silent, ristretto);
criterion_main!(kernels);
