//! Decodes JPEG files with one value per pixel, of 8 or 12 bits (ITU-T T.81, sequential): browsers decode 8 alone.

use std::collections::HashMap;
use std::f32::consts::{FRAC_1_SQRT_2, PI};

use super::error::JpegError;
use super::scan::{BLOCK, Frame, Reader};
use super::{check, read_frame, read_scan, read_tables, segment, u16_at};

/// The pixels of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Bits of a value.
    pub bits: u32,
    /// Row after row, each below 2^bits.
    pub values: Vec<u16>,
}

/// Place of each coefficient, row times 8 plus column, in the order of the file.
const ZIGZAG: [usize; BLOCK] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21,
    28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
    47, 55, 62, 63,
];

/// Decodes a file.
///
/// # Errors
/// [`JpegError`] as [`check`]; `Kind` for files that are progressive, or have several values per pixel, or other numbers of bits.
pub fn decode_grey(bytes: &[u8]) -> Result<Decoded, JpegError> {
    check(bytes)?;
    let (mut huffman, mut quantised) = (HashMap::new(), HashMap::new());
    let mut frame: Option<(Frame, u32, u8)> = None;
    let mut interval = 0;
    let mut position = 2;
    loop {
        let (marker, content, end) = segment(bytes, position).ok_or(JpegError::End)?;
        position = end;
        match marker {
            0xc4 => read_tables(content, &mut huffman)?,
            0xdb => read_steps(content, &mut quantised)?,
            0xdd => interval = u16_at(content, 0).ok_or(JpegError::Header)?,
            0xc0 | 0xc1 => {
                let read = read_frame(content, false)?;
                let (&bits, &steps) = content.first().zip(content.get(8)).ok_or(JpegError::Header)?;
                if read.components.len() != 1 || !matches!(bits, 8 | 12) {
                    return Err(JpegError::Kind);
                }
                frame = Some((read, bits.into(), steps));
            }
            0xc2 => return Err(JpegError::Kind),
            0xda => {
                let (frame, bits, steps) = frame.as_ref().ok_or(JpegError::NoFrame)?;
                let scan = read_scan(content, frame)?;
                let steps = quantised.get(steps).ok_or(JpegError::NoTable)?;
                let reader = Reader::new(bytes, position, &huffman, interval);
                return pixels(reader, frame, *bits, &scan.components, steps);
            }
            0xd9 => return Err(JpegError::Part),
            _ => {}
        }
    }
}

/// Step sizes of the coefficients, in the order of the file.
type Steps = [u16; BLOCK];

fn read_steps(mut content: &[u8], tables: &mut HashMap<u8, Steps>) -> Result<(), JpegError> {
    while let Some((&name, rest)) = content.split_first() {
        let each = if name >> 4 == 0 { 1 } else { 2 };
        let (listed, rest) = rest.split_at_checked(each * BLOCK).ok_or(JpegError::Table)?;
        let mut steps = [0; BLOCK];
        for (step, listed) in steps.iter_mut().zip(listed.chunks_exact(each)) {
            *step = listed.iter().fold(0, |step, &byte| step << 8 | u16::from(byte));
        }
        tables.insert(name & 15, steps);
        content = rest;
    }
    Ok(())
}

fn pixels(
    mut reader: Reader<'_>,
    frame: &Frame,
    bits: u32,
    components: &[(usize, u8, u8)],
    steps: &Steps,
) -> Result<Decoded, JpegError> {
    let &[(_, dc, ac)] = components else { return Err(JpegError::Header) };
    let (width, height) = (frame.width, frame.height);
    let (columns, rows) = (width.div_ceil(8), height.div_ceil(8));
    let mut values = vec![0; width * height];
    let (most, middle) = ((1 << bits) - 1, f32::from(1_u16 << (bits - 1)));
    let waves = waves();
    let mut mean = 0;
    for mcu in 0..columns * rows {
        if reader.restart(mcu)? {
            mean = 0;
        }
        let coefficients = reader.coefficients(dc, ac, &mut mean)?;
        let mut block = [0.0; BLOCK];
        for ((&place, coefficient), &step) in ZIGZAG.iter().zip(coefficients).zip(steps) {
            block[place] = coefficient as f32 * f32::from(step);
        }
        let block = transformed(&block, &waves);
        let (left, top) = (mcu % columns * 8, mcu / columns * 8);
        for (y, row) in (top..height.min(top + 8)).zip(block.chunks_exact(8)) {
            for (x, value) in (left..width.min(left + 8)).zip(row) {
                values[y * width + x] = (value + middle).round().clamp(0.0, most as f32) as u16;
            }
        }
    }
    Ok(Decoded { width, height, bits, values })
}

