//! Marks of beats and another rate, on hearts made of bell curves: at every rate that recorders have, and upside down.

use sotto_nn::card::{Marker, Signal};
use sotto_nn::signal::{Beat, beats, low_pass, resample};

const RATES: [f64; 9] = [100.0, 128.0, 180.0, 250.0, 300.0, 360.0, 500.0, 512.0, 1000.0];
/// A wave of a beat: millivolts, centre and width in seconds from the R peak.
type Wave = (f64, f64, f64);
const WAVES: [Wave; 5] =
    [(0.13, -0.16, 0.021), (-0.09, -0.03, 0.009), (1.2, 0.0, 0.0115), (-0.22, 0.031, 0.011), (0.27, 0.24, 0.041)];

/// Beats at these seconds, over a level and a drift.
fn heart(rate: f64, seconds: f64, marks: &[f64], waves: &[Wave]) -> Vec<f64> {
    (0..(seconds * rate) as usize)
        .map(|i| {
            let time = i as f64 / rate;
            let wave = |&(height, centre, width): &Wave, mark: f64| {
                height * (-0.5 * ((time - mark - centre) / width).powi(2)).exp()
            };
            let beat = |&mark: &f64| waves.iter().map(|shape| wave(shape, mark)).sum::<f64>();
            -0.3 + 0.2 * (time * 0.9).sin() + marks.iter().map(beat).sum::<f64>()
        })
        .collect()
}

fn seconds(found: &[Beat], rate: f64) -> Vec<f64> {
    found.iter().map(|beat| beat.index as f64 / rate).collect()
}

#[test]
fn a_mark_is_on_the_peak_or_trough_at_every_rate() {
    let marks = [0.45, 1.25, 2.05, 2.95, 3.6];
    for rate in RATES {
        for sign in [1.0, -1.0] {
            let values: Vec<f64> = heart(rate, 4.2, &marks, &WAVES).iter().map(|value| sign * value).collect();
            let found = beats(&values, rate);
            assert_eq!(found.len(), marks.len(), "{rate} Hz, {sign}");
            for (beat, (at, mark)) in found.iter().zip(seconds(&found, rate).iter().zip(marks)) {
                // The nearest value to the R peak; a drift may move it by one.
                assert!((at - mark).abs() <= 1.01 / rate, "{rate} Hz, {sign}: {at} for {mark}");
                assert!(sign * beat.height > 0.9, "{rate} Hz, {sign}: {}", beat.height);
                // It is an extreme of the recording itself.
                let near = &values[beat.index - 2..=beat.index + 2];
                assert!(near.iter().all(|value| sign * value <= sign * values[beat.index]), "{rate} Hz, {sign}");
            }
        }
    }
}

#[test]
fn one_convention_for_wide_beats_and_for_those_of_two_directions() {
    // A ventricular beat; an RS complex whose S is the larger deflection; a T wave that is as high as its R wave.
    let shapes: [(&[Wave], f64); 3] = [
        (&[(1.55, 0.0, 0.034), (-0.42, 0.3, 0.05)], 0.0),
        (&[(0.5, 0.0, 0.010), (-1.1, 0.035, 0.012)], 0.035),
        (&[(0.8, 0.0, 0.011), (0.8, 0.28, 0.055)], 0.0),
    ];
    for (waves, offset) in shapes {
        for rate in RATES {
            let marks = [0.6, 1.5, 2.4, 3.3];
            let found = seconds(&beats(&heart(rate, 4.2, &marks, waves), rate), rate);
            let wanted: Vec<f64> = marks.iter().map(|mark| mark + offset).collect();
            assert_eq!(found.len(), 4, "{waves:?} at {rate} Hz: {found:?}");
            for (found, wanted) in found.iter().zip(wanted) {
                assert!((found - wanted).abs() <= 0.006 + 1.0 / rate, "{waves:?} at {rate} Hz: {found} for {wanted}");
            }
        }
    }
}

#[test]
fn a_rate_does_not_move_a_mark() {
    let marks = [0.4, 1.2, 2.0, 2.8];
    for rate in RATES {
        let values = resample(&heart(rate, 3.4, &marks, &WAVES), rate, 180.0);
        let found = seconds(&beats(&values, 180.0), 180.0);
        assert_eq!(found.len(), 4, "{rate} Hz");
        assert!(
            found.iter().zip(marks).all(|(found, mark)| (found - mark).abs() <= 1.01 / 180.0),
            "{rate} Hz: {found:?}"
        );
    }
}

