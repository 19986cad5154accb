//! Where beats are, and where in a beat its mark sits.
//!
//! Beats are found by two moving averages of the squared signal between 8 and 20 Hz: Elgendi, Fast QRS detection with an optimized
//! knowledge-based method, PLoS ONE 8(9), 2013, with that paper's widths and offset. It looks at no direction, and learns nothing.
//!
//! **The mark** of a beat is the value of the recording that is farthest in the direction of its complex (highest where that points
//! up, lowest where it points down) among those within 11 ms of the largest deflection of the band from 5 to 25 Hz, from 60 ms
//! before the complex to 60 ms behind it. So a mark lies on a peak of the recording itself, on the R wave of a normal beat and on the
//! trough of an inverted one, and neither a T wave, which is slower, nor a drift moves it. That is how the annotations of MIT-BIH
//! lie, which the models were trained with (docs/decisions/0017).

use std::f64::consts::PI;

use super::values::{median, reflected};

/// Hz between which most of a complex lies: where beats are.
const COMPLEX_BAND: (f64, f64) = (8.0, 20.0);
/// Half the length of its filter, in seconds.
const COMPLEX_REACH: f64 = 0.125;
/// Hz of the band whose largest deflection the mark goes by, and half the length of that filter.
const MARK_BAND: (f64, f64) = (5.0, 25.0);
const MARK_REACH: f64 = 1.0 / 6.0;
/// Seconds of a QRS complex and of a beat.
const COMPLEX: f64 = 0.097;
const BEAT: f64 = 0.611;
/// Part of the mean that is added to the threshold.
const OFFSET: f64 = 0.08;
/// Two beats are not nearer, in seconds.
const REFRACTORY: f64 = 0.2;
/// A complex whose energy is a smaller part of a usual one's is noise.
const LEAST_ENERGY: f64 = 0.02;
/// Seconds around a complex in which its mark may lie, and around the band's deflection.
const REACH: f64 = 0.06;
const FINE: f64 = 0.0115;

/// A beat of a recording.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beat {
    /// Of its mark among the values.
    pub index: usize,
    /// How far the mark lies from the median of the second around it: negative where it points down.
    pub height: f64,
}

/// All beats in order, of values at a rate of 50 a second or more, NaN or infinite where there is a gap. There are none in a gap, in a flat line, or
/// where the rate is lower.
#[must_use]
pub fn beats(values: &[f64], rate: f64) -> Vec<Beat> {
    let Some(bridged) = bridge(values) else { return Vec::new() };
    if !(rate >= 2.0 * MARK_BAND.1 && rate.is_finite()) {
        return Vec::new();
    }
    let energy: Vec<f64> =
        band(&bridged, rate, COMPLEX_BAND, COMPLEX_REACH).iter().map(|value| value * value).collect();
    let offset = OFFSET * energy.iter().sum::<f64>() / energy.len() as f64;
    // Rounding alone is no movement, and neither is what a recorder cannot resolve.
    if offset < 1e-12 {
        return Vec::new();
    }
    let complexes = complexes(&energy, rate, offset);
    let usual = median(&complexes.iter().map(|complex| complex.energy).collect::<Vec<_>>());
    let deflection = band(&bridged, rate, MARK_BAND, MARK_REACH);
    let mut beats: Vec<Beat> = Vec::new();
    for complex in complexes.iter().filter(|complex| complex.energy >= LEAST_ENERGY * usual) {
        let beat = mark(&bridged, &deflection, complex, rate);
        if !values[beat.index].is_finite() {
            continue;
        }
        match beats.last_mut() {
            Some(before) if (beat.index.abs_diff(before.index) as f64) < REFRACTORY * rate => {
                if beat.height.abs() > before.height.abs() {
                    *before = beat;
                }
            }
            _ => beats.push(beat),
        }
    }
    beats
}

/// Values from `from` to `to` whose energy stands out.
struct Complex {
    from: usize,
    to: usize,
    energy: f64,
}

