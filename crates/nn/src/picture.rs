//! From a decoded picture of any size to what a model reads: the one place where that happens, for the page and the
//! command line, so that both give a network what its training gave it.

mod place;
mod plane;
mod resample;
mod windows;

use thiserror::Error;

use crate::card::{Fit, Image, Order};
use place::{Axis, axes};
use plane::{Channel, Plane};

/// Longest side of a picture, in pixels. JPEG and DICOM know no longer one.
pub const MAX_SIDE: usize = 65_535;
/// Parts of a level that grey is counted in: the weights of the luma are whole numbers of them.
pub const UNIT: i32 = 1000;

/// A decoded picture: `width` · `height` pixels, row after row.
#[derive(Clone, Copy, Debug)]
pub struct Picture<'a> {
    width: usize,
    height: usize,
    levels: Levels<'a>,
}

/// The pixels of a picture.
#[derive(Clone, Copy, Debug)]
pub enum Levels<'a> {
    /// Grey, in thousandths of a level: 0 is black, 255 000 white.
    Grey(&'a [i32]),
    /// Red, green and blue of each pixel, 0 to 255.
    Colour(&'a [u8]),
}

/// Why a picture cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PictureError {
    /// A side of nothing, or a longer one than [`MAX_SIDE`].
    #[error("a picture of {width} × {height} pixels is not read here: its sides must have 1 to {MAX_SIDE}")]
    Size {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
    },
    /// More or fewer levels than pixels.
    #[error("a picture of {width} × {height} pixels cannot have {found} levels")]
    Count {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
        /// Numbers given.
        found: usize,
    },
    /// A grey level below black or above white.
    #[error("a grey level is outside 0 to 255")]
    Level,
}

impl<'a> Picture<'a> {
    /// Checks sides, number of levels and their range.
    pub fn new(width: usize, height: usize, levels: Levels<'a>) -> Result<Self, PictureError> {
        if ![width, height].iter().all(|side| (1..=MAX_SIDE).contains(side)) {
            return Err(PictureError::Size { width, height });
        }
        let (found, each) = match levels {
            Levels::Grey(grey) => (grey.len(), 1),
            Levels::Colour(colours) => (colours.len(), 3),
        };
        if found as u64 != width as u64 * height as u64 * each {
            return Err(PictureError::Count { width, height, found });
        }
        match levels {
            Levels::Grey(grey) if !grey.iter().all(|level| (0..=255 * UNIT).contains(level)) => {
                Err(PictureError::Level)
            }
            _ => Ok(Self { width, height, levels }),
        }
    }
}

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
