//! The largest of many values, by comparing two at a time.

use crate::ring;

/// Whether the signed reading of `x` modulo `2^bits` is ≥ 0.
pub fn drelu(x: i64, bits: u32) -> bool {
    ring::reduce(x, bits) >= 0
}

/// Index of the largest element of a non-empty slice, by the balanced tree: level by level, neighbours (0,1), (2,3), …
/// meet, an odd last one moves up unchanged, and the left one stays when [`drelu`]`(left − right)`. Without overflow
/// of a difference that is the lowest index of the largest value.
pub fn argmax(x: &[i64], bits: u32) -> usize {
    tournament(x, bits).map_or(0, |(index, _)| index)
}

/// The value that [`argmax`] arrives at.
pub fn max(x: &[i64], bits: u32) -> Option<i64> {
    tournament(x, bits).map(|(_, value)| value)
}

fn tournament(x: &[i64], bits: u32) -> Option<(usize, i64)> {
    let mut level: Vec<(usize, i64)> = x.iter().map(|&v| ring::reduce(v, bits)).enumerate().collect();
    while level.len() > 1 {
        level = level.chunks(2).map(|pair| better(pair, bits)).collect();
    }
    level.pop()
}

fn better(pair: &[(usize, i64)], bits: u32) -> (usize, i64) {
    match pair {
        [left, right] if !drelu(left.1.wrapping_sub(right.1), bits) => *right,
        _ => pair[0],
    }
}
