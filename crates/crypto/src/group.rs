//! Ristretto255 (RFC 9496), the prime-order group of the base OTs. Secret-dependent operations are constant-time.

use core::ops::{Add, Mul, Neg, Sub};

use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::traits::Identity;
use rand_core::CryptoRng;
use subtle::{Choice, ConditionallySelectable};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// An exponent, modulo the group's order. Wiped on drop.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Scalar(curve25519_dalek::Scalar);

impl Scalar {
    /// A uniformly random scalar.
    pub fn random(rng: &mut (impl CryptoRng + ?Sized)) -> Scalar {
        Scalar(curve25519_dalek::Scalar::random(rng))
    }
}

impl From<u64> for Scalar {
    fn from(value: u64) -> Scalar {
        Scalar(value.into())
    }
}

/// A group element. Wipe secret ones with `zeroize`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Zeroize)]
pub struct Point(RistrettoPoint);

/// 32 bytes that are not the canonical encoding of a group element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the canonical encoding of a Ristretto255 element")]
pub struct InvalidPoint;

impl Point {
    /// `scalar` times the generator.
    pub fn generator_mul(scalar: &Scalar) -> Point {
        Point(RistrettoPoint::mul_base(&scalar.0))
    }

    /// The element that 64 uniformly random bytes map to (RFC 9496, section 4.3.4); nobody knows its logarithm.
    pub fn from_uniform_bytes(bytes: &[u8; 64]) -> Point {
        Point(RistrettoPoint::from_uniform_bytes(bytes))
    }

    /// The canonical encoding.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.compress().to_bytes()
    }

    /// Decodes; every encoding but the canonical one is refused.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Point, InvalidPoint> {
        CompressedRistretto(*bytes).decompress().map(Point).ok_or(InvalidPoint)
    }

    /// Whether this is the neutral element, which has a canonical encoding too but no place in a key exchange.
    pub fn is_identity(&self) -> bool {
        self.0 == RistrettoPoint::identity()
    }

    /// `choice ? b : a`, in constant time.
    pub fn conditional_select(a: &Point, b: &Point, choice: bool) -> Point {
        Point(RistrettoPoint::conditional_select(&a.0, &b.0, Choice::from(u8::from(choice))))
    }
}

impl Add for Point {
    type Output = Point;
    fn add(self, other: Point) -> Point {
        Point(self.0 + other.0)
    }
}

impl Sub for Point {
    type Output = Point;
    fn sub(self, other: Point) -> Point {
        Point(self.0 - other.0)
    }
}

impl Neg for Point {
    type Output = Point;
    fn neg(self) -> Point {
        Point(-self.0)
    }
}

impl Mul<&Scalar> for Point {
    type Output = Point;
    fn mul(self, scalar: &Scalar) -> Point {
        Point(self.0 * scalar.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Block, Prg};

    #[test]
    fn diffie_hellman_agrees_and_operators_follow_the_group_law() {
        let mut rng = Prg::new(Block::new(5));
        let (a, b) = (Scalar::random(&mut rng), Scalar::random(&mut rng));
        let (p, q) = (Point::generator_mul(&a), Point::generator_mul(&b));
        assert_eq!(p * &b, q * &a);
        assert_eq!((p + q) - q, p);
        assert_eq!(p + p, p * &Scalar::from(2));
        assert!((p + -p).is_identity() && !p.is_identity());
        assert_eq!(Point::from_bytes(&(p + q).to_bytes()), Ok(p + q));
    }

    #[test]
    fn selection_picks_either_side() {
        let [p, q] = [1, 2].map(|i| Point::generator_mul(&Scalar::from(i)));
        assert_eq!(Point::conditional_select(&p, &q, false), p);
        assert_eq!(Point::conditional_select(&p, &q, true), q);
    }

    #[test]
    fn zeroize_clears() {
        let (mut point, mut scalar) = (Point::generator_mul(&Scalar::from(3)), Scalar::from(3));
        point.zeroize();
        scalar.zeroize();
        assert!(point.is_identity());
        assert!(Point::generator_mul(&scalar).is_identity());
    }
}
