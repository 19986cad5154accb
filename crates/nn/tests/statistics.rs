//! Statistics of the calibration rows in a card: rounded, of no single row, and what is said of inputs unlike them.

use sotto_nn::Card;
use sotto_nn::card::{InputSchema, Statistics};

fn card(input: &str) -> Card {
    let json = format!(
        r#"{{"title": "T", "description": "", "task": "t", "input": {input}, "classes": ["a", "b"], "provenance": "", "licence": ""}}"#
    );
    Card::from_json(json.as_bytes()).unwrap()
}

fn with_statistics(input: &str, rows: &[Vec<f64>]) -> Card {
    let mut card = card(input);
    card.statistics = Statistics::of(&card.input, rows);
    card.validate_template().unwrap();
    // They survive the disk.
    Card::from_json(card.to_json().unwrap().as_bytes()).unwrap()
}

const FIELDS: &str = r#"{"kind": "fields", "fields": [
    {"name": "age", "label": "Age", "unit": "years", "min": 0, "max": 150, "step": 1, "example": 50},
    {"name": "sex", "label": "Sex", "min": 0, "max": 1, "step": 1, "example": 0,
     "choices": [{"value": 0, "label": "f"}, {"value": 1, "label": "m"}]},
    {"name": "ratio", "label": "Ratio", "min": -9, "max": 9, "step": 0.001, "example": 0}]}"#;

fn people(count: usize) -> Vec<Vec<f64>> {
    (0..count).map(|i| vec![30.25 + 40.0 * i as f64 / count as f64, (i % 2) as f64, 0.1234 + i as f64 * 1e-5]).collect()
}

#[test]
fn fields_are_compared_one_by_one() {
    let card = with_statistics(FIELDS, &people(200));
    let statistics = card.statistics.as_ref().unwrap();
    assert_eq!(statistics.rows, 200);
    let names: Vec<&str> = statistics.features.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(names, ["age", "ratio"], "a choice has no percentiles");
    let age = &statistics.features[0];
    assert_eq!((age.low, age.mean, age.high), (30.0, 50.0, 70.0));
    assert!(card.remarks(&[50.0, 1.0, 0.124]).is_empty());
    assert!(card.remarks(&[72.0, 1.0, 0.124]).is_empty(), "hardly outside is inside");
    assert_eq!(
        card.remarks(&[90.0, 1.0, 0.124]),
        ["Age (years) is 90; of the data that the model was fitted to, 98 % lie between 30 and 70, 50 on average."]
    );
    assert_eq!(card.remarks(&[90.0, 1.0, 8.0]).len(), 2);
    assert!(card.remarks(&[90.0]).is_empty() && card.remarks(&[f64::NAN, 1.0, 0.124]).is_empty());
}

#[test]
fn no_row_can_be_read_from_statistics() {
    for rows in [99, 100, 137] {
        let mut rows = people(rows);
        // The extremes of one person.
        rows[7][0] = 123.4567;
        rows[8][2] = -8.765;
        let card = card(FIELDS);
        let Some(statistics) = Statistics::of(&card.input, &rows) else {
            assert!(rows.len() < 100);
            continue;
        };
        assert!(rows.len() >= 100);
        let values: Vec<f64> = rows.iter().flatten().copied().collect();
        for feature in &statistics.features {
            for figure in [feature.low, feature.mean, feature.high] {
                let digits = format!("{figure:e}");
                let digits = digits.trim_start_matches('-').split('e').next().unwrap().len();
                assert!(digits <= 5, "{figure} is not rounded");
                assert!(!values.contains(&figure) || figure.fract() == 0.0, "{figure} is a row's");
            }
        }
        assert!(statistics.features[0].high < 100.0, "{:?}", statistics.features[0]);
        // One row more or less changes no more than the last digit.
        let fewer = Statistics::of(&card.input, &[&rows[..7], &rows[8..]].concat());
        assert!(fewer.is_none_or(|fewer| (fewer.features[0].high - statistics.features[0].high).abs() < 20.0));
    }
}

#[test]
fn pictures_and_signals_are_compared_by_features() {
    let image = r#"{"kind": "image", "label": "X-ray", "channels": 1, "height": 8, "width": 8, "min": 0, "max": 255, "fit": "centre-crop"}"#;
    let picture = |level: f64, slope: f64| (0..64).map(|i| level + slope * f64::from(i % 8)).collect::<Vec<f64>>();
    let rows: Vec<Vec<f64>> = (0..150).map(|k| picture(80.0 + f64::from(k % 50), 5.0 + f64::from(k % 7))).collect();
    let card = with_statistics(image, &rows);
    assert!(card.remarks(&picture(100.0, 8.0)).is_empty());
    let dark = card.remarks(&picture(0.0, 8.0));
    assert!(dark.iter().any(|r| r.starts_with("The mean grey level of the picture is 28;")), "{dark:?}");
    assert!(card.remarks(&picture(110.0, 0.0)).iter().any(|r| r.starts_with("The standard deviation")));

    let signal = r#"{"kind": "signal", "label": "Beat", "channels": 2, "length": 16, "sample_rate": 100, "unit": "mV", "min": -10, "max": 10,
        "marker": {"index": 8, "label": "R peak"}}"#;
    let beat = |height: f64, at: usize| {
        (0..32).map(|i| if i % 16 == at { height } else { 0.01 * (i % 3) as f64 }).collect::<Vec<f64>>()
    };
    let rows: Vec<Vec<f64>> = (0..120).map(|k| beat(1.0 + f64::from(k) / 100.0, 8)).collect();
    let card = with_statistics(signal, &rows);
    assert!(card.remarks(&beat(1.5, 8)).is_empty());
    let flat = card.remarks(&[0.0; 32]);
    assert!(flat.iter().any(|r| r.starts_with("The highest value of the signal, in mV, is 0;")), "{flat:?}");
    let moved = card.remarks(&beat(1.5, 3));
    assert_eq!(moved.len(), 1, "{moved:?}");
    assert!(moved[0].starts_with("The value at the marker less the mean"));
    let volts = card.remarks(&beat(0.0015, 8));
    assert_eq!(volts.len(), 5, "four and how many more: {volts:?}");
}

#[test]
fn statistics_of_another_input_are_refused() {
    let rows = people(100);
    let mut other = card(FIELDS);
    other.statistics = Statistics::of(&other.input, &rows);
    let InputSchema::Fields { fields } = &mut other.input else { panic!("fields") };
    fields[0].name = "height".into();
    assert_eq!(other.validate_template().unwrap_err().to_string(), "its statistics are of another input");
    let mut turned = with_statistics(FIELDS, &rows);
    turned.statistics.as_mut().unwrap().features[0].low = 99.0;
    assert!(turned.validate_template().unwrap_err().to_string().contains("in no order"));
}
