//! From a decoded picture of any size to what a model reads: the one place where that happens, for the page and the
//! command line, so that both give a network what its training gave it.

pub mod jpeg;
mod levels;
mod place;
mod plane;
mod resample;
mod windows;

use crate::card::{Fit, Image, Order};
pub use levels::{Levels, MAX_SIDE, Picture, PictureError, UNIT};
use place::{Axis, axes};
use plane::{Channel, Plane};

/// What a model reads of a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// Raw values in the order of the card's elements.
    pub values: Vec<f64>,
    /// The part of the picture that they were made from.
    pub crop: Rect,
}

/// A part of a picture, in its pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// Of the left side.
    pub x: f64,
    /// Of the upper side.
    pub y: f64,
    /// Columns.
    pub width: f64,
    /// Rows.
    pub height: f64,
}

impl Image {
    /// Makes what the model reads out of a picture, by the card's rule and filter. The card must be valid. Grey is read
    /// by each of three channels, and colours by one as grey.
    pub fn fit(&self, picture: &Picture) -> Fitted {
        let [across, down] = axes(self, picture.width, picture.height);
        let channels: &[Channel] = match (self.channels, self.order) {
            (1, _) => &[Channel::Grey],
            (_, Order::Rgb) => &[Channel::Red, Channel::Green, Channel::Blue],
            (_, Order::Bgr) => &[Channel::Blue, Channel::Green, Channel::Red],
        };
        let planes = channels.iter().map(|&channel| Plane::new(picture, channel, self.filter));
        let values = planes.flat_map(|plane| self.resized(&plane, &across, &down)).collect();
        let (x, width) = across.used();
        let (y, height) = down.used();
        Fitted { values, crop: Rect { x, y, width, height } }
    }

    /// The raw values of one channel.
    fn resized(&self, plane: &Plane, across: &Axis, down: &Axis) -> Vec<f64> {
        let fill = if let Fit::Letterbox { fill } = self.fit { f64::from(fill) } else { 0.0 };
        let mut values = vec![self.raw(fill); self.pixels()];
        let levels = resample::resample(plane, self.filter, across, down);
        for (row, levels) in levels.chunks(across.count).enumerate() {
            let start = (down.offset + row) * self.width + across.offset;
            for (value, &level) in values[start..].iter_mut().zip(levels) {
                *value = self.raw(level);
            }
        }
        values
    }

    /// The raw value of a level of 0 to 255.
    fn raw(&self, level: f64) -> f64 {
        (self.min + level * (self.max - self.min) / 255.0).clamp(self.min, self.max)
    }
}
