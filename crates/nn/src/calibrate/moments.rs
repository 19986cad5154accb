//! How what a layer reads varies together: by that, what one rounded weight leaves out can be made up for by others.
//!
//! Of a layer's windows a sample is enough. The covariances of few windows say little of those that were not seen: all but the
//! variances are taken for smaller than they were, by as much as there are elements beside windows (after O. Ledoit and M. Wolf, 2004).

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2};

use crate::graph::{FloatOp, Graph, map};

/// Windows for each of their elements, and the fewest and the most.
const WINDOWS: usize = 4;
const FEWEST: usize = 256;
const MOST: usize = 2048;
/// Most elements whose covariances are looked at; more are taken in runs that know nothing of each other.
const RUN: usize = 1536;

/// The covariances of a layer's windows, for each group those of each run of elements, row-major.
pub(crate) struct Moments {
    /// Elements of a group's window.
    len: usize,
    /// Elements of a run; the last one may have fewer.
    run: usize,
    runs: Vec<Vec<f32>>,
}

impl Moments {
    /// Groups that have covariances of their own.
    pub(super) fn groups(&self) -> usize {
        self.runs.len() / self.len.div_ceil(self.run)
    }

    /// The runs of a group's window: where each begins, and its covariances.
    pub(super) fn of_group(&self, group: usize) -> impl Iterator<Item = (usize, &[f32])> {
        let count = self.len.div_ceil(self.run);
        let starts = (0..count).map(|k| k * self.run);
        starts.zip(self.runs[group * count..][..count].iter().map(Vec::as_slice))
    }
}

/// A layer's geometry.
struct Layer {
    groups: usize,
    /// Elements of a group's window.
    len: usize,
    window: crate::Window,
    from: [usize; 3],
    to: [usize; 3],
}

impl Layer {
    /// Of a node whose rounded weights can make up for each other.
    fn of(graph: &Graph, index: usize) -> Option<Self> {
        let node = &graph.nodes[index];
        let from = map(graph.shape(node.inputs[0]));
        match &node.op {
            FloatOp::Linear(linear) => {
                let window = crate::Window { kernel: [1; 2], stride: [1; 2], pads: [0; 4] };
                let from = [linear.inputs, 1, 1];
                Some(Self { groups: 1, len: linear.inputs, window, from, to: [linear.outputs, 1, 1] })
            }
            FloatOp::Conv(conv) => {
                let len = conv.inputs * conv.window.area();
                let layer = Self { groups: conv.groups, len, window: conv.window, from, to: map(&node.shape) };
                (len > 1).then_some(layer)
            }
            _ => None,
        }
    }

    /// Some windows of one row of `rows`, `[group][window][element]`.
    fn windows(&self, x: &[f64], row: usize, rows: usize) -> Vec<f32> {
        let places = self.to[1] * self.to[2];
        let count = (WINDOWS * self.len).clamp(FEWEST, MOST).div_ceil(rows).min(places);
        let [channels, height, width] = self.from;
        let ([tall, wide], [down, across], [top, left, ..]) =
            (self.window.kernel, self.window.stride, self.window.pads);
        let mut windows = Vec::with_capacity(self.groups * count * self.len);
        for group in 0..self.groups {
            for k in 0..count {
                // Spread over the map, and elsewhere in every row.
                let place = (k * places / count + row * 7919) % places;
                let (first_row, first_column) = (place / self.to[2] * down, place % self.to[2] * across);
                for channel in group * channels / self.groups..(group + 1) * channels / self.groups {
                    for (y, x_at) in (0..tall).flat_map(|y| (0..wide).map(move |x| (y, x))) {
                        let (y, at) = ((first_row + y).wrapping_sub(top), (first_column + x_at).wrapping_sub(left));
                        let inside = y < height && at < width;
                        windows.push(if inside { x[(channel * height + y) * width + at] as f32 } else { 0.0 });
                    }
                }
            }
        }
        windows
    }

