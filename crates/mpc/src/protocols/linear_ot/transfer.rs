//! The two ends of a layer's correlated OTs: block after block, unit after unit, bit after bit.
//!
//! With pads p₀, p₁ of an OT, an entry d of its correlation and the choice y: the sender sends `p₀ + d − p₁` and adds `−p₀` to
//! its share, the receiver adds its pad, and what it received if y = 1. A unit's entries are summed over the bits before they
//! are spread over the output.

use std::collections::VecDeque;

use sotto_crypto::{BitVec, Block, mask64};
use zeroize::Zeroizing;

use super::layout::{Layout, Unit};
use super::pads::Pads;
use super::shape::LinearShape;
use crate::error::{Error, Result};
use crate::ot::rot::{Offsets, Rows};
use crate::session::lane::Lane;
use crate::share::Modulus;
use crate::wire::{Reader, Writer};

/// The sender's share; `partner` gives the elements of its factor.
pub(super) async fn send(
    s: &mut Lane,
    shape: &LinearShape,
    layout: &Layout,
    partner: impl Fn(usize) -> u64,
) -> Result<Vec<u64>> {
    let mut end = End::new(s, shape, layout);
    let blocks = layout.counts.blocks();
    let mut rot = s.offer(layout.ots(0)).await?;
    for block in 0..blocks {
        let message = end.send_block(block, &rot, &partner)?;
        if block + 1 < blocks {
            rot = s.offer(layout.ots(block + 1)).await?;
        }
        s.channel.send(message).await?;
    }
    Ok(end.shares)
}

/// The receiver's share; `own` gives the elements of its factor, whose bits choose.
pub(super) async fn receive(
    s: &mut Lane,
    shape: &LinearShape,
    layout: &Layout,
    own: impl Fn(usize) -> u64,
) -> Result<Vec<u64>> {
    let mut end = End::new(s, shape, layout);
    let blocks = layout.counts.blocks();
    let mut chosen = VecDeque::new();
    for block in 0..blocks.min(2) {
        chosen.push_back(choose(s, layout, block, &own).await?);
    }
    for block in 0..blocks {
        let message = s.channel.recv(layout.block_bytes(block)).await?;
        let current = chosen.pop_front();
        if block + 2 < blocks {
            chosen.push_back(choose(s, layout, block + 2, &own).await?);
        }
        if let Some((choices, rows)) = current {
            end.receive_block(block, &choices, &rows, &message)?;
        }
    }
    Ok(end.shares)
}

type Chosen = (Zeroizing<BitVec>, Rows);

/// OTs of a block, in the order of units, then bits.
async fn choose(s: &mut Lane, layout: &Layout, block: u64, own: &impl Fn(usize) -> u64) -> Result<Chosen> {
    // In its final size: a vector that grows leaves copies behind that nobody wipes.
    let mut choices = Zeroizing::new(BitVec::zeros(layout.ots(block)));
    let bits = layout.counts.bits as usize;
    for (n, unit) in layout.block(block).enumerate() {
        let element = Zeroizing::new(own(layout.element(&layout.unit(unit))));
        (0..bits).for_each(|i| choices.set(n * bits + i, (*element >> i) & 1 == 1));
    }
    let rows = s.choose(&choices).await?;
    Ok((choices, rows))
}

/// A party's share so far and room for a unit.
struct End<'a> {
    shape: &'a LinearShape,
    layout: &'a Layout,
    pads: Pads,
    /// The unit's correlation for the current bit, at the sender.
    correlation: Zeroizing<Vec<u64>>,
    /// Sum over the bits of this party's shares of a unit's products.
    sum: Zeroizing<Vec<u64>>,
    /// Corrections of a tile.
    corrections: Vec<u64>,
    shares: Vec<u64>,
}

impl<'a> End<'a> {
    fn new(s: &Lane, shape: &'a LinearShape, layout: &'a Layout) -> Self {
        Self {
            shape,
            layout,
            pads: Pads::new(s.pi(), shape, layout.counts.bits),
            correlation: Zeroizing::default(),
            sum: Zeroizing::default(),
            corrections: Vec::new(),
            shares: vec![0; layout.outputs()],
        }
    }

    fn send_block(
        &mut self,
        block: u64,
        (rows, offsets): &(Rows, Offsets),
        partner: &impl Fn(usize) -> u64,
    ) -> Result<Vec<u8>> {
        let (layout, bits) = (self.layout, self.layout.counts.bits as usize);
        let mut writer = Writer::default();
        let mut keys = Zeroizing::new(Vec::with_capacity(2 * bits));
        for (unit, rows) in layout.block(block).zip(rows.chunks_exact(bits)) {
            let unit = layout.unit(unit);
            keys.clear();
            keys.extend_from_slice(rows);
            keys.extend(rows.iter().map(|&row| row ^ offsets[1]));
            if self.correlation.capacity() < layout.terms(&unit) {
                self.correlation = Zeroizing::new(Vec::with_capacity(layout.terms(&unit)));
            }
            self.correlation.clear();
            layout.runs(&unit).for_each(|run| self.correlation.extend(run.partners().map(partner)));
            self.send_unit(layout.terms(&unit), &mut keys, &mut writer)?;
            writer.pad();
            self.spread(&unit);
        }
        Ok(writer.finish())
    }

