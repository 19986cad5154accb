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
mod shape;
mod transfer;

use layout::{Counts, Layout};
pub use shape::{BLOCK_BYTES, Chooser, LinearInput, LinearShape};

use crate::cost::Cost;
use crate::error::Result;
use crate::party::served;
use crate::session::lane::Lane;
use crate::share::Arith;

/// Share of the layer applied to r, `[output channel][row][column]`.
///
/// # Errors
/// Of the channel, and `Internal` when `input` does not fit the shape.
pub async fn linear_ot(s: &mut Lane, shape: &LinearShape, input: LinearInput<'_>) -> Result<Arith> {
    let modulus = shape.modulus;
    shape.check(s.party(), &input)?;
    let shape = &shape.clone().over(s.params().ot);
    let chooser = shape.chooser();
    let layout = Layout::new(shape, chooser);
    s.reserve(&cost(shape).demand).await?;
    let values = match (chooser, input) {
        (Chooser::Mask, LinearInput::Weights(w)) => {
            served!(transfer::send(s, shape, &layout, |i| modulus.from_signed(w[i])).await)
        }
        (Chooser::Weights, LinearInput::Mask(r)) => transfer::send(s, shape, &layout, |i| r.values()[i]).await,
        (Chooser::Weights, LinearInput::Weights(w)) => {
            served!(transfer::receive(s, shape, &layout, |i| w[i] as u64).await)
        }
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
