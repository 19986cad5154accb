//! Linear layers as products of polynomials, without a channel: which element goes where, and in how many ciphertexts.
//!
//! Coefficients rather than slots, after "Cheetah" (Huang, Lu, Hong and Ding, USENIX Security 2022): a product of polynomials contains a
//! convolution, and nothing is rotated. With C_w channels in a polynomial, element (channel c, place q) of the input stands at
//! q·C_w + c and a weight of tap o of the kernel at (O − o)·C_w − c; their product at (O + p)·C_w then is the output at place p, for
//! `q = p + o`. Channels are the minor index, so that outputs fall on a stride of C_w and the gaps can be filled by
//! packing ([`crate::pack`]; the idea is that of "BumbleBee", Lu et al., NDSS 2025, and "Rhombus", He et al., CCS 2024). Several
//! output channels share a polynomial when they are S places apart.

mod encode;
mod evaluate;
mod grid;
pub mod networks;
mod products;
mod search;
#[cfg(test)]
mod tests;
mod tiling;
mod upload;

pub use encode::LinearPlan;
pub use evaluate::Answer;
pub use grid::ConvShape;
pub use products::Evaluation;
pub use search::{LAYER_DISTANCE, LevelPlans, MAX_LEVELS, plans};
pub use tiling::{Counts, Tiling};
pub use upload::{Input, Opener, Source};
