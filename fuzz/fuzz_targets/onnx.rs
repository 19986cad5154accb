//! A file of a network: it is refused, or the network runs, simplified or not, and becomes a program or is refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sotto_nn::calibrate::{Options, calibrate, ring_bits};
use sotto_nn::onnx::{self, Reading};

/// Elements of all values of a network that is small enough to run.
const SMALL: usize = 4096;

fuzz_target!(|bytes: &[u8]| {
    let Ok((graph, _)) = onnx::read(bytes, &Reading::default()) else { return };
    let count: usize = (0..=graph.nodes.len()).map(|id| graph.len(id)).sum();
    if count > SMALL {
        return;
    }
    let row: Vec<f64> = (0..graph.len(0)).map(|k| (k % 7) as f64 - 3.0).collect();
    let scores = graph.run(&row).pop();
    assert_eq!(scores.map(|s| s.len()), graph.clone().simplified().run(&row).pop().map(|s| s.len()));
    let range = vec![(-4.0, 4.0); row.len()];
    let options = Options { search: false, ..Options::default() };
    let _ = calibrate(&graph, &range, &[row], &options, &ring_bits);
});
