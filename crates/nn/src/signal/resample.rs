//! From one rate to another, through a low-pass: what the lower of both rates cannot hold goes before it could fold down.
//!
//! The low-pass is a sinc under a Kaiser window (Kaiser 1974; Oppenheim and Schafer, Discrete-Time Signal Processing, 7.6),
//! evaluated where the new values lie (Smith, Digital Audio Resampling), linear in phase. Its weights add up to one for every new
//! value, so that the baseline stays. Beyond the ends the signal goes on as its own reflection in the point at the end. A gap (NaN)
//! spreads to every value whose weights reach into it, and no further.

use std::collections::HashMap;
use std::f64::consts::PI;

use super::values::reflected;

/// Zero crossings of the sinc on either side, counted at the lower rate.
const CROSSINGS: f64 = 16.0;
/// Kaiser's parameter for 60 dB, and the width of the transition that it costs, in parts of the lower rate.
const BETA: f64 = 5.653;
const TRANSITION: f64 = (60.0 - 7.95) / (14.36 * 2.0 * CROSSINGS);
/// Half of what the lower rate holds, less half of the transition: the stop band begins where folding would.
const CUTOFF: f64 = 0.5 - TRANSITION / 2.0;
/// Places of new values between two old ones are rounded to this part of a step.
const PHASES: f64 = 4096.0;

/// What the low-pass between two rates does, to be named.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LowPass {
    /// Values of the recording that one new value is made of.
    pub taps: usize,
    /// Hz that pass within 0.1 %.
    pub pass: f64,
    /// Hz that pass by half.
    pub half: f64,
    /// Hz from which on less than a thousandth passes.
    pub stop: f64,
}

/// The low-pass between two rates, both of them above 0.
#[must_use]
pub fn low_pass(from: f64, to: f64) -> LowPass {
    let lower = from.min(to);
    LowPass {
        taps: 2 * (CROSSINGS * from / lower).ceil() as usize,
        pass: (CUTOFF - TRANSITION / 2.0) * lower,
        half: CUTOFF * lower,
        stop: 0.5 * lower,
    }
}

/// Values at multiples of 1/`to` seconds, as far as the given ones reach, which are 1/`from` seconds apart. Rates are above 0; of
/// nothing comes nothing.
#[must_use]
pub fn resample(values: &[f64], from: f64, to: f64) -> Vec<f64> {
    let Some(last) = values.len().checked_sub(1) else { return Vec::new() };
    // The tolerance keeps a last value that rounding puts a hair behind the end.
    let count = (last as f64 * to / from + 1e-9).floor() as usize + 1;
    let half = low_pass(from, to).taps / 2;
    let scale = from.min(to) / from;
    let mut known: HashMap<u64, Vec<f64>> = HashMap::new();
    (0..count)
        .map(|i| {
            let place = (i as f64 * from / to * PHASES).round();
            let left = (place / PHASES).floor();
            let phase = place - left * PHASES;
            let taps = known.entry(phase as u64).or_insert_with(|| weights(phase / PHASES, scale, half));
            sum(values, left as i64 - half as i64 + 1, taps)
        })
        .collect()
}

/// The weighted sum of the values from a place on.
fn sum(values: &[f64], first: i64, taps: &[f64]) -> f64 {
    let inside = usize::try_from(first).ok().and_then(|first| values.get(first..first + taps.len()));
    let mut sum = 0.0;
    for (k, tap) in taps.iter().enumerate() {
        // A weight of zero must not carry a gap.
        if *tap != 0.0 {
            sum += tap * inside.map_or_else(|| reflected(values, first + k as i64), |part| part[k]);
        }
    }
    sum
}

/// The weights of the `2·half` old values around a place that lies `phase` of a step behind the one in the middle.
fn weights(phase: f64, scale: f64, half: usize) -> Vec<f64> {
    let weight = |k: usize| {
        let distance = (k as f64 - half as f64 + 1.0 - phase) * scale;
        if distance.abs() >= CROSSINGS {
            return 0.0;
        }
        sinc(2.0 * CUTOFF * distance) * bessel(BETA * (1.0 - (distance / CROSSINGS).powi(2)).sqrt())
    };
    let taps: Vec<f64> = (0..2 * half).map(weight).collect();
    let total: f64 = taps.iter().sum();
    taps.iter().map(|tap| tap / total).collect()
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) }
}

/// The modified Bessel function of order zero, by its power series.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term, mut k) = (1.0, 1.0, 1.0);
    while term > 1e-12 * sum {
        term *= (x / (2.0 * k)).powi(2);
        sum += term;
        k += 1.0;
    }
    sum
}
