//! What scores decide: in real numbers, in fixed point, and in the program itself.

use sotto_nn::card::{Card, Decision, Outcome, Prediction, Range, revealed};
use sotto_nn::{Op, OpKind, Program, ValueType, Weights, reference};

const FRAC_BITS: u32 = 5;

/// A card of one field for each score, and the program that returns what it reads.
fn model(decision: &str, classes: &str, scores: usize) -> (Card, Program) {
    let field = |k: usize| format!(r#"{{"name":"x{k}","label":"X","min":-3,"max":3,"step":1,"example":0}}"#);
    let fields: Vec<String> = (0..scores).map(field).collect();
    let json = format!(
        r#"{{"title":"T","description":"D","task":"t","input":{{"kind":"fields","fields":[{}]}},
            "classes":{classes},"decision":{decision},"provenance":"P","licence":"L"}}"#,
        fields.join(",")
    );
    let value = ValueType { shape: vec![scores], bits: 8, frac_bits: FRAC_BITS };
    let op = Op { name: "same".into(), kind: OpKind::Reshape, inputs: vec![0], output: value.clone() };
    (Card::from_json(json.as_bytes()).unwrap(), Program { version: Program::VERSION, input: value, ops: vec![op] })
}

fn logit(threshold: f64) -> (Card, Program) {
    model(&format!(r#"{{"kind":"logit","threshold":{threshold}}}"#), r#"["no","yes"]"#, 1)
}

const FINDINGS: &str = r#"{"kind":"findings","thresholds":[0.5,0.9]}"#;
const VALUE: &str = r#"{"kind":"value","unit":"cm","range":{"min":0,"max":10},"offset":4,"scale":2}"#;

#[test]
fn a_logit_says_yes_above_its_threshold_and_reveals_that_alone() {
    for threshold in [0.5, 0.25, 0.9, 1e-9, 1.0 - 1e-9] {
        let (card, program) = logit(threshold);
        card.validate(&program).unwrap();
        let alone = card.revealing_decision(program.clone()).unwrap();
        alone.validate().unwrap();
        assert_eq!(alone.output(), &ValueType { shape: vec![1], bits: 1, frac_bits: 0 });
        assert_eq!(card.revealing_decision(alone.clone()), Ok(alone.clone()), "once is enough");
        // Every score of the ring.
        for score in -128i64..128 {
            let real = score as f64 / f64::from(1 << FRAC_BITS);
            let class = usize::from(real > (threshold / (1.0 - threshold)).ln());
            assert_eq!(card.decision.of(&[real]), Some(Outcome::Class(class)));
            assert_eq!(card.decision.of_fixed(&[score], FRAC_BITS), Some(Outcome::Class(class)));
            let output = reference::run_output(&alone, &Weights::new(), &[score]).unwrap();
            assert_eq!(output, [-(class as i64)], "{score} at {threshold}");
            assert_eq!(revealed(&alone, &[score]), output);
            let scored = card.scores(&program, &[score]).unwrap();
            let Prediction::Class { scores, .. } = &scored else { panic!("{scored:?}") };
            assert!(
                (scores[1] - 1.0 / (1.0 + (-real).exp())).abs() < 1e-12 && (scores[0] + scores[1] - 1.0).abs() < 1e-12
            );
            let decided = card.scores(&alone, &output).unwrap();
            assert_eq!((decided.label(), scored.label()), (card.classes[class].clone(), card.classes[class].clone()));
        }
    }
}

#[test]
fn findings_are_decided_one_by_one() {
    let (card, program) = model(FINDINGS, r#"["a","b"]"#, 2);
    card.validate(&program).unwrap();
    let alone = card.revealing_decision(program.clone()).unwrap();
    alone.validate().unwrap();
    // ln 9 is 70.3 in units of 2^-5.
    for (scores, present, words) in [
        ([1, 71], [true, true], "a, b"),
        ([0, 70], [false, false], "no finding"),
        ([-128, 127], [false, true], "b"),
        ([127, -128], [true, false], "a"),
    ] {
        let output = reference::run_output(&alone, &Weights::new(), &scores).unwrap();
        assert_eq!(output, present.map(|present| -i64::from(present)));
        assert_eq!(card.decision.of_fixed(&scores, FRAC_BITS), Some(Outcome::Findings(present.to_vec())));
        for (program, output) in [(&program, &scores[..]), (&alone, &output)] {
            assert_eq!(card.scores(program, output).unwrap().label(), words);
        }
    }
    assert_eq!(card.scores(&alone, &[1, 0]), None, "no element of a ring of one bit");
}

#[test]
fn a_value_is_scaled_and_has_no_decision() {
    let (card, program) = model(VALUE, r#"["length"]"#, 1);
    card.validate(&program).unwrap();
    let value = |score| card.scores(&program, &[score]).unwrap();
    assert_eq!(value(32).label(), "6.000 cm");
    assert!(matches!(value(96), Prediction::Value { outside: false, .. }));
    assert!(matches!(value(97), Prediction::Value { outside: true, value, .. } if value == 4.0 + 2.0 * 97.0 / 32.0));
    let refused = card.revealing_decision(program).unwrap_err().to_string();
    assert!(refused.contains("only its score says"), "{refused}");
}

#[test]
fn decisions_are_checked() {
    let says = |decision: &str, classes: &str, scores| {
        let (card, program) = model(decision, classes, scores);
        card.validate(&program).unwrap_err().to_string()
    };
    let class = r#"{"kind":"class"}"#;
    assert!(says(class, r#"["no","yes"]"#, 1).ends_with("one score for two classes is a decision of the kind logit"));
    assert!(says(r#"{"kind":"logit"}"#, r#"["a","b","c"]"#, 1).contains("a logit decides between two"));
    assert!(says(r#"{"kind":"logit"}"#, r#"["a","b"]"#, 2).contains("is made by one score, and the program has 2"));
    assert!(says(r#"{"kind":"logit","threshold":1}"#, r#"["a","b"]"#, 1).contains("no probability between 0 and 1"));
    assert!(says(FINDINGS, r#"["a"]"#, 1).contains("1 findings and 2 thresholds"));
    assert!(says(VALUE, r#"["a","b"]"#, 1).contains("what it is called"));
    let empty = r#"{"kind":"value","range":{"min":1,"max":1}}"#;
    assert!(says(empty, r#"["a"]"#, 1).contains("needs a range"));
    let (mut card, _) = logit(0.5);
    card.samples = vec![sotto_nn::card::Sample { value: Some(1.0), values: vec![0.0], ..Default::default() }];
    assert!(card.validate_template().unwrap_err().to_string().contains("its truth is not a class"));
    let range = Range { min: 0.0, max: 1.0 };
    let plain = Decision::Value { unit: String::new(), range, offset: 0.0, scale: 1.0 };
    assert_eq!(plain.of(&[0.25]), Some(Outcome::Value(0.25)));
}

#[test]
fn a_card_without_a_decision_is_written_as_it_was() {
    let (card, _) = model(r#"{"kind":"class"}"#, r#"["no","yes"]"#, 2);
    assert!(!card.to_json().unwrap().contains("decision"));
}
