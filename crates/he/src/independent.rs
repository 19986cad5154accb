//! The crate's arithmetic against libraries that share nothing with it but the definitions.

mod decryption;
mod rounding;
mod splitting;
mod transform;
