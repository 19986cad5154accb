//! The entropy-coded part (ITU-T T.81, annexes F and G), read for its length only: Huffman symbols and the bits that follow them,
//! sequential and progressive.

use std::collections::HashMap;

use super::error::JpegError;
use super::huffman::Huffman;

/// Coefficients of a block.
pub(super) const BLOCK: usize = 64;

pub(super) struct Component {
    pub(super) id: u8,
    /// Sampling factors.
    pub(super) h: usize,
    pub(super) v: usize,
    /// Bits of each coefficient, in zigzag order, that are still to come; `None` for all.
    pub(super) open: [Option<u8>; BLOCK],
    /// For refinements: which coefficients of which block are not nought yet.
    nonzero: Vec<u64>,
}

impl Component {
    pub(super) fn new(id: u8, h: usize, v: usize) -> Self {
        Self { id, h, v, open: [None; BLOCK], nonzero: Vec::new() }
    }
}

pub(super) struct Frame {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) progressive: bool,
    pub(super) components: Vec<Component>,
}

pub(super) struct Scan {
    /// Index among the frame's, and the names of the tables of means and of other coefficients.
    pub(super) components: Vec<(usize, u8, u8)>,
    /// Coefficients, in zigzag order.
    pub(super) from: usize,
    pub(super) to: usize,
    /// Whether it adds a bit to coefficients that an earlier scan began.
    pub(super) refines: bool,
    /// Bits that later scans are to add.
    pub(super) low: u8,
}

