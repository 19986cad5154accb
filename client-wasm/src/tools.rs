//! The tools' module: what pictures, signals and the check of a browser need. A session works without.

pub mod kernels;
pub mod pictures;
pub mod signals;
mod types;
