//! Weights rounded so that a layer's result, and not each weight, is off by the least.
//!
//! Of one output the error's variance is the quadratic form eᵀ·C·e of the weights' errors e and the covariances C of what they meet.
//! Weight after weight is rounded to where that makes up best for those before, and then all are looked at again: coordinate descent
//! (as K. Behdin and others, QuantEase, 2023), which ends no worse than it began.

use rayon::prelude::*;

use super::moments::Moments;

/// Outputs that are rounded side by side.
const SIDE: usize = 16;
/// Times that every weight is looked at after the first.
const AGAIN: usize = 2;
/// Weights from which on steps are so fine that single precision knows no fractions of them, and nothing is to be gained.
const FINE: u64 = 1 << 20;
/// The largest weight at which it is measured how far they make up for each other.
const LARGEST: f64 = 127.0;

/// Integers for weights of `[outputs, …]`, in steps, none beyond those that rounding to the nearest gives.
pub(super) fn rounded(exact: &[f64], outputs: usize, moments: &Moments) -> Vec<i64> {
    let row = exact.len() / outputs;
    let mut weights = nearest(exact);
    let most = weights.iter().map(|w| w.unsigned_abs()).max().unwrap_or(0);
    if most >= FINE {
        return weights;
    }
    let most = most as f32;
    let scaled: Vec<f32> = exact.iter().map(|&w| w as f32).collect();
    let per_group = outputs / moments.groups();
    weights.par_chunks_mut(per_group * row).zip(scaled.par_chunks(per_group * row)).enumerate().for_each(
        |(group, (weights, scaled))| {
            weights.par_chunks_mut(SIDE * row).zip(scaled.par_chunks(SIDE * row)).for_each(|(weights, scaled)| {
                for (start, covariances) in moments.of_group(group) {
                    Rows { weights, scaled, row, start, most }.round(covariances);
                }
            });
        },
    );
    weights
}

fn nearest(exact: &[f64]) -> Vec<i64> {
    exact.iter().map(|w| w.round() as i64).collect()
}

/// The variance of what rounded weights leave out of a layer's results, relative to that of weights rounded to the nearest, where the
/// largest weight is of eight bits.
pub(super) fn gain(weight: &[f64], outputs: usize, moments: &Moments) -> f64 {
    let peak = weight.iter().fold(0.0f64, |peak, w| peak.max(w.abs()));
    if peak == 0.0 || !peak.is_finite() {
        return 1.0;
    }
    let exact: Vec<f64> = weight.iter().map(|w| w / peak * LARGEST).collect();
    let [nearest, least] = [nearest(&exact), rounded(&exact, outputs, moments)].map(|weights| {
        let errors: Vec<f32> = exact.iter().zip(weights).map(|(w, f)| (f as f64 - w) as f32).collect();
        variance(&errors, outputs, moments)
    });
    if nearest > 0.0 { (least / nearest).min(1.0) } else { 1.0 }
}

/// The sum of eᵀ·C·e over the outputs.
fn variance(errors: &[f32], outputs: usize, moments: &Moments) -> f64 {
    let row = errors.len() / outputs;
    let per_group = outputs / moments.groups();
    let of_output = |(output, errors): (usize, &[f32])| {
        let run = |(start, covariances): (usize, &[f32])| {
            let len = covariances.len().isqrt();
            let errors = &errors[start..start + len];
            let lines = covariances.chunks_exact(len).zip(errors);
            let dot = |line: &[f32]| line.iter().zip(errors).map(|(c, e)| c * e).sum::<f32>();
            lines.map(|(line, e)| f64::from(e * dot(line))).sum::<f64>()
        };
        moments.of_group(output / per_group).map(run).sum::<f64>()
    };
    let all: Vec<f64> = errors.par_chunks_exact(row).enumerate().map(of_output).collect();
    all.into_iter().sum()
}

/// A run of the weights of at most [`SIDE`] outputs.
struct Rows<'a> {
    weights: &'a mut [i64],
    scaled: &'a [f32],
    /// Weights of an output.
    row: usize,
    /// Where the run begins in it.
    start: usize,
    /// The largest magnitude.
    most: f32,
}

