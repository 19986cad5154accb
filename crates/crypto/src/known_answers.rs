//! Known answers, run on the machine at hand: natively by the tests, in the browser through the page's bindings.
//!
//! Two parties that compute different functions fail in ways that are hard to read; this tells at once which one is wrong.
//! The digests are SHA-256 over outputs long enough to pass through every kernel's bulk, its tail and their seam;
//! they were computed by a separate model that shares nothing with this crate but the definitions.

mod ristretto;

use sha2::{Digest, Sha256, Sha512};

use crate::ggm::Tree;
use crate::group::{Point, Scalar};
use crate::hash::Pi;
use crate::leaf_sums::{self, Seeds};
use crate::lpn::{Code, Field};
use crate::{Aes128, Block, Platform, Prg, gf128, transpose};

/// A check's name, and whether the running machine passes it.
pub type Check = (&'static str, fn() -> bool);

/// Every check.
pub const CHECKS: [Check; 13] = [
    ("AES-128, FIPS 197", aes_fips_197),
    ("AES-128 counter mode, SP 800-38A", aes_counter_mode),
    ("AES-128, many blocks", aes_many_blocks),
    ("Prg", prg),
    ("cr_hash", cr_hash),
    ("tccr_hash", tccr_hash),
    ("transpose", transpose_bits),
    ("trees of correlated, of independent and of both kinds of nodes", trees),
    ("sums of leaves' streams", sums_of_leaves),
    ("local linear code", local_code),
    ("GF(2^128), the GCM specification's vectors", gf_ghash),
    ("GF(2^128), chained products", gf_chain),
    ("Ristretto255, RFC 9496", ristretto_rfc_9496),
];

/// Runs all checks.
///
/// # Errors
/// The names of those that failed.
pub fn check() -> Result<(), String> {
    let failed: Vec<&str> = CHECKS.iter().filter(|(_, passes)| !passes()).map(|(name, _)| *name).collect();
    if failed.is_empty() { Ok(()) } else { Err(format!("known answers differ: {}", failed.join("; "))) }
}

/// Appendices B and C.1.
fn aes_fips_197() -> bool {
    let vectors = [
        ("2b7e151628aed2a6abf7158809cf4f3c", "3243f6a8885a308d313198a2e0370734", "3925841d02dc09fbdc118597196a0b32"),
        ("000102030405060708090a0b0c0d0e0f", "00112233445566778899aabbccddeeff", "69c4e0d86a7b0430d8cdb78070b4c55a"),
    ];
    vectors.into_iter().all(|(key, plain, cipher)| {
        Platform::all().into_iter().all(|platform| {
            let mut blocks = [block(plain)];
            Aes128::new_on(platform, block(key)).encrypt_blocks(&mut blocks);
            blocks == [block(cipher)]
        })
    })
}

/// Section F.5.1, whose counters are big-endian, unlike those of [`Prg`].
fn aes_counter_mode() -> bool {
    let vectors = [
        ("6bc1bee22e409f96e93d7e117393172a", "874d6191b620e3261bef6864990db6ce"),
        ("ae2d8a571e03ac9c9eb76fac45af8e51", "9806f66b7970fdff8617187bb9fffdff"),
        ("30c81c46a35ce411e5fbc1191a0a52ef", "5ae4df3edbd5d35e5b4f09020db03eab"),
        ("f69f2445df4f9b17ad2b417be66c3710", "1e031dda2fbe03d1792170a0f3009cee"),
    ];
    let first = u128::from_be_bytes(hex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"));
    Platform::all().into_iter().all(|platform| {
        let mut stream: [Block; 4] = core::array::from_fn(|i| Block::from_bytes(&(first + i as u128).to_be_bytes()));
        Aes128::new_on(platform, block("2b7e151628aed2a6abf7158809cf4f3c")).encrypt_blocks(&mut stream);
        vectors.iter().zip(stream).all(|((plain, cipher), key)| block(plain) ^ key == block(cipher))
    })
}

/// The bulk and the tail of every kernel against its portable twin, the `aes` crate's backend.
fn aes_many_blocks() -> bool {
    let mut all = Platform::all().into_iter().map(|platform| encrypt_repeatedly(platform, 1003, 2));
    let portable = all.next();
    all.all(|blocks| Some(blocks) == portable)
}

/// Encrypts `blocks` blocks `count` times, each time the ciphertexts before, by the kernels of `platform`. For comparisons
/// and measurements.
pub fn encrypt_repeatedly(platform: Platform, blocks: usize, count: u32) -> Vec<Block> {
    let mut blocks: Vec<Block> = (0..blocks as u128).map(Block::new).collect();
    let cipher = Aes128::new_on(platform, block("000102030405060708090a0b0c0d0e0f"));
    (0..count).for_each(|_| cipher.encrypt_blocks(&mut blocks));
    blocks
}

fn prg() -> bool {
    let bytes = sample_bytes(100_003);
    bytes[..16] == hex::<16>("c6a13b37878f5b826f4f8162a1c8d879")
        && digest(&bytes) == hex("ff8219f3804b0745144e36a61ec929846fbae88c5863c066eab89311ba0d7467")
}

fn cr_hash() -> bool {
    let mut blocks = sample_blocks();
    Pi::fixed().cr_hash(&mut blocks);
    blocks[0] == block("2d0aa28d4aedf1b538fd8186d9bcc602")
        && digest(Block::as_bytes(&blocks)) == hex("a073256f50858f9475a191e9dad8c4c3470551dc843dc607a5d0eea03e79d97b")
}

/// With the position as the tweak.
fn tccr_hash() -> bool {
    let mut blocks = sample_blocks();
    Pi::fixed().tccr_hash(&mut blocks, |i| Block::from(i as u64));
    digest(Block::as_bytes(&blocks)) == hex("9d87b123b8eb89886682c0b69e500dc36a0578877397c6dcaea1a3f30319b026")
}

/// 1000 rows, by every kernel.
fn transpose_bits() -> bool {
    let columns = sample_bytes(128 * 125);
    Platform::all().into_iter().all(|platform| {
        let mut rows = vec![Block::ZERO; 1000];
        transpose::transpose_on(platform, &columns, &mut rows);
        digest(Block::as_bytes(&rows)) == hex("b49c211a05f0b9b4f2b819d39d986575c4166de64b6315831b7cdefae86cd1a5")
    })
}

/// 512 leaves from the first two of the sample's blocks.
fn trees() -> bool {
    let sample = sample_blocks();
    let leaves = |tree: Tree| {
        let (mut leaves, mut sums) = ([Block::ZERO; 512], [[Block::ZERO; 2]; 9]);
        tree.expand(&Pi::fixed(), [sample[0], sample[1]], &mut leaves, &mut sums);
        digest(Block::as_bytes(&leaves))
    };
    leaves(Tree::Correlated) == hex("6708d9c0a9d4988bf078de37c1052eddd5d0f13806d1448c0955c439f94c27c6")
        && leaves(Tree::Independent) == hex("b7c98b86f0182bb8de373957535c72e96b84185f1f5bc4673972e6e7970b1211")
        && leaves(Tree::Mixed) == hex("b59cc343506f11d866a600e91bae63ed07906503a5a942a3df77ae4da7e0ae68")
}

/// The sixth stretch of the streams of the sample's first 256 blocks, by every kernel.
fn sums_of_leaves() -> bool {
    let seeds = Seeds::new(&sample_blocks()[..leaf_sums::SEEDS]);
    Platform::all().into_iter().all(|platform| {
        let mut sums = leaf_sums::Sums::default();
        seeds.sums_on(platform, 5, &mut sums);
        digest(Block::as_bytes(sums.as_flattened()))
            == hex("4b623380773fab6abd1b2207a53aa04c6bc81cae79bd2ab9c24f122921c56fc4")
    })
}

/// 500 outputs from the stream's fourth stretch on, of a table of 1024 blocks under the zero key, over both fields, by every kernel.
fn local_code() -> bool {
    let mut table = vec![Block::ZERO; 1024];
    Block::as_bytes_mut(&mut table).copy_from_slice(&sample_bytes(16 * 1024));
    let code = Code::new(&[0; 32]);
    let answers = [
        (Field::Gf2, "e91836a52cf5c22b326ed71e52b8a8b2b97f7ffd1ecbb9f82d881bd35c0468d8"),
        (Field::Gf16, "86169793a4bbb34da20840344f64d35984df75486654aab347edb67630db827d"),
    ];
    Platform::all().into_iter().flat_map(|platform| answers.map(|answer| (platform, answer))).all(
        |(platform, (field, expected))| {
            let mut outputs = [Block::ZERO; 500];
            code.encode_on(platform, field, &table, 3, &mut outputs);
            digest(Block::as_bytes(&outputs)) == hex(expected)
        },
    )
}

/// McGrew, Viega, "The Galois/Counter Mode of Operation", test case 2: the same field, bits in the opposite order.
fn gf_ghash() -> bool {
    let element = |s| Block::new(u128::from_be_bytes(hex(s)).reverse_bits());
    let h = element("66e94bd4ef8a2c3b884cfa59ca342b2e");
    let x = element("0388dace60b6a392f328c2b971b2fe78");
    let length = element("00000000000000000000000000000080");
    Platform::all().into_iter().all(|platform| {
        let product = gf128::mul_on(platform, x, h);
        product == element("5e2ec746917062882c85b0685353deb7")
            && gf128::mul_on(platform, product ^ length, h) == element("f38cbb1ad69223dcc3457ae5b6b0f885")
    })
}

fn gf_chain() -> bool {
    let blocks = sample_blocks();
    Platform::all().into_iter().all(|platform| {
        let chain = |sum: Block, x: &Block| gf128::mul_on(platform, sum ^ *x, blocks[0]);
        blocks[1..].iter().fold(Block::ZERO, chain) == Block::new(0x13b3_3278_5ac1_4eea_0f43_7993_f764_38c8)
    })
}

fn ristretto_rfc_9496() -> bool {
    let multiples = ristretto::MULTIPLES.iter().enumerate().all(|(i, encoding)| {
        let point = Point::generator_mul(&Scalar::from(i as u64));
        point.to_bytes() == hex(encoding) && Point::from_bytes(&hex(encoding)) == Ok(point)
    });
    let invalid = ristretto::INVALID.iter().all(|encoding| Point::from_bytes(&hex(encoding)).is_err());
    let mapped = ristretto::FROM_UNIFORM_BYTES.iter().all(|(text, encoding)| {
        Point::from_uniform_bytes(&Sha512::digest(text.as_bytes()).into()).to_bytes() == hex(encoding)
    });
    multiples && invalid && mapped
}

/// The first `n` bytes of the stream under the seed `00 01 … 0f`.
fn sample_bytes(n: usize) -> Vec<u8> {
    let mut bytes = vec![0; n];
    Prg::new(block("000102030405060708090a0b0c0d0e0f")).fill_bytes(&mut bytes);
    bytes
}

/// The first 1000 blocks of that stream.
fn sample_blocks() -> Vec<Block> {
    let mut blocks = vec![Block::ZERO; 1000];
    Block::as_bytes_mut(&mut blocks).copy_from_slice(&sample_bytes(16_000));
    blocks
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn block(digits: &str) -> Block {
    Block::from_bytes(&hex(digits))
}

/// The bytes of a vector in this module.
fn hex<const N: usize>(digits: &str) -> [u8; N] {
    assert_eq!(digits.len(), 2 * N, "a vector of {N} bytes");
    core::array::from_fn(|i| u8::from_str_radix(&digits[2 * i..][..2], 16).expect("a vector in hexadecimal"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn all_hold_on_this_machine() {
        assert_eq!(super::check(), Ok(()));
    }
}
