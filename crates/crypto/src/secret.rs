//! Vectors of secrets that are wiped when dropped, at the speed of memory.

use core::ops::{Deref, DerefMut};

use zeroize::{ZeroizeOnDrop, optimization_barrier};

/// A vector whose elements are wiped on drop.
///
/// `Zeroizing<Vec<T>>` does the same in volatile writes of one byte each, which costs as much as encrypting the contents. A
/// growing vector leaves copies behind that nobody wipes: give it its capacity first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecretVec<T: Copy + Default>(Vec<T>);

impl<T: Copy + Default> SecretVec<T> {
    /// `len` zeros.
    pub fn zeros(len: usize) -> SecretVec<T> {
        SecretVec(vec![T::default(); len])
    }

    /// Removes all but the first `len` elements, wipes them in place and returns a copy; without one if that is all.
    pub fn split_off(&mut self, len: usize) -> SecretVec<T> {
        if len == 0 {
            return core::mem::take(self);
        }
        let rest = SecretVec(self.0[len..].to_vec());
        self.0[len..].fill(T::default());
        optimization_barrier(&self.0[len..]);
        self.0.truncate(len);
        rest
    }

    /// Appends all elements of `other`.
    pub fn append(&mut self, other: SecretVec<T>) {
        if self.0.is_empty() {
            *self = other;
        } else {
            let mut joined = SecretVec(Vec::with_capacity(self.0.len() + other.0.len()));
            joined.0.extend_from_slice(self);
            joined.0.extend_from_slice(&other);
            *self = joined;
        }
    }
}

impl<T: Copy + Default> From<Vec<T>> for SecretVec<T> {
    fn from(elements: Vec<T>) -> SecretVec<T> {
        SecretVec(elements)
    }
}

impl<T: Copy + Default> Deref for SecretVec<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: Copy + Default> DerefMut for SecretVec<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}

impl<T: Copy + Default> Drop for SecretVec<T> {
    fn drop(&mut self) {
        self.0.fill(T::default());
        // The writes must stay although nobody reads them.
        optimization_barrier(self.0.as_slice());
    }
}

impl<T: Copy + Default> ZeroizeOnDrop for SecretVec<T> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splitting_and_appending_keep_the_order() {
        for cut in [0, 1, 99, 100] {
            let mut all = SecretVec::from((0..100_u64).collect::<Vec<_>>());
            let rest = all.split_off(cut);
            assert_eq!((all.len(), rest.len()), (cut, 100 - cut));
            all.append(rest);
            assert!(all.iter().copied().eq(0..100));
        }
        assert_eq!(*SecretVec::<u8>::zeros(3), [0; 3]);
    }
}
