//! From a recording to what a model reads of it: another rate, and where beats are. The one place where that happens, for the
//! page, the command line and the comparison with the training's beats, so that a mark means the same everywhere.

mod beats;
mod resample;
mod values;

use crate::card::Signal;
pub use beats::{Beat, beats};
pub use resample::{LowPass, low_pass, resample};

/// The lowest rate that is converted, in parts of the model's.
pub const SLOWEST_RATE: f64 = 0.5;
/// The highest one.
pub const FASTEST_RATE: f64 = 100.0;
/// Rates that differ by a smaller part are taken for the same.
pub const SAME_RATE: f64 = 0.005;

impl Signal {
    /// The place in what the model reads that lies on a beat's mark: the card's marker, or the middle.
    #[must_use]
    pub fn mark(&self) -> usize {
        self.marker.as_ref().map_or(self.length / 2, |marker| marker.index)
    }

    /// What the model reads around a beat, of one channel at the card's rate; `None` where the recording ends before, or has a gap.
    #[must_use]
    pub fn around<'v>(&self, values: &'v [f64], beat: &Beat) -> Option<&'v [f64]> {
        let start = beat.index.checked_sub(self.mark())?;
        let part = values.get(start..start.checked_add(self.length)?)?;
        part.iter().all(|value| value.is_finite()).then_some(part)
    }
}
