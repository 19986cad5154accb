//! Cards whose input is a picture or a signal.

use sotto_nn::card::{Card, CardError, Fit, InputSchema};
use sotto_nn::{Op, OpKind, Program, ValueType};

const IMAGE: &str = r#"{"kind": "image", "label": "Chest X-ray", "channels": 1, "height": 2, "width": 3, "min": 0, "max": 255,
    "mean": 128, "std": 64, "fit": "centre-crop", "help": "From the front"}"#;
const SIGNAL: &str = r#"{"kind": "signal", "label": "Heartbeat", "channels": 1, "length": 6, "sample_rate": 180, "unit": "mV",
    "min": -2, "max": 2, "offset": 0, "scale": 1, "marker": {"index": 3, "label": "R peak"}, "help": "One beat"}"#;

/// A card with that input and one sample without a true class.
fn card(input: &str) -> Result<Card, CardError> {
    let json = format!(
        r#"{{"title": "Test", "description": "", "task": "yes or no", "input": {input}, "classes": ["no", "yes"],
        "provenance": "Made up", "licence": "None",
        "samples": [{{"name": "S", "values": [0, 1, 2, 0, 1, 2], "expected": [0, 0]}}]}}"#
    );
    Card::from_json(json.as_bytes())
}

/// The sums of the two halves of six values with 4 fractional bits.
fn program(shape: &[usize]) -> Program {
    let value = |shape: &[usize]| ValueType { shape: shape.to_vec(), bits: 8, frac_bits: 4 };
    let kind = OpKind::Linear { weight: "w".into(), bias: None, weight_bits: 2 };
    let op = Op { name: "sums".into(), kind, inputs: vec![0], output: value(&[2]) };
    Program { version: Program::VERSION, input: value(shape), ops: vec![op] }
}

/// What a changed card says against a program that reads six values.
fn refused(input: &str, from: &str, to: &str) -> String {
    assert!(input.contains(from), "{from}");
    let card = card(&input.replacen(from, to, 1));
    let checked = card.and_then(|card| card.validate(&program(&[6])));
    checked.expect_err("this card must be refused").to_string()
}

#[test]
fn pictures_and_signals_are_read_and_written() {
    for (json, shape, name) in [(IMAGE, vec![1, 2, 3], "p4"), (SIGNAL, vec![1, 6], "s4")] {
        let card = card(json).unwrap();
        assert_eq!((card.input.shape(), card.input.count()), (shape.clone(), 6));
        assert_eq!(card.input.elements().nth(4).unwrap().name(), name);
        for shape in [vec![6], shape] {
            card.validate(&program(&shape)).unwrap();
        }
        let written: serde_json::Value = serde_json::from_str(&card.to_json().unwrap()).unwrap();
        let given: serde_json::Value = serde_json::from_str(json).unwrap();
        for (key, value) in given.as_object().unwrap() {
            let same = written["input"][key] == *value || written["input"][key].as_f64() == value.as_f64();
            assert!(same, "{key}: {} for {value}", written["input"][key]);
        }
        assert_eq!(written["input"].as_object().unwrap().len(), given.as_object().unwrap().len());
        assert!(written["samples"][0].get("label").is_none(), "no true class is known");
        assert_eq!(Card::from_json(card.to_json().unwrap().as_bytes()), Ok(card));
    }
    let InputSchema::Image(image) = card(IMAGE).unwrap().input else { panic!("an image") };
    assert_eq!(image.fit, Fit::CentreCrop);
}

#[test]
fn their_values_share_mean_and_deviation_or_offset_and_scale() {
    let program = program(&[6]);
    let image = card(IMAGE).unwrap();
    // (level − 128) / 64 · 16
    assert_eq!(image.quantise(&program, &[0.0, 128.0, 130.0, 126.0, 255.0, 192.0]), Ok(vec![-32, 0, 1, -1, 32, 16]));
    let signal = card(SIGNAL).unwrap();
    assert_eq!(signal.quantise(&program, &[0.0, 2.0, -2.0, 0.25, -0.25, 0.04]), Ok(vec![0, 32, -32, 4, -4, 1]));
}

