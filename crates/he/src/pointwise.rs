//! Elementwise kernels over residues.

use crate::Prime;

/// `acc[i] += a[i]·b[i]`, without reduction: the caller keeps sums below 2^64.
pub(crate) fn mul_acc(acc: &mut [u64], a: &[u32], b: &[u32]) {
    for ((acc, &a), &b) in acc.iter_mut().zip(a).zip(b) {
        *acc += u64::from(a) * u64::from(b);
    }
}

/// `acc[i] += a[i]·w`, without reduction.
pub(crate) fn scale_acc(acc: &mut [u64], a: &[u32], w: u32) {
    for (acc, &a) in acc.iter_mut().zip(a) {
        *acc += u64::from(a) * u64::from(w);
    }
}

/// Residues of 64-bit numbers.
pub(crate) fn reduce(prime: Prime, acc: &[u64], out: &mut [u32]) {
    for (out, &v) in out.iter_mut().zip(acc) {
        *out = prime.reduce64(v);
    }
}
