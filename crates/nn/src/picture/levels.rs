//! A decoded picture.

use thiserror::Error;

/// Longest side of a picture, in pixels. JPEG and DICOM know no longer one.
pub const MAX_SIDE: usize = 65_535;
/// Parts of a level that grey is counted in: the weights of the luma are whole numbers of them.
pub const UNIT: i32 = 1000;

/// A decoded picture: `width` · `height` pixels, row after row.
#[derive(Clone, Copy, Debug)]
pub struct Picture<'a> {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) levels: Levels<'a>,
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
