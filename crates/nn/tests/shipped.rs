//! The importer on the real files that the shipped bundles are made from, and the bundles of the models whose tables are not
//! in the project.

use std::path::Path;

use sotto_nn::bundle::Bundle;
use sotto_nn::calibrate::{Options, ring_bits};
use sotto_nn::card::{InputSchema, Outcome};
use sotto_nn::import::{Imported, LabelledRow, Source, import_model};
use sotto_nn::onnx::Reading;
use sotto_nn::{Card, OpKind, onnx};

/// The rows of a table whose last column is the class index.
fn table(path: &Path) -> Vec<LabelledRow> {
    let text = std::fs::read_to_string(path).unwrap();
    let row = |line: &str| {
        let mut values: Vec<f64> = line.split(',').map(|cell| cell.parse().unwrap()).collect();
        let truth = Outcome::Class(values.pop().unwrap() as usize);
        LabelledRow { values, truth }
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
        for options in [Options::default(), Options { margin_bits: Some(64), ..Options::default() }] {
            let (card, test, price) = (card.clone(), &test[..], &ring_bits);
            let source = Source {
                id,
                onnx: &onnx,
                reading: &Reading::default(),
                card,
                calibration: &calibration,
                test,
                statistics: true,
                price,
                watcher: None,
            };
            let Imported { bundle, report, .. } = import_model(source, &options).unwrap();
            let shown = serde_json::to_string(&report).unwrap();
            assert!(report.goals_met && report.argmax_agreement == 1.0, "{shown}");
            assert!(report.overflow_free, "{shown}");
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

/// What the README of such a model claims.
struct Claim {
    id: &'static str,
    shape: &'static [usize],
    classes: usize,
    /// Held-out rows, and a floor for the accuracy on them: the figure to beat.
    test: (usize, f64),
    relus: usize,
}

const CONVOLUTIONAL: [Claim; 2] = [
    Claim { id: "pneumonia", shape: &[1, 28, 28], classes: 2, test: (624, 0.872), relus: 6000 },
    Claim { id: "heartbeat", shape: &[1, 128], classes: 3, test: (49298, 0.906), relus: 4000 },
];

#[test]
fn convolutional_models_are_what_their_files_say() {
    for Claim { id, shape, classes, test, relus } in CONVOLUTIONAL {
        let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
        // Loading computes every sample's expected scores.
        let Bundle { program, card, .. } = Bundle::load(&models.join(id)).unwrap();
        assert_eq!((card.input.shape(), program.input.shape.as_slice()), (shape.to_vec(), shape), "{id}");
        assert_eq!(card.classes.len(), classes);
        let accuracy = card.accuracy.as_ref().unwrap();
        assert_eq!((accuracy.test_rows, accuracy.recall.len()), (test.0, classes));
        assert!(accuracy.value > test.1 && (accuracy.value - accuracy.float_value).abs() < 0.005, "{id}: {accuracy:?}");
        let evaluated = |kind: &OpKind| matches!(kind, OpKind::Relu | OpKind::ReluShift { .. } | OpKind::Clip { .. });
        let nonlinear: usize = program.ops.iter().filter(|op| evaluated(&op.kind)).map(|op| op.output.len()).sum();
        assert!((1..=relus).contains(&nonlinear), "{id}: {nonlinear}");

        let read = |name: &str| std::fs::read(models.join("train").join(id).join(name)).unwrap();
        let template = Card::from_json(&read("card.template.json")).unwrap();
        assert_eq!((&template.input, &template.classes), (&card.input, &card.classes), "{id}: import it again");
        assert_eq!(template.domain, card.domain, "{id}: import it again");
        assert!(card.domain.is_some(), "{id}: a file says what it is");
        assert_eq!(template.samples.len(), card.samples.len());
        let (graph, _) = onnx::read(&read("model.onnx"), &Reading::default()).unwrap();
        let unit = (1u64 << program.value(program.scores()).frac_bits) as f64;
        for (sample, drawn) in card.samples.iter().zip(&template.samples) {
            let name = &sample.name;
            assert!(name.starts_with("Synthetic") && sample.label.is_none(), "{id}: '{name}' must be made up");
            assert_eq!((name, &sample.values), (&drawn.name, &drawn.values), "{id}: import it again");
            let scores = graph.run(&card.standardise(&sample.values).unwrap()).pop().unwrap();
            let largest = scores.iter().fold(0.0f64, |most, score| most.max(score.abs()));
            for (fixed, float) in sample.expected.iter().zip(&scores) {
                let error = (*fixed as f64 / unit - float).abs();
                assert!(error < 0.1 * largest, "{id}, '{name}': {error} of {largest}, not the program of this network");
            }
        }
    }
}

#[test]
fn drawn_pictures_are_pictures() {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let card = Bundle::load(&models.join("pneumonia")).unwrap().card;
    let InputSchema::Image(image) = &card.input else { panic!("an image") };
    for sample in &card.samples {
        assert!(
            sample.values.iter().all(|v| v.fract() == 0.0 && (image.min..=image.max).contains(v)),
            "{}",
            sample.name
        );
    }
}