    fn send_unit(&mut self, terms: usize, keys: &mut [Block], writer: &mut Writer) -> Result<()> {
        let Self { shape, layout, pads, correlation, sum, corrections, .. } = self;
        let modulus = shape.modulus;
        sum.clear();
        sum.resize(terms, 0);
        pads.expand(keys, terms, |tile, [p0, p1]| {
            if tile.entries.start == 0 {
                prepare(correlation, shape, tile.bit, shape.is_sign(layout.chooser, tile.bit));
            }
            let (d, sum) = (&correlation[tile.entries.clone()], &mut sum[tile.entries.clone()]);
            corrections.clear();
            match modulus {
                Modulus::PowerOfTwo(_) => {
                    let (bit, mask) = (tile.bit, u64::MAX >> (64 - tile.width));
                    corrections.extend(
                        d.iter()
                            .zip(p0.iter().zip(p1))
                            .map(|(d, (p0, p1))| p0.wrapping_add(*d).wrapping_sub(*p1) & mask),
                    );
                    sum.iter_mut().zip(p0).for_each(|(sum, p0)| *sum = sum.wrapping_sub(p0 << bit));
                }
                Modulus::Odd(_) => {
                    corrections.extend(
                        d.iter().zip(p0.iter().zip(p1)).map(|(d, (p0, p1))| modulus.add(*p0, modulus.sub(*d, *p1))),
                    );
                    sum.iter_mut().zip(p0).for_each(|(sum, p0)| *sum = modulus.sub(*sum, *p0));
                }
            }
            writer.put_all(corrections, tile.width);
            Ok(())
        })
    }

    fn receive_block(&mut self, block: u64, choices: &BitVec, rows: &[Block], message: &[u8]) -> Result<()> {
        let (layout, bits) = (self.layout, self.layout.counts.bits as usize);
        let mut reader = Reader::new(message);
        let mut keys = Zeroizing::new(Vec::with_capacity(bits));
        for (n, (unit, rows)) in layout.block(block).zip(rows.chunks_exact(bits)).enumerate() {
            let unit = layout.unit(unit);
            keys.clear();
            keys.extend_from_slice(rows);
            let chosen = |bit: u32| mask64(choices.get(n * bits + bit as usize));
            self.receive_unit(layout.terms(&unit), &mut keys, chosen, &mut reader)?;
            reader.skip_padding()?;
            self.spread(&unit);
        }
        reader.finish()
    }

    fn receive_unit(
        &mut self,
        terms: usize,
        keys: &mut [Block],
        chosen: impl Fn(u32) -> u64,
        reader: &mut Reader<'_>,
    ) -> Result<()> {
        let Self { shape, pads, sum, corrections, .. } = self;
        let modulus = shape.modulus;
        sum.clear();
        sum.resize(terms, 0);
        pads.expand(keys, terms, |tile, [pad]| {
            let (bit, chosen) = (tile.bit, chosen(tile.bit));
            corrections.resize(tile.entries.len(), 0);
            reader.take_into(corrections, tile.width)?;
            let sum = sum[tile.entries.clone()].iter_mut().zip(pad.iter().zip(corrections.iter()));
            match modulus {
                Modulus::PowerOfTwo(_) => {
                    sum.for_each(|(sum, (p, c))| *sum = sum.wrapping_add(p.wrapping_add(c & chosen) << bit));
                }
                Modulus::Odd(_) => {
                    if corrections.iter().any(|&c| u128::from(c) >= modulus.size()) {
                        return Err(Error::malformed("a correction is not below the modulus"));
                    }
                    sum.for_each(|(sum, (p, c))| *sum = modulus.add(*sum, modulus.add(*p, c & chosen)));
                }
            }
            Ok(())
        })
    }

    /// Adds a unit's sums to the outputs that they belong to.
    fn spread(&mut self, unit: &Unit) {
        let modulus = self.shape.modulus;
        let mut rest = self.sum.as_slice();
        for run in self.layout.runs(unit) {
            let (sums, later) = rest.split_at(run.len);
            let shares = self.shares[run.out..][..run.len].iter_mut().zip(sums);
            match modulus {
                Modulus::PowerOfTwo(_) => shares.for_each(|(share, sum)| *share = share.wrapping_add(*sum)),
                Modulus::Odd(_) => shares.for_each(|(share, sum)| *share = modulus.add(*share, *sum)),
            }
            rest = later;
        }
    }
}

/// The correlation for the next bit: over Z_n twice that of the bit before, over a ring the same, in fewer bits.
fn prepare(correlation: &mut [u64], shape: &LinearShape, bit: u32, is_sign: bool) {
    let modulus = shape.modulus;
    if bit > 0 && matches!(modulus, Modulus::Odd(_)) {
        correlation.iter_mut().for_each(|d| *d = modulus.add(*d, *d));
    }
    if is_sign {
        correlation.iter_mut().for_each(|d| *d = modulus.neg(*d));
    }
}
