//! How likely a value is that is larger than any seen: the upper tail of the rows' maxima.
//!
//! Whatever the distribution of a row's maximum M, its excesses over a high threshold u tend to a generalised Pareto
//! distribution (A. A. Balkema and L. de Haan 1974, J. Pickands 1975): P(M > x) ≈ r·(1 + ξ·(x − u)/σ)^(−1/ξ), with r
//! the share of rows above u. The shape ξ is that of the probability-weighted moments (J. R. M. Hosking and J. F.
//! Wallis 1987); it is never taken below 0, which would promise an end of the tail, and is raised by one standard
//! error, so that few rows cost bits. σ then keeps the mean excess.

/// Fewest rows that say anything about a tail.
pub(super) const MIN_ROWS: usize = 8;
/// The threshold is passed by one row in so many, but by no fewer than [`MIN_ROWS`].
const ABOVE: usize = 4;
/// Standard deviation of the estimated shape times the root of the number of excesses, at shape 0.
const SHAPE_DEVIATION: f64 = 1.155;
/// Larger shapes have no mean to keep.
const MAX_SHAPE: f64 = 0.9;
/// Rows that hardly differ prove no narrow tail: the mean excess is taken as at least this share of the threshold.
const LEAST_EXCESS: f64 = 1.0 / 16.0;

/// A fitted tail of non-negative numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Tail {
    threshold: f64,
    /// Share of rows above the threshold.
    rate: f64,
    shape: f64,
    scale: f64,
}

impl Tail {
    /// The tail of integers, one for each row; `None` for fewer than [`MIN_ROWS`].
    pub(super) fn fit(mut maxima: Vec<f64>) -> Option<Self> {
        let rows = maxima.len();
        if rows < MIN_ROWS {
            return None;
        }
        maxima.sort_by(f64::total_cmp);
        let count = (rows / ABOVE).max(MIN_ROWS).min(rows - 1);
        let (below, above) = maxima.split_at(rows - count);
        let threshold = below[below.len() - 1];
        let (mut mean, mut weighted) = (0.0, 0.0);
        for (i, value) in above.iter().enumerate() {
            let excess = (value - threshold) / count as f64;
            mean += excess;
            weighted += excess * (1.0 - (i as f64 + 0.65) / count as f64);
        }
        // 0 / 0 where all rows are the same.
        let shape = if mean > 2.0 * weighted { 2.0 - mean / (mean - 2.0 * weighted) } else { 0.0 };
        let shape = (shape.max(0.0) + SHAPE_DEVIATION / (count as f64).sqrt()).min(MAX_SHAPE);
        let mean = mean.max(threshold * LEAST_EXCESS).max(1.0);
        Some(Self { threshold, rate: count as f64 / rows as f64, shape, scale: mean * (1.0 - shape) })
    }

    /// An estimate from above of the probability that a row's maximum reaches `value`.
    pub(super) fn probability(&self, value: f64) -> f64 {
        if value <= self.threshold {
            return 1.0;
        }
        self.rate * (1.0 + self.shape * (value - self.threshold) / self.scale).powf(-1.0 / self.shape)
    }

    /// The value that is reached with this probability.
    pub(super) fn quantile(&self, probability: f64) -> f64 {
        let ratio = (self.rate / probability).max(1.0);
        self.threshold + self.scale / self.shape * (ratio.powf(self.shape) - 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Evenly spread quantiles of a distribution.
    fn rows(count: usize, quantile: impl Fn(f64) -> f64) -> Vec<f64> {
        (0..count).map(|i| quantile((i as f64 + 0.5) / count as f64)).collect()
    }

    #[test]
    fn estimates_are_not_below_what_a_distribution_has() {
        for (name, shape) in [("exponential", 0.0), ("Pareto", 0.25), ("bounded", -0.3)] {
            let quantile = |p: f64| match shape {
                0.0 => -1000.0 * (1.0 - p).ln(),
                _ => 1000.0 * ((1.0 - p).powf(-shape) - 1.0) / shape,
            };
            for count in [8, 20, 64, 256, 2000] {
                let tail = Tail::fit(rows(count, quantile)).unwrap();
                for exponent in [8, 12, 20, 25] {
                    let rare = 0.5f64.powi(exponent);
                    let (found, exact) = (tail.quantile(rare), quantile(1.0 - rare));
                    assert!(found >= 0.95 * exact, "{name}, {count} rows, 2^-{exponent}: {found} of {exact}");
                    let again = tail.probability(found);
                    assert!((again / rare - 1.0).abs() < 1e-6, "{name}: {again}, not {rare}");
                }
            }
        }
    }

    #[test]
    fn more_rows_cost_less() {
        let exponential = |p: f64| 10_000.0 - 1000.0 * (1.0 - p).ln();
        let bits = |count| (Tail::fit(rows(count, exponential)).unwrap().quantile(1e-7) / 1e4).log2();
        let all: Vec<f64> = [8, 32, 128, 512, 4096].map(bits).to_vec();
        assert!(all.windows(2).all(|pair| pair[1] < pair[0]), "{all:?}");
        assert!(all[0] > 6.0 && all[4] < 2.0, "{all:?}");
    }

    #[test]
    fn rows_that_are_all_the_same_are_no_proof() {
        assert_eq!(Tail::fit(vec![5.0; 7]), None);
        let tail = Tail::fit(vec![1000.0; 400]).unwrap();
        assert!(tail.quantile(1e-6) > 1500.0 && tail.probability(1000.0) == 1.0);
        assert!(Tail::fit(vec![0.0; 8]).unwrap().quantile(1e-6) > 16.0);
    }

    #[test]
    fn one_outlier_makes_the_tail_heavy() {
        let mut maxima = rows(63, |p| 100.0 * p);
        let without = Tail::fit(maxima.clone()).unwrap().quantile(1e-6);
        maxima.push(100_000.0);
        assert!(Tail::fit(maxima).unwrap().quantile(1e-6) > 1000.0 * without);
    }
}
