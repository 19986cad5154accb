//! Blocks, PRG, hashes, transposition and the group: the kernels under Sotto's protocols.
//!
//! Everything here is pure and synchronous, and computes the same function on every target: x-86-64 with its
//! AES, carry-less-multiply and vector instructions, WebAssembly with or without `simd128`, and plain Rust.
//! [`Platform`] picks the kernel at run time; [`known_answers`] proves the running target right against committed vectors.
//!
//! Secrets never decide a branch or an address, and are wiped when their owner is dropped.
//!
//! ```
//! use sotto_crypto::{Block, Prg};
//!
//! let seed = Block::from(7_u64);
//! let (mut ours, mut theirs) = (Prg::new(seed), Prg::new(seed));
//! let masked = 42_u64.wrapping_add(ours.next_u64());
//! assert_eq!(masked.wrapping_sub(theirs.next_u64()), 42);
//! ```

mod aes128;
mod bits;
mod block;
mod bytes;
mod chacha;
mod ct;
pub mod gf128;
pub mod gf16;
pub mod ggm;
pub mod group;
pub mod hash;
pub mod known_answers;
pub mod leaf_sums;
pub mod lpn;
pub mod memcheck;
mod modulus;
mod platform;
mod prg;
mod ring;
mod rng;
mod secret;
mod sigma;
pub mod transpose;

pub use aes128::Aes128;
pub use bits::{BitVec, LengthError, pack_bytes, unpack_bytes};
pub use block::Block;
pub use ct::{mask_eq, mask_lt, mask64};
pub use modulus::{Divisor, Modulus, OddModulus};
pub use platform::Platform;
#[cfg(target_arch = "x86_64")]
pub use platform::{Avx2, Avx512};
pub use prg::Prg;
pub use ring::{Ring, low_bits};
pub use rng::{EntropyError, os_rng};
pub use secret::SecretVec;
pub use transpose::transpose_to_blocks;
