//! The bilinear map of a layer as a chooser sees it, and its division into blocks.
//!
//! A *unit* is an element of the chooser's factor that meets the other factor somewhere: an input element, or a weight. Its
//! *terms* are pairs (index in the other factor, index in the output), enumerated as runs of constant stride along a row of
//! the output. Nothing is materialised but one entry per row and column of the chooser's factor.

use std::ops::Range;

use sotto_nn::Geometry;

use super::shape::{Chooser, LinearShape};
use crate::cost::{Cost, Flight, SILENT_OT_BYTES};
use crate::ot::demand::Demand;
use crate::ot::rot::RotKind;
use crate::party::{OtKind, Party};
use crate::sorted::Sorted;

/// A cost beyond any session's: larger layers are counted as this much, so that sums of costs cannot overflow.
const MOST_BYTES: u64 = 1 << 48;
/// As [`MOST_BYTES`], in OTs.
const MOST_OTS: u64 = 1 << 30;

/// Where one coordinate of the chooser's factor meets the other: at outputs `out + i`, i < `len`, with the partner at
/// `partner ± i·stride`.
#[derive(Clone, Copy)]
struct Meeting {
    own: usize,
    partner: usize,
    out: usize,
    len: usize,
}

/// An element of the chooser's factor: its channel (of a weight: output channel and input channel of the group) and where its
/// row and column meet the other factor.
pub(super) struct Unit {
    channel: usize,
    row: Meeting,
    column: Meeting,
}

/// Terms along one row of the output: indices `partner + i·step` (wrapping) and `out + i`, i < `len`.
pub(super) struct Run {
    partner: usize,
    step: usize,
    pub(super) out: usize,
    pub(super) len: usize,
}

impl Run {
    /// Indices in the other factor.
    pub(super) fn partners(&self) -> impl Iterator<Item = usize> + use<> {
        let (start, step) = (self.partner, self.step);
        (0..self.len).map(move |i| start.wrapping_add(i.wrapping_mul(step)))
    }
}

/// One axis of a window's way: 0 for rows, 1 for columns.
#[derive(Clone, Copy)]
struct Axis(Geometry, usize);

impl Axis {
    /// The meetings of every coordinate that has some.
    fn meetings(self, chooser: Chooser) -> impl Iterator<Item = Meeting> {
        let Self(g, axis) = self;
        let (kernel, stride, pad) = (g.window.kernel[axis], g.window.stride[axis], g.window.pads[axis]);
        let meeting = move |own: usize| {
            let (outputs, partner) = match chooser {
                // The partner is kernel place own + pad − stride·out.
                Chooser::Mask => {
                    let first = (own + pad + 1).saturating_sub(kernel).div_ceil(stride);
                    let end = g.output[axis].min((own + pad) / stride + 1);
                    (first..end, (own + pad).wrapping_sub(first * stride))
                }
                // The partner is input place stride·out + own − pad.
                Chooser::Weights => {
                    let outputs = g.reach(axis, own);
                    let partner = (outputs.start * stride + own).wrapping_sub(pad);
                    (outputs, partner)
                }
            };
            (!outputs.is_empty()).then(|| Meeting { own, partner, out: outputs.start, len: outputs.len() })
        };
        let own = match chooser {
            Chooser::Mask => g.input[axis],
            Chooser::Weights => kernel,
        };
        (0..own).filter_map(meeting)
    }

    /// How many coordinates have each number of meetings.
    fn histogram(self, chooser: Chooser) -> Sorted<u64, u64> {
        let mut histogram = Sorted::default();
        self.meetings(chooser).for_each(|m| *histogram.or_insert_with(m.len as u64, || 0) += 1);
        histogram
    }
}

impl LinearShape {
    /// Whose bits choose: the form with fewer bytes.
    pub fn chooser(&self) -> Chooser {
        let bytes = |chooser| Counts::new(self, chooser).bytes(self.ot);
        self.chooser.unwrap_or_else(|| match bytes(Chooser::Mask) <= bytes(Chooser::Weights) {
            true => Chooser::Mask,
            false => Chooser::Weights,
        })
    }
}

/// Public counts of a layer when `chooser` chooses; 64-bit, because both parties must arrive at the same on every target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counts {
    /// Units.
    pub(super) units: u64,
    /// Units of a block; the last has what is left.
    pub(super) units_per_block: u64,
    /// OTs of a unit: the bits of an element that choose.
    pub(super) bits: u32,
    /// Bits of a term's corrections, over all OTs of its unit.
    widths: u64,
    /// Bytes of all corrections; every unit's are padded to whole bytes.
    corrections: u64,
    /// Payload bytes of the receiver's messages.
    choices: u64,
}

