//! The card: its checks, quantisation and scores.

use sotto_nn::card::{Card, InputError, InputSchema, Prediction, revealed};
use sotto_nn::{Op, OpKind, Program, ValueType};

const CARD: &str = r#"{
    "title": "Test", "description": "A test.", "task": "yes or no",
    "input": {"kind": "fields", "fields": [
        {"name": "size", "label": "Size", "unit": "mm", "min": 0, "max": 10, "step": 0.1,
         "offset": 5, "scale": 0.5, "example": 2.5, "help": "With a ruler"},
        {"name": "sex", "label": "Sex", "min": 0, "max": 1, "step": 1, "example": 0,
         "choices": [{"value": 0, "label": "female"}, {"value": 1, "label": "male"}]}
    ]},
    "classes": ["no", "yes"], "provenance": "Made up", "licence": "None",
    "samples": [{"name": "A", "values": [10, 1], "label": 1, "expected": [80, 32]}]
}"#;

fn card() -> Card {
    Card::from_json(CARD.as_bytes()).unwrap()
}

/// The identity on two values with 5 fractional bits.
fn program() -> Program {
    let value = ValueType { shape: vec![2], bits: 8, frac_bits: 5 };
    let op = Op { name: "relu".into(), kind: OpKind::Relu, inputs: vec![0], output: value.clone() };
    Program { version: Program::VERSION, input: value, ops: vec![op] }
}

fn refused(change: impl FnOnce(&mut Card)) -> String {
    let mut card = card();
    change(&mut card);
    card.validate(&program()).expect_err("this card must be refused").to_string()
}

#[test]
fn values_are_standardised_scaled_and_rounded_half_away_from_zero() {
    let (card, program) = (card(), program());
    card.validate(&program).unwrap();
    // (raw − 5) · 0.5 · 32
    assert_eq!(card.quantise(&program, &[10.0, 1.0]), Ok(vec![80, 32]));
    assert_eq!(card.quantise(&program, &[5.03125, 0.0]), Ok(vec![1, 0]), "0.5 becomes 1");
    assert_eq!(card.quantise(&program, &[4.96875, 0.0]), Ok(vec![-1, 0]), "-0.5 becomes -1");
    assert_eq!(card.input.elements().next().unwrap().standardised_range(), (-2.5, 2.5));
}

#[test]
fn unusable_values_are_named() {
    let says = |values: &[f64]| card().quantise(&program(), values).unwrap_err().to_string();
    assert_eq!(says(&[10.5, 0.0]), "Size: 10.5 is outside 0 to 10 mm");
    assert_eq!(says(&[f64::NAN, 0.0]), "Size: a number is missing");
    assert_eq!(says(&[1.0, f64::INFINITY]), "Sex: a number is missing");
    assert_eq!(says(&[1.0, 0.5]), "Sex: 0.5 is none of 0 (female), 1 (male)");
    assert_eq!(says(&[1.0, 2.0]), "Sex: 2 is outside 0 to 1");
    assert_eq!(card().quantise(&program(), &[1.0]), Err(InputError::Count { expected: 2, found: 1 }));
}