fn complexes(energy: &[f64], rate: f64, offset: f64) -> Vec<Complex> {
    let short = average(energy, (COMPLEX * rate).round() as usize);
    let long = average(energy, (BEAT * rate).round() as usize);
    let mut found: Vec<Complex> = Vec::new();
    for (i, (&short, &long)) in short.iter().zip(&long).enumerate() {
        if short <= long + offset {
            continue;
        }
        match found.last_mut() {
            Some(open) if open.to == i => {
                open.to = i + 1;
                open.energy = open.energy.max(short);
            }
            _ => found.push(Complex { from: i, to: i + 1, energy: short }),
        }
    }
    found.retain(|complex| (complex.to - complex.from) as f64 >= COMPLEX * rate / 2.0);
    found
}

/// The mark of a complex, as the head of this file says.
fn mark(values: &[f64], deflection: &[f64], complex: &Complex, rate: f64) -> Beat {
    let around = |from: usize, to: usize, seconds: f64| {
        let reach = (seconds * rate).round() as usize;
        from.saturating_sub(reach)..(to + reach).min(values.len())
    };
    let largest = first_max(around(complex.from, complex.to, REACH), |i| deflection[i].abs());
    let sign = deflection[largest].signum();
    let reach = (FINE * rate).floor() as usize;
    let near = largest.saturating_sub(reach)..(largest + reach + 1).min(values.len());
    let index = first_max(near, |i| sign * values[i]);
    let level = median(&values[around(index, index + 1, 0.5)]);
    Beat { index, height: values[index] - level }
}

/// The first place of the largest; the range is not empty.
fn first_max(range: std::ops::Range<usize>, of: impl Fn(usize) -> f64) -> usize {
    let start = range.start;
    range.fold(start, |best, i| if of(i) > of(best) { i } else { best })
}

/// Gaps filled by straight lines, for looking only; `None` where there is nothing.
fn bridge(values: &[f64]) -> Option<Vec<f64>> {
    let first = values.iter().position(|value| value.is_finite())?;
    let mut bridged = values.to_vec();
    bridged[..first].fill(values[first]);
    let mut last = first;
    for i in first + 1..=values.len() {
        if i < values.len() && !values[i].is_finite() {
            continue;
        }
        let (from, to) = (bridged[last], if i < values.len() { values[i] } else { bridged[last] });
        for (step, value) in bridged[last + 1..i].iter_mut().enumerate() {
            *value = from + (step + 1) as f64 / (i - last) as f64 * (to - from);
        }
        last = i;
    }
    Some(bridged)
}

/// The difference of two low-passes, sincs under a Hann window whose weights add up to one, so that a level and a slow drift give
/// nothing.
fn band(values: &[f64], rate: f64, (low, high): (f64, f64), reach: f64) -> Vec<f64> {
    let half = (reach * rate).round() as i64;
    let kernel = |cutoff: f64| {
        let tap = |k: i64| {
            let x = k as f64 * 2.0 * PI * cutoff / rate;
            let window = 0.5 + 0.5 * (PI * k as f64 / (half + 1) as f64).cos();
            window * if k == 0 { 1.0 } else { x.sin() / x }
        };
        let taps: Vec<f64> = (-half..=half).map(tap).collect();
        let total: f64 = taps.iter().sum();
        taps.into_iter().map(move |tap| tap / total)
    };
    let taps: Vec<f64> = kernel(high).zip(kernel(low)).map(|(high, low)| high - low).collect();
    let place = |i: usize| {
        let first = i as i64 - half;
        let inside = usize::try_from(first).ok().and_then(|first| values.get(first..first + taps.len()));
        match inside {
            Some(part) => part.iter().zip(&taps).map(|(value, tap)| value * tap).sum(),
            None => taps.iter().enumerate().map(|(k, tap)| tap * reflected(values, first + k as i64)).sum(),
        }
    };
    (0..values.len()).map(place).collect()
}

/// Means over `width` values around each; at the ends over those that are there.
fn average(values: &[f64], width: usize) -> Vec<f64> {
    let mut sums = vec![0.0];
    for value in values {
        sums.push(sums[sums.len() - 1] + value);
    }
    let half = width / 2;
    (0..values.len())
        .map(|i| {
            let (from, to) = (i.saturating_sub(half), (i + half + 1).min(values.len()));
            (sums[to] - sums[from]) / (to - from) as f64
        })
        .collect()
}