impl Counts {
    pub(super) fn new(shape: &LinearShape, chooser: Chooser) -> Self {
        let bits = shape.chooser_bits(chooser);
        let widths: u64 = (0..bits).map(|i| u64::from(shape.width(i))).sum();
        let (channels, fan) = match chooser {
            Chooser::Mask => (shape.geometry.channels, shape.outputs / shape.groups),
            Chooser::Weights => (shape.outputs * (shape.geometry.channels / shape.groups), 1),
        };
        let [rows, columns] = [0, 1].map(|axis| Axis(shape.geometry, axis).histogram(chooser));
        let (mut units, mut corrections, mut largest) = (0, 0u128, 1);
        for (row, rows) in rows.iter() {
            for (column, columns) in columns.iter() {
                let count = channels as u64 * rows * columns;
                let unit = (fan as u128 * u128::from(*row) * u128::from(*column) * u128::from(widths)).div_ceil(8);
                units += count;
                corrections += u128::from(count) * unit;
                largest = largest.max(unit);
            }
        }
        let clamp = |bytes: u128| bytes.min(MOST_BYTES.into()) as u64;
        let units_per_block = units_per_block(shape, units, bits, clamp(largest));
        let choice_bits = match shape.ot {
            OtKind::Classic => 128,
            OtKind::Silent => 1,
        };
        let choices = |units: u64| choice_bits * (units * u64::from(bits)).div_ceil(8);
        let (full, rest) = (units / units_per_block, units % units_per_block);
        let choices = full * choices(units_per_block) + choices(rest);
        Self { units, units_per_block, bits, widths, corrections: clamp(corrections), choices: choices.min(MOST_BYTES) }
    }

    pub(super) fn blocks(&self) -> u64 {
        self.units.div_ceil(self.units_per_block)
    }

    /// Payload bytes both ways; on the silent path with those of the random OTs while they are few, [`SILENT_OT_BYTES`] each.
    pub(super) fn bytes(&self, ot: OtKind) -> u64 {
        let random = match ot {
            OtKind::Classic => 0,
            OtKind::Silent => SILENT_OT_BYTES * self.ots() as u64,
        };
        self.choices + self.corrections + random
    }

    /// OTs of the layer. Layers with more than could ever be in store have [`MOST_OTS`].
    fn ots(&self) -> usize {
        (self.units.saturating_mul(self.bits.into())).min(MOST_OTS) as usize
    }

    /// The receiver is one block ahead: the first two and the last two messages of a kind meet.
    pub(super) fn cost(&self, receiver: Party, ot: OtKind) -> Cost {
        let demand = match ot {
            OtKind::Classic => Demand::default(),
            OtKind::Silent => Demand::rows(RotKind::bit(receiver.peer()), self.ots()),
        };
        let (to_server, to_client, ends) = match receiver {
            Party::Client => (self.choices, self.corrections, (Flight::ToServer, Flight::ToClient)),
            Party::Server => (self.corrections, self.choices, (Flight::ToClient, Flight::ToServer)),
        };
        match self.blocks() {
            0 => Cost::default(),
            n => Cost { demand, to_server, to_client, rounds: 2 * (n - 1).max(1), ends: Some(ends) },
        }
    }
}

/// As many units as the limits allow, one at least, and whole bytes of choices where several fit.
fn units_per_block(shape: &LinearShape, units: u64, bits: u32, largest: u64) -> u64 {
    let by_ots = shape.limits.ots / u64::from(bits);
    let limit = by_ots.min(shape.limits.bytes / largest).clamp(1, units.max(1));
    let even = 8 >> bits.trailing_zeros().min(3);
    if limit >= even { limit / even * even } else { limit }
}

/// A layer as one chooser sees it.
pub(super) struct Layout {
    pub(super) chooser: Chooser,
    pub(super) counts: Counts,
    output_channels: usize,
    /// Output channels that read one input channel, and input channels that one output channel reads.
    fan_out: usize,
    fan_in: usize,
    own: [usize; 2],
    partner: [usize; 2],
    output: [usize; 2],
    stride: [usize; 2],
    meetings: [Vec<Meeting>; 2],
}