#[test]
fn cards_are_checked_against_themselves_and_the_program() {
    let fields = |card: &mut Card| match &mut card.input {
        InputSchema::Fields { fields } => std::mem::take(fields),
        other => panic!("{other:?}"),
    };
    let with_field = |change: &dyn Fn(&mut sotto_nn::card::Field)| {
        refused(|card| {
            let mut all = fields(card);
            change(&mut all[0]);
            card.input = InputSchema::Fields { fields: all };
        })
    };
    assert!(refused(|c| drop(fields(c))).contains("at least one and at most 67108864 fields"));
    assert!(refused(|c| c.classes.truncate(1)).contains("two classes"));
    assert!(refused(|c| c.classes.push("maybe".into())).contains("lists 3 classes, and the program has 2"));
    assert!(refused(|c| c.title = " ".into()).contains("title"));
    assert!(with_field(&|f| f.name = "sex".into()).contains("field 'sex': another field has the same name"));
    assert!(with_field(&|f| f.min = 20.0).contains("field 'size': the range 20 to 10 is empty"));
    assert!(with_field(&|f| f.scale = 0.0).contains("scale"));
    assert!(with_field(&|f| f.offset = f64::NAN).contains("finite"));
    assert!(with_field(&|f| f.scale = f64::MAX).contains("when offset and scale are applied"));
    assert!(with_field(&|f| f.example = 11.0).contains("its example is not accepted"));
    assert!(with_field(&|f| f.scale = -1.0).contains("does not fit the input's 8 bits"));
    assert!(refused(|c| c.samples[0].values[0] = 99.0).contains("sample 'A': Size: 99 is outside"));
    assert!(refused(|c| c.samples[0].label = Some(2)).contains("no class 2"));
    assert!(refused(|c| c.samples[0].expected.truncate(1)).contains("it expects 1 integers"));
    assert!(refused(|c| c.samples[0].expected[0] = 128).contains("128 does not fit 8 bits"));
    let unlabelled =
        Card::from_json(CARD.replacen("\"label\": 1, \"expected\"", "\"expected\"", 1).as_bytes()).unwrap();
    assert_eq!(unlabelled.samples[0].label, None);
    unlabelled.validate(&program()).unwrap();
    assert!(!unlabelled.to_json().unwrap().contains("null"), "an absent label stays absent");
    let unknown = CARD.replacen("\"unit\"", "\"units\"", 1);
    assert!(Card::from_json(unknown.as_bytes()).unwrap_err().to_string().contains("units"));
    let json = card().to_json().unwrap();
    assert_eq!(Card::from_json(json.as_bytes()), Ok(card()));
}

#[test]
fn scores_are_the_softmax_of_the_dequantised_outputs() {
    let (card, mut program) = (card(), program());
    let class = |program: &Program, output: &[i64]| match card.scores(program, output) {
        Some(Prediction::Class { class, label, scores }) => (class, label, scores),
        other => panic!("{other:?}"),
    };
    let (decided, label, scores) = class(&program, &[0, 32]);
    assert_eq!((decided, label.as_str()), (1, "yes"));
    let expected = 1.0 / (1.0 + (-1.0f64).exp());
    assert!((scores[1] - expected).abs() < 1e-12 && (scores.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    assert_eq!(class(&program, &[7, 7]).0, 0, "ties go to the lowest");
    assert_eq!(card.scores(&program, &[1]), None);
    assert_eq!(revealed(&program, &[-3, 7]), [-3, 7]);
    let output = ValueType { shape: vec![1], bits: 2, frac_bits: 0 };
    program.ops.push(Op { name: "best".into(), kind: OpKind::Argmax, inputs: vec![1], output });
    card.validate(&program).unwrap();
    assert_eq!(class(&program, &[1]), (1, "yes".into(), Vec::new()));
    assert_eq!(revealed(&program, &[-3, 7]), [1]);
    assert_eq!(revealed(&program, &[7, 7]), [0], "ties go to the lowest");
    assert_eq!(card.scores(&program, &[-1]), None, "an index that no class has");
}

#[test]
fn lists_of_numbers_are_written_on_a_line_and_read_again() {
    let mut card = card();
    card.samples[0].values = vec![0.5, -3.0, 9_007_199_254_740_993.0, 0.1, 1e300];
    card.samples[0].expected = vec![i64::MIN, i64::MAX];
    let json = card.to_json().unwrap();
    let values = "\"values\": [0.5,-3,9007199254740992.0,0.1,1e+300],";
    assert!(json.contains(values), "{json}");
    assert!(json.contains("\"expected\": [-9223372036854775808,9223372036854775807]"), "{json}");
    assert_eq!(Card::from_json(json.as_bytes()), Ok(card.clone()));
    assert_eq!(Card::from_json(card.to_public_json().unwrap().as_bytes()), Ok(card));
}
