//! Two parties draw the same masks from a seed that they have in common: what one adds, the other takes off again.
#![allow(clippy::print_stdout)] // an example talks on standard output

use sotto_crypto::{BitVec, Block, Platform, Prg};

fn main() {
    let seed = Block::from(0x5077_u64);
    let (mut ours, mut theirs) = (Prg::new(seed), Prg::new(seed));
    let secrets = [3_u64, 14, 15];
    let masked = secrets.map(|secret| secret.wrapping_add(ours.next_u64()));
    let unmasked = masked.map(|word| word.wrapping_sub(theirs.next_u64()));
    assert_eq!(unmasked, secrets);
    let bits = BitVec::from_fn(10, |i| i % 3 == 0);
    println!(
        "kernels {}; {secrets:?} travelled as {masked:?}; ten bits take {} bytes",
        Platform::detect(),
        bits.to_bytes().len()
    );
}