    fn moments(&self, rows: &[&[f32]]) -> Moments {
        let per_group = |row: &[f32]| row.len() / self.groups;
        let count: usize = rows.iter().map(|row| per_group(row) / self.len).sum();
        let run = self.len.div_ceil(self.len.div_ceil(RUN));
        let mut runs = Vec::new();
        for group in 0..self.groups {
            let of_group = |row: &&[f32]| row[group * per_group(row)..][..per_group(row)].to_vec();
            let mut windows: Vec<f32> = rows.iter().flat_map(of_group).collect();
            center(&mut windows, self.len);
            for start in (0..self.len).step_by(run) {
                let len = run.min(self.len - start);
                let part: Vec<f32> =
                    windows.chunks_exact(self.len).flat_map(|w| w[start..start + len].to_vec()).collect();
                runs.push(covariances(&part, len, count));
            }
        }
        Moments { len: self.len, run, runs }
    }
}

/// Subtracts the mean window from each.
fn center(windows: &mut [f32], len: usize) {
    let count = (windows.len() / len).max(1);
    let mut means = vec![0.0f64; len];
    windows.chunks_exact(len).for_each(|w| means.iter_mut().zip(w).for_each(|(mean, &v)| *mean += f64::from(v)));
    for window in windows.chunks_exact_mut(len) {
        window.iter_mut().zip(&means).for_each(|(v, &mean)| *v -= (mean / count as f64) as f32);
    }
}

/// Covariances of `count` windows without a mean, shrunk towards their variances.
fn covariances(windows: &[f32], len: usize, count: usize) -> Vec<f32> {
    let mut all = vec![0.0; len * len];
    let shapes = (ArrayView2::from_shape((count, len), windows), ArrayViewMut2::from_shape((len, len), &mut all));
    if let (Ok(windows), Ok(mut into)) = shapes {
        general_mat_mul(1.0 / count.max(1) as f32, &windows.t(), &windows, 0.0, &mut into);
    }
    let kept = count as f32 / (count + len) as f32;
    for (i, row) in all.chunks_exact_mut(len).enumerate() {
        row.iter_mut().enumerate().filter(|(j, _)| *j != i).for_each(|(_, v)| *v *= kept);
    }
    all
}

/// Windows of one row for each node that has moments.
pub(super) fn windows(graph: &Graph, values: &[Vec<f64>], row: usize, rows: usize) -> Vec<Vec<f32>> {
    let of = |index: usize| {
        let x = &values[graph.nodes[index].inputs[0]];
        Layer::of(graph, index).map_or_else(Vec::new, |layer| layer.windows(x, row, rows))
    };
    (0..graph.nodes.len()).map(of).collect()
}

/// The moments of a node, from all rows' windows.
pub(super) fn moments(graph: &Graph, index: usize, rows: &[Vec<Vec<f32>>]) -> Option<Moments> {
    let rows: Vec<&[f32]> = rows.iter().map(|row| &row[index][..]).collect();
    Layer::of(graph, index).map(|layer| layer.moments(&rows))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Window;

    #[test]
    fn covariances_are_those_of_windows() {
        // Two groups of one channel; every window of 2 × 2 with a stride of 2 and a border at the left.
        let window = Window { kernel: [2, 2], stride: [2, 2], pads: [0, 1, 0, 1] };
        let layer = Layer { groups: 2, len: 4, window, from: [2, 4, 4], to: [2, 2, 3] };
        let x: Vec<f64> = (0..32).map(|k| f64::from(k * 37 % 11)).collect();
        let windows = layer.windows(&x, 0, 1);
        assert_eq!(windows.len(), 2 * 6 * 4);
        assert_eq!(windows[..8], [0.0, x[0], 0.0, x[4], x[1], x[2], x[5], x[6]].map(|v| v as f32));
        let moments = layer.moments(&[&windows]);
        for group in 0..2 {
            let (start, found) = moments.of_group(group).next().unwrap();
            assert_eq!((start, found.len()), (0, 16));
            let of = |i: usize| windows[group * 24..][..24].iter().skip(i).step_by(4).map(|&v| f64::from(v));
            let mean = |i| of(i).sum::<f64>() / 6.0;
            for (i, j) in (0..4).flat_map(|i| (0..4).map(move |j| (i, j))) {
                let exact = of(i).zip(of(j)).map(|(a, b)| (a - mean(i)) * (b - mean(j))).sum::<f64>() / 6.0;
                let shrunk = if i == j { exact } else { exact * 6.0 / 10.0 };
                assert!((f64::from(found[i * 4 + j]) - shrunk).abs() < 1e-4);
            }
        }
    }
}
