//! Ring-LWE encryption for the linear layers of a private inference: transforms, polynomials, keys, ciphertexts, noise bounds,
//! packing, and the pure encodings of linear layers as products of polynomials.
//!
//! Everything here is pure and synchronous; who sends what, and when, is in `sotto-mpc`.

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

pub use cipher::{Accumulator, Ciphertext};
pub use keys::{PublicKey, SecretKey};
pub use message::{Body, Reply};
pub use noise::{Budget, FLOODING, FitError};
pub use ntt::NttTable;
pub use params::{ERROR_BOUND, MAX_ROUNDED_BITS, ParamSet};
pub use poly::{Coefficients, Evaluations, Poly, ResidueError};
pub use prime::{Factor, Prime};
pub use scale::supports;
