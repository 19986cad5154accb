//! What the network does on the calibration rows.

use crate::ValueId;
use crate::graph::Graph;

/// Smallest and largest value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Range {
    /// Smallest.
    pub(crate) low: f64,
    /// Largest.
    pub(crate) high: f64,
}

impl Range {
    const EMPTY: Self = Self { low: f64::INFINITY, high: f64::NEG_INFINITY };

    fn include(&mut self, value: f64) {
        self.low = self.low.min(value);
        self.high = self.high.max(value);
    }

    /// The largest magnitude.
    pub(crate) fn peak(&self) -> f64 {
        self.low.abs().max(self.high.abs())
    }
}

/// The calibration rows and what the floating-point network makes of them.
pub(crate) struct Data<'a> {
    /// The rows.
    pub(crate) rows: &'a [Vec<f64>],
    /// What every input element may be.
    pub(crate) input: Vec<Range>,
    /// What every value of the graph was, over all elements and rows; for the input, what it may be.
    pub(crate) values: Vec<Range>,
    /// The class scores of every row.
    pub(crate) scores: Vec<Vec<f64>>,
}

impl<'a> Data<'a> {
    /// Runs the network on every row.
    pub(crate) fn new(graph: &Graph, range: &[(f64, f64)], rows: &'a [Vec<f64>]) -> Self {
        let input: Vec<Range> = range.iter().map(|&(a, b)| Range { low: a.min(b), high: a.max(b) }).collect();
        let mut values = vec![Range::EMPTY; graph.nodes.len() + 1];
        for element in &input {
            values[0].include(element.low);
            values[0].include(element.high);
        }
        let mut scores = Vec::with_capacity(rows.len());
        for row in rows {
            let mut run = graph.run(row);
            for (range, value) in values.iter_mut().zip(&run) {
                value.iter().for_each(|&v| range.include(v));
            }
            scores.extend(run.pop());
        }
        Self { rows, input, values, scores }
    }

    /// What a value was.
    pub(crate) fn value(&self, id: ValueId) -> Range {
        self.values[id]
    }
}