#[test]
fn a_refused_value_is_named_by_its_place() {
    let says = |json: &str, values: &[f64]| card(json).unwrap().standardise(values).unwrap_err().to_string();
    let with =
        |place: usize, value: f64| -> Vec<f64> { (0..6).map(|i| if i == place { value } else { 0.0 }).collect() };
    assert_eq!(says(IMAGE, &with(5, 256.0)), "pixel (row 1, column 2): 256 is outside 0 to 255");
    assert_eq!(says(IMAGE, &with(0, f64::NAN)), "pixel (row 0, column 0): a number is missing");
    assert_eq!(says(SIGNAL, &with(4, -2.5)), "sample 4: -2.5 is outside -2 to 2 mV");
    assert_eq!(says(SIGNAL, &[0.0; 5]), "the model reads 6 values, not 5");
    let colours =
        IMAGE.replace("\"channels\": 1, \"height\": 2, \"width\": 3", "\"channels\": 3, \"height\": 1, \"width\": 2");
    assert_eq!(says(&colours, &with(5, -1.0)), "pixel (blue, row 0, column 1): -1 is outside 0 to 255");
    let leads = SIGNAL
        .replace("\"channels\": 1, \"length\": 6", "\"channels\": 2, \"length\": 3")
        .replace("\"index\": 3", "\"index\": 2");
    assert_eq!(says(&leads, &with(4, 3.0)), "sample 1 of channel 1: 3 is outside -2 to 2 mV");
}

#[test]
fn malformed_pictures_and_signals_are_refused() {
    let image = |from: &str, to: &str| refused(IMAGE, from, to);
    assert!(image("\"width\": 3", "\"width\": 0").contains("at least one and at most 67108864 pixels"));
    assert!(image("\"width\": 3", "\"width\": 4000000000").contains("pixels"));
    assert!(image("\"height\": 2", "\"height\": 18446744073709551615").contains("at most 67108864 pixels"));
    assert!(image("\"width\": 3", "\"width\": -3").contains("not a model card"));
    assert!(
        image("\"channels\": 1", "\"channels\": 2")
            .contains("input 'Chest X-ray': a picture has 1 channel (grey) or 3")
    );
    assert!(image("\"min\": 0", "\"min\": 255").contains("input 'Chest X-ray': the range 255 to 255 is empty"));
    assert!(image("\"std\": 64", "\"std\": 0").contains("std must be positive, not 0"));
    assert!(image("\"std\": 64", "\"std\": 1e-308").contains("finite"));
    assert!(image("\"std\": 64", "\"std\": 10").contains("0 becomes -205, which does not fit the input's 8 bits"));
    assert!(image("\"Chest X-ray\"", "\" \"").contains("the label is empty"));
    assert!(image("\"centre-crop\"", "\"squash\"").contains("squash"));
    assert!(image("\"fit\": \"centre-crop\", ", "").contains("fit"));
    assert!(image("\"help\"", "\"hint\"").contains("hint"));
    assert!(image("\"image\"", "\"sound\"").contains("sound"));
    assert!(image("\"width\": 3", "\"width\": 4").contains("sample 'S': the model reads 8 values, not 6"));
    let signal = |from: &str, to: &str| refused(SIGNAL, from, to);
    assert!(signal("\"index\": 3", "\"index\": 6").contains("the marker is at sample 6, and there are samples 0 to 5"));
    assert!(signal("\"R peak\"", "\"\"").contains("the marker's label is empty"));
    assert!(signal("180", "0").contains("input 'Heartbeat': 0 is no sample rate"));
    assert!(signal("\"max\": 2", "\"max\": 1").contains("sample 'S': sample 2: 2 is outside -2 to 1 mV"));
    assert!(signal("\"unit\"", "\"units\"").contains("units"));
    assert!(signal("\"length\": 6", "\"length\": 0").contains("samples, and their shape is [1, 0]"));
    let unmarked = SIGNAL.replace("\"marker\": {\"index\": 3, \"label\": \"R peak\"}, ", "");
    card(&unmarked).unwrap().validate(&program(&[6])).unwrap();
}

#[test]
fn the_programs_input_must_have_their_shape() {
    let says = |json: &str, shape: &[usize]| {
        let checked = card(json).unwrap().validate(&program(shape));
        checked.map_err(|e| e.to_string())
    };
    for shape in [vec![6], vec![2, 3], vec![2, 1, 3]] {
        assert_eq!(says(IMAGE, &shape), Ok(()), "{shape:?}");
    }
    let transposed = says(IMAGE, &[1, 3, 2]).unwrap_err();
    assert_eq!(transposed, "input 'Chest X-ray': its shape is [1, 2, 3], and the program reads [1, 3, 2]");
    assert!(says(SIGNAL, &[2, 3]).is_err());
    assert_eq!(says(SIGNAL, &[1, 1, 6]), Ok(()));
    assert_eq!(says(IMAGE, &[1, 2, 4]).unwrap_err(), "it lists 6 pixels, and the program has 8");
}
