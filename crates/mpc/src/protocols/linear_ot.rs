//! SCI-OT: the server's W [M×K], the client's r [K] ↦ shares of `W·r` over Z_{2^ℓ}. Preprocessing only.
//!
//! Source: CrypTFlow2 (CCS 2020), section 5 (linear layers by OT), after SecureML. Two forms, the one with fewer bytes is taken:
//! the bits of r choose, and a correlation is a column of W (λ + M·(ℓ−i) bits for bit i of an entry), or the bits of W
//! choose, and a correlation is one entry of r (λ + ℓ − i bits for bit i of a weight). Bit i is worth 2^i, so its products
//! matter modulo 2^{ℓ−i} only; a weight's top bit is worth −2^{b−1}. 2 messages.

use sotto_crypto::{BitVec, Block, hash, mask64};

use crate::cost::Cost;
use crate::share::{Arith, Ring, low_bits};
use crate::wire::{Reader, Writer, bytes_for};
use crate::{Error, ErrorKind, Party, Result, Session};

/// Public shape of a layer.
#[derive(Clone, Copy, Debug)]
pub struct LinearShape {
    /// M.
    pub outputs: usize,
    /// K.
    pub inputs: usize,
    /// Every weight fits this many bits in two's complement, at most the ring's width.
    pub weight_bits: u32,
    /// ℓ.
    pub ring: Ring,
}

/// What this party brings.
pub enum LinearInput<'a> {
    /// The server's weights, `[M][K]` row-major.
    Weights(&'a [i64]),
    /// The client's r.
    Mask(&'a Arith),
}

/// Whose bits choose in the OTs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chooser {
    Mask,
    Weights,
}

/// Share of `W·r`.
pub async fn linear_ot(s: &mut Session, shape: LinearShape, input: LinearInput<'_>) -> Result<Arith> {
    match (shape.chooser(), input) {
        (Chooser::Mask, LinearInput::Weights(w)) => mask_chooses_server(s, shape, w).await,
        (Chooser::Mask, LinearInput::Mask(r)) => mask_chooses_client(s, shape, r).await,
        (Chooser::Weights, LinearInput::Weights(w)) => weights_choose_server(s, shape, w).await,
        (Chooser::Weights, LinearInput::Mask(r)) => weights_choose_client(s, shape, r).await,
    }
}

impl LinearShape {
    fn bits(&self) -> u32 {
        self.ring.bits()
    }

    /// Bits of r's entries and of weights below which a product matters: `(i, ℓ − i)` for every bit i that chooses.
    fn positions(&self, chooser: Chooser) -> impl Iterator<Item = (u32, u32)> + Clone + use<> {
        let ell = self.bits();
        let count = match chooser {
            Chooser::Mask => ell,
            Chooser::Weights => self.weight_bits.min(ell),
        };
        (0..count).map(move |i| (i, ell - i))
    }

    /// OTs, and bits of their corrections. 64-bit counts, because both parties must choose the same form on every target.
    fn size(&self, chooser: Chooser) -> (u64, u64) {
        let (outputs, inputs) = (self.outputs as u64, self.inputs as u64);
        let per_position = match chooser {
            Chooser::Mask => inputs,
            Chooser::Weights => outputs * inputs,
        };
        let widths = self.positions(chooser).map(|(_, width)| u64::from(width));
        (per_position * widths.clone().count() as u64, outputs * inputs * widths.sum::<u64>())
    }

    /// OTs as this machine's addresses go, and bits of their corrections.
    fn addressable_size(&self, chooser: Chooser) -> Result<(usize, u64)> {
        let (ots, bits) = self.size(chooser);
        let too_large = |_| Error::new(ErrorKind::Internal, "a linear layer is too large for this machine");
        Ok((usize::try_from(ots).map_err(too_large)?, bits))
    }

    /// (receiver to sender, sender to receiver) bytes on the classic path.
    fn bytes(&self, chooser: Chooser) -> (u64, u64) {
        let (ots, bits) = self.size(chooser);
        (128 * ots.div_ceil(8), bytes_for(bits))
    }

    fn chooser(&self) -> Chooser {
        let total = |chooser| {
            let (a, b) = self.bytes(chooser);
            a + b
        };
        if total(Chooser::Mask) <= total(Chooser::Weights) { Chooser::Mask } else { Chooser::Weights }
    }
}

/// Bytes and rounds of a layer's preprocessing on the classic path.
pub fn cost(shape: LinearShape) -> Cost {
    let chooser = shape.chooser();
    let (u, corrections) = shape.bytes(chooser);
    let (receiver, sender) = match chooser {
        Chooser::Mask => (Party::Client, Party::Server),
        Chooser::Weights => (Party::Server, Party::Client),
    };
    Cost::message(sender, 8 * u) + Cost::message(receiver, 8 * corrections)
}

/// Bit i of every entry of r chooses; OTs in the order of bits, then entries.
async fn mask_chooses_client(s: &mut Session, shape: LinearShape, r: &Arith) -> Result<Arith> {
    let (ots, bits) = shape.addressable_size(Chooser::Mask)?;
    let k = shape.inputs;
    let choices = BitVec::from_fn(ots, |j| (r.values()[j % k] >> (j / k)) & 1 == 1);
    let rows = s.choose(&choices).await?;
    let message = s.channel.recv(bytes_for(bits)).await?;
    let mut reader = Reader::new(&message);
    let mut shares = vec![0u64; shape.outputs];
    let mut pad = Pad::default();
    for (i, width) in shape.positions(Chooser::Mask) {
        for j in 0..k {
            let ot = i as usize * k + j;
            pad.expand(rows[ot], shape.outputs, width);
            let chosen = mask64(choices.get(ot));
            for (share, p) in shares.iter_mut().zip(pad.entries(width)) {
                let correction = reader.take(width)?;
                *share = share.wrapping_add(p.wrapping_add(correction & chosen) << i);
            }
        }
    }
    reader.finish()?;
    Ok(Arith::new(shape.ring, shares))
}

