//! Weights that hardly leave a trace in fixed point, and how to say so of many.

use super::scales::peak;

/// Weights from which on a layer's largest one has bits to spare.
const FINE: u64 = 64;
/// Weights that are lost beside such.
const COARSE: u64 = 2;
/// Most sentences about channels; of more layers there is one.
const SENTENCES: usize = 3;

/// What a layer loses.
pub(super) enum Lost {
    /// What nothing makes up for, in a sentence.
    Layer(String),
    /// All weights of some outputs or inputs.
    Channels {
        /// The layer's name.
        layer: String,
        /// How many there are.
        count: usize,
        /// All about them.
        sentence: String,
    },
}

/// Outputs and inputs of a layer whose weights hardly leave a trace. `shape` is `[outputs, inputs, …]`.
pub(super) fn lost(name: &str, shape: &[usize], exact: &[f64], fixed: &[i64]) -> Vec<Lost> {
    let (outputs, inputs) = (shape[0], shape[1]);
    let taps = (exact.len() / (outputs * inputs)).max(1);
    let largest = fixed.iter().map(|w| w.unsigned_abs()).max().unwrap_or(0);
    if largest == 0 && exact.iter().any(|&w| w != 0.0) {
        let peak = peak(exact);
        let sentence = format!("all weights of '{name}' become zero: the largest is {peak:.3e}, finer than any scale");
        return vec![Lost::Layer(sentence)];
    }
    // Beside weights of many bits, one or two in the last place are no number either.
    let kept = if largest >= FINE { COARSE } else { 0 };
    let mut all = Vec::new();
    for (noun, count, each) in [("output", outputs, inputs * taps), ("input", inputs, taps)] {
        let mut peaks = vec![(0.0f64, 0u64); count];
        for (i, (&exact, &fixed)) in exact.iter().zip(fixed).enumerate() {
            let (peak, whole) = &mut peaks[i / each % count];
            (*peak, *whole) = (peak.max(exact.abs()), (*whole).max(fixed.unsigned_abs()));
        }
        let gone: Vec<usize> = (0..count).filter(|&k| peaks[k].0 > 0.0 && peaks[k].1 <= kept).collect();
        let Some(&first) = gone.first() else { continue };
        let most = peaks.iter().fold(0.0f64, |most, (peak, _)| most.max(*peak));
        let what = if kept == 0 { "become zero" } else { "keep hardly a bit" };
        let sentence = format!(
            "all weights of {} of {count} {noun}s of '{name}' {what}: those of {noun} {first} are at most {:.3e}, \
             beside {most:.3e}",
            gone.len(),
            peaks[first].0,
        );
        all.push(Lost::Channels { layer: name.to_owned(), count: gone.len(), sentence });
    }
    all
}

/// In sentences, of which one is about the channels of all layers where that would be many.
pub(super) fn sentences(lost: Vec<Lost>) -> Vec<String> {
    let (mut sentences, mut about_channels, mut layers, mut sum) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for lost in lost {
        match lost {
            Lost::Layer(sentence) => sentences.push(sentence),
            Lost::Channels { layer, count, sentence } => {
                about_channels.push(sentence);
                sum += count;
                if layers.last() != Some(&layer) {
                    layers.push(layer);
                }
            }
        }
    }
    if about_channels.len() > SENTENCES {
        let named = layers.iter().take(SENTENCES).map(|layer| format!("'{layer}'")).collect::<Vec<_>>().join(", ");
        let more = layers.len().saturating_sub(SENTENCES);
        let more = if more > 0 { format!(" and {more} more layers") } else { String::new() };
        about_channels =
            vec![format!("all weights of {sum} outputs and inputs become zero or keep hardly a bit, in {named}{more}")];
    }
    sentences.extend(about_channels);
    sentences
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_of_many_layers_take_one_sentence() {
        let layer = |k: usize| lost(&format!("conv{k}"), &[2, 2], &[1.0, 1.0, 1e-9, 1e-9], &[100, 100, 0, 0]);
        let some = sentences((0..3).flat_map(layer).collect());
        assert_eq!(some.len(), 3);
        assert!(some[0].starts_with("all weights of 1 of 2 outputs of 'conv0' keep hardly a bit"), "{some:?}");
        let mut many: Vec<Lost> = (0..50).flat_map(layer).collect();
        many.extend(lost("tiny", &[1, 1], &[1e-20], &[0]));
        assert_eq!(
            sentences(many),
            [
                "all weights of 'tiny' become zero: the largest is 1.000e-20, finer than any scale",
                "all weights of 50 outputs and inputs become zero or keep hardly a bit, in 'conv0', 'conv1', 'conv2' \
                 and 47 more layers"
            ]
        );
    }
}
