//! Ring-LWE encryption for the linear layers of a private inference: transforms, polynomials, keys, ciphertexts, noise bounds,
//! packing, and the pure encodings of linear layers as products of polynomials.
//!
//! Everything here is pure and synchronous; who sends what, and when, is in `sotto-mpc`.

mod ntt;
mod params;
mod prime;

pub use ntt::NttTable;
pub use params::{ERROR_BOUND, ParamSet, RESIDUE_BITS};
pub use prime::{Factor, Prime};