async fn mask_chooses_server(s: &mut Session, shape: LinearShape, w: &[i64]) -> Result<Arith> {
    let (ots, _) = shape.addressable_size(Chooser::Mask)?;
    let k = shape.inputs;
    let rot = s.offer(ots).await?;
    let mut writer = Writer::default();
    let mut shares = vec![0u64; shape.outputs];
    let (mut pad0, mut pad1) = (Pad::default(), Pad::default());
    for (i, width) in shape.positions(Chooser::Mask) {
        for j in 0..k {
            let row = rot.rows[i as usize * k + j];
            pad0.expand(row, shape.outputs, width);
            pad1.expand(row ^ rot.offsets()[1], shape.outputs, width);
            for (m, (p0, p1)) in pad0.entries(width).zip(pad1.entries(width)).enumerate().take(shape.outputs) {
                writer.put(low_bits(p0.wrapping_add(w[m * k + j] as u64).wrapping_sub(p1), width), width);
                shares[m] = shares[m].wrapping_sub(p0 << i);
            }
        }
    }
    s.channel.send(writer.finish()).await?;
    Ok(Arith::new(shape.ring, shares))
}

/// Bit i of every weight chooses; OTs in the order of bits, then weights.
async fn weights_choose_server(s: &mut Session, shape: LinearShape, w: &[i64]) -> Result<Arith> {
    let (ots, bits) = shape.addressable_size(Chooser::Weights)?;
    let choices = BitVec::from_fn(ots, |j| (w[j % w.len()] >> (j / w.len())) & 1 == 1);
    let mut pads = s.choose(&choices).await?;
    hash::cr_hash(&mut pads);
    let message = s.channel.recv(bytes_for(bits)).await?;
    let mut reader = Reader::new(&message);
    let mut shares = vec![0u64; shape.outputs];
    for (i, width) in shape.positions(Chooser::Weights) {
        for (m, share) in shares.iter_mut().enumerate() {
            for j in 0..shape.inputs {
                let ot = (i as usize * shape.outputs + m) * shape.inputs + j;
                let correction = reader.take(width)? & mask64(choices.get(ot));
                let product = pads[ot].low_u64().wrapping_add(correction) << i;
                *share = share.wrapping_add(signed_place(product, i, shape));
            }
        }
    }
    reader.finish()?;
    Ok(Arith::new(shape.ring, shares))
}

async fn weights_choose_client(s: &mut Session, shape: LinearShape, r: &Arith) -> Result<Arith> {
    let (ots, _) = shape.addressable_size(Chooser::Weights)?;
    let rot = s.offer(ots).await?;
    let mut pads: Vec<Block> = rot.rows.iter().flat_map(|&row| [row, row ^ rot.offsets()[1]]).collect();
    hash::cr_hash(&mut pads);
    let mut writer = Writer::default();
    let mut shares = vec![0u64; shape.outputs];
    for (i, width) in shape.positions(Chooser::Weights) {
        for (m, share) in shares.iter_mut().enumerate() {
            for (j, &r) in r.values().iter().enumerate() {
                let ot = (i as usize * shape.outputs + m) * shape.inputs + j;
                let (p0, p1) = (pads[2 * ot].low_u64(), pads[2 * ot + 1].low_u64());
                writer.put(low_bits(p0.wrapping_add(r).wrapping_sub(p1), width), width);
                *share = share.wrapping_sub(signed_place(p0 << i, i, shape));
            }
        }
    }
    s.channel.send(writer.finish()).await?;
    Ok(Arith::new(shape.ring, shares))
}

/// A weight's top bit counts negatively.
fn signed_place(product: u64, bit: u32, shape: LinearShape) -> u64 {
    if bit + 1 == shape.weight_bits { product.wrapping_neg() } else { product }
}

/// A pad of many entries: the row hashed under one tweak per block.
#[derive(Default)]
struct Pad(Vec<Block>);

impl Pad {
    fn expand(&mut self, row: Block, entries: usize, width: u32) {
        let per_block = 128 / width as usize;
        self.0.clear();
        self.0.resize(entries.div_ceil(per_block), row);
        hash::tccr_hash(&mut self.0, |block| Block::new(block as u128));
    }

    /// The entries, as many to a block as fit whole.
    fn entries(&self, width: u32) -> impl Iterator<Item = u64> + '_ {
        let per_block = 128 / width;
        self.0
            .iter()
            .flat_map(move |pad| (0..per_block).map(move |e| low_bits((pad.as_u128() >> (e * width)) as u64, width)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_do_not_wrap_for_layers_of_imagenet_size() {
        let shape = LinearShape { outputs: 4096, inputs: 25088, weight_bits: 8, ring: Ring::new(40) };
        let entries = 4096 * 25088;
        assert_eq!(shape.size(Chooser::Mask), (25088 * 40, entries * 820));
        assert_eq!(shape.size(Chooser::Weights), (entries * 8, entries * (40 * 8 - 28)));
        assert!(shape.chooser() == Chooser::Mask);
    }
}
