//! A vector is encrypted, multiplied by a plain number, and decrypted: who multiplies sees none of it.
#![allow(clippy::print_stdout)] // an example talks on standard output

use sotto_crypto::{Block, Modulus, Prg};
use sotto_he::{Accumulator, Ciphertext, Cover, Layout, ParamSet, SecretKey, Split};

fn main() {
    let (set, t) = (ParamSet::N4096, Modulus::power_of_two(16));
    // Real keys come from the operating system's randomness; the stream is public, and both sides have it.
    let (mut secret, mut stream) = (Prg::new(Block::from(1_u64)), Prg::new(Block::from(2_u64)));
    let key = SecretKey::generate(set, &mut secret);
    let public = key.public_key(&mut stream, 1 << 30, &mut secret);
    let values = [7_u64, 11, 13];
    let layout = Layout { split: Split::new(set, t, 0), places: &[(0, true), (1, true), (2, true)] };
    let (parts, _) = key.encrypt(t, layout, values.into_iter(), &mut stream, 0, &mut secret);

    let received = Ciphertext::open(layout, &parts, &mut stream, 0);
    let mut sum = Accumulator::new(set);
    let three: Vec<u32> = set.primes().iter().map(|prime| prime.from_signed(3)).collect();
    sum.add_scaled(&received, &three);
    let mut product = sum.take();
    // The noise, too, would tell of the factor: it is drowned.
    let places = [0, 1, 2];
    let mut cover = Cover::new(set);
    product.hide(&public, &places, 80, (&mut cover, 0), &mut secret);

    let decrypted = key.decrypt(t, &product.reply(&cover, [t.bits() + 16, t.bits() + 5], &places), &places);
    println!("{values:?} times 3 is {decrypted:?}");
    assert_eq!(decrypted, values.map(|value| 3 * value));
}
