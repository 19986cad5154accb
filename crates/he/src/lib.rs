//! Ring-LWE encryption for the linear layers of a private inference: transforms, polynomials, keys, ciphertexts, noise bounds,
//! packing, and the pure encodings of linear layers as products of polynomials.
//!
//! Everything here is pure and synchronous; who sends what, and when, is in `sotto-mpc`.
//!
//! ```
//! use sotto_crypto::{Block, Modulus, Prg};
//! use sotto_he::{Ciphertext, Cover, Layout, ParamSet, SecretKey, Split};
//!
//! let (set, t) = (ParamSet::N4096, Modulus::power_of_two(16));
//! let (mut secret, mut stream) = (Prg::new(Block::from(1_u64)), Prg::new(Block::from(2_u64)));
//! let key = SecretKey::generate(set, &mut secret);
//! // Two elements of ours, and one that the ciphertext makes.
//! let layout = Layout { split: Split::new(set, t, 40), places: &[(0, true), (1, true), (2, false)] };
//! let (parts, made) = key.encrypt(t, layout, [7, 11].into_iter(), &mut stream, 0, &mut secret);
//! let received = Ciphertext::open(layout, &parts, &mut stream, 0);
//! let places = [0, 1, 2];
//! let reply = received.reply(&Cover::new(set), [t.bits() + 16, t.bits() + 4], &places);
//! assert_eq!(key.decrypt(t, &reply, &places), [7, 11, made[0]]);
//! ```

mod cipher;
mod context;
mod exchange;
#[cfg(test)]
mod independent;
mod keys;
pub mod known_answers;
pub mod linear;
mod message;
mod noise;
mod ntt;
pub mod pack;
mod params;
pub mod pointwise;
mod poly;
mod prime;
mod residues;
mod sample;
mod scale;
mod short;
mod split;

pub use cipher::{Accumulator, Ciphertext, Cover};
pub use keys::{PublicKey, SecretKey};
pub use message::Reply;
pub use noise::{Budget, FLOODING, FitError};
pub use ntt::NttTable;
pub use params::{ERROR_BOUND, MAX_ROUNDED_BITS, ParamSet};
pub use poly::{Coefficients, Evaluations, Poly, ResidueError};
pub use prime::{Factor, Prime};
pub use scale::supports;
pub use split::{Layout, Parts, Split};