impl Layout {
    pub(super) fn new(shape: &LinearShape, chooser: Chooser) -> Self {
        let g = shape.geometry;
        let (own, partner) = match chooser {
            Chooser::Mask => (g.input, g.window.kernel),
            Chooser::Weights => (g.window.kernel, g.input),
        };
        Self {
            chooser,
            counts: Counts::new(shape, chooser),
            output_channels: shape.outputs,
            fan_out: shape.outputs / shape.groups,
            fan_in: g.channels / shape.groups,
            own,
            partner,
            output: g.output,
            stride: g.window.stride,
            meetings: [0, 1].map(|axis| Axis(g, axis).meetings(chooser).collect()),
        }
    }

    /// Number of outputs.
    pub(super) fn outputs(&self) -> usize {
        self.output.iter().product::<usize>() * self.output_channels
    }

    /// OTs of a block.
    pub(super) fn ots(&self, index: u64) -> usize {
        self.block(index).len() * self.counts.bits as usize
    }

    /// Bytes of a block's corrections.
    pub(super) fn block_bytes(&self, index: u64) -> u64 {
        let bytes = |unit| (self.terms(&self.unit(unit)) as u64 * self.counts.widths).div_ceil(8);
        self.block(index).map(bytes).sum()
    }

    /// Units of a block.
    pub(super) fn block(&self, index: u64) -> Range<usize> {
        let first = (index * self.counts.units_per_block).min(self.counts.units);
        first as usize..(first + self.counts.units_per_block).min(self.counts.units) as usize
    }

    pub(super) fn unit(&self, index: usize) -> Unit {
        let [rows, columns] = &self.meetings;
        let (rest, column) = (index / columns.len(), columns[index % columns.len()]);
        Unit { channel: rest / rows.len(), row: rows[rest % rows.len()], column }
    }

    /// Index of a unit's element in the chooser's factor.
    pub(super) fn element(&self, unit: &Unit) -> usize {
        (unit.channel * self.own[0] + unit.row.own) * self.own[1] + unit.column.own
    }

    /// Number of a unit's terms.
    pub(super) fn terms(&self, unit: &Unit) -> usize {
        let fan = match self.chooser {
            Chooser::Mask => self.fan_out,
            Chooser::Weights => 1,
        };
        fan * unit.row.len * unit.column.len
    }

    /// A unit's terms.
    pub(super) fn runs(&self, unit: &Unit) -> impl Iterator<Item = Run> {
        let Self { fan_out, fan_in, partner, output, stride, .. } = *self;
        let Unit { channel, row, column } = *unit;
        // Input channels of one group are fan_in consecutive ones, output channels fan_out.
        let (outputs, first, per_output, sign) = match self.chooser {
            Chooser::Mask => {
                let group = channel / fan_in;
                (group * fan_out..(group + 1) * fan_out, channel % fan_in, fan_in, usize::MAX)
            }
            Chooser::Weights => {
                let o = channel / fan_in;
                (o..o + 1, o / fan_out * fan_in + channel % fan_in, 0, 1)
            }
        };
        outputs.flat_map(move |o| {
            (0..row.len).map(move |i| {
                let y = row.partner.wrapping_add(i.wrapping_mul(sign.wrapping_mul(stride[0])));
                Run {
                    partner: ((o * per_output + first) * partner[0] + y) * partner[1] + column.partner,
                    step: sign.wrapping_mul(stride[1]),
                    out: (o * output[0] + row.out + i) * output[1] + column.out,
                    len: column.len,
                }
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use sotto_nn::Window;

    use super::super::shape::{BLOCK_BYTES, BLOCK_OTS};
    use super::*;
    use crate::share::Modulus;

    #[test]
    fn blocks_keep_to_their_limits_and_add_up() {
        let window = Window { kernel: [7, 7], stride: [2, 2], pads: [3; 4] };
        let first = Geometry::new(&[3, 112, 112], window).unwrap();
        let ring = Modulus::power_of_two(41);
        for shape in [LinearShape::conv(first, 64, 1, 8, ring), LinearShape::dense(1000, 2048, 8, ring)] {
            for chooser in [Chooser::Mask, Chooser::Weights] {
                let layout = Layout::new(&shape, chooser);
                let (mut units, mut bytes) = (0, 0);
                for block in 0..layout.counts.blocks() {
                    let block_bytes = layout.block_bytes(block);
                    assert!(block_bytes <= BLOCK_BYTES, "{chooser:?}: {block_bytes} bytes");
                    assert!(layout.ots(block) as u64 <= BLOCK_OTS, "{chooser:?}");
                    units += layout.block(block).len();
                    bytes += block_bytes;
                }
                assert_eq!((units as u64, bytes), (layout.counts.units, layout.counts.corrections));
            }
        }
    }
}
