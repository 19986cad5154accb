//! AES-128 on eight blocks at once, bitsliced: the kernel for WebAssembly's `simd128`, which has no AES instructions.
//!
//! Vector `b` holds bit `b` of every byte of eight blocks: byte `4r + c` of the vector belongs to row `r` and column `c` of
//! the state, bit `k` of it to block `k`. Then SubBytes is a Boolean circuit, ShiftRows one byte shuffle per vector, MixColumns
//! two rotations by whole rows. No table, no branch.
//!
//! Sources: Käsper, Schwabe, "Faster and Timing-Attack Resistant AES-GCM", CHES 2009 (the layout); Boyar, Peralta, "A Small
//! Depth-16 Circuit for the AES S-Box", IFIP SEC 2012 (the circuit).

use core::hint::black_box;

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::vector::Vector;

/// Blocks encrypted together.
const LANES: usize = 8;
const ROUNDS: usize = 10;

/// What the S-box circuit leaves out, added to the round keys instead: ShiftRows and MixColumns keep it as it is.
const SUB_BYTES_CONSTANT: u8 = 0x63;

/// Byte `4r + c` from byte `4c + r`: from columns to rows, and back.
const TRANSPOSED: [u8; 16] = [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15];
/// Byte `4r + c` from column `c + r`: ShiftRows.
const SHIFTED: [u8; 16] = [0, 1, 2, 3, 5, 6, 7, 4, 10, 11, 8, 9, 15, 12, 13, 14];

/// The bitsliced state or round key.
type Slices = [Vector; 8];

/// AES-128 under one key.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(super) struct Bitsliced {
    /// Bitsliced for eight equal blocks.
    round_keys: [[u128; 8]; ROUNDS + 1],
}

impl Bitsliced {
    pub(super) fn new(key: [u8; 16]) -> Bitsliced {
        let mut words: [u32; 4] = core::array::from_fn(|i| u32::from_le_bytes([0, 1, 2, 3].map(|j| key[4 * i + j])));
        let mut round_constant = 1_u8;
        let mut round_keys = [[0; 8]; ROUNDS + 1];
        round_keys[0] = spread(words, 0);
        for round_key in &mut round_keys[1..] {
            words[0] ^= sub_word(words[3].rotate_right(8)) ^ u32::from(round_constant);
            for i in 1..4 {
                words[i] ^= words[i - 1];
            }
            *round_key = spread(words, SUB_BYTES_CONSTANT);
            round_constant = (round_constant << 1) ^ ((round_constant >> 7) * 0x1b);
        }
        words.zeroize();
        Bitsliced { round_keys }
    }

    /// Encrypts each 16-byte chunk in place; bytes beyond the last whole chunk stay as they are.
    pub(super) fn encrypt_bytes(&self, bytes: &mut [u8]) {
        // From where the compiler cannot see them: a shuffle by constants has them built anew by engines each time, which
        // takes several times as long as the shuffle.
        let [transposed, shifted] = black_box(&[TRANSPOSED, SHIFTED]).each_ref().map(Vector::load);
        let (whole, rest) = bytes.as_chunks_mut::<{ 16 * LANES }>();
        for blocks in whole {
            self.encrypt_lanes(blocks, transposed, shifted);
        }
        let rest = rest.as_chunks_mut::<16>().0.as_flattened_mut();
        if !rest.is_empty() {
            let mut blocks = [0; 16 * LANES];
            blocks[..rest.len()].copy_from_slice(rest);
            self.encrypt_lanes(&mut blocks, transposed, shifted);
            rest.copy_from_slice(&blocks[..rest.len()]);
            blocks.zeroize();
        }
    }

    #[inline(always)]
    fn encrypt_lanes(&self, blocks: &mut [u8; 16 * LANES], transposed: Vector, shifted: Vector) {
        let (blocks, _) = blocks.as_chunks_mut::<16>();
        let shift_rows = |state: Slices| state.map(|v| v.shuffle(shifted));
        let mut state = exchange(core::array::from_fn(|k| Vector::load(&blocks[k]).shuffle(transposed)));
        let [first, middle @ .., last] = &self.round_keys;
        state = add_round_key(state, first);
        for round_key in middle {
            state = add_round_key(mix_columns(shift_rows(sub_bytes(state))), round_key);
        }
        state = add_round_key(shift_rows(sub_bytes(state)), last);
        for (block, vector) in blocks.iter_mut().zip(exchange(state)) {
            vector.shuffle(transposed).store(block);
        }
    }
}

/// The key of one round, `constant` added to every byte, bitsliced for eight equal blocks: each bit becomes a byte of equal bits.
fn spread(words: [u32; 4], constant: u8) -> [u128; 8] {
    const LOW_BITS: u128 = u128::MAX / 0xff;
    let columns = words.map(u32::to_le_bytes);
    let key = u128::from_le_bytes(core::array::from_fn(|i| columns[i % 4][i / 4] ^ constant));
    core::array::from_fn(|b| (key >> b & LOW_BITS) * 0xff)
}

/// SubBytes on the four bytes of a word.
fn sub_word(word: u32) -> u32 {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&word.to_le_bytes());
    let mut blocks = [Vector::ZERO; LANES];
    blocks[0] = Vector::load(&bytes);
    exchange(sub_bytes(exchange(blocks)))[0].store(&mut bytes);
    let word = u32::from_le_bytes([0, 1, 2, 3].map(|i| bytes[i] ^ SUB_BYTES_CONSTANT));
    bytes.zeroize();
    word
}