impl Rows<'_> {
    fn round(self, covariances: &[f32]) {
        let Self { weights, scaled, row, start, most } = self;
        let len = covariances.len().isqrt();
        let outputs = weights.len() / row;
        // Errors and C·e, by weight; an output that is not there has none.
        let mut error = vec![[0.0f32; SIDE]; len];
        let mut slope = vec![[0.0f32; SIDE]; len];
        for pass in 0..=AGAIN {
            let mut moved = false;
            for (i, line) in covariances.chunks_exact(len).enumerate() {
                let variance = line[i];
                let mut step = [0.0f32; SIDE];
                for (output, step) in step.iter_mut().enumerate().take(outputs) {
                    let exact = scaled[output * row + start + i];
                    let (error, slope) = (error[i][output], slope[i][output]);
                    // Where the others' errors would have this one be.
                    let best = if variance > 0.0 { error - slope / variance } else { 0.0 };
                    let whole = exact.round();
                    // Only a step away from the nearest.
                    let rounded = (exact + best).round().clamp(whole - 1.0, whole + 1.0).clamp(-most, most);
                    *step = rounded - exact - error;
                    weights[output * row + start + i] = rounded as i64;
                }
                if step == [0.0; SIDE] {
                    continue;
                }
                moved = true;
                error[i].iter_mut().zip(step).for_each(|(error, step)| *error += step);
                for (slope, &covariance) in slope.iter_mut().zip(line) {
                    slope.iter_mut().zip(step).for_each(|(slope, step)| *slope += covariance * step);
                }
            }
            if pass > 0 && !moved {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibrate::moments::{moments, windows};
    use crate::graph::{FloatOp, Graph, Linear, Node};

    /// Rows of `len` numbers, all of which follow three.
    fn rows(count: usize, len: usize) -> Vec<Vec<f64>> {
        let odd = |k: usize| (k * 7919 % 1009) as f64 / 504.5 - 1.0;
        let value = |row: usize, k: usize| {
            let common: f64 = (0..3).map(|of| odd(row * 3 + of + 1) * odd(k * 5 + of + 2)).sum();
            common + 0.05 * odd(row * len + k + 3)
        };
        (0..count).map(|row| (0..len).map(|k| value(row, k)).collect()).collect()
    }

    #[test]
    fn results_are_off_by_less_and_weights_by_a_step_at_most() {
        let (inputs, outputs) = (24, 20);
        let weight: Vec<f64> = (0..inputs * outputs).map(|k| (k * 37 % 101) as f64 / 50.0 - 1.0).collect();
        let op = FloatOp::Linear(Linear { outputs, inputs, weight: weight.clone(), bias: None });
        let nodes = vec![Node { name: "layer".into(), op, inputs: vec![0], shape: vec![outputs] }];
        let graph = Graph { input_shape: vec![inputs], nodes };
        let rows = rows(400, inputs);
        let all: Vec<_> = rows.iter().map(|row| windows(&graph, &graph.run(row), 0, rows.len())).collect();
        let moments = moments(&graph, 0, &all).unwrap();
        let exact: Vec<f64> = weight.iter().map(|w| w * 8.0).collect();
        let (nearest, least) = (nearest(&exact), rounded(&exact, outputs, &moments));
        let most = nearest.iter().map(|w| w.abs()).max().unwrap();
        assert!(least.iter().zip(&nearest).all(|(a, b)| (a - b).abs() <= 1 && a.abs() <= most));
        // On rows, and not by covariances.
        let spread = |fixed: &[i64]| -> f64 {
            let off = |row: &Vec<f64>, output: usize| -> f64 {
                let terms = (0..inputs).map(|i| output * inputs + i).zip(row);
                terms.map(|(at, x)| (fixed[at] as f64 / 8.0 - weight[at]) * x).sum()
            };
            let of_output = |output: usize| {
                let all: Vec<f64> = rows.iter().map(|row| off(row, output)).collect();
                let mean = all.iter().sum::<f64>() / all.len() as f64;
                all.iter().map(|v| (v - mean).powi(2)).sum::<f64>()
            };
            (0..outputs).map(of_output).sum()
        };
        assert!(spread(&least) < 0.2 * spread(&nearest), "{} of {}", spread(&least), spread(&nearest));
        let gain = gain(&weight, outputs, &moments);
        assert!(gain < 0.3, "{gain}");
    }
}
