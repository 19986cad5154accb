//! Known answers, run on the machine at hand: natively by the tests, in the browser through the page's bindings.
//!
//! The digest was computed by a separate model that shares nothing with this crate but the definitions.

pub use sotto_crypto::known_answers::Check;
use sotto_crypto::{Modulus, Platform};

use crate::context::Context;
use crate::exchange::Exchange;
use crate::noise::FitError;
use crate::ntt::NttTable;
use crate::params::ParamSet;
use crate::prime::Prime;

/// Every check.
pub const CHECKS: [Check; 5] = [
    ("negacyclic transform, a model's values", transform_model),
    ("negacyclic transform, the definition", transform_definition),
    ("negacyclic transform, its inverse and largest inputs", transform_inverse),
    ("products of residues", products),
    ("encrypted products over rings and odd moduli", encrypted_products),
];

/// Transforms `count` times, each time the values before, by the kernels of `platform`. For comparisons and measurements.
pub fn transform_repeatedly(platform: Platform, count: u32) -> Vec<u32> {
    let table = &tables(ParamSet::N4096)[0];
    let mut values = sample(table);
    (0..count).for_each(|_| table.forward_on(platform, &mut values));
    values
}

/// N = 4096, the first prime; a polynomial in the wrapping word of all values.
fn transform_model() -> bool {
    Platform::all().into_iter().all(|platform| {
        let values = transform_repeatedly(platform, 1);
        let step =
            |word: u64, &v: &u32| word.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(u64::from(v)).wrapping_add(1);
        values[0] == 72_493_464 && values.iter().fold(0, step) == 0x3030_5845_4ef4_97d4
    })
}

/// Every prime and length: places throughout the transform, as the polynomial's values.
fn transform_definition() -> bool {
    all_tables(|table, platform| {
        let (prime, coefficients) = (table.prime(), sample(table));
        let mut values = coefficients.clone();
        table.forward_on(platform, &mut values);
        let bits = table.len().ilog2();
        (0..table.len()).step_by(table.len() / 8 - 1).all(|j| {
            let x = prime.pow(table.psi(), 2 * crate::ntt::bit_reverse(j, bits) as u64 + 1);
            values[j] == coefficients.iter().rev().fold(0, |sum, &c| prime.add(prime.mul(sum, x), c))
        })
    })
}

/// Every prime and length: there and back, from the largest coefficients; and back from the largest evaluations, as the portable twin.
fn transform_inverse() -> bool {
    all_tables(|table, platform| {
        let p = table.prime().get();
        let mut values = vec![4 * p - 1; table.len()];
        table.forward_on(platform, &mut values);
        table.inverse_on(platform, &mut values);
        let [mut ours, mut portable] = [const { 0 }; 2].map(|_: u32| vec![2 * p - 1; table.len()]);
        table.inverse_on(platform, &mut ours);
        table.inverse_on(Platform::Portable, &mut portable);
        values.iter().all(|&v| v == p - 1) && ours == portable
    })
}

/// Pointwise kernels at the largest values, by their definitions.
fn products() -> bool {
    let prime = ParamSet::N4096.primes()[0];
    Platform::all().into_iter().all(|platform| crate::pointwise::holds(platform, prime, 1003))
}

/// Both sets, over a ring and odd moduli, from upload to reply: by the product's definition.
fn encrypted_products() -> bool {
    let moduli = [Modulus::power_of_two(37), Modulus::odd(3), Modulus::odd((1 << 39) - 1)];
    ParamSet::ALL.into_iter().all(|set| moduli.into_iter().all(|t| encrypted_product(set, t).unwrap_or(false)))
}

/// Times 127·X^5 − 128·X^(N−1).
fn encrypted_product(set: ParamSet, t: Modulus) -> Result<bool, FitError> {
    let n = set.degree();
    let mut weights = vec![0; n];
    (weights[5], weights[n - 1]) = (i8::MAX, i8::MIN);
    let exchange = Exchange::run(set, t, &weights)?;
    let shifted = |place: usize, by: usize| {
        let m = exchange.input[(place + n - by) % n];
        if place < by { t.neg(m) } else { m }
    };
    let expected = (0..n).map(|place| {
        let [first, last] = [(5, 127), (n - 1, -128)].map(|(by, w)| t.mul(shifted(place, by), t.from_signed(w)));
        t.add(t.add(first, last), exchange.masks[place])
    });
    let answered = exchange.decrypted(&exchange.answer).into_iter().eq(expected);
    Ok(answered && exchange.decrypted(&exchange.fresh) == exchange.input)
}

fn all_tables(holds: impl Fn(&NttTable, Platform) -> bool) -> bool {
    let tables = || ParamSet::ALL.into_iter().flat_map(tables);
    Platform::all().into_iter().all(|platform| tables().all(|table| holds(table, platform)))
}

fn tables(set: ParamSet) -> &'static [NttTable] {
    &Context::get(set).tables
}

/// Coefficients 12345·i² + 678·i + 9.
fn sample(table: &NttTable) -> Vec<u32> {
    let prime: Prime = table.prime();
    (0..table.len() as u64).map(|i| prime.reduce64(12345 * i * i + 678 * i + 9)).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn all_hold_on_this_machine() {
        for (name, passes) in super::CHECKS {
            assert!(passes(), "{name}");
        }
    }
}
