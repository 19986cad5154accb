//! Which class wins.

/// Index of the largest element; the lowest wins ties.
pub(crate) fn largest<T: PartialOrd>(values: &[T]) -> Option<usize> {
    (0..values.len()).reduce(|best, i| if values[i] > values[best] { i } else { best })
}
