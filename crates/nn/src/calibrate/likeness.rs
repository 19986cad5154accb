//! How a program compares with its network on the calibration rows, and which goals that misses.

use super::options::Options;
use crate::card::{Decision, Outcome};

/// A class's scores count as no less than this share of the largest score of all.
const LEAST_SCORE: f64 = 0.01;

/// Most classes that are named for missing the same goal.
const NAMED: usize = 3;

/// The words of the worst, which have the smallest numbers, and how many more there are.
fn worst(mut classes: Vec<(f64, String)>) -> impl Iterator<Item = String> {
    classes.sort_by(|a, b| a.0.total_cmp(&b.0));
    let more = classes.len().saturating_sub(NAMED);
    let words = classes.into_iter().take(NAMED).map(|(_, words)| words);
    words.chain((more > 0).then(|| format!("and so of {more} more")))
}

/// How a program compares with its network on the calibration rows.
pub(super) struct Likeness {
    pub(super) agreement: f64,
    pub(super) class_agreement: Vec<Option<f64>>,
    pub(super) score_error: f64,
    pub(super) max_score: f64,
    /// The goals that are missed.
    pub(super) missed: Vec<String>,
    /// The largest error of any score, relative to what the goals allow it.
    errors: f64,
}

impl Likeness {
    pub(super) fn of(outputs: &[Vec<i64>], frac_bits: u32, scores: &[Vec<f64>], options: &Options) -> Self {
        let unit = (1u64 << frac_bits) as f64;
        let classes = scores.first().map_or(0, Vec::len);
        let named = options.decision.named(classes);
        let (mut picked, mut agreeing) = (vec![0usize; named], vec![0usize; named]);
        let mut same = 0usize;
        // Error and magnitude of each score.
        let mut scored = vec![(0.0f64, 0.0f64); classes];
        for (output, scores) in outputs.iter().zip(scores) {
            for ((error, most), (fixed, score)) in scored.iter_mut().zip(output.iter().zip(scores)) {
                *error = error.max((*fixed as f64 / unit - score).abs());
                *most = most.max(score.abs());
            }
            let decisions = (options.decision.of(scores), options.decision.of_fixed(output, frac_bits));
            let (Some(wanted), Some(found)) = decisions else { continue };
            // Numbers decide nothing: their errors are all there is to compare.
            same += usize::from(matches!(wanted, Outcome::Value(_)) || wanted == found);
            let found = found.named();
            for class in wanted.named() {
                picked[class] += 1;
                agreeing[class] += usize::from(found.contains(&class));
            }
        }
        let (score_error, max_score) = scored.iter().fold((0.0f64, 0.0f64), |a, b| (a.0.max(b.0), a.1.max(b.1)));
        let share = |(part, all): (&usize, &usize)| (*all > 0).then(|| *part as f64 / *all as f64);
        let class_agreement: Vec<_> = agreeing.iter().zip(&picked).map(share).collect();
        let agreement = same as f64 / outputs.len() as f64;
        let findings = matches!(options.decision, Decision::Findings { .. });
        let (what, plural) = if findings { ("finding", "s") } else { ("class", "") };
        let mut missed = Vec::new();
        if agreement < options.agreement {
            let (found, wanted) = (100.0 * agreement, 100.0 * options.agreement);
            missed
                .push(format!("the same {what}{plural} as the network on {found:.2} % of the rows, not {wanted:.2} %"));
        }
        let wanted = options.class_agreement;
        let rarely = class_agreement.iter().enumerate().filter_map(|(class, share)| Some((class, (*share)?)));
        let rarely = rarely.filter(|(_, share)| *share < wanted).map(|(class, share)| {
            let (found, wanted) = (100.0 * share, 100.0 * wanted);
            let words =
                format!("{what} {class} on {found:.2} % of the rows where the network picks it, not {wanted:.2} %");
            (share - wanted, words)
        });
        missed.extend(worst(rarely.collect()));
        if score_error > options.score_error * max_score {
            let wanted = options.score_error * max_score;
            missed.push(format!("a score is off by {score_error:.4} of at most {max_score:.4}, more than {wanted:.4}"));
        }
        let allowed = |most: f64| options.class_score_error * most.max(LEAST_SCORE * max_score);
        let of_class = scored.iter().map(|&(error, most)| error / allowed(most));
        let errors = of_class.fold(score_error / (options.score_error * max_score), f64::max);
        let far = scored.into_iter().enumerate().filter_map(|(class, (error, most))| {
            let wanted = allowed(most);
            let words = || {
                format!("the score of class {class} is off by {error:.4} of at most {most:.4}, more than {wanted:.4}")
            };
            (error > wanted).then(|| (wanted - error, words()))
        });
        missed.extend(worst(far.collect()));
        Self { agreement, class_agreement, score_error, max_score, missed, errors }
    }

    pub(super) fn met(&self) -> bool {
        self.missed.is_empty()
    }

    /// The largest error of any score relative to what the goals allow it, whatever is decided.
    pub(super) fn excess(&self) -> f64 {
        if self.errors.is_finite() { self.errors.max(f64::MIN_POSITIVE) } else { 1.0 }
    }

    pub(super) fn closer(&self, other: &Self) -> bool {
        let key = |l: &Self| (l.met(), l.agreement, -l.score_error);
        key(self) > key(other)
    }
}
