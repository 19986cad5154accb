//! The windows of a pool, one by one, without a list of them.

use std::ops::Range;

use crate::Geometry;

/// Windows in order: channel by channel, each plane in row-major order.
#[derive(Clone, Debug)]
pub struct Windows {
    geometry: Geometry,
    range: Range<usize>,
}

impl Windows {
    /// All windows of a geometry.
    pub fn new(geometry: Geometry) -> Self {
        Self { range: 0..geometry.channels * geometry.output_len(), geometry }
    }

    /// Some of them.
    ///
    /// # Panics
    /// When there are not so many.
    pub fn slice(&self, range: Range<usize>) -> Self {
        assert!(range.start <= range.end && range.end <= self.len(), "{range:?} of {} windows", self.len());
        let first = self.range.start;
        Self { geometry: self.geometry, range: first + range.start..first + range.end }
    }

    /// Their number.
    pub fn len(&self) -> usize {
        self.range.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.range.is_empty()
    }

    /// Places of window `i` in the value, in row-major order, padding left out; at least one.
    pub fn places(&self, i: usize) -> impl Iterator<Item = usize> + '_ {
        let (channel, output) = self.at(i);
        let first = channel * self.geometry.input_len();
        self.geometry.taps(output).map(move |tap| first + tap.input)
    }

    /// Number of places of window `i`.
    pub fn size(&self, i: usize) -> usize {
        let [rows, columns] = self.geometry.under(self.at(i).1);
        rows.len() * columns.len()
    }

    /// The most places of any window of the whole geometry.
    pub fn largest(&self) -> usize {
        self.geometry.largest_window()
    }

    /// Channel and place in the output plane.
    fn at(&self, i: usize) -> (usize, usize) {
        let index = self.range.start + i;
        (index / self.geometry.output_len(), index % self.geometry.output_len())
    }
}
