//! Dense integer tensors.

use thiserror::Error;

/// A row-major tensor of signed integers. Which ring they belong to is the [`Program`](crate::Program)'s business.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tensor {
    shape: Vec<usize>,
    data: Vec<i64>,
}

/// A shape that doesn't match the number of elements.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("a tensor of shape {shape:?} cannot hold {len} elements")]
pub struct ShapeError {
    /// The shape asked for.
    pub shape: Vec<usize>,
    /// The number of elements given.
    pub len: usize,
}

impl Tensor {
    /// A tensor of `shape` over `data` in row-major order.
    pub fn new(shape: Vec<usize>, data: Vec<i64>) -> Result<Self, ShapeError> {
        match element_count(&shape) {
            Some(count) if count == data.len() => Ok(Self { shape, data }),
            _ => Err(ShapeError { shape, len: data.len() }),
        }
    }

    /// A tensor of one dimension.
    pub fn vector(data: Vec<i64>) -> Self {
        Self { shape: vec![data.len()], data }
    }

    /// The dimensions.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The elements in row-major order.
    pub fn data(&self) -> &[i64] {
        &self.data
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }
}

/// The product of the dimensions, or `None` when it overflows `usize`.
pub(crate) fn element_count(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1usize, |count, &dim| count.checked_mul(dim))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shape_and_data_must_agree() {
        let tensor = Tensor::new(vec![2, 3], vec![1, 2, 3, 4, 5, 6]).unwrap();
        assert_eq!((tensor.shape(), tensor.len()), (&[2usize, 3][..], 6));
        assert!(Tensor::new(vec![2, 3], vec![0; 5]).is_err());
        assert!(Tensor::new(vec![usize::MAX, 2], vec![]).is_err());
        assert_eq!(Tensor::new(vec![], vec![7]).unwrap().len(), 1);
    }
}
