//! Where elements of arrays lie: broadcasting, permutations, and picking along axes, for constants and computed values alike.

use super::error::Problem;

/// Distance of neighbours along each axis of a row-major array.
pub(crate) fn strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis];
    }
    strides
}

/// For each element of `shape`, `Σ offsets[axis][index]` over its axes.
pub(crate) fn summed(offsets: &[Vec<usize>]) -> Vec<usize> {
    offsets.iter().fold(vec![0], |sums, axis| sums.iter().flat_map(|sum| axis.iter().map(move |o| sum + o)).collect())
}

/// For each element of an array of `shape` whose neighbours along each axis are `strides` apart in another: its index there.
pub(crate) fn walk(shape: &[usize], strides: &[usize]) -> Vec<usize> {
    let axes: Vec<Vec<usize>> =
        shape.iter().zip(strides).map(|(&n, &step)| (0..n).map(|i| i * step).collect()).collect();
    summed(&axes)
}

/// The elements of an array of `shape` at chosen places of each axis.
pub(crate) fn chosen(shape: &[usize], places: &[Vec<usize>]) -> Vec<usize> {
    let steps = strides(shape);
    let axes: Vec<Vec<usize>> =
        places.iter().zip(&steps).map(|(places, step)| places.iter().map(|place| place * step).collect()).collect();
    summed(&axes)
}

/// The elements of an array of `shape` with its axes in another order.
pub(crate) fn transposed(shape: &[usize], axes: &[usize]) -> Vec<usize> {
    let steps = strides(shape);
    let pick = |from: &[usize]| axes.iter().map(|&axis| from[axis]).collect::<Vec<_>>();
    walk(&pick(shape), &pick(&steps))
}

/// The shape to which ONNX's broadcasting brings two shapes.
pub(crate) fn broadcast(a: &[usize], b: &[usize]) -> Result<Vec<usize>, Problem> {
    let rank = a.len().max(b.len());
    let dim = |shape: &[usize], axis: usize| (axis + shape.len()).checked_sub(rank).map_or(1, |axis| shape[axis]);
    let both = (0..rank).map(|axis| match (dim(a, axis), dim(b, axis)) {
        (x, y) if x == y || y == 1 => Some(x),
        (1, y) => Some(y),
        _ => None,
    });
    both.collect::<Option<_>>().ok_or_else(|| format!("the shapes {a:?} and {b:?} do not go together"))
}

/// For each element of `to`, the element of `from` that broadcasting puts there.
pub(crate) fn spread(from: &[usize], to: &[usize]) -> Vec<usize> {
    let missing = to.len() - from.len();
    let steps = strides(from);
    let step = |axis: usize| axis.checked_sub(missing).map_or(0, |axis| if from[axis] == 1 { 0 } else { steps[axis] });
    walk(to, &(0..to.len()).map(step).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found() {
        assert_eq!(strides(&[2, 3, 4]), [12, 4, 1]);
        assert_eq!(strides(&[]), [0usize; 0]);
        assert_eq!(walk(&[], &[]), [0]);
        assert_eq!(walk(&[2, 0], &[1, 1]), [0usize; 0]);
        assert_eq!(transposed(&[2, 3], &[1, 0]), [0, 3, 1, 4, 2, 5]);
        assert_eq!(chosen(&[2, 3], &[vec![1], vec![2, 0]]), [5, 3]);
        assert_eq!(broadcast(&[4, 1, 3], &[2, 1]).unwrap(), [4, 2, 3]);
        assert_eq!(broadcast(&[], &[0]).unwrap(), [0]);
        assert!(broadcast(&[2], &[3]).is_err());
        assert_eq!(spread(&[2, 1], &[2, 2, 2]), [0, 0, 1, 1, 0, 0, 1, 1]);
    }
}
