//! The readable twin of the transform's kernels.

use crate::prime::{Factor, Prime, subtract_once};

/// Cooley–Tukey stages from the widest to the narrowest; bounds grow by 2p a stage.
pub(super) fn forward(prime: Prime, roots: &[Factor], values: &mut [u32]) {
    let two_p = 2 * prime.get();
    let mut blocks = 1;
    while blocks < values.len() {
        let half = values.len() / (2 * blocks);
        for (i, block) in values.chunks_exact_mut(2 * half).enumerate() {
            let root = roots[blocks + i];
            let (left, right) = block.split_at_mut(half);
            for (x, y) in left.iter_mut().zip(right) {
                let product = prime.mul_lazy(*y, root);
                (*x, *y) = (*x + product, *x + two_p - product);
            }
        }
        blocks *= 2;
    }
    values.iter_mut().for_each(|v| *v = prime.reduce(*v));
}

/// Gentleman–Sande stages from the narrowest to the widest; every value stays below 2p.
pub(super) fn inverse(prime: Prime, roots: &[Factor], scale: Factor, values: &mut [u32]) {
    let two_p = 2 * prime.get();
    let mut blocks = values.len() / 2;
    while blocks > 0 {
        let half = values.len() / (2 * blocks);
        for (i, block) in values.chunks_exact_mut(2 * half).enumerate() {
            let root = roots[blocks + i];
            let (left, right) = block.split_at_mut(half);
            for (x, y) in left.iter_mut().zip(right) {
                let (sum, difference) = (*x + *y, *x + two_p - *y);
                *x = subtract_once(sum, two_p);
                *y = prime.mul_lazy(difference, root);
            }
        }
        blocks /= 2;
    }
    values.iter_mut().for_each(|v| *v = prime.mul_factor(*v, scale));
}
