//! One channel of a picture, row by row.

use super::levels::{Levels, Picture, UNIT};
use crate::card::Filter;

/// What of a pixel is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Channel {
    Red,
    Green,
    Blue,
    Grey,
}

/// One channel of a picture.
pub(super) struct Plane<'a> {
    picture: &'a Picture<'a>,
    channel: Channel,
    /// Parts of a level that it is given in.
    pub(super) unit: i32,
}

impl<'a> Plane<'a> {
    /// Where one channel reads colours or a grey picture of more than 8 bits, only [`Filter::Area`] keeps fractions of levels; Pillow
    /// computes whole ones.
    pub(super) fn new(picture: &'a Picture<'a>, channel: Channel, filter: Filter) -> Self {
        let fractions = channel == Channel::Grey && filter == Filter::Area;
        Self { picture, channel, unit: if fractions { UNIT } else { 1 } }
    }

    /// Writes row `y`, in units.
    pub(super) fn row(&self, y: usize, row: &mut [f64]) {
        let width = self.picture.width;
        match self.picture.levels {
            Levels::Grey(grey) => {
                let grey = &grey[y * width..][..width];
                let level = |level: i32| if self.unit == UNIT { level } else { (level + UNIT / 2) / UNIT };
                row.iter_mut().zip(grey).for_each(|(to, &from)| *to = f64::from(level(from)));
            }
            Levels::Colour(colours) => {
                let pixels = colours[3 * y * width..][..3 * width].chunks_exact(3);
                let mut write = |level: fn(i32, i32, i32) -> i32| {
                    for (to, pixel) in row.iter_mut().zip(pixels.clone()) {
                        *to = f64::from(level(pixel[0].into(), pixel[1].into(), pixel[2].into()));
                    }
                };
                match self.channel {
                    Channel::Red => write(|red, _, _| red),
                    Channel::Green => write(|_, green, _| green),
                    Channel::Blue => write(|_, _, blue| blue),
                    // ITU-R BT.601, section 2.5.1; and as Pillow rounds it to whole levels.
                    Channel::Grey if self.unit == UNIT => {
                        write(|red, green, blue| 299 * red + 587 * green + 114 * blue)
                    }
                    Channel::Grey => {
                        write(|red, green, blue| (19_595 * red + 38_470 * green + 7_471 * blue + (1 << 15)) >> 16)
                    }
                }
            }
        }
    }
}
