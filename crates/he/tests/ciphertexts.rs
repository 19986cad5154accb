//! Encryption, products, hiding and packing, against plain integers.

use sotto_crypto::{Block, Modulus, Prg};
use sotto_he::{Accumulator, Ciphertext, Cover, Layout, ParamSet, Poly, SecretKey, Split, pack};

struct Parties {
    set: ParamSet,
    key: SecretKey,
    stream: Prg,
    secret: Prg,
    next: u64,
}

impl Parties {
    fn new(set: ParamSet, seed: u64) -> Self {
        let mut secret = Prg::new(Block::from(seed));
        let key = SecretKey::generate(set, &mut secret);
        Self { set, key, stream: Prg::new(Block::from(seed + 1)), secret, next: 0 }
    }

    fn encrypt(&mut self, t: Modulus, values: &[u64], cut: u32) -> Ciphertext {
        let places: Vec<_> = (0..values.len()).map(|i| (i, true)).collect();
        let layout = Layout { split: Split::new(self.set, t, cut), places: &places };
        let (key, values) = (&self.key, values.iter().copied());
        let (parts, _) = key.encrypt(t, layout, values, &mut self.stream, self.next, &mut self.secret);
        let opened = Ciphertext::open(layout, &parts, &mut self.stream, self.next);
        self.next += 1;
        opened
    }

    fn decrypt(&self, t: Modulus, c: Ciphertext, places: &[usize], bits: [u32; 2]) -> Vec<u64> {
        self.key.decrypt(t, &c.reply(&Cover::new(self.key.set()), bits, places), places)
    }

    fn uniform(&mut self, t: Modulus, n: usize) -> Vec<u64> {
        (0..n).map(|_| t.uniform(self.secret.next_block().as_u128())).collect()
    }
}

fn moduli() -> Vec<Modulus> {
    let rings = [1, 8, 16, 24, 32, 37, 41].map(Modulus::power_of_two);
    let odd = [3, 12289, 65537, 4_293_918_721, 2_061_584_302_081].map(Modulus::odd);
    rings.into_iter().chain(odd).collect()
}

/// Small integers as a polynomial by its values.
fn plain(set: ParamSet, coefficients: &[(usize, i64)]) -> Poly<sotto_he::Evaluations> {
    let n = set.degree();
    let mut residues = vec![0; n * set.primes().len()];
    for &(i, w) in coefficients {
        set.primes().iter().enumerate().for_each(|(k, p)| residues[k * n + i] = p.from_signed(w));
    }
    Poly::<sotto_he::Coefficients>::from_wire(set, residues).unwrap().to_evaluations()
}

#[test]
fn what_is_encrypted_is_decrypted() {
    for set in ParamSet::ALL {
        let mut parties = Parties::new(set, 1);
        let places: Vec<usize> = (0..set.degree()).collect();
        for t in moduli().into_iter().chain([Modulus::power_of_two(64), Modulus::odd((1 << 62) - 1)]) {
            let mut values = parties.uniform(t, set.degree());
            (values[0], values[1]) = (0, (t.size() - 1) as u64);
            let half = Split::new(set, t, 0).rest_bits() - 8;
            for cut in [0, 1, half] {
                let c = parties.encrypt(t, &values, cut);
                let reply_bits = [t.bits() + set.log_degree() + 4, t.bits() + 4];
                assert!(parties.decrypt(t, c, &places, reply_bits) == values, "{set:?} {t:?} {cut}");
            }
        }
    }
}

#[test]
fn products_and_masks_are_those_of_the_plain_values() {
    let set = ParamSet::N4096;
    let n = set.degree();
    let mut parties = Parties::new(set, 3);
    let public = parties.key.public_key(&mut parties.stream, 1 << 30, &mut parties.secret);
    let weights = [(0usize, 127i64), (7, -128), (n - 1, 5)];
    for t in moduli() {
        let values = [parties.uniform(t, n), parties.uniform(t, n)];
        let mut sum = Accumulator::new(set);
        let w = plain(set, &weights);
        let scalar: Vec<u32> = set.primes().iter().map(|p| p.from_signed(-3)).collect();
        let c = [&values[0], &values[1]].map(|v| parties.encrypt(t, v, 13));
        sum.add_product(&c[0], &w);
        sum.add_scaled(&c[1], &scalar);
        let mut c = sum.take();
        let places = [0, 1, 6, 7, 100, n - 1];
        let masks = parties.uniform(t, places.len());
        let pairs = places.into_iter().zip(masks.iter().copied());
        let flood_bits = 105 - t.bits() - 2;
        let mut cover = Cover::new(set);
        cover.mask(t, pairs);
        c.hide(&public, &places, flood_bits, (&mut cover, 0), &mut parties.secret);
        let c = c.covered(&cover);
        let got = parties.decrypt(t, c, &places, [t.bits() + 16, t.bits() + 5]);
        let expected = places.iter().zip(&masks).map(|(&i, &mask)| {
            let product = weights.iter().fold(0, |sum, &(j, w)| {
                let term = t.mul(values[0][(i + n - j) % n], t.from_signed(w));
                if i >= j { t.add(sum, term) } else { t.sub(sum, term) }
            });
            t.add(t.add(product, t.mul(values[1][i], t.from_signed(-3))), mask)
        });
        assert_eq!(got, expected.collect::<Vec<_>>(), "{t:?}");
    }
}

#[test]
fn packing_interleaves_values_on_a_stride() {
    for set in ParamSet::ALL {
        let mut parties = Parties::new(set, 5);
        let n = set.degree();
        let mut keys = pack::PackingKeys::new(set);
        let mut index = 1 << 20;
        for level in 0..6 {
            let bodies = parties.key.packing_key(level, &mut parties.stream, index, &mut parties.secret);
            keys.push(bodies, &mut parties.stream, index);
            index += pack::polynomials_per_level(set);
        }
        let t = Modulus::power_of_two(37);
        for count in [1, 2, 3, 5, 8, 33, 64] {
            let stride = 1usize << pack::levels(count);
            let values: Vec<Vec<u64>> = (0..count).map(|_| parties.uniform(t, n)).collect();
            let ciphertexts = values.iter().map(|v| parties.encrypt(t, v, 0)).collect();
            let places: Vec<usize> = (0..n).filter(|i| i % stride < count).collect();
            let got = parties.decrypt(t, keys.pack(ciphertexts), &places, [55, 42]);
            let expected: Vec<u64> = places.iter().map(|i| values[i % stride][i - i % stride]).collect();
            assert!(got == expected, "{set:?}, {count} ciphertexts");
        }
    }
}

#[test]
fn numbers_that_are_no_residues_are_refused() {
    let set = ParamSet::N4096;
    let mut residues = vec![0; 4 * set.degree()];
    residues[set.degree() + 3] = set.primes()[1].get();
    let refused = Poly::<sotto_he::Evaluations>::from_wire(set, residues).err();
    assert_eq!(refused.map(|e| e.index), Some(set.degree() + 3));
}
