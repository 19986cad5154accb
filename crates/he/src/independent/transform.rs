//! Transforms and products against arkworks: its finite fields, its transforms over cosets, its division of polynomials.

use std::collections::HashMap;

use ark_ff::{Fp64, MontBackend, MontConfig, PrimeField};
use ark_poly::univariate::{DenseOrSparsePolynomial, DensePolynomial, SparsePolynomial};
use ark_poly::{DenseUVPolynomial, EvaluationDomain, Radix2EvaluationDomain};
use sotto_crypto::{Block, Platform, Prg};

use crate::ntt::{NttTable, bit_reverse};
use crate::params::{PRIMES, ParamSet};
use crate::prime::Prime;

/// The library's field modulo a prime with this primitive root, and the test against it.
macro_rules! field {
    ($test:ident, $name:ident, $modulus:tt, $root:tt, $prime:expr) => {
        #[derive(MontConfig)]
        #[modulus = $modulus]
        #[generator = $root]
        struct $name;

        #[test]
        fn $test() {
            check::<Field<$name>>($prime);
        }
    };
}

field!(the_first_primes_field, First, "133857281", "3", PRIMES[0]);
field!(the_second_primes_field, Second, "133644289", "31", PRIMES[1]);
field!(the_third_primes_field, Third, "133611521", "3", PRIMES[2]);
field!(the_fourth_primes_field, Fourth, "133513217", "3", PRIMES[3]);
field!(the_fifth_primes_field, Fifth, "133251073", "5", PRIMES[4]);
field!(the_sixth_primes_field, Sixth, "67043329", "7", PRIMES[5]);
field!(the_seventh_primes_field, Seventh, "66994177", "5", PRIMES[6]);

type Field<C> = Fp64<MontBackend<C, 1>>;

fn check<F: PrimeField>(prime: Prime) {
    assert_eq!(F::MODULUS.as_ref()[0], prime.get().into());
    for set in ParamSet::ALL {
        let table = NttTable::new(prime, set.log_degree());
        let mut prg = Prg::new(Block::from(u64::from(prime.get())));
        // What the forward transform takes: any coefficients below 4p.
        let mut coefficients =
            || (0..table.len()).map(|_| (prg.next_u64() % (4 * u64::from(prime.get()))) as u32).collect::<Vec<_>>();
        let (x, y, largest) = (coefficients(), coefficients(), vec![4 * prime.get() - 1; table.len()]);
        for platform in Platform::all() {
            for polynomial in [&x, &largest] {
                check_values::<F>(&table, platform, polynomial);
            }
            check_product::<F>(&table, platform, &x, &y);
            check_product::<F>(&table, platform, &largest, &largest);
        }
    }
}

/// Place j is the polynomial's value at the power 2·rev(j) + 1 of ψ: a transform over the coset of ψ, in the library's order.
fn check_values<F: PrimeField>(table: &NttTable, platform: Platform, coefficients: &[u32]) {
    let n = table.len();
    let psi = F::from(table.psi());
    assert_eq!(psi.pow([n as u64]), -F::ONE, "ψ has the order 2N");
    let coset = Radix2EvaluationDomain::<F>::new(n).and_then(|domain| domain.get_coset(psi)).unwrap();
    let values = coset.fft(&coefficients.iter().map(|&c| F::from(c)).collect::<Vec<_>>());
    let by_point: HashMap<F, F> = coset.elements().zip(values).collect();
    let mut ours = coefficients.to_vec();
    table.forward_on(platform, &mut ours);
    for (j, &value) in ours.iter().enumerate() {
        let point = psi.pow([2 * bit_reverse(j, n.ilog2()) as u64 + 1]);
        assert_eq!(F::from(value), by_point[&point], "{platform}: place {j} of {n}");
    }
}

/// The product's remainder by X^N + 1.
fn check_product<F: PrimeField>(table: &NttTable, platform: Platform, x: &[u32], y: &[u32]) {
    let n = table.len();
    let [theirs_x, theirs_y] =
        [x, y].map(|v| DensePolynomial::from_coefficients_vec(v.iter().map(|&c| F::from(c)).collect()));
    let product = DenseOrSparsePolynomial::from(&theirs_x * &theirs_y);
    let cyclotomic = SparsePolynomial::from_coefficients_vec(vec![(0, F::ONE), (n, F::ONE)]);
    let (_, mut remainder) = product.divide_with_q_and_r(&cyclotomic.into()).unwrap();
    remainder.coeffs.resize(n, F::ZERO);
    let [mut ours, other] = [x, y].map(|v| {
        let mut v = v.to_vec();
        table.forward_on(platform, &mut v);
        v
    });
    ours.iter_mut().zip(&other).for_each(|(a, &b)| *a = table.prime().mul(*a, b));
    table.inverse_on(platform, &mut ours);
    let ours: Vec<F> = ours.into_iter().map(F::from).collect();
    assert!(ours == remainder.coeffs, "{platform}: a product of {n} coefficients");
}
