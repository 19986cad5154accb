//! Floating-point numbers that networks are computed in: doubles, or single precision where only magnitudes are looked for.

use std::iter::Sum;
use std::ops::{AddAssign, Neg};

use ndarray::LinalgScalar;

/// A floating-point number.
pub trait Real: LinalgScalar + PartialOrd + AddAssign + Neg<Output = Self> + Sum + Send + Sync {
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// More than every number.
    const INFINITY: Self;

    /// The nearest of these numbers.
    fn of(value: f64) -> Self;

    /// As a double, which holds it.
    fn double(self) -> f64;

    /// The smaller one; the other one of NaN.
    fn min(self, other: Self) -> Self;

    /// The larger one; the other one of NaN.
    fn max(self, other: Self) -> Self;

    /// The next integer below.
    fn floor(self) -> Self;
}

macro_rules! real {
    ($number:ty) => {
        impl Real for $number {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const INFINITY: Self = Self::INFINITY;

            fn of(value: f64) -> Self {
                value as Self
            }

            fn double(self) -> f64 {
                self.into()
            }

            fn min(self, other: Self) -> Self {
                self.min(other)
            }

            fn max(self, other: Self) -> Self {
                self.max(other)
            }

            fn floor(self) -> Self {
                self.floor()
            }
        }
    };
}

real!(f32);
real!(f64);
