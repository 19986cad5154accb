//! Elementwise kernels over residues: plain loops, compiled once more for each set of vector instructions. Kernel file.
#![allow(unsafe_code)]

use sotto_crypto::Platform;

use crate::prime::{Factor, Prime};
use crate::residues::{RUN, reduce_run};

/// For each operation: the loop by its definition, and the function that runs what the compiler makes of it for the platform.
macro_rules! kernels {
    ($($(#[$doc:meta])* $name:ident, $on:ident, $body:ident($($arg:ident: $type:ty),*);)*) => {$(
        $(#[$doc])*
        pub fn $name($($arg: $type),*) {
            $on(Platform::detect(), $($arg),*)
        }

        /// The same, by one platform's kernel.
        pub fn $on(platform: Platform, $($arg: $type),*) {
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2")]
            fn avx2($($arg: $type),*) {
                $body($($arg),*)
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512bw,avx512vl")]
            fn avx512($($arg: $type),*) {
                $body($($arg),*)
            }
            match platform {
                // SAFETY: an `Avx2` exists only where AVX2 was found.
                #[cfg(target_arch = "x86_64")]
                Platform::X86Avx2(_) => unsafe { avx2($($arg),*) },
                // SAFETY: an `Avx512` exists only where AVX-512 (F, BW, VL) was found.
                #[cfg(target_arch = "x86_64")]
                Platform::X86Avx512(_) => unsafe { avx512($($arg),*) },
                _ => $body($($arg),*),
            }
        }
    )*};
}

kernels! {
    /// `acc[i] += a[i]·b[i]`, without reduction: the caller keeps sums below 2^64.
    mul_acc, mul_acc_on, mul_acc_body(acc: &mut [u64], a: &[u32], b: &[u32]);
    /// `acc[i] += a[i]·w`, without reduction.
    scale_acc, scale_acc_on, scale_acc_body(acc: &mut [u64], a: &[u32], w: u32);
    /// Residues of 64-bit numbers.
    reduce, reduce_on, reduce_body(prime: Prime, acc: &[u64], out: &mut [u32]);
    /// `a[i]·w[i]` modulo p in place of any `a[i]`, for factors given by their words and Shoup quotients.
    mul_factor, mul_factor_on, mul_factor_body(prime: Prime, a: &mut [u32], w: &[u32], w_quotients: &[u32]);
    /// `out[i] + Σ a[i]·b[i]` modulo p in place of `out[i]`, over at most [`MOST_PRODUCTS`] products of residues.
    add_products, add_products_on, add_products_body(prime: Prime, out: &mut [u32], products: &[[&[u32]; 2]]);
    /// Residues `a[i] + b[i]·w[i]` in place of `a[i]`, and `a[i] − b[i]·w[i]` in place of `b[i]`, factors as above.
    butterfly, butterfly_on, butterfly_body(
        prime: Prime, a: &mut [u32], b: &mut [u32], w: &[u32], w_quotients: &[u32]
    );
}

#[inline(always)]
fn mul_acc_body(acc: &mut [u64], a: &[u32], b: &[u32]) {
    for ((acc, &a), &b) in acc.iter_mut().zip(a).zip(b) {
        *acc += u64::from(a) * u64::from(b);
    }
}

#[inline(always)]
fn scale_acc_body(acc: &mut [u64], a: &[u32], w: u32) {
    for (acc, &a) in acc.iter_mut().zip(a) {
        *acc += u64::from(a) * u64::from(w);
    }
}

#[inline(always)]
fn reduce_body(prime: Prime, acc: &[u64], out: &mut [u32]) {
    let ((runs, rest), (wide, wide_rest)) = (out.as_chunks_mut(), acc.as_chunks());
    runs.iter_mut().zip(wide).for_each(|(out, wide)| reduce_run(prime, wide, out));
    rest.iter_mut().zip(wide_rest).for_each(|(out, &v)| *out = prime.reduce64(v));
}

#[inline(always)]
fn mul_factor_body(prime: Prime, a: &mut [u32], w: &[u32], w_quotients: &[u32]) {
    for ((a, &w), &quotient) in a.iter_mut().zip(w).zip(w_quotients) {
        *a = prime.mul_factor(*a, Factor { w, quotient });
    }
}

/// Products of residues that fit a word together with a residue.
pub const MOST_PRODUCTS: usize = (1 << 10) - 1;

#[inline(always)]
fn add_products_body(prime: Prime, out: &mut [u32], products: &[[&[u32]; 2]]) {
    debug_assert!(products.len() <= MOST_PRODUCTS && products.iter().flatten().all(|p| p.len() == out.len()));
    let n = out.len();
    for start in (0..n).step_by(RUN) {
        let end = (start + RUN).min(n);
        let mut wide = [0u64; RUN];
        let out = &mut out[start..end];
        wide.iter_mut().zip(out.iter()).for_each(|(wide, &out)| *wide = out.into());
        for [a, b] in products {
            for ((wide, &a), &b) in wide.iter_mut().zip(&a[start..end]).zip(&b[start..end]) {
                *wide += u64::from(a) * u64::from(b);
            }
        }
        out.iter_mut().zip(&wide).for_each(|(out, &wide)| *out = prime.reduce64(wide));
    }
}

#[inline(always)]
fn butterfly_body(prime: Prime, a: &mut [u32], b: &mut [u32], w: &[u32], w_quotients: &[u32]) {
    for (((a, b), &w), &quotient) in a.iter_mut().zip(b).zip(w).zip(w_quotients) {
        let product = prime.mul_factor(*b, Factor { w, quotient });
        (*a, *b) = (prime.add(*a, product), prime.sub(*a, product));
    }
}

/// Whether the kernels of `platform` compute the definitions on `n` values, extremes among them.
pub(crate) fn holds(platform: Platform, prime: Prime, n: usize) -> bool {
    let p = prime.get();
    let word = |i: usize, step: u64| match i % 5 {
        0 => u32::MAX,
        1 => p - 1,
        _ => ((i as u64 * step) >> 7) as u32,
    };
    let a: Vec<u32> = (0..n).map(|i| word(i, 0x9e37_79b9_7f4b)).collect();
    let b: Vec<u32> = (0..n).map(|i| word(i / 5, 0x7f4a_7c15_9e37)).collect();
    let factors: Vec<Factor> = b.iter().map(|&b| prime.factor(b % p)).collect();
    let (w, quotients): (Vec<u32>, Vec<u32>) = factors.iter().map(|f| (f.w, f.quotient)).unzip();
    let product = |a: u32, b: u32| u64::from(a) * u64::from(b);

    let mut products = vec![1; n];
    mul_acc_on(platform, &mut products, &a, &b);
    let mut scaled = vec![1; n];
    scale_acc_on(platform, &mut scaled, &a, p - 1);
    let mut residues = vec![0; n];
    reduce_on(platform, prime, &products, &mut residues);
    let mut multiples = a.clone();
    mul_factor_on(platform, prime, &mut multiples, &w, &quotients);
    let x: Vec<u32> = a.iter().map(|a| a % p).collect();
    let mut sums = x.clone();
    add_products_on(platform, prime, &mut sums, &[[&x, &w], [&w, &w], [&x, &x]]);
    let (mut left, mut right) = (w.clone(), a.clone());
    butterfly_on(platform, prime, &mut left, &mut right, &w, &quotients);
    let residue = |v: u64| (v % u64::from(p)) as u32;
    (0..n).all(|i| {
        let turned = residue(product(a[i], w[i]));
        u64::from(sums[i])
            == (u64::from(x[i]) + product(x[i], w[i]) + product(w[i], w[i]) + product(x[i], x[i])) % u64::from(p)
            && left[i] == residue(u64::from(w[i]) + u64::from(turned))
            && right[i] == residue(u64::from(w[i] + p - turned))
            && products[i] == 1 + product(a[i], b[i])
            && scaled[i] == 1 + product(a[i], p - 1)
            && u64::from(residues[i]) == products[i] % u64::from(p)
            && u64::from(multiples[i]) == product(a[i], w[i]) % u64::from(p)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::PRIMES;

    #[test]
    fn every_platform_computes_the_definitions() {
        for platform in Platform::all() {
            for prime in PRIMES {
                for n in [0, 1, 3, 4, 7, 8, 9, 15, 16, 17, 31, 33, 63, 65, 4096] {
                    assert!(holds(platform, prime, n), "{platform}: {n} values modulo {}", prime.get());
                }
            }
        }
    }

    #[test]
    fn every_platform_reduces_the_largest_words() {
        for platform in Platform::all() {
            for prime in PRIMES {
                let mut out = [0; 37];
                reduce_on(platform, prime, &[u64::MAX; 37], &mut out);
                assert_eq!(out.map(u64::from), [u64::MAX % u64::from(prime.get()); 37], "{platform}");
            }
        }
    }
}
