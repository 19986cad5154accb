//! Pictures: their shape, what their levels mean, and how a picture of any size becomes one of the model's.

use serde::{Deserialize, Serialize};

/// A picture: `channels · height · width` levels, row-major in the order \[channel, row, column\]. Element i is called
/// `p{i}` in tables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// Name for people.
    pub label: String,
    /// 1 for grey levels; 3 for colours.
    pub channels: usize,
    /// Of the three channels.
    #[serde(default, skip_serializing_if = "Order::is_rgb")]
    pub order: Order,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Smallest raw value accepted: black.
    pub min: f64,
    /// Largest raw value accepted: white.
    pub max: f64,
    /// The model reads `(raw − mean) / std`.
    #[serde(default)]
    pub mean: PerChannel<0>,
    /// The model reads `(raw − mean) / std`.
    #[serde(default)]
    pub std: PerChannel<1>,
    /// How a picture of another shape becomes this one.
    pub fit: Fit,
    /// How its levels are computed.
    #[serde(default, skip_serializing_if = "Filter::is_area")]
    pub filter: Filter,
    /// What to show the model, or empty.
    #[serde(default)]
    pub help: String,
}

/// A number for all channels, or one for each in the order that the model reads them in; `DEFAULT` for all where none is given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PerChannel<const DEFAULT: i8> {
    /// The same for all.
    All(f64),
    /// One for each.
    Each(Vec<f64>),
}

impl<const DEFAULT: i8> Default for PerChannel<DEFAULT> {
    fn default() -> Self {
        Self::All(f64::from(DEFAULT))
    }
}

impl<const DEFAULT: i8> PerChannel<DEFAULT> {
    /// Of a channel; NaN of one that it does not have, which no valid card says.
    pub fn of(&self, channel: usize) -> f64 {
        match self {
            Self::All(value) => *value,
            Self::Each(values) => values.get(channel).copied().unwrap_or(f64::NAN),
        }
    }

    fn check(&self, name: &str, channels: usize) -> Result<(), String> {
        match self {
            Self::Each(values) if values.len() != channels => {
                Err(format!("{name} has {} numbers for {channels} channels", values.len()))
            }
            _ => Ok(()),
        }
    }
}

/// Order of three channels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Red, green, blue.
    #[default]
    Rgb,
    /// Blue, green, red.
    Bgr,
}

impl Order {
    fn is_rgb(&self) -> bool {
        *self == Self::Rgb
    }
}

/// How a picture of any shape becomes one of the model's. That is a client's work; the program reads the outcome.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Fit {
    /// The largest rectangle of the model's aspect ratio is cut from the centre, and resized.
    CentreCrop,
    /// The picture is resized until its shorter side has `size` pixels; then the model's rectangle is cut from the centre.
    ShorterSide {
        /// Pixels, at least the model's larger side.
        size: usize,
    },
    /// The whole picture is resized until it fits into the model's rectangle, in whose centre it is put.
    Letterbox {
        /// Level of what is left over, 0 (black) to 255 (white).
        fill: u8,
    },
    /// The whole picture is resized to the model's rectangle, whatever its aspect ratio.
    Stretch,
}

/// How levels of a resized picture are computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Filter {
    /// The mean over the area of each target pixel, rounded to a whole level, halves up. Grey of colours is the luma of
    /// ITU-R BT.601, 0.299 R + 0.587 G + 0.114 B, with its fraction.
    #[default]
    Area,
    /// The source's pixel at the target pixel's centre; this and the next four as Pillow computes them, bit for bit.
    Nearest,
    /// Mean of the source's pixels whose centres lie under the target pixel.
    Box,
    /// A triangle, as wide as two target pixels when reducing: "bilinear" on Pillow's pictures in torchvision and timm.
    Bilinear,
    /// Keys' cubic with a = −0.5, as wide as four target pixels when reducing.
    Bicubic,
    /// Lanczos' kernel with three lobes, as wide as six target pixels when reducing.
    Lanczos,
    /// Between the two nearest pixels each way, also when reducing; levels keep their fractions. "bilinear" in
    /// TensorFlow's `image.resize` and Keras' `Resizing`, and in torchvision without `antialias`.
    Linear,
}

impl Filter {
    fn is_area(&self) -> bool {
        *self == Self::Area
    }
}

impl Image {
    /// Of one channel.
    pub fn pixels(&self) -> usize {
        self.height * self.width
    }

    /// What a channel of several is called.
    pub(super) fn channel_name(&self, channel: usize) -> Option<&'static str> {
        let names = match self.order {
            Order::Rgb => ["red", "green", "blue"],
            Order::Bgr => ["blue", "green", "red"],
        };
        names.get(channel).copied().filter(|_| self.channels > 1)
    }

    /// Checks what is said of it, apart from its range.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.label.trim().is_empty() {
            return Err("the label is empty".into());
        }
        if let (1, Order::Bgr) = (self.channels, self.order) {
            return Err("one channel has no order".into());
        }
        match self.fit {
            Fit::ShorterSide { size } if size < self.height.max(self.width) => Err(format!(
                "a shorter side of {size} pixels leaves nothing to cut {} × {} from",
                self.width, self.height
            )),
            Fit::ShorterSide { size } if size > MAX_SIDE => {
                Err(format!("a shorter side of {size} pixels is longer than {MAX_SIDE}"))
            }
            _ => Ok(()),
        }
    }

    /// Checks that there is a number for each channel, before any is asked for.
    pub(super) fn check_channels(&self) -> Result<(), String> {
        if !matches!(self.channels, 1 | 3) {
            return Err(format!("a picture has 1 channel (grey) or 3 (red, green, blue), not {}", self.channels));
        }
        self.mean.check("mean", self.channels)?;
        self.std.check("std", self.channels)?;
        if let Some(channel) = (0..self.channels).find(|&channel| self.std.of(channel) <= 0.0) {
            return Err(format!("std must be positive, not {}", self.std.of(channel)));
        }
        Ok(())
    }
}

/// Longest shorter side of a resized picture.
const MAX_SIDE: usize = 1 << 14;
