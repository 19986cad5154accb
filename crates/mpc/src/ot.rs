//! Oblivious transfer: base OTs, the sources that extend them to rows, and the store of what protocols make of rows.
//!
//! Every source ends in the same form: a random 1-of-2^m OT is a row q at the sender and `q ⊕ D_c` at the receiver, with
//! offsets D_k that are linear in k and D_0 = 0. Pad k is `H(q ⊕ D_k)`, cut to the bits that a message needs. Pads are made
//! when correlations are generated; what protocols find in the store takes no further call of the block cipher.

pub(crate) mod base;
pub(crate) mod batch;
pub(crate) mod classic;
mod columns;
pub(crate) mod dealer;
pub(crate) mod demand;
mod ferret;
mod iknp;
pub(crate) mod io;
mod kk13;
pub(crate) mod lpn_set;
pub(crate) mod messages;
pub(crate) mod pads;
pub(crate) mod rot;
pub(crate) mod silent;
mod soft;
pub(crate) mod source;
pub(crate) mod store;
pub(crate) mod supply;
pub(crate) mod triples;
mod wide_ferret;

#[cfg(test)]
mod tests;
