//! The public shape of a layer by OT.

use sotto_nn::{Geometry, Window};

use crate::error::{Result, internal};
use crate::party::{OtKind, Party};
use crate::share::{Arith, Modulus};

/// Bytes of a block's corrections, unless those of a single element are more.
pub const BLOCK_BYTES: u64 = 1 << 20;
/// OTs of a block, on the classic path 16 bytes of choices each, unless a single element has more bits than that.
pub(super) const BLOCK_OTS: u64 = 1 << 16;

/// Public shape of a layer.
#[derive(Clone, Debug)]
pub struct LinearShape {
    /// The window's way over the input.
    pub geometry: Geometry,
    /// Output channels.
    pub outputs: usize,
    /// Groups, which divide both numbers of channels.
    pub groups: usize,
    /// Every weight fits this many bits in two's complement.
    pub weight_bits: u32,
    /// What the result is shared in.
    pub modulus: Modulus,
    pub(super) chooser: Option<Chooser>,
    pub(super) limits: Limits,
    pub(super) ot: OtKind,
}

/// Bounds of a block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) ots: u64,
    pub(super) bytes: u64,
}

/// What this party brings.
pub enum LinearInput<'a> {
    /// The server's weights, `[output channel][input channel of the group][kernel row][kernel column]`.
    Weights(&'a [i64]),
    /// The client's r, `[channel][row][column]`.
    Mask(&'a Arith),
}

/// Whose bits choose in the OTs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chooser {
    /// The client's, by the bits of r.
    Mask,
    /// The server's, by the bits of W.
    Weights,
}

impl Chooser {
    pub(super) fn receiver(self) -> Party {
        match self {
            Chooser::Mask => Party::Client,
            Chooser::Weights => Party::Server,
        }
    }
}

impl LinearShape {
    /// A convolution with zero padding; `groups` divides both numbers of channels.
    pub fn conv(
        geometry: Geometry,
        outputs: usize,
        groups: usize,
        weight_bits: u32,
        modulus: impl Into<Modulus>,
    ) -> Self {
        let limits = Limits { ots: BLOCK_OTS, bytes: BLOCK_BYTES };
        Self {
            geometry,
            outputs,
            groups,
            weight_bits,
            modulus: modulus.into(),
            chooser: None,
            limits,
            ot: OtKind::Silent,
        }
    }

    /// A fully connected layer.
    pub fn dense(outputs: usize, inputs: usize, weight_bits: u32, modulus: impl Into<Modulus>) -> Self {
        let window = Window { kernel: [1, 1], stride: [1, 1], pads: [0; 4] };
        let geometry = Geometry { channels: inputs, input: [1, 1], output: [1, 1], window };
        Self::conv(geometry, outputs, 1, weight_bits, modulus)
    }

    /// The layer with a chooser of the caller's; for tests and measurements. Both parties must agree on it.
    #[must_use]
    pub fn with_chooser(self, chooser: Chooser) -> Self {
        Self { chooser: Some(chooser), ..self }
    }

    /// The layer in blocks of other sizes; for tests and measurements. Both parties must agree on them.
    #[must_use]
    pub fn with_block_limits(self, ots: u64, bytes: u64) -> Self {
        Self { limits: Limits { ots, bytes }, ..self }
    }

    /// The layer over random OTs from this source; a session runs it over its own.
    #[must_use]
    pub fn over(self, ot: OtKind) -> Self {
        Self { ot, ..self }
    }

    /// Number of input elements.
    pub fn input_len(&self) -> usize {
        self.geometry.channels * self.geometry.input_len()
    }

    /// Whether a party brings what the shape says.
    pub(crate) fn check(&self, party: Party, input: &LinearInput<'_>) -> Result<()> {
        match input {
            LinearInput::Weights(w) if w.len() == self.weight_len() && party == Party::Server => Ok(()),
            LinearInput::Mask(r)
                if r.len() == self.input_len() && r.modulus() == self.modulus && party == Party::Client =>
            {
                Ok(())
            }
            _ => Err(internal("what a party brings to a linear layer does not fit its shape")),
        }
    }

    /// Products of a weight with an element, padding included.
    pub fn products(&self) -> u64 {
        self.weight_len() as u64 * self.geometry.output_len() as u64
    }

    /// Number of weights.
    pub fn weight_len(&self) -> usize {
        self.outputs * (self.geometry.channels / self.groups) * self.geometry.window.area()
    }

    /// Bits of an element of the chooser's factor.
    pub(super) fn chooser_bits(&self, chooser: Chooser) -> u32 {
        match (chooser, self.modulus) {
            (Chooser::Mask, modulus) => modulus.bits(),
            (Chooser::Weights, Modulus::PowerOfTwo(ring)) => self.weight_bits.min(ring.bits()),
            (Chooser::Weights, Modulus::Odd(_)) => self.weight_bits,
        }
    }

    /// Bits of a correction for bit i.
    pub(super) fn width(&self, i: u32) -> u32 {
        match self.modulus {
            Modulus::PowerOfTwo(ring) => ring.bits() - i,
            Modulus::Odd(_) => self.modulus.bits(),
        }
    }

    /// Whether bit i of the chooser counts negatively: a weight's top bit.
    pub(super) fn is_sign(&self, chooser: Chooser, i: u32) -> bool {
        chooser == Chooser::Weights && i + 1 == self.weight_bits
    }
}
