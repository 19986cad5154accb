//! Weighted sums over a picture's rows and columns.

use super::place::Axis;
use super::plane::Plane;
use super::windows::{WEIGHT_BITS, Window, windows};
use crate::card::Filter;

/// Levels of the target's pixels that are made from the picture, row after row. Reads every row once and keeps only
/// sums: `Filter::Area` and Pillow's add up whole numbers below 2^53, so that every machine arrives at the same.
pub(super) fn resample(plane: &Plane, filter: Filter, across: &Axis, down: &Axis) -> Vec<f64> {
    match filter {
        Filter::Area => {
            let whole = plane.unit as u64 * across.part as u64 * down.part as u64;
            let mean = |sum: f64| ((2 * sum as u64 + whole) / (2 * whole)) as f64;
            separable(plane, filter, [across, down], |sum| sum, mean)
        }
        Filter::Linear => separable(plane, filter, [across, down], |sum| sum, |sum| sum),
        Filter::Nearest | Filter::Box | Filter::Bilinear | Filter::Bicubic | Filter::Lanczos => {
            separable(plane, filter, [across, down], level, level)
        }
    }
}

/// A whole level of a sum with Pillow's weights, halves up.
fn level(sum: f64) -> f64 {
    let one = f64::from(1 << WEIGHT_BITS);
    ((sum + one / 2.0) / one).floor().clamp(0.0, 255.0)
}

/// `between` applies to the sums over a row, `last` to the sums over those.
fn separable(
    plane: &Plane,
    filter: Filter,
    [across, down]: [&Axis; 2],
    between: impl Fn(f64) -> f64,
    last: impl Fn(f64) -> f64,
) -> Vec<f64> {
    let (columns, rows) = (windows(filter, across), windows(filter, down));
    let mut sums = vec![0.0; columns.len() * rows.len()];
    let (mut source, mut line) = (vec![0.0; across.length], vec![0.0; columns.len()]);
    let mut open = 0;
    let ends = rows.first().map_or(0, |window| window.from)..rows.last().map_or(0, Window::end);
    for y in ends {
        while rows[open].end() <= y {
            open += 1;
        }
        let mut touched = rows[open..].iter().take_while(|window| window.from <= y).peekable();
        if touched.peek().is_none() {
            continue;
        }
        plane.row(y, &mut source);
        for (to, window) in line.iter_mut().zip(&columns) {
            let pixels = &source[window.from..window.end()];
            *to = between(pixels.iter().zip(&window.weights).map(|(pixel, weight)| pixel * weight).sum());
        }
        for (window, sums) in touched.zip(sums[open * line.len()..].chunks_mut(line.len())) {
            let weight = window.weights[y - window.from];
            sums.iter_mut().zip(&line).for_each(|(sum, level)| *sum += weight * level);
        }
    }
    sums.into_iter().map(last).collect()
}
