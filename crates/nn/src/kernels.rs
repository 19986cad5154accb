//! What the secure executor computes on one party's values in the clear: linear layers, sums over windows, and moves.
//!
//! Elements are in unsigned form (see [`ring`](crate::ring)): an input's bits above the result's ring are ignored, a
//! result is reduced. [`reference`](crate::reference) computes the same in the plainest way and shares nothing with
//! this module but [`Geometry`](crate::Geometry); `tests/kernels.rs` holds them against each other. Shapes are those
//! of a valid program: what they promise of lengths is not checked again.

mod conv;
mod dense;
mod digits;
mod layer;
mod moves;
mod pairs;
mod plain;
mod platform;
mod windows;

pub use conv::{Conv, conv};
pub use dense::{dense, dense_on};
pub use layer::Layer;
pub use moves::{Operand, concat, pad, sum_pool};
pub use platform::Platform;
pub use windows::Windows;
