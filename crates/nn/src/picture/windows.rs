//! Which of a side's pixels each target pixel is made from, and with which weights.

use std::f64::consts::PI;

use super::place::Axis;
use crate::card::Filter;

/// Fractional bits of Pillow's weights for 8-bit pictures: 32 less 8 for the level less 2 for sums above 1.
pub(super) const WEIGHT_BITS: u32 = 22;

/// The weights of `weights.len()` pixels from `from` on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Window {
    pub(super) from: usize,
    pub(super) weights: Vec<f64>,
}

impl Window {
    pub(super) fn end(&self) -> usize {
        self.from + self.weights.len()
    }

    fn one(from: usize, weight: f64) -> Self {
        Self { from, weights: vec![weight] }
    }
}

/// The windows of all target pixels, which begin and end in order. Weights are whole numbers, but for [`Filter::Linear`].
pub(super) fn windows(filter: Filter, axis: &Axis) -> Vec<Window> {
    let targets = axis.first..axis.first + axis.count;
    match filter {
        Filter::Area => targets.map(|target| area(axis, target)).collect(),
        Filter::Nearest => nearest(axis),
        Filter::Linear => targets.map(|target| linear(axis, target)).collect(),
        Filter::Box => targets.map(|target| filtered(axis, target, 0.5, |x| f64::from(-0.5 < x && x <= 0.5))).collect(),
        Filter::Bilinear => targets.map(|target| filtered(axis, target, 1.0, |x| (1.0 - x.abs()).max(0.0))).collect(),
        Filter::Bicubic => targets.map(|target| filtered(axis, target, 2.0, keys)).collect(),
        Filter::Lanczos => targets.map(|target| filtered(axis, target, 3.0, lanczos)).collect(),
    }
}

/// Shares of pixels under a target pixel, in parts of `resized` of a pixel; they add up to `part`.
fn area(axis: &Axis, target: usize) -> Window {
    let [part, resized, target] = [axis.part, axis.resized, target].map(|size| size as u64);
    let (begin, end) = (target * part, (target + 1) * part);
    let (first, last) = (begin / resized, (end - 1) / resized);
    let share = |pixel: u64| end.min((pixel + 1) * resized) - begin.max(pixel * resized);
    Window { from: axis.start + first as usize, weights: (first..=last).map(|pixel| share(pixel) as f64).collect() }
}

/// Pillow adds up the step, so that rounding errors decide near the border of two pixels.
fn nearest(axis: &Axis) -> Vec<Window> {
    let step = axis.step();
    let mut at = axis.start as f64 + step * 0.5;
    (0..axis.first).for_each(|_| at += step);
    let mut next = || {
        let window = Window::one((at as usize).min(axis.length - 1), f64::from(1 << WEIGHT_BITS));
        at += step;
        window
    };
    (0..axis.count).map(|_| next()).collect()
}

/// The two pixels between whose centres a target pixel's centre lies.
fn linear(axis: &Axis, target: usize) -> Window {
    let at = (target as f64 + 0.5) * axis.step() - 0.5;
    let last = axis.start + axis.part - 1;
    let below = at.floor();
    let share = at - below;
    if below < 0.0 {
        return Window::one(axis.start, 1.0);
    }
    let from = (axis.start + below as usize).min(last);
    if share == 0.0 || from == last {
        return Window::one(from, 1.0);
    }
    Window { from, weights: vec![1.0 - share, share] }
}

/// Pillow's `precompute_coeffs` and `normalize_coeffs_8bpc`: the filter of this half-width, widened when reducing.
fn filtered(axis: &Axis, target: usize, support: f64, filter: impl Fn(f64) -> f64) -> Window {
    let step = axis.step();
    let wide = step.max(1.0);
    let support = support * wide;
    let centre = axis.start as f64 + (target as f64 + 0.5) * step;
    // Casting rounds towards zero, and negative numbers to zero.
    let from = (centre - support + 0.5) as usize;
    let end = ((centre + support + 0.5) as usize).min(axis.length);
    let per_pixel = 1.0 / wide;
    let raw: Vec<f64> = (from..end).map(|pixel| filter((pixel as f64 - centre + 0.5) * per_pixel)).collect();
    let sum: f64 = raw.iter().sum();
    let whole = |weight: f64| {
        let weight = if sum == 0.0 { weight } else { weight / sum };
        (weight * f64::from(1 << WEIGHT_BITS) + 0.5f64.copysign(weight)).trunc()
    };
    Window { from, weights: raw.into_iter().map(whole).collect() }
}

/// R. G. Keys, Cubic convolution interpolation for digital image processing, 1981, equation 4, with a = −0.5.
fn keys(x: f64) -> f64 {
    const A: f64 = -0.5;
    let x = x.abs();
    if x < 1.0 {
        ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        (((x - 5.0) * x + 8.0) * x - 4.0) * A
    } else {
        0.0
    }
}

fn lanczos(x: f64) -> f64 {
    let sinc = |x: f64| if x == 0.0 { 1.0 } else { libm::sin(x * PI) / (x * PI) };
    if (-3.0..3.0).contains(&x) { sinc(x) * sinc(x / 3.0) } else { 0.0 }
}
