//! What known attacks cost against every LPN set: in each estimate the attacker knows all outputs of an iteration and
//! the code.
//!
//! A row of the code has ten ones, so an attacker can give up columns: rows whose ten places all lie in the columns
//! that are kept form a smaller system. Peeling drops the columns with the fewest rows, again and again; every attack
//! is tried on what is left after every step, on the code that sessions use. The costs lie on the attacker's side of
//! what is known: solving the linear system is free, as though one code served all iterations of all sessions (in
//! fact an iteration has its own), and so is memory.
//!
//! Sources: Liu, Wang, Yang, Yu, "The Hardness of LPN over Any Integer Ring and Field for PCG Applications"
//! (EUROCRYPT 2024), for pooled Gauss, Stern's step and statistical decoding; Briaud and Øygarden, "A New Algebraic
//! Approach to the Regular Syndrome Decoding Problem and Implications for PCG Constructions" (EUROCRYPT 2023), for
//! the hybrid.

use sotto_crypto::lpn::{COEFFICIENTS, Code, Field, LOCALITY, STRETCH};
use sotto_mpc::LpnSet;

const DOCUMENT: &str = include_str!("../../../docs/parameters.md");

/// Bits that every attack must cost.
const REQUIRED: f64 = 128.0;

/// An attack's name, and what gives the log2 of its bit operations.
type Attack = (&'static str, fn(&System) -> f64);

const ATTACKS: [Attack; 3] =
    [("Stern", System::stern), ("hybrid", System::hybrid), ("statistical decoding", System::statistical_decoding)];

const FIELDS: [Field; 2] = [Field::Gf2, Field::Gf16];

/// By attack.
type Costs = [f64; ATTACKS.len()];

/// Noisy linear equations: one output in each run of `run` is noisy, of which `rows` outputs remain. Over GF(16) the noise's value is
/// uniform, and so zero for one run in sixteen.
struct System {
    field: Field,
    unknowns: f64,
    rows: f64,
    trees: f64,
    run: f64,
}

impl System {
    /// log2 of the probability that so many rows are without noise, as many of every run as of the others.
    fn clean(&self, rows: f64) -> f64 {
        let noisy = match self.field {
            Field::Gf2 => 1.0,
            Field::Gf16 => 15.0 / 16.0,
        };
        self.trees * (1.0 - noisy * rows / (self.trees * self.run)).log2()
    }

    /// Guesses rows, as many as unknowns, with an even number of errors, half of them in either half, and a window of
    /// clean ones; p = 0 is Gauss' attack. An attempt computes the window's syndrome (by the Four Russians' method),
    /// two lists and their collisions. Over GF(16) as over bits, though every error has fifteen values to try.
    fn stern(&self) -> f64 {
        let m = self.unknowns;
        let attempt = |p: u32, window: u32| {
            let window = f64::from(window);
            let list = log2_binomial(m / 2.0, p / 2);
            // A run's error moves among the guessed rows with odds of one to the rows of the run outside of them.
            let odds = -f64::from(p) * (self.run - m / self.trees).log2();
            let success = (self.clean(m + window) + 2.0 * list + odds).min(0.0);
            let syndrome = (m * window / m.log2()).log2();
            log2_sum(&[syndrome, list + 1.0, 2.0 * list - window]) - success
        };
        let windows = 1..=100.min((self.rows - m) as u32);
        let attempts = windows.flat_map(|window| (0..=12).step_by(2).map(move |p| (p, window)));
        attempts.map(|(p, window)| attempt(p, window)).fold(f64::INFINITY, f64::min)
    }

    /// Guesses outputs without noise until the products of two outputs of a run, which are zero, determine what is
    /// left, linearised at some degree as though all equations were independent. Wiedemann's method, a bit operation
    /// for each entry.
    fn hybrid(&self) -> f64 {
        let per_run = self.rows / self.trees;
        let products = self.trees * per_run * (per_run - 1.0) / 2.0;
        let degree = |d: u32| {
            let unknowns = (f64::from(d * (d - 1)) * products).sqrt().min(self.unknowns);
            2.0 * log2_binomial(unknowns, d) - self.clean(self.unknowns - unknowns)
        };
        (2..=8).map(degree).fold(f64::INFINITY, f64::min)
    }

    /// Sums of outputs in which the unknowns cancel, biased by their noise: over bits of half as many rows as unknowns, by 1 − 2r a
    /// row; over GF(16), where a noisy row's value is uniform, of nearly all, by 1 − r.
    fn statistical_decoding(&self) -> f64 {
        -2.0 * self.clean(self.unknowns)
    }
}

fn log2_binomial(n: f64, p: u32) -> f64 {
    (0..p).map(|i| ((n - f64::from(i)) / f64::from(i + 1)).log2()).sum()
}

fn log2_sum(terms: &[f64]) -> f64 {
    terms.iter().map(|term| term.exp2()).sum::<f64>().log2()
}

/// n = trees·2^depth outputs of a secret of k bits.
#[derive(Clone, Copy)]
struct Shape {
    k: usize,
    trees: usize,
    depth: usize,
}

impl Shape {
    fn of(set: LpnSet) -> Self {
        Self { k: set.table(), trees: set.trees(), depth: set.depth() }
    }
}

/// The rows of the code, and the columns that are kept.
struct Peeling {
    shape: Shape,
    rows: Vec<[u32; LOCALITY]>,
    columns: Vec<u32>,
    /// By column: rows that have a one there.
    degrees: Vec<u32>,
    kept: Vec<bool>,
}

impl Peeling {
    /// All columns, and the rows of one iteration.
    fn of_iteration(shape: Shape, code: &Code) -> Self {
        let Shape { k, trees, depth } = shape;
        let mut peeling = Self {
            shape,
            rows: Vec::with_capacity(trees << depth),
            columns: (0..k as u32).collect(),
            degrees: vec![0; k],
            kept: vec![true; k],
        };
        let stretches = (1_usize << depth).div_ceil(STRETCH);
        for tree in 0..trees {
            let places: Vec<u32> = (0..stretches).flat_map(|i| code.places(k, (tree * stretches + i) as u64)).collect();
            peeling.rows.extend_from_slice(&places.as_chunks().0[..1 << depth]);
        }
        for place in peeling.rows.as_flattened() {
            peeling.degrees[*place as usize] += 1;
        }
        peeling
    }

    /// Drops the `n` columns with the fewest rows, and these rows.
    fn drop_columns(&mut self, n: usize) {
        let Self { rows, columns, degrees, kept, .. } = self;
        columns.select_nth_unstable_by_key(n, |&column| degrees[column as usize]);
        columns.drain(..n).for_each(|column| kept[column as usize] = false);
        rows.retain(|row| {
            let whole = row.iter().all(|&column| kept[column as usize]);
            if !whole {
                row.iter().for_each(|&column| degrees[column as usize] -= 1);
            }
            whole
        });
    }

    fn system(&self, field: Field) -> System {
        System {
            field,
            unknowns: self.columns.len() as f64,
            rows: self.rows.len() as f64,
            trees: self.shape.trees as f64,
            run: (1_u64 << self.shape.depth) as f64,
        }
    }
}

/// Costs of the attacks on the whole system, and the least on the peeled ones.
type Estimate = (Costs, Costs);

/// By field, and the share of columns at which peeling ends.
fn costs(shape: Shape) -> ([Estimate; 2], f64) {
    let mut peeling = Peeling::of_iteration(shape, &Code::new(&[7; 32]));
    let attacks = |peeling: &Peeling| FIELDS.map(|field| ATTACKS.map(|(_, cost)| cost(&peeling.system(field))));
    let mut estimates = attacks(&peeling).map(|whole| (whole, whole));
    while peeling.rows.len() > peeling.columns.len() {
        for ((_, least), costs) in estimates.iter_mut().zip(attacks(&peeling)) {
            least.iter_mut().zip(costs).for_each(|(least, cost)| *least = least.min(cost));
        }
        peeling.drop_columns(shape.k / 128);
    }
    (estimates, peeling.columns.len() as f64 / shape.k as f64)
}

#[test]
fn every_attack_costs_128_bits_and_the_document_says_how_many() {
    for set in LpnSet::ALL {
        let (estimates, share) = costs(Shape::of(set));
        let mut cells = Vec::new();
        for (field, (whole, peeled)) in FIELDS.into_iter().zip(&estimates) {
            let names = ATTACKS.iter().map(|(name, _)| name);
            let costs = names.clone().zip(whole).chain(names.zip(peeled));
            let weak: Vec<_> = costs.filter(|(_, cost)| **cost < REQUIRED).collect();
            assert_eq!(weak.is_empty(), set.serves(field), "{set:?} over {field:?}: {weak:?}");
            if set.serves(field) {
                cells.extend(whole.iter().zip(peeled).map(|(whole, peeled)| format!("{whole:.0}, {peeled:.0}")));
            }
        }
        cells.resize(FIELDS.len() * ATTACKS.len(), "–".into());
        let row = format!("| `{}` | {:.0} % | {} |", set.name(), 100.0 * share, cells.join(" | "));
        assert!(DOCUMENT.contains(&row), "docs/parameters.md does not have the row {row}");
    }
}

#[test]
fn half_the_secret_is_found_by_peeling_alone() {
    let set = Shape::of(LpnSet::B9);
    let ([(whole, peeled), _], _) = costs(Shape { k: set.k / 2, ..set });
    // On the whole system by Stern's method about 110 bits.
    assert!(whole[0] > 100.0 && peeled[0] < 80.0, "{whole:?}, {peeled:?}");
}

#[test]
fn a_row_has_all_of_a_scalar() {
    // A row over GF(16) is an equation of bits for every linear functional φ of GF(16), in the functionals φ(a·x) of its columns. If the
    // coefficients a spanned less than GF(16), some would be zero, and a part of every column would be a system of its own.
    let rank = |vectors: &[u8]| {
        let mut basis: Vec<u8> = Vec::new();
        for &vector in vectors {
            let rest = basis.iter().fold(vector, |v, &b| v.min(v ^ b));
            basis.extend(Some(rest).filter(|&rest| rest != 0));
        }
        basis.len()
    };
    assert_eq!(rank(&COEFFICIENTS), 4);
}