/// In every byte position, exchanges bit `b` of vector `k` with bit `k` of vector `b`: into slices, and back.
#[inline(always)]
fn exchange(mut v: Slices) -> Slices {
    for (a, b) in [(0, 1), (2, 3), (4, 5), (6, 7)] {
        (v[a], v[b]) = Vector::swap_bits::<1>(v[a], v[b], 0x55);
    }
    for (a, b) in [(0, 2), (1, 3), (4, 6), (5, 7)] {
        (v[a], v[b]) = Vector::swap_bits::<2>(v[a], v[b], 0x33);
    }
    for (a, b) in [(0, 4), (1, 5), (2, 6), (3, 7)] {
        (v[a], v[b]) = Vector::swap_bits::<4>(v[a], v[b], 0x0f);
    }
    v
}

#[inline(always)]
fn add_round_key(state: Slices, key: &[u128; 8]) -> Slices {
    core::array::from_fn(|b| state[b] ^ Vector::from_u128(key[b]))
}

/// `2(a₀ ⊕ a₁) ⊕ a₁ ⊕ (a₂ ⊕ a₃)`, indices down the column from each byte on.
#[inline(always)]
fn mix_columns(state: Slices) -> Slices {
    let next = state.map(Vector::rotate_rows_by_1);
    let sum: Slices = core::array::from_fn(|b| state[b] ^ next[b]);
    let mut doubled: Slices = core::array::from_fn(|b| sum[(b + 7) % 8]);
    for b in [1, 3, 4] {
        doubled[b] = doubled[b] ^ sum[7];
    }
    core::array::from_fn(|b| doubled[b] ^ next[b] ^ sum[b].rotate_rows_by_2())
}

/// The S-box on every byte, without its additive constant. Names as in the paper, where `x0` is the highest bit.
#[inline(always)]
fn sub_bytes([x7, x6, x5, x4, x3, x2, x1, x0]: Slices) -> Slices {
    // Into the basis of the tower field.
    let y14 = x3 ^ x5;
    let y13 = x0 ^ x6;
    let y9 = x0 ^ x3;
    let y8 = x0 ^ x5;
    let t0 = x1 ^ x2;
    let y1 = t0 ^ x7;
    let y4 = y1 ^ x3;
    let y12 = y13 ^ y14;
    let y2 = y1 ^ x0;
    let y5 = y1 ^ x6;
    let y3 = y5 ^ y8;
    let t1 = x4 ^ y12;
    let y15 = t1 ^ x5;
    let y20 = t1 ^ x1;
    let y6 = y15 ^ x7;
    let y10 = y15 ^ t0;
    let y11 = y20 ^ y9;
    let y7 = x7 ^ y11;
    let y17 = y10 ^ y11;
    let y19 = y10 ^ y8;
    let y16 = t0 ^ y11;
    let y21 = y13 ^ y16;
    let y18 = x0 ^ y16;

    // Inversion.
    let t2 = y12 & y15;
    let t4 = (y3 & y6) ^ t2;
    let t6 = (y4 & x7) ^ t2;
    let t7 = y13 & y16;
    let t9 = (y5 & y1) ^ t7;
    let t11 = (y2 & y7) ^ t7;
    let t12 = y9 & y11;
    let t14 = (y14 & y17) ^ t12;
    let t16 = (y8 & y10) ^ t12;
    let t21 = t4 ^ t14 ^ y20;
    let t22 = t6 ^ t16 ^ y19;
    let t23 = t9 ^ t14 ^ y21;
    let t24 = t11 ^ t16 ^ y18;
    let t25 = t21 ^ t22;
    let t26 = t21 & t23;
    let t27 = t24 ^ t26;
    let t29 = (t25 & t27) ^ t22;
    let t30 = t23 ^ t24;
    let t31 = t22 ^ t26;
    let t33 = (t31 & t30) ^ t24;
    let t36 = t24 & (t27 ^ t33);
    let t37 = t36 ^ t23 ^ t33;
    let t38 = t27 ^ t36;
    let t40 = t25 ^ (t29 & t38);
    let t41 = t40 ^ t37;
    let t42 = t29 ^ t33;
    let t43 = t29 ^ t40;
    let t44 = t33 ^ t37;
    let t45 = t42 ^ t41;
    let z0 = t44 & y15;
    let z1 = t37 & y6;
    let z2 = t33 & x7;
    let z3 = t43 & y16;
    let z4 = t40 & y1;
    let z5 = t29 & y7;
    let z6 = t42 & y11;
    let z7 = t45 & y17;
    let z8 = t41 & y10;
    let z9 = t44 & y12;
    let z10 = t37 & y3;
    let z11 = t33 & y4;
    let z12 = t43 & y13;
    let z13 = t40 & y5;
    let z14 = t29 & y2;
    let z15 = t42 & y9;
    let z16 = t45 & y14;
    let z17 = t41 & y8;

    // Back, with the linear part of the S-box's affine map.
    let t46 = z15 ^ z16;
    let t48 = z5 ^ z13;
    let t53 = z0 ^ z3;
    let t57 = z2 ^ z12 ^ t53;
    let t58 = z4 ^ t46;
    let t59 = z3 ^ z6 ^ z7;
    let t62 = z7 ^ z8 ^ t58;
    let t63 = z9 ^ z10 ^ t58;
    let t64 = z4 ^ t59;
    let t65 = z14 ^ t57 ^ t62;
    let t66 = z1 ^ t63;
    let s0 = t59 ^ t63;
    let s3 = t53 ^ t66;
    let s1 = t64 ^ s3;
    let s2 = z16 ^ z17 ^ t64 ^ t65;
    let s4 = z2 ^ z5 ^ t66;
    let s5 = z10 ^ z11 ^ t65;
    let s6 = z12 ^ t48 ^ t62;
    let s7 = t48 ^ t46 ^ t57;
    [s7, s6, s5, s4, s3, s2, s1, s0]
}
