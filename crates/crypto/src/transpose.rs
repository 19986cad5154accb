//! Bit-matrix transposition: 128 columns of bits become one block per row.
//!
//! OT extension receives its matrix by columns, one per base OT, and uses it by rows, one per OT.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod gfni;
mod strip;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm;

use zeroize::Zeroize;

use crate::{Block, Platform};
use strip::{STRIP, STRIP_ROWS, Strip, TILE};

/// Writes the rows of a matrix given by its 128 columns: bit `j` of block `i` is bit `i` of column `j`.
///
/// `columns` holds the columns one after the other, ⌈rows/8⌉ bytes each, bit 0 of byte 0 first. Bits beyond the rows are ignored.
///
/// # Panics
/// If the length of `columns` is not 128·⌈rows/8⌉.
pub fn transpose_to_blocks(columns: &[u8], rows: &mut [Block]) {
    transpose_on(Platform::detect(), columns, rows)
}

/// As [`transpose_to_blocks`], by one platform's kernel.
pub fn transpose_on(platform: Platform, columns: &[u8], rows: &mut [Block]) {
    let stride = rows.len().div_ceil(8);
    assert_eq!(columns.len(), 128 * stride, "128 columns of {stride} bytes each hold {} rows", rows.len());
    let mut scratch: Strip = [[0; STRIP]; 128];
    let (whole, rest) = rows.as_chunks_mut();
    for (n, out) in whole.iter_mut().enumerate() {
        transpose_strip(platform, columns, stride, n * STRIP, &mut scratch, out);
    }
    if !rest.is_empty() {
        let start = whole.len() * STRIP;
        let mut padded = [[0; STRIP]; 128];
        for (line, column) in padded.iter_mut().zip(columns.chunks_exact(stride)) {
            line[..stride - start].copy_from_slice(&column[start..]);
        }
        let mut out = [Block::ZERO; STRIP_ROWS];
        transpose_strip(platform, padded.as_flattened(), STRIP, 0, &mut scratch, &mut out);
        rest.copy_from_slice(&out[..rest.len()]);
        padded.as_flattened_mut().zeroize();
        out.zeroize();
    }
    scratch.as_flattened_mut().zeroize();
}

/// Transposes bytes `start..start + STRIP` of every column. `scratch` is free for use.
fn transpose_strip(
    platform: Platform,
    columns: &[u8],
    stride: usize,
    start: usize,
    scratch: &mut Strip,
    out: &mut [Block; STRIP_ROWS],
) {
    let lines: [&[u8; STRIP]; 128] =
        core::array::from_fn(|j| columns[j * stride + start..].first_chunk().expect("a strip of every column"));
    #[cfg(target_arch = "x86_64")]
    if let Platform::X86Avx512(proof) = platform {
        return gfni::transpose_strip(proof, &lines, out);
    }
    for (copy, line) in scratch.iter_mut().zip(lines) {
        *copy = *line;
    }
    for (m, out) in out.as_chunks_mut().0.iter_mut().enumerate() {
        transpose_tile(platform, scratch, 16 * m, out);
    }
}

/// Transposes bytes `at..at + 16` of every column into 128 rows.
fn transpose_tile(platform: Platform, strip: &Strip, at: usize, out: &mut [Block; TILE]) {
    match platform {
        Platform::Portable => transpose_tile_portable(strip, at, out),
        #[cfg(target_arch = "x86_64")]
        Platform::X86Avx2(proof) => avx2::transpose_tile(proof, strip, at, out),
        #[cfg(target_arch = "x86_64")]
        Platform::X86Avx512(proof) => avx2::transpose_tile(proof.avx2(), strip, at, out),
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        Platform::WasmSimd128 => wasm::transpose_tile(strip, at, out),
    }
}

/// By 8×8 bit matrices, each in one `u64`.
fn transpose_tile_portable(strip: &Strip, at: usize, out: &mut [Block; TILE]) {
    let out = Block::as_bytes_mut(out);
    for (group, columns) in strip.chunks_exact(8).enumerate() {
        for byte in 0..16 {
            let square = u64::from_le_bytes(core::array::from_fn(|j| columns[j][at + byte]));
            for (i, row) in transpose_8x8(square).to_le_bytes().into_iter().enumerate() {
                out[(8 * byte + i) * 16 + group] = row;
            }
        }
    }
}

/// Exchanges bit `8i + j` with bit `8j + i`: swaps off-diagonal squares of 1, 2, then 4 bits.
/// Source: Warren, "Hacker's Delight", section 7–3.
fn transpose_8x8(mut v: u64) -> u64 {
    for (shift, mask) in [(7, 0x00aa_00aa_00aa_00aa), (14, 0x0000_cccc_0000_cccc), (28, 0x0000_0000_f0f0_f0f0)] {
        let swap = (v ^ v >> shift) & mask;
        v ^= swap ^ swap << shift;
    }
    v
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Prg;

    #[test]
    fn every_platform_transposes_any_number_of_rows() {
        for platform in Platform::all() {
            for rows in [0_usize, 1, 7, 8, 9, 127, 128, 129, 511, 512, 513, 1000, 1025, 2048] {
                let stride = rows.div_ceil(8);
                let mut columns = vec![0; 128 * stride];
                Prg::new(Block::new(rows as u128)).fill_bytes(&mut columns);
                let mut blocks = vec![Block::ONES; rows];
                transpose_on(platform, &columns, &mut blocks);
                for (i, block) in blocks.iter().enumerate() {
                    for j in 0..128 {
                        let expected = columns[j * stride + i / 8] >> (i % 8) & 1 == 1;
                        assert_eq!(block.bit(j), expected, "{platform}: row {i} of {rows}, column {j}");
                    }
                }
            }
        }
    }

    #[test]
    #[should_panic(expected = "128 columns of 2 bytes each hold 9 rows")]
    fn a_wrong_length_is_a_bug_of_the_caller() {
        transpose_to_blocks(&[0; 128], &mut [Block::ZERO; 9]);
    }
}