#[test]
fn nothing_is_found_where_nothing_is() {
    assert!(beats(&[], 180.0).is_empty());
    assert!(beats(&[1.0; 500], 180.0).is_empty());
    assert!(beats(&[f64::NAN; 500], 180.0).is_empty());
    assert!(beats(&[0.0, f64::NAN, 1.0], 180.0).is_empty());
    let values = heart(180.0, 3.4, &[0.4, 1.2, 2.0, 2.8], &WAVES);
    for rate in [0.0, 49.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(beats(&values, rate).is_empty(), "{rate}");
    }
    // A gap hides its own beat and no other.
    let mut gapped = values.clone();
    gapped[205..230].fill(f64::NAN);
    assert_eq!(beats(&gapped, 180.0).len(), 3);
}

#[test]
fn a_gap_is_no_end_and_a_level_stays() {
    for rate in RATES {
        let level = resample(&vec![-0.3; 3 * rate as usize], rate, 180.0);
        assert!(level.iter().all(|value| (value + 0.3).abs() < 1e-12), "{rate} Hz");
        let mut gapped = heart(rate, 4.0, &[1.0, 3.0], &WAVES);
        let whole = resample(&gapped, rate, 180.0);
        let place = gapped.len() / 2;
        gapped[place] = f64::NAN;
        let values = resample(&gapped, rate, 180.0);
        let lost: Vec<usize> = (0..values.len()).filter(|&i| values[i].is_nan()).collect();
        let reach = low_pass(rate, 180.0).taps as f64 / 2.0 / rate * 180.0 + 1.0;
        let middle = place as f64 / rate * 180.0;
        assert!(!lost.is_empty(), "{rate} Hz");
        assert!(lost.iter().all(|&i| (i as f64 - middle).abs() <= reach), "{rate} Hz");
        assert!((0..values.len()).all(|i| values[i].is_nan() || values[i] == whole[i]), "{rate} Hz");
    }
    assert_eq!(resample(&[], 360.0, 180.0), Vec::<f64>::new());
    assert_eq!(resample(&[2.5], 360.0, 180.0), [2.5]);
}

#[test]
fn no_ringing_at_the_ends_of_a_step_or_slope() {
    // A slope goes on beyond its ends as it is.
    let slope: Vec<f64> = (0..400).map(|i| 2.0 + 0.01 * f64::from(i)).collect();
    let half = resample(&slope, 360.0, 180.0);
    assert!(half.iter().enumerate().all(|(i, value)| (value - (2.0 + 0.02 * i as f64)).abs() < 1e-9));
    // A recording that begins and ends far from zero does so at every rate.
    for rate in RATES {
        let values = heart(rate, 3.0, &[1.5], &WAVES).iter().map(|value| value + 40.0).collect::<Vec<_>>();
        let at_model = resample(&values, rate, 180.0);
        for (end, exact) in [(at_model[0], values[0]), (at_model[at_model.len() - 1], values[values.len() - 1])] {
            assert!((end - exact).abs() < 0.01, "{rate} Hz: {end} for {exact}");
        }
    }
}

#[test]
fn what_is_read_around_a_beat_lies_whole_in_the_recording() {
    let schema = Signal {
        label: "Beat".into(),
        channels: 1,
        length: 8,
        sample_rate: 180.0,
        unit: "mV".into(),
        min: -10.0,
        max: 10.0,
        offset: 0.0,
        scale: 1.0,
        marker: Some(Marker { index: 3, label: "R peak".into() }),
        help: String::new(),
    };
    let mut values: Vec<f64> = (0..20).map(f64::from).collect();
    let at = |index| Beat { index, height: 1.0 };
    assert_eq!(schema.around(&values, &at(3)).unwrap(), &values[..8]);
    assert_eq!(schema.around(&values, &at(15)).unwrap(), &values[12..]);
    assert_eq!([2, 16, usize::MAX].map(|index| schema.around(&values, &at(index))), [None; 3]);
    values[5] = f64::NAN;
    assert_eq!(schema.around(&values, &at(3)), None);
    assert_eq!(Signal { marker: None, ..schema }.mark(), 4);
}
