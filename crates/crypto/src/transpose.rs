//! Bit-matrix transposition: 128 columns of bits become one block per row.
//!
//! OT extension receives its matrix by columns, one per base OT, and uses it by rows, one per OT.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm;

use zeroize::Zeroize;

use crate::{Block, Platform};

/// Bytes of each column that are read together: a cache line.
///
/// With a stride of a large power of two all columns fall into one cache set, and a line read in parts would be fetched for each.
const STRIP: usize = 64;
/// Rows of a tile, the unit of the kernels: 16 bytes of each column.
const TILE: usize = 128;

/// 128 columns of `STRIP` bytes each.
type Strip = [[u8; STRIP]; 128];

/// The `rows` blocks of a matrix given by its 128 columns: bit `j` of block `i` is bit `i` of column `j`.
///
/// `columns` holds the columns one after the other, ⌈rows/8⌉ bytes each, bit 0 of byte 0 first. Bits beyond `rows` are ignored.
///
/// # Panics
/// If the length of `columns` is not 128·⌈rows/8⌉.
pub fn transpose_to_blocks(columns: &[u8], rows: usize) -> Vec<Block> {
    transpose_on(Platform::detect(), columns, rows)
}

/// As [`transpose_to_blocks`], by one platform's kernel.
pub fn transpose_on(platform: Platform, columns: &[u8], rows: usize) -> Vec<Block> {
    let stride = rows.div_ceil(8);
    assert_eq!(columns.len(), 128 * stride, "128 columns of {stride} bytes each hold {rows} rows");
    let mut blocks = vec![Block::ZERO; rows];
    let mut strip: Strip = [[0; STRIP]; 128];
    for (n, out) in blocks.chunks_mut(8 * STRIP).enumerate() {
        for (line, column) in strip.iter_mut().zip(columns.chunks_exact(stride)) {
            let column = &column[n * STRIP..];
            match column.first_chunk() {
                Some(whole) => *line = *whole,
                None => line[..column.len()].copy_from_slice(column),
            }
        }
        for (m, out) in out.chunks_mut(TILE).enumerate() {
            match <&mut [Block; TILE]>::try_from(&mut *out) {
                Ok(out) => transpose_tile(platform, &strip, 16 * m, out),
                Err(_) => {
                    let mut whole = [Block::ZERO; TILE];
                    transpose_tile(platform, &strip, 16 * m, &mut whole);
                    out.copy_from_slice(&whole[..out.len()]);
                    whole.zeroize();
                }
            }
        }
    }
    strip.as_flattened_mut().zeroize();
    blocks
}

/// Transposes bytes `at..at + 16` of every column into 128 rows.
fn transpose_tile(platform: Platform, strip: &Strip, at: usize, out: &mut [Block; TILE]) {
    match platform {
        Platform::Portable => transpose_tile_portable(strip, at, out),
        #[cfg(target_arch = "x86_64")]
        Platform::X86Avx2(detected) => avx2::transpose_tile(detected, strip, at, out),
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
            for rows in [0_usize, 1, 7, 8, 9, 127, 128, 129, 511, 512, 513, 1000, 2048] {
                let stride = rows.div_ceil(8);
                let mut columns = vec![0; 128 * stride];
                Prg::new(Block::new(rows as u128)).fill_bytes(&mut columns);
                let blocks = transpose_on(platform, &columns, rows);
                assert_eq!(blocks.len(), rows);
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
        transpose_to_blocks(&[0; 128], 9);
    }
}
