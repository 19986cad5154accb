//! SCI-OT: the server's weights W, the client's r ↦ shares of `W·r`, for fully connected layers and 1-D and 2-D convolutions.
//! Preprocessing only.
//!
//! Source: CrypTFlow2 (CCS 2020), section 5 (linear layers by OT), after SecureML. Two forms, the one with fewer bytes is taken:
//! the bits of r choose, and the correlation of an element of r is the vector of all weights that meet it, or the bits of W
//! choose, and the correlation of a weight is the vector of all elements of r that it meets. A convolution is not unfolded:
//! an element's bits choose once, however many windows read it. Over Z_{2^ℓ} bit i is worth 2^i, so its products matter modulo
//! 2^{ℓ−i} only; over Z_n they take ⌈log₂ n⌉ bits each. A weight's top bit is worth −2^{b−1}.
//!
//! Per OT 128 bits on the classic path, one bit and a random OT on the silent one, and the entries of its correlation, in blocks
//! of about [`BLOCK_BYTES`] either way. The receiver sends the
//! choices of a block before it receives the corrections of the block before, so that both sides compute at once.

mod layout;
mod pads;
mod transfer;

use layout::{Counts, Layout};
use sotto_nn::{Geometry, Window};

use crate::cost::Cost;
use crate::error::internal;
use crate::share::{Arith, Modulus};
use crate::{OtKind, Party, Result, Session};

/// Bytes of a block's corrections, unless those of a single element are more.
pub const BLOCK_BYTES: u64 = 1 << 20;
/// OTs of a block, on the classic path 16 bytes of choices each, unless a single element has more bits than that.
const BLOCK_OTS: u64 = 1 << 16;

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
    chooser: Option<Chooser>,
    limits: Limits,
    ot: OtKind,
}

/// Bounds of a block.
#[derive(Clone, Copy, Debug)]
struct Limits {
    ots: u64,
    bytes: u64,
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
    fn receiver(self) -> Party {
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

    /// Whose bits choose: the form with fewer bytes.
    pub fn chooser(&self) -> Chooser {
        let bytes = |chooser| Counts::new(self, chooser).bytes(self.ot);
        self.chooser.unwrap_or_else(|| match bytes(Chooser::Mask) <= bytes(Chooser::Weights) {
            true => Chooser::Mask,
            false => Chooser::Weights,
        })
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

    /// Number of weights.
    pub fn weight_len(&self) -> usize {
        self.outputs * (self.geometry.channels / self.groups) * self.geometry.window.area()
    }

    /// Bits of an element of the chooser's factor.
    fn chooser_bits(&self, chooser: Chooser) -> u32 {
        match (chooser, self.modulus) {
            (Chooser::Mask, modulus) => modulus.bits(),
            (Chooser::Weights, Modulus::PowerOfTwo(ring)) => self.weight_bits.min(ring.bits()),
            (Chooser::Weights, Modulus::Odd(_)) => self.weight_bits,
        }
    }

    /// Bits of a correction for bit i.
    fn width(&self, i: u32) -> u32 {
        match self.modulus {
            Modulus::PowerOfTwo(ring) => ring.bits() - i,
            Modulus::Odd(_) => self.modulus.bits(),
        }
    }

    /// Whether bit i of the chooser counts negatively: a weight's top bit.
    fn is_sign(&self, chooser: Chooser, i: u32) -> bool {
        chooser == Chooser::Weights && i + 1 == self.weight_bits
    }
}

/// Share of the layer applied to r, `[output channel][row][column]`.
///
/// # Errors
/// Of the channel, and `Internal` when `input` does not fit the shape.
pub async fn linear_ot(s: &mut Session, shape: &LinearShape, input: LinearInput<'_>) -> Result<Arith> {
    let modulus = shape.modulus;
    shape.check(s.party(), &input)?;
    let shape = &shape.clone().over(s.params().ot);
    let chooser = shape.chooser();
    let layout = Layout::new(shape, chooser);
    s.reserve(&cost(shape).demand).await?;
    let values = match (chooser, input) {
        (Chooser::Mask, LinearInput::Weights(w)) => {
            transfer::send(s, shape, &layout, |i| modulus.from_signed(w[i])).await
        }
        (Chooser::Weights, LinearInput::Mask(r)) => transfer::send(s, shape, &layout, |i| r.values()[i]).await,
        (Chooser::Weights, LinearInput::Weights(w)) => transfer::receive(s, shape, &layout, |i| w[i] as u64).await,
        (Chooser::Mask, LinearInput::Mask(r)) => transfer::receive(s, shape, &layout, |i| r.values()[i]).await,
    }?;
    Ok(Arith::new(modulus, values))
}

/// Bytes and rounds of a layer's preprocessing, and the random OTs that it takes on the silent path. The rounds are those of
/// messages that overtake each other: 2 for one block, and 2 for each block beyond the second.
pub fn cost(shape: &LinearShape) -> Cost {
    let chooser = shape.chooser();
    Counts::new(shape, chooser).cost(chooser.receiver(), shape.ot)
}
