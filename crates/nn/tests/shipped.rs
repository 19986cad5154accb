//! The importer on the real files that the shipped bundles are made from.

use std::path::Path;

use sotto_nn::calibrate::Options;
use sotto_nn::import::{LabelledRow, Source, import_model};
use sotto_nn::{Card, OpKind};

/// The rows of a table whose last column is the class index.
fn table(path: &Path) -> Vec<LabelledRow> {
    let text = std::fs::read_to_string(path).unwrap();
    let row = |line: &str| {
        let mut values: Vec<f64> = line.split(',').map(|cell| cell.parse().unwrap()).collect();
        let label = values.pop().unwrap() as usize;
        LabelledRow { values, label }
    };
    text.lines().skip(1).map(row).collect()
}

#[test]
fn shipped_models_keep_their_accuracy_in_fixed_point() {
    for (id, floor) in [("wdbc", 0.95), ("heart", 0.80)] {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/train").join(id);
        let read = |name: &str| std::fs::read(dir.join(name)).unwrap();
        let card = Card::from_json(&read("card.template.json")).unwrap();
        let calibration: Vec<Vec<f64>> = table(&dir.join("calibration.csv")).into_iter().map(|r| r.values).collect();
        let test = table(&dir.join("test.csv"));
        let onnx = read("model.onnx");
        for options in [Options::default(), Options { margin_bits: 64, ..Options::default() }] {
            let source = Source { id, onnx: &onnx, card: card.clone(), calibration: &calibration, test: &test };
            let (bundle, report, _) = import_model(source, &options).unwrap();
            let shown = serde_json::to_string(&report).unwrap();
            assert!(report.goals_met && report.argmax_agreement == 1.0, "{shown}");
            assert!(options.margin_bits < 64 || report.overflow_free, "{shown}");
            let accuracy = bundle.card.accuracy.as_ref().unwrap();
            assert!(accuracy.value >= floor && accuracy.value >= accuracy.float_value, "{id}: {accuracy:?}");
            assert_eq!(accuracy.test_rows, test.len());
            assert!(accuracy.baseline.is_some(), "the template's baseline is kept");
            assert!(bundle.check_card().is_ok());
            let kinds: Vec<_> = bundle.program.ops.iter().map(|op| &op.kind).collect();
            assert!(
                matches!(kinds[..], [OpKind::Linear { .. }, OpKind::ReluShift { .. }, OpKind::Linear { .. }]),
                "{kinds:?}"
            );
        }
    }
}
