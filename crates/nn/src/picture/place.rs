//! Where the model's rectangle lies in a picture.

use crate::card::{Fit, Image};

/// One side of a picture, of which `part` pixels from `start` on become `resized`, and of those `count` from `first` on
/// the model's from `offset` on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Axis {
    /// Pixels of the whole side.
    pub(super) length: usize,
    pub(super) start: usize,
    pub(super) part: usize,
    pub(super) resized: usize,
    pub(super) first: usize,
    pub(super) count: usize,
    pub(super) offset: usize,
}

impl Axis {
    /// All of a side.
    fn whole(length: usize, resized: usize) -> Self {
        Self { length, start: 0, part: length, resized, first: 0, count: resized, offset: 0 }
    }

    /// `part` pixels in the middle of a side; an odd rest is cut from its end.
    fn middle(length: usize, part: usize, resized: usize) -> Self {
        Self { start: (length - part) / 2, part, ..Self::whole(length, resized) }
    }

    /// `count` pixels in the middle of the resized side, where torchvision's `center_crop` begins: half of the rest, of two
    /// equally near whole numbers the even one.
    fn cut(self, count: usize) -> Self {
        Self { first: even_half(self.resized - count), count, ..self }
    }

    /// In the middle of `target` pixels, as Pillow's `ImageOps.pad` begins.
    fn within(self, target: usize) -> Self {
        Self { offset: even_half(target - self.resized), ..self }
    }

    /// Start and length of what the model's pixels are made from, in pixels of the side.
    pub(super) fn used(&self) -> (f64, f64) {
        (self.start as f64 + self.first as f64 * self.step(), self.count as f64 * self.step())
    }

    /// Pixels of the side to one of the resized.
    pub(super) fn step(&self) -> f64 {
        self.part as f64 / self.resized as f64
    }
}

/// Half of a number, of two equally near whole ones the even one: Python's `round(n / 2)`.
fn even_half(n: usize) -> usize {
    let half = n / 2;
    half + usize::from(n % 2 == 1 && half % 2 == 1)
}

/// `a · b / c`, rounded down; the product may need more bits than a size has in a browser.
pub(super) fn scaled(a: usize, b: usize, c: usize) -> usize {
    (a as u64 * b as u64 / c as u64) as usize
}

/// Columns and rows of a picture for the model.
pub(super) fn axes(image: &Image, width: usize, height: usize) -> [Axis; 2] {
    let (w, h) = (image.width, image.height);
    match image.fit {
        Fit::Stretch => [Axis::whole(width, w), Axis::whole(height, h)],
        Fit::CentreCrop => {
            // Rounded down, as Keras does.
            let columns = width.min(scaled(height, w, h)).max(1);
            let rows = height.min(scaled(width, h, w)).max(1);
            [Axis::middle(width, columns, w), Axis::middle(height, rows, h)]
        }
        Fit::ShorterSide { size } => {
            // torchvision's `Resize` rounds the longer side down.
            let longer = |short, long| scaled(size, long, short);
            let [columns, rows] =
                if width <= height { [size, longer(width, height)] } else { [longer(height, width), size] };
            [Axis::whole(width, columns).cut(w), Axis::whole(height, rows).cut(h)]
        }
        Fit::Letterbox { .. } => {
            // As Pillow's `ImageOps.contain` computes it, in its order.
            let (wide, target) = (width as f64 / height as f64, w as f64 / h as f64);
            let near = |side: f64, most: usize| (side.round_ties_even() as usize).clamp(1, most);
            let [columns, rows] = if wide > target {
                [w, near(height as f64 / width as f64 * w as f64, h)]
            } else if wide < target {
                [near(wide * h as f64, w), h]
            } else {
                [w, h]
            };
            [Axis::whole(width, columns).within(w), Axis::whole(height, rows).within(h)]
        }
    }
}
