//! Equality: the server's x, the client's y ↦ Boolean shares of `1{x = y}`, or ⟨x⟩ ↦ `1{x = 0}`, elementwise.
//!
//! The equality half of the millionaires' protocol. Source: CrypTFlow2 (CCS 2020), section 3.1. Cost per value of ℓ bits in q
//! digits: a 1-of-2^w OT of one bit per digit of w bits, then q − 1 ANDs in a tree. Rounds: 2 + ⌈log₂ q⌉.

use sotto_crypto::BitVec;

use super::and;
use super::millionaires::even_digits;
use crate::cost::Cost;
use crate::ot::{RotKind, short};
use crate::share::{Arith, Modulus, low_bits};
use crate::wire::{Reader, Writer, bytes_for};
use crate::{Party, Result, Session};

/// Boolean shares of `1{x = y}` for the server's x and the client's y, each given as `own`, of `bits` bits.
pub async fn equality(s: &mut Session, own: &[u64], bits: u32) -> Result<BitVec> {
    let mut nodes = leaves(s, own, &even_digits(bits, s.params().digit)).await?;
    let none = BitVec::zeros(0);
    while nodes.len() > 1 {
        let odd = if nodes.len() % 2 == 1 { nodes.pop() } else { None };
        let side = |side: usize| BitVec::concat(nodes.iter().skip(side).step_by(2));
        let (products, _) = and::and(s, [&side(0), &side(1)], [&none; 3]).await?;
        let n = own.len();
        nodes = (0..nodes.len() / 2).map(|i| products.slice(i * n..(i + 1) * n)).chain(odd).collect();
    }
    Ok(nodes.pop().unwrap_or_else(|| s.complement(BitVec::zeros(own.len()))))
}

/// Boolean shares of `1{x = 0}`: the server's −x₀ equals the client's x₁.
pub async fn is_zero(s: &mut Session, x: &Arith) -> Result<BitVec> {
    let modulus = x.modulus();
    let own: Vec<u64> = match s.party() {
        Party::Server => x.values().iter().map(|&v| modulus.neg(v)).collect(),
        Party::Client => x.values().to_vec(),
    };
    equality(s, &own, modulus.bits()).await
}

/// Shares of `1{x_j = y_j}` for every digit: an OT in which the client chooses by its digit.
async fn leaves(s: &mut Session, own: &[u64], widths: &[u32]) -> Result<Vec<BitVec>> {
    let n = own.len();
    let offsets = widths.iter().scan(0, |end, &width| Some(std::mem::replace(end, *end + width)));
    let digits: Vec<(u32, Vec<u8>)> = offsets
        .zip(widths)
        .map(|(offset, &width)| (width, own.iter().map(|&v| low_bits(v >> offset, width) as u8).collect()))
        .collect();
    let (choice_bits, correction_bits) = message_bits(n, widths);
    let mut writer = Writer::default();
    let mut shares = Vec::new();
    match s.party() {
        Party::Client => {
            let mut rots = Vec::new();
            for (width, digit) in &digits {
                let rot = s.take_receiver(*width, n).await?;
                let masked: Vec<u8> = digit.iter().zip(rot.choices.iter()).map(|(y, c)| y ^ c).collect();
                writer.put_bytes(&masked, *width);
                rots.push(rot);
            }
            s.channel.send(writer.finish()).await?;
            let message = s.channel.recv(bytes_for(correction_bits)).await?;
            let mut reader = Reader::new(&message);
            for (rot, (width, digit)) in rots.iter().zip(&digits) {
                shares.push(short::receive(rot, digit, *width, 1, &mut reader)?);
            }
            reader.finish()?;
        }
        Party::Server => {
            let mut rots = Vec::new();
            for (width, _) in &digits {
                rots.push(s.take_sender(*width, n).await?);
            }
            let message = s.channel.recv(bytes_for(choice_bits)).await?;
            let mut reader = Reader::new(&message);
            for (rot, (width, digit)) in rots.iter().zip(&digits) {
                let shift = reader.take_bytes(n, *width)?;
                let table = |i: usize, w| short::comparison_words(digit[i], 1, w).1;
                shares.push(short::send(rot, Some(&shift), table, 1, &mut writer)?);
            }
            reader.finish()?;
            s.channel.send(writer.finish()).await?;
        }
    }
    Ok(shares.iter().map(|share| BitVec::from_bytes_at(share, [0])).collect())
}

/// Bits of the choices and of the corrections.
fn message_bits(n: usize, widths: &[u32]) -> (u64, u64) {
    let sum = |f: fn(u32) -> u64| widths.iter().map(|&w| n as u64 * f(w)).sum();
    (sum(u64::from), sum(|w| (1 << w) - 1))
}

/// Cost of `n` tests of `bits` bits.
pub fn cost(n: usize, bits: u32, digit: u32) -> Cost {
    let widths = even_digits(bits, digit);
    let (choice_bits, correction_bits) = message_bits(n, &widths);
    let mut cost = Cost::message(Party::Server, choice_bits) + Cost::message(Party::Client, correction_bits);
    widths.iter().for_each(|&width| cost.demand.add_rots(RotKind::leaf(width), n));
    let mut nodes = widths.len();
    while nodes > 1 {
        cost += and::cost(n * (nodes / 2), 0);
        nodes = nodes.div_ceil(2);
    }
    cost
}

/// Cost of `n` tests for zero.
pub fn is_zero_cost(n: usize, modulus: Modulus, digit: u32) -> Cost {
    cost(n, modulus.bits(), digit)
}
