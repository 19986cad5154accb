//! Picture files: PNG and JPEG, decoded, and fitted to a model's card.

use std::io::Cursor;
use std::path::Path;

use image::codecs::png::PngDecoder;
use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, ImageDecoder, RgbImage};
use jpeg_decoder::PixelFormat;
use sotto_nn::card::{Card, Image, InputSchema};
use sotto_nn::picture::{Levels, Picture, UNIT, jpeg};

use crate::{Error, Result};

/// Limits, as the page has them.
const MAX_BYTES: u64 = 64_000_000;
const MAX_PIXELS: u64 = 40_000_000;
const MAX_SIDE: u32 = 16_384;

/// What the card's model reads of a picture file, in raw values in the order of its elements.
///
/// # Errors
/// [`Error::Usage`] when the file cannot be read or the model reads no pictures, [`Error::Input`] when it is no picture that can
/// be used.
pub(crate) fn read(file: &Path, card: &Card) -> Result<Vec<f64>> {
    let InputSchema::Image(schema) = &card.input else {
        return Err(Error::Usage(format!("this model reads {}, no picture", card.input.noun())));
    };
    let size = std::fs::metadata(file).map_err(|e| Error::file(file, e))?.len();
    let wrong = |why: String| Error::Input(format!("{}: {why}", file.display()));
    if size > MAX_BYTES {
        return Err(wrong(format!("{size} bytes, and at most {MAX_BYTES} are read")));
    }
    let bytes = std::fs::read(file).map_err(|e| Error::file(file, e))?;
    fitted(&decode(bytes).map_err(wrong)?, schema).map_err(wrong)
}

fn fitted(picture: &DynamicImage, schema: &Image) -> std::result::Result<Vec<f64>, String> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let fit = |levels: Levels| match Picture::new(width, height, levels) {
        Ok(picture) => Ok(schema.fit(&picture).values),
        Err(error) => Err(error.to_string()),
    };
    let values = match picture {
        DynamicImage::ImageLuma8(grey) => {
            fit(Levels::Grey(&grey.iter().map(|&level| i32::from(level) * UNIT).collect::<Vec<_>>()))
        }
        DynamicImage::ImageLuma16(grey) => {
            let white = 255 * u64::from(UNIT.unsigned_abs());
            let part = |level: &u16| ((u64::from(*level) * white + 32_767) / 65_535) as i32;
            fit(Levels::Grey(&grey.iter().map(part).collect::<Vec<_>>()))
        }
        colours => fit(Levels::Colour(&colours.to_rgb8())),
    }?;
    match values.iter().any(|value| *value != values[0]) {
        true => Ok(values),
        false => Err("what the model reads of it has the same brightness everywhere".into()),
    }
}

/// Upright, opaque and whole, or why not.
fn decode(bytes: Vec<u8>) -> std::result::Result<DynamicImage, String> {
    match &bytes {
        bytes if bytes.starts_with(b"\x89PNG\r\n\x1a\n") => png_file(bytes),
        bytes if bytes.starts_with(b"\xff\xd8\xff") => jpeg_file(bytes),
        bytes if bytes.get(128..132) == Some(b"DICM") => {
            Err("a DICOM file, which the page reads, and this command does not".into())
        }
        bytes if bytes.get(4..8) == Some(b"ftyp") => Err("a HEIC or AVIF picture: save it as JPEG or PNG".into()),
        _ => Err("neither a PNG nor a JPEG file".into()),
    }
}

fn sized(width: u32, height: u32) -> std::result::Result<(), String> {
    let pixels = u64::from(width) * u64::from(height);
    if width.max(height) > MAX_SIDE || pixels > MAX_PIXELS {
        return Err(format!(
            "{width} × {height} pixels, and at most {MAX_PIXELS} are read, and {MAX_SIDE} along a side"
        ));
    }
    Ok(())
}

fn png_file(bytes: &[u8]) -> std::result::Result<DynamicImage, String> {
    let damaged = |error: image::ImageError| format!("a damaged PNG file: {error}");
    let decoder = PngDecoder::new(Cursor::new(bytes)).map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    sized(width, height)?;
    let picture = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    if picture.color().has_alpha() && picture.to_rgba16().pixels().any(|pixel| pixel.0[3] != u16::MAX) {
        return Err("parts of it are transparent: put it on a background".into());
    }
    // Who stores fewer bits in 16, and does not scale them up, makes a picture that is nearly black.
    let fewer = |most: Option<&u16>| most.is_some_and(|&most| most < 1 << 15);
    let doubtful = match &picture {
        DynamicImage::ImageLuma16(grey) => fewer(grey.iter().max()),
        DynamicImage::ImageRgb16(colours) => fewer(colours.iter().max()),
        _ => false,
    };
    if doubtful {
        return Err("it has 16 bits per channel and uses less than half of their range: save it with 8 bits".into());
    }
    Ok(picture)
}

fn jpeg_file(bytes: &[u8]) -> std::result::Result<DynamicImage, String> {
    let damaged = |error: jpeg_decoder::Error| format!("a damaged JPEG file: {error}");
    let mut decoder = jpeg_decoder::Decoder::new(bytes);
    decoder.read_info().map_err(damaged)?;
    let info = decoder.info().ok_or("a damaged JPEG file: it has no header")?;
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    sized(width, height)?;
    jpeg::check(bytes).map_err(|error| format!("a damaged JPEG file: {error}"))?;
    let pixels = decoder.decode().map_err(damaged)?;
    let orientation = decoder.exif_data().and_then(Orientation::from_exif_chunk);
    let picture = match info.pixel_format {
        PixelFormat::L8 => GrayImage::from_raw(width, height, pixels).map(DynamicImage::ImageLuma8),
        PixelFormat::RGB24 => RgbImage::from_raw(width, height, pixels).map(DynamicImage::ImageRgb8),
        PixelFormat::CMYK32 => {
            return Err("it has four components (CMYK), whose sign programs disagree on: save it as RGB".into());
        }
        PixelFormat::L16 => {
            return Err("a lossless JPEG file of more than 8 bits, which this command does not read".into());
        }
    };
    let mut picture = picture.ok_or("a damaged JPEG file: it has another number of pixels than it says")?;
    picture.apply_orientation(orientation.unwrap_or(Orientation::NoTransforms));
    Ok(picture)
}