/// Bits of a scan.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
    tables: &'a HashMap<u8, Huffman>,
    /// MCUs between restart markers; 0: none.
    interval: usize,
    /// Bits that were fetched and not used: the lowest `count` of `bits`, of which the last `missing` are made up.
    bits: u64,
    count: u32,
    missing: u32,
    /// Blocks that are still to be skipped, because all of them end here (progressive).
    run: u32,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], position: usize, tables: &'a HashMap<u8, Huffman>, interval: u16) -> Self {
        Self { bytes, position, tables, interval: interval.into(), bits: 0, count: 0, missing: 0, run: 0 }
    }

    /// Reads a scan, and returns the position of the marker behind it.
    pub(super) fn read(mut self, frame: &mut Frame, scan: &Scan) -> Result<usize, JpegError> {
        let largest = |factor: fn(&Component) -> usize| frame.components.iter().map(factor).max().unwrap_or(1);
        let (h, v) = (largest(|c| c.h), largest(|c| c.v));
        let (across, down) = (frame.width.div_ceil(8 * h), frame.height.div_ceil(8 * v));
        if let [(index, dc, ac)] = scan.components[..] {
            let component = &mut frame.components[index];
            // Blocks in a row, with those that fill the last MCU up, which this scan does not have.
            let stride = across * component.h;
            let columns = (frame.width * component.h).div_ceil(h).div_ceil(8);
            let rows = (frame.height * component.v).div_ceil(v).div_ceil(8);
            if frame.progressive && scan.to > 0 {
                component.nonzero.resize(stride * down * component.v, 0);
            }
            for mcu in 0..columns * rows {
                let _ = self.restart(mcu)?;
                let block = mcu / columns * stride + mcu % columns;
                let mut none = 0;
                let nonzero = component.nonzero.get_mut(block).unwrap_or(&mut none);
                self.block(frame.progressive, scan, (dc, ac), nonzero)?;
            }
        } else {
            for mcu in 0..across * down {
                let _ = self.restart(mcu)?;
                for &(index, dc, ac) in &scan.components {
                    let Component { h, v, .. } = frame.components[index];
                    for _ in 0..h * v {
                        self.block(frame.progressive, scan, (dc, ac), &mut 0)?;
                    }
                }
            }
        }
        Ok(self.marker())
    }

    fn block(
        &mut self,
        progressive: bool,
        scan: &Scan,
        (dc, ac): (u8, u8),
        nonzero: &mut u64,
    ) -> Result<(), JpegError> {
        if scan.from == 0 {
            let size = if scan.refines { 1 } else { self.symbol(dc)? & 15 };
            self.take(size.into())?;
        }
        match (scan.to, progressive, scan.refines) {
            (0, ..) => Ok(()),
            (_, false, _) => self.sequential(ac),
            (_, true, false) => self.first(scan, ac, nonzero),
            (_, true, true) => self.refine(scan, ac, nonzero),
        }
    }

    fn sequential(&mut self, ac: u8) -> Result<(), JpegError> {
        let mut k = 1;
        while k < BLOCK {
            let (run, size) = self.run_and_size(ac)?;
            if size == 0 && run < 15 {
                break;
            }
            self.take(size)?;
            k += run as usize + 1;
        }
        Ok(())
    }

    /// The coefficients of a block of a sequential file, in its order; `mean` is that of the block before.
    pub(super) fn coefficients(&mut self, dc: u8, ac: u8, mean: &mut i32) -> Result<[i32; BLOCK], JpegError> {
        let mut block = [0; BLOCK];
        let size = u32::from(self.symbol(dc)? & 15);
        *mean = mean.wrapping_add(self.signed(size)?);
        block[0] = *mean;
        let mut k = 1;
        while k < BLOCK {
            let (run, size) = self.run_and_size(ac)?;
            if size == 0 && run < 15 {
                break;
            }
            k += run as usize;
            let value = self.signed(size)?;
            *block.get_mut(k).ok_or(JpegError::Code)? = value;
            k += 1;
        }
        Ok(block)
    }

    /// A number of so many bits (F.2.2.1): with the first bit 0 it is negative.
    fn signed(&mut self, bits: u32) -> Result<i32, JpegError> {
        let value = self.take(bits)? as i32;
        Ok(if bits > 0 && value >> (bits - 1) == 0 { value + 1 - (1 << bits) } else { value })
    }

    fn first(&mut self, scan: &Scan, ac: u8, nonzero: &mut u64) -> Result<(), JpegError> {
        if self.run > 0 {
            self.run -= 1;
            return Ok(());
        }
        let mut k = scan.from;
        while k <= scan.to {
            let (run, size) = self.run_and_size(ac)?;
            if size == 0 && run < 15 {
                self.run = (1 << run) + self.take(run)? - 1;
                break;
            }
            k += run as usize;
            self.take(size)?;
            if size > 0 && k < BLOCK {
                *nonzero |= 1 << k;
            }
            k += 1;
        }
        Ok(())
    }

    fn refine(&mut self, scan: &Scan, ac: u8, nonzero: &mut u64) -> Result<(), JpegError> {
        let mut k = scan.from;
        while self.run == 0 && k <= scan.to {
            let (mut run, size) = self.run_and_size(ac)?;
            if size == 0 && run < 15 {
                self.run = (1 << run) + self.take(run)?;
                break;
            }
            self.take(size.min(1))?;
            // Past `run` coefficients that are nought, and one bit for each that is not.
            while k <= scan.to {
                match (*nonzero >> k & 1, run) {
                    (1, _) => drop(self.take(1)?),
                    (_, 0) => break,
                    _ => run -= 1,
                }
                k += 1;
            }
            if size > 0 && k <= scan.to {
                *nonzero |= 1 << k;
            }
            k += 1;
        }
        if self.run > 0 {
            for k in k..=scan.to {
                self.take((*nonzero >> k & 1) as u32)?;
            }
            self.run -= 1;
        }
        Ok(())
    }

    fn run_and_size(&mut self, table: u8) -> Result<(u32, u32), JpegError> {
        let symbol = u32::from(self.symbol(table)?);
        Ok((symbol >> 4, symbol & 15))
    }

    fn symbol(&mut self, table: u8) -> Result<u8, JpegError> {
        let table = self.tables.get(&table).ok_or(JpegError::NoTable)?;
        self.fill();
        let code = table.code((self.bits >> (self.count - 16)) as u16);
        let (length, symbol) = code.ok_or(if self.missing > 0 { JpegError::Short } else { JpegError::Code })?;
        self.skip(length)?;
        Ok(symbol)
    }

    /// The next `bits`, at most 16.
    fn take(&mut self, bits: u32) -> Result<u32, JpegError> {
        self.fill();
        let value = (self.bits >> (self.count - bits)) as u32 & ((1 << bits) - 1);
        self.skip(bits)?;
        Ok(value)
    }

    fn skip(&mut self, bits: u32) -> Result<(), JpegError> {
        self.count -= bits;
        if self.count < self.missing { Err(JpegError::Short) } else { Ok(()) }
    }

    /// At least 16 bits, noughts behind the end.
    fn fill(&mut self) {
        while self.count <= 16 {
            let byte = match self.bytes.get(self.position..) {
                Some([0xff, 0, ..]) => {
                    self.position += 2;
                    0xff
                }
                None | Some([] | [0xff, ..]) => {
                    self.missing += 8;
                    0
                }
                Some(&[byte, ..]) => {
                    self.position += 1;
                    byte
                }
            };
            self.bits = self.bits << 8 | u64::from(byte);
            self.count += 8;
        }
    }

    /// Reads the marker that is due before an MCU, and says whether one was.
    pub(super) fn restart(&mut self, mcu: usize) -> Result<bool, JpegError> {
        if mcu == 0 || self.interval == 0 || !mcu.is_multiple_of(self.interval) {
            return Ok(false);
        }
        let marker = self.marker();
        let expected = 0xd0 + ((mcu / self.interval - 1) & 7) as u8;
        if self.bytes.get(marker + 1) != Some(&expected) {
            return Err(JpegError::Short);
        }
        self.position = marker + 2;
        (self.bits, self.count, self.missing, self.run) = (0, 0, 0, 0);
        Ok(true)
    }

    /// The next marker from here on, or the end. Bytes before it are fill.
    fn marker(&self) -> usize {
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        let place = rest.windows(2).position(|pair| pair[0] == 0xff && !matches!(pair[1], 0 | 0xff));
        place.map_or(self.bytes.len(), |place| self.position + place)
    }
}
