//! What the network does on the calibration rows.

use rayon::prelude::*;

use super::moments::{self, Moments};
use super::noise::Noise;
use super::watch::{Stage, Watch};
use crate::ValueId;
use crate::graph::Graph;
use crate::products::{extremes, sum};

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

    fn of(values: &[f64]) -> Self {
        let (low, high) = extremes(values);
        Self { low, high }
    }

    fn union(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high) }
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
    /// The mean of each channel, or feature, of every value.
    pub(crate) means: Vec<Vec<f64>>,
    /// The class scores of every row.
    pub(crate) scores: Vec<Vec<f64>>,
    /// How what each node with weights reads varies together; nothing for others, and for networks in steps of their own.
    pub(crate) moments: Vec<Option<Moments>>,
    /// How far roundings move the scores.
    pub(crate) noise: Noise,
    /// Values of which one row has far larger ones than most, in sentences that name the operation.
    pub(crate) outliers: Vec<String>,
    /// Who waits.
    pub(crate) watch: Watch<'a>,
}

/// A row stands out when its largest value is so many times that of the middle row: it decides the scale, and leaves
/// the others six bits less.
const OUTLIER: f64 = 64.0;

impl<'a> Data<'a> {
    /// Runs the network on every row.
    pub(crate) fn new(graph: &Graph, range: &[(f64, f64)], rows: &'a [Vec<f64>], watch: Watch<'a>) -> Self {
        let steps = watch.begin(Stage::Network, rows.len());
        let input: Vec<Range> = range.iter().map(|&(a, b)| Range { low: a.min(b), high: a.max(b) }).collect();
        let mut values = vec![Range::EMPTY; graph.nodes.len() + 1];
        values[0] = input.iter().copied().fold(Range::EMPTY, Range::union);
        let mut scores = Vec::with_capacity(rows.len());
        let mut peaks = vec![Vec::with_capacity(rows.len()); graph.nodes.len()];
        let channels: Vec<usize> =
            (0..values.len()).map(|id| graph.shape(id).first().map_or(1, |&c| c.max(1))).collect();
        let mut means: Vec<Vec<f64>> = channels.iter().map(|&count| vec![0.0; count]).collect();
        let count = if graph.is_quantised() { 0 } else { graph.nodes.len() };
        let run = |(index, row): (usize, &Vec<f64>)| {
            let mut run = graph.run(row);
            steps.add(1);
            let windows = if count == 0 { Vec::new() } else { moments::windows(graph, &run, index, rows.len()) };
            let ranges: Vec<Range> = run.iter().map(|value| Range::of(value)).collect();
            let means = run.iter().zip(&channels).map(|(value, &count)| channel_means(value, count));
            (ranges, means.collect::<Vec<_>>(), run.pop(), windows)
        };
        let mut windows = Vec::with_capacity(rows.len());
        for (ranges, row_means, result, row_windows) in rows.par_iter().enumerate().map(run).collect::<Vec<_>>() {
            windows.push(row_windows);
            for ((all, range), peaks) in values[1..].iter_mut().zip(&ranges[1..]).zip(&mut peaks) {
                *all = all.union(*range);
                peaks.push(range.peak());
            }
            for (mean, row_mean) in means.iter_mut().flatten().zip(row_means.iter().flatten()) {
                *mean += row_mean / rows.len() as f64;
            }
            scores.extend(result);
        }
        let named = graph.nodes.iter().zip(peaks).filter_map(|(node, peaks)| outlier(&node.name, peaks));
        let moments = (0..count).into_par_iter().map(|index| moments::moments(graph, index, &windows));
        let moments = moments.collect::<Vec<_>>();
        let (mut noise, outliers) = (Noise::new(graph, rows), named.collect());
        noise.made_up_for(graph, &moments);
        Self { rows, input, values, means, scores, moments, noise, outliers, watch }
    }

    /// What a value was.
    pub(crate) fn value(&self, id: ValueId) -> Range {
        self.values[id]
    }
}

fn channel_means(value: &[f64], channels: usize) -> Vec<f64> {
    let each = (value.len() / channels).max(1);
    value.chunks(each).map(|channel| sum(channel) / channel.len() as f64).collect()
}

fn outlier(name: &str, mut peaks: Vec<f64>) -> Option<String> {
    peaks.sort_by(f64::total_cmp);
    let (middle, largest, rows) = (peaks[peaks.len() / 2], *peaks.last()?, peaks.len());
    let stands_out = rows > 2 && middle > 0.0 && largest > OUTLIER * middle;
    stands_out.then(|| {
        format!(
            "one of {rows} rows drives '{name}' to {largest:.3e}, the middle one to {middle:.3e}: it leaves few bits to \
             others"
        )
    })
}
