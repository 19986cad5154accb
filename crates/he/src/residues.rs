//! What the browser computes on secret residues outside the transforms, in leaf functions.
//!
//! Natively, valgrind finds what compilers make of secrets. Nothing like it runs WebAssembly, so that `cargo xtask`
//! scans the built module instead: the leaves that `xtask/src/leaves.rs` lists stay functions of their own there, over
//! arrays of one length, and must have no conditional but the ends of their loops: vectors of residues have none, and a level that does not make vectors
//! gives the smaller of two words by a `select`
//! (docs/decisions/0013-constant-time-by-tool.md).

use crate::prime::{Factor, Prime};

/// Residues that a leaf takes at a time. Every degree is a multiple.
pub(crate) const RUN: usize = 64;

/// One leaf's part of a polynomial.
type Run = [u32; RUN];

/// Residues modulo p of `a + b`, in place of a.
pub(crate) fn add(prime: Prime, a: &mut [u32], b: &[u32]) {
    runs(a, b, |a, b| add_run(prime, a, b));
}

/// Residues modulo p of `a − b`, in place of a.
pub(crate) fn sub(prime: Prime, a: &mut [u32], b: &[u32]) {
    runs(a, b, |a, b| sub_run(prime, a, b));
}

/// Residues modulo p of `a·b`, in place of a.
pub(crate) fn mul(prime: Prime, a: &mut [u32], b: &[u32]) {
    runs(a, b, |a, b| mul_run(prime, a, b));
}

/// Residues modulo p of a known factor times any words, in place.
pub(crate) fn scale(prime: Prime, a: &mut [u32], factor: Factor) {
    a.as_chunks_mut().0.iter_mut().for_each(|a| scale_run(prime, a, factor));
}

fn runs(a: &mut [u32], b: &[u32], f: impl Fn(&mut Run, &Run)) {
    let ((a, rest), (b, _)) = (a.as_chunks_mut(), b.as_chunks());
    debug_assert!(rest.is_empty() && a.len() == b.len(), "whole runs of both");
    a.iter_mut().zip(b).for_each(|(a, b)| f(a, b));
}

/// [`add`] of a run.
#[cfg_attr(target_family = "wasm", inline(never))]
fn add_run(prime: Prime, a: &mut Run, b: &Run) {
    a.iter_mut().zip(b).for_each(|(a, &b)| *a = prime.add(*a, b));
}

/// [`sub`] of a run.
#[cfg_attr(target_family = "wasm", inline(never))]
fn sub_run(prime: Prime, a: &mut Run, b: &Run) {
    a.iter_mut().zip(b).for_each(|(a, &b)| *a = prime.sub(*a, b));
}

/// [`mul`] of a run.
#[cfg_attr(target_family = "wasm", inline(never))]
fn mul_run(prime: Prime, a: &mut Run, b: &Run) {
    a.iter_mut().zip(b).for_each(|(a, &b)| *a = prime.mul(*a, b));
}

/// [`scale`] of a run.
#[cfg_attr(target_family = "wasm", inline(never))]
fn scale_run(prime: Prime, a: &mut Run, factor: Factor) {
    a.iter_mut().for_each(|a| *a = prime.mul_factor(*a, factor));
}

/// Residues of 64-bit numbers.
#[cfg_attr(target_family = "wasm", inline(never))]
#[cfg_attr(not(target_family = "wasm"), inline(always))]
pub(crate) fn reduce_run(prime: Prime, wide: &[u64; RUN], out: &mut Run) {
    out.iter_mut().zip(wide).for_each(|(out, &v)| *out = prime.reduce64(v));
}
