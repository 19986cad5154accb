//! Whether a JPEG file (ITU-T T.81) holds its whole picture. Decoders differ in what they make of a file that ends early: a file of
//! which a half was sent, and which a tool ended properly, is a picture of a half to most of them.

mod decode;
mod error;
mod huffman;
mod scan;

use std::collections::HashMap;

pub use decode::{Decoded, decode_grey};
pub use error::JpegError;
use huffman::Huffman;
use scan::{Component, Frame, Reader, Scan};

/// Reads every scan symbol by symbol, without computing pixels.
///
/// # Errors
/// [`JpegError`] unless all coefficients of all blocks are there at their full precision, and the end marker behind them.
pub fn check(bytes: &[u8]) -> Result<(), JpegError> {
    let mut tables = HashMap::new();
    let mut frame: Option<Frame> = None;
    let mut interval = 0;
    let mut position = 2;
    loop {
        let (marker, content, end) = segment(bytes, position).ok_or(JpegError::End)?;
        position = end;
        match marker {
            0xd9 => break,
            0xc4 => read_tables(content, &mut tables)?,
            0xdd => interval = u16_at(content, 0).ok_or(JpegError::Header)?,
            0xc0..=0xc2 if frame.is_some() => return Err(JpegError::Frames),
            0xc0..=0xc2 => frame = Some(read_frame(content, marker == 0xc2)?),
            0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => return Err(JpegError::Kind),
            0xda => {
                let frame = frame.as_mut().ok_or(JpegError::NoFrame)?;
                let scan = read_scan(content, frame)?;
                position = Reader::new(bytes, position, &tables, interval).read(frame, &scan)?;
                for &(component, ..) in &scan.components {
                    frame.components[component].open[scan.from..=scan.to].fill(Some(scan.low));
                }
            }
            _ => {}
        }
    }
    let whole = |frame: &Frame| frame.components.iter().all(|c| c.open.iter().all(|&open| open == Some(0)));
    if frame.is_some_and(|frame| whole(&frame)) { Ok(()) } else { Err(JpegError::Part) }
}

/// Marker, content and end of the segment at `position`.
fn segment(bytes: &[u8], mut position: usize) -> Option<(u8, &[u8], usize)> {
    // Any number of fill bytes may come before a marker.
    while bytes.get(position..position + 2)? == [0xff, 0xff] {
        position += 1;
    }
    let (0xff, marker) = (bytes[position], bytes[position + 1]) else { return None };
    let start = position + 2;
    if marker == 0x01 || (0xd0..=0xd9).contains(&marker) {
        return Some((marker, &[], start));
    }
    let end = start + usize::from(u16_at(bytes, start)?);
    Some((marker, bytes.get(start + 2..end)?, end))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]))
}

fn read_tables(mut content: &[u8], tables: &mut HashMap<u8, Huffman>) -> Result<(), JpegError> {
    while let Some((&name, rest)) = content.split_first() {
        let (lengths, rest) = rest.split_at_checked(16).ok_or(JpegError::Table)?;
        let count = lengths.iter().map(|&length| usize::from(length)).sum();
        let (symbols, rest) = rest.split_at_checked(count).ok_or(JpegError::Table)?;
        tables.insert(name, Huffman::new(lengths, symbols).ok_or(JpegError::Table)?);
        content = rest;
    }
    Ok(())
}

/// Pixels of more than any decoder here takes; those of a progressive file cost memory.
const MAX_PIXELS: u64 = 1 << 28;

fn read_frame(content: &[u8], progressive: bool) -> Result<Frame, JpegError> {
    let size = |at| u16_at(content, at).filter(|&side| side > 0).map(usize::from).ok_or(JpegError::Header);
    let (height, width) = (size(1)?, size(3)?);
    if width as u64 * height as u64 > MAX_PIXELS {
        return Err(JpegError::Header);
    }
    let count = usize::from(*content.get(5).ok_or(JpegError::Header)?);
    let listed = content.get(6..6 + 3 * count).ok_or(JpegError::Header)?;
    let components: Vec<_> =
        listed.chunks_exact(3).map(|c| Component::new(c[0], usize::from(c[1] >> 4), usize::from(c[1] & 15))).collect();
    if components.is_empty() || !components.iter().all(|c| (1..=4).contains(&c.h) && (1..=4).contains(&c.v)) {
        return Err(JpegError::Header);
    }
    Ok(Frame { width, height, progressive, components })
}

fn read_scan(content: &[u8], frame: &Frame) -> Result<Scan, JpegError> {
    let count = usize::from(*content.first().ok_or(JpegError::Header)?);
    let listed = content.get(1..1 + 2 * count).ok_or(JpegError::Header)?;
    let &[from, to, approximation] = content.get(1 + 2 * count..4 + 2 * count).ok_or(JpegError::Header)? else {
        return Err(JpegError::Header);
    };
    let components: Option<Vec<_>> = listed
        .chunks_exact(2)
        .map(|c| Some((frame.components.iter().position(|known| known.id == c[0])?, c[1] >> 4, 0x10 | (c[1] & 15))))
        .collect();
    let components = components.filter(|components| !components.is_empty()).ok_or(JpegError::Header)?;
    if !frame.progressive {
        return Ok(Scan { components, from: 0, to: 63, refines: false, low: 0 });
    }
    let (from, to) = (usize::from(from), usize::from(to));
    // Progressive scans are of the means of all components, or of other coefficients of one.
    if from > to || to > 63 || (from > 0 && count != 1) || (from == 0 && to != 0) {
        return Err(JpegError::Header);
    }
    Ok(Scan { components, from, to, refines: approximation >> 4 > 0, low: approximation & 15 })
}
