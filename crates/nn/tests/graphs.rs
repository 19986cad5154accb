//! Random graphs and what onnxruntime computes of them, as `tests/zoo/fuzz.py --save` wrote them.

use std::path::Path;

use sotto_nn::onnx::{self, Reading};

/// Rows and their right scores.
#[derive(serde::Deserialize)]
struct Right {
    rows: Vec<Vec<f64>>,
    scores: Vec<Vec<f64>>,
}

/// Of onnxruntime's single precision, relative to the largest score.
const TOLERANCE: f64 = 1e-4;

#[test]
fn random_graphs_compute_what_onnxruntime_does() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/graphs");
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "onnx"));
    assert!(files.len() >= 40, "{} files", files.len());
    for file in files {
        let name = file.display();
        let right: Right = serde_json::from_slice(&std::fs::read(file.with_extension("json")).unwrap()).unwrap();
        let (graph, _) =
            onnx::read(&std::fs::read(&file).unwrap(), &Reading::default()).unwrap_or_else(|e| panic!("{name}: {e}"));
        for graph in [graph.clone(), graph.simplified()] {
            for (row, scores) in right.rows.iter().zip(&right.scores) {
                let found = graph.run(row).pop().unwrap();
                assert_eq!(found.len(), scores.len(), "{name}");
                let size = scores.iter().fold(1.0, |size: f64, score| size.max(score.abs()));
                let near = found.iter().zip(scores).all(|(a, b)| (a - b).abs() <= TOLERANCE * size);
                assert!(near, "{name}: {found:?}, and {scores:?} are right");
            }
        }
    }
}