/// Wave k at place x, times its weight, at 8 k + x.
fn waves() -> [f32; BLOCK] {
    std::array::from_fn(|i| {
        let (k, x) = ((i / 8) as f32, (i % 8) as f32);
        let weight = if i < 8 { FRAC_1_SQRT_2 } else { 1.0 };
        weight / 2.0 * ((2.0 * x + 1.0) * k * PI / 16.0).cos()
    })
}

/// The inverse cosine transform (A.3.3), of rows and then of columns.
fn transformed(block: &[f32; BLOCK], waves: &[f32; BLOCK]) -> [f32; BLOCK] {
    let rows: [f32; BLOCK] = std::array::from_fn(|i| (0..8).map(|k| block[i / 8 * 8 + k] * waves[8 * k + i % 8]).sum());
    std::array::from_fn(|i| (0..8).map(|k| rows[8 * k + i % 8] * waves[8 * k + i / 8]).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One block of 12 bits: its mean, and one wave across.
    fn file(width: u16) -> Vec<u8> {
        let mut bytes = vec![0xff, 0xd8, 0xff, 0xdb, 0, 67, 0];
        bytes.extend([1; BLOCK]);
        bytes.extend([0xff, 0xc1, 0, 11, 12, 0, 8]);
        bytes.extend(width.to_be_bytes());
        bytes.extend([1, 1, 0x11, 0]);
        // Two codes of two bits in each table: of means with 0 and 10 bits, of others the end and 9 bits without a run.
        for (name, symbols) in [(0x00, [0, 10]), (0x10, [0x00, 0x09])] {
            bytes.extend([0xff, 0xc4, 0, 21, name, 0, 2]);
            bytes.extend([0; 14]);
            bytes.extend(symbols);
        }
        bytes.extend([0xff, 0xda, 0, 8, 1, 1, 0x00, 0, 63, 0]);
        // A code, 800 in 10 bits, a code, 400 in 9 bits, the end; and ones up to a whole word.
        let parts = [(1, 2), (800, 10), (1, 2), (400, 9), (0, 2), (0x7f, 7)];
        let word = parts.iter().fold(0_u32, |word, &(value, bits)| word << bits | value);
        bytes.extend(word.to_be_bytes());
        bytes.extend([0xff, 0xd9]);
        bytes
    }

    #[test]
    fn a_mean_and_a_wave_are_what_the_formula_says() {
        let decoded = decode_grey(&file(8)).unwrap();
        assert_eq!((decoded.width, decoded.height, decoded.bits), (8, 8, 12));
        for (i, &value) in decoded.values.iter().enumerate() {
            let x = (i % 8) as f64;
            let exact = 2048.0
                + 800.0 / 8.0
                + 400.0 / 8.0 * 2_f64.sqrt() * ((2.0 * x + 1.0) * std::f64::consts::PI / 16.0).cos();
            assert!((f64::from(value) - exact).abs() <= 0.501, "{i}: {value}, not {exact}");
        }
        let narrow = decode_grey(&file(3)).unwrap();
        assert_eq!(narrow.values[..3], decoded.values[..3]);
        assert_eq!(narrow.values[3..6], decoded.values[8..11]);
    }

    #[test]
    fn what_is_not_grey_and_sequential_is_of_another_kind() {
        let whole = file(8);
        let frame = whole.iter().position(|&byte| byte == 0xc1).unwrap();
        for (at, byte) in [(frame, 0xc2), (frame + 3, 16)] {
            let mut other = whole.clone();
            other[at] = byte;
            assert!(decode_grey(&other).is_err(), "{at}: {byte}");
        }
        assert_eq!(decode_grey(&whole[..whole.len() - 2]), Err(JpegError::End));
        assert_eq!(decode_grey(&whole[..whole.len() - 4]), Err(JpegError::Short));
    }
}
