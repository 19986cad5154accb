//! The tables of docs/protocols.md: every number equals the cost functions' and what a run over real OTs sends.

mod common;

use common::{Ots, digit, own, rng, run_session, shared};
use sotto_crypto::BitVec;
use sotto_crypto::lpn::Field;
use sotto_mpc::protocols::linear_he::{self, HeInput, HeLayer, HeOptions};
use sotto_mpc::protocols::linear_ot::{self, LinearInput, LinearShape};
use sotto_mpc::protocols::{
    abs, argmax, b2a, clip, cot, divide, drelu, equality, lookup, maxpool, millionaires, mux, random_ot, relu,
    relu_shift, threshold, truncate,
};
use sotto_mpc::{Arith, Cost, KeySets, LpnSet, Modulus, OtKind, Params, Party, Phase, Ring, Session};
use sotto_nn::Sign;

const DOCUMENT: &str = include_str!("../../../docs/protocols.md");
const MODULES: &str = include_str!("../src/protocols.rs");

/// Values of a batch: no message is padded, except in argmax' last levels.
const N: usize = 64;
const ODD: u64 = 4_293_918_721;
const DEFAULT_DIGIT: u32 = 7;

/// First cells of the rows, in the order of the document.
const ROWS: [&str; 24] = [
    "`millionaires`",
    "`equality`",
    "`drelu`",
    "`mux`",
    "`b2a`",
    "`cot`",
    "`random_ot`",
    "`lookup`, w = 4",
    "`relu`",
    "`abs`",
    "`truncate`, s = 12",
    "`truncate`, s = 12, x ≥ 0",
    "`truncate`, s = 12, ℓ' = 20",
    "`relu_shift`, s = 12",
    "`relu_shift`, s = 12, ℓ' = 20",
    "`clip`, c = 2²⁰",
    "`clip`, c = 2²⁰, s = 12",
    "`divide`, d = 49",
    "`divide`, d = 49, x ≥ 0",
    "`maxpool`, k = 4",
    "`argmax`, k = 64",
    "`threshold`",
    "`linear_ot`, 64 × 64, b = 6",
    "`linear_he`, 64 × 64, b = 6",
];

/// Output modulus of a row.
fn out(row: &str, modulus: Modulus) -> Modulus {
    if row.contains("ℓ' = 20") { Modulus::power_of_two(20) } else { modulus }
}

fn sign(row: &str) -> Sign {
    if row.ends_with("x ≥ 0") { Sign::NonNegative } else { Sign::Any }
}

fn amount(row: &str) -> u32 {
    if row.contains("s = 12") { 12 } else { 0 }
}

fn windows() -> Vec<Vec<usize>> {
    (0..N).map(|w| (0..4).map(|i| (w + i) % N).collect()).collect()
}

const INDEX_BITS: u32 = 6;
const MAX: u64 = 1 << 20;

/// A layer of 64 by 64 weights of 6 bits.
fn shape(modulus: Modulus) -> LinearShape {
    LinearShape::dense(N, N, 6, modulus).over(OtKind::Classic)
}

/// The layer by encryption, without packing.
fn encrypted(modulus: Modulus) -> HeLayer {
    let shape = shape(modulus);
    HeLayer { plan: linear_he::layer_plans(&shape, true).unwrap().at_most(0).1.clone(), shape }
}

/// What a row's bits are divided by: values, windows or weights.
fn per(row: &str) -> u64 {
    if row.starts_with("`linear") { (N * N) as u64 } else { N as u64 }
}

/// Cost of a row; none where the modulus makes no difference or is not offered.
fn cost(row: &str, modulus: Modulus, params: Params) -> Option<Cost> {
    let (out, bits) = (out(row, modulus), modulus.bits());
    let name = row.split('`').nth(1)?;
    Some(match name {
        "millionaires" | "equality" if modulus.size() % 2 == 1 => return None,
        "millionaires" => millionaires::cost(N, bits, params),
        "equality" => equality::cost(N, bits, params),
        "drelu" => drelu::cost(N, modulus, params),
        "mux" => mux::cost(N, &[modulus]),
        "b2a" => b2a::cost(N, modulus),
        "cot" => cot::cost(N, modulus),
        "random_ot" if modulus.size() % 2 == 1 => return None,
        "random_ot" => random_ot::cost(N),
        "lookup" => lookup::cost(N, 4, modulus),
        "relu" => relu::cost(N, modulus, params),
        "abs" => abs::cost(N, modulus, params),
        "truncate" => truncate::cost(N, modulus, amount(row), sign(row), out, params),
        "relu_shift" => relu_shift::cost(N, modulus, amount(row), out, params),
        "clip" => clip::cost(N, modulus, MAX, amount(row), out, params),
        "divide" => divide::cost(N, modulus, 49, sign(row), out, params),
        "maxpool" => maxpool::cost(&windows(), modulus, params),
        "argmax" => argmax::cost(N, modulus, Modulus::power_of_two(INDEX_BITS), params),
        "threshold" => threshold::cost(N, modulus, params),
        "linear_ot" => linear_ot::cost(&shape(modulus)),
        "linear_he" => linear_he::cost(&encrypted(modulus)),
        _ => return None,
    })
}

async fn call(row: &str, session: &mut Session, x: &Arith, b: &BitVec) -> sotto_mpc::Result<()> {
    let modulus = x.modulus();
    let (out, bits) = (out(row, modulus), modulus.bits());
    let s = session.lane();
    match row.split('`').nth(1) {
        Some("millionaires") => millionaires::millionaires(s, x.values(), bits).await.map(drop),
        Some("equality") => equality::equality(s, x.values(), bits).await.map(drop),
        Some("drelu") => drelu::drelu(s, x).await.map(drop),
        Some("mux") => mux::mux(s, b, x).await.map(drop),
        Some("b2a") => b2a::b2a(s, b, modulus).await.map(drop),
        Some("random_ot") => random_ot::random_ot(s, N).await.map(drop),
        Some("cot") => cot::cot(s, x.values(), b, modulus).await.map(drop),
        Some("lookup") => lookup::lookup_private(s, N, 4, modulus, |_, k| k as u64, || vec![3; N]).await.map(drop),
        Some("relu") => relu::relu(s, x).await.map(drop),
        Some("abs") => abs::abs(s, x).await.map(drop),
        Some("truncate") => truncate::truncate(s, x, amount(row), sign(row), out).await.map(drop),
        Some("relu_shift") => relu_shift::relu_shift(s, x, amount(row), out).await.map(drop),
        Some("clip") => clip::clip(s, x, MAX, amount(row), out).await.map(drop),
        Some("divide") => divide::divide(s, x, 49, sign(row), out).await.map(drop),
        Some("maxpool") => maxpool::maxpool(s, x, &windows()).await.map(drop),
        Some("argmax") => argmax::argmax(s, x, Ring::new(INDEX_BITS)).await.map(drop),
        Some("threshold") => threshold::threshold(s, x, &[5; N]).await.map(drop),
        Some(name @ ("linear_ot" | "linear_he")) => linear(session, x, name == "linear_he").await,
        _ => panic!("no call for {row}"),
    }
}

async fn linear(s: &mut Session, x: &Arith, by_encryption: bool) -> sotto_mpc::Result<()> {
    let shape = shape(x.modulus());
    let weights = vec![-3; N * N];
    if by_encryption {
        let mut r = x.clone();
        let input = match s.party() {
            Party::Client => HeInput::Mask(&mut r),
            Party::Server => HeInput::Weights(&weights),
        };
        return linear_he::linear_he(s, &encrypted(x.modulus()), input, &HeOptions::default()).await.map(drop);
    }
    let input = match s.party() {
        Party::Client => LinearInput::Mask(x),
        Party::Server => LinearInput::Weights(&weights),
    };
    linear_ot::linear_ot(s.lane(), &shape, input).await.map(drop)
}

/// The classic path with leaves of m bits; the forms of the fewest rounds.
fn classic(m: u32) -> Params {
    Params { ot: OtKind::Classic, round_bytes: Params::MAX_ROUND_BYTES, ..digit(m) }
}

/// The silent path, and the forms of the fewest bytes.
fn silent(m: u32) -> Params {
    Params { round_bytes: 0, ..digit(m) }
}

/// Bits per value and online rounds, by the cost functions, after checking that a run over real OTs takes them.
fn figures(rows: &[&str], modulus: Modulus, m: u32) -> Vec<Option<(String, u64)>> {
    let x = shared(modulus, N, 1);
    let bits = [BitVec::random(N, &mut rng(1)), BitVec::random(N, &mut rng(2))];
    let runs = run_session(Ots::Classic, classic(m), async |s| {
        let mut sent = Vec::new();
        s.setup_encryption(&KeySets::from([(encrypted(modulus).plan.set(), 0)])).await.unwrap();
        for row in rows {
            let Some(cost) = cost(row, modulus, classic(m)) else {
                sent.push((0, 0));
                continue;
            };
            let before = [Phase::Preprocess, Phase::Online].map(|phase| s.stats().phase(phase));
            s.begin_phase(Phase::Preprocess, 1);
            s.lane().reserve(&cost.demand).await.unwrap();
            s.end_phase();
            s.begin_phase(Phase::Online, 1);
            call(row, s, x.own(s), own(s, &bits[0], &bits[1])).await.unwrap();
            s.end_phase();
            let after = [Phase::Preprocess, Phase::Online].map(|phase| s.stats().phase(phase));
            let bytes = after.map(|t| t.bytes()).iter().sum::<u64>() - before.map(|t| t.bytes()).iter().sum::<u64>();
            sent.push((bytes, after[1].rounds - before[1].rounds));
        }
        sent
    });
    let figure = |(row, &(bytes, rounds)): (&&str, &(u64, u64))| {
        let cost = cost(row, modulus, classic(m))?;
        let (up, down) = cost.demand.classic_bytes();
        let expected = (up + down + cost.online_bytes(), cost.rounds);
        assert_eq!((bytes, rounds), expected, "{row}, {modulus:?}, m = {m}: bytes and rounds, as sent and by cost()");
        let (bits, per) = (8 * bytes, per(row));
        let whole = bits.is_multiple_of(per);
        let per_value = if whole { (bits / per).to_string() } else { format!("{:.1}", bits as f64 / per as f64) };
        Some((per_value, rounds))
    };
    rows.iter().zip(&runs.client).map(figure).collect()
}

/// Cells of the table under a heading of the document, without its two head lines.
fn table(heading: &str) -> Vec<Vec<&'static str>> {
    let section = DOCUMENT.split_once(heading).unwrap_or_else(|| panic!("no '{heading}' in docs/protocols.md")).1;
    let lines = section.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    let cells = |line: &'static str| line.trim_matches('|').split('|').map(str::trim).collect();
    lines.skip(2).map(cells).collect()
}

/// Fails with the right rows for those that are missing or wrong. Cells that are not named are the writer's.
fn check(heading: &str, expected: &[(&str, Vec<(usize, String)>)], columns: usize) {
    let table = table(heading);
    let mut wrong = String::new();
    for (name, cells) in expected {
        let found = table.iter().find(|row| row[0] == *name);
        let mut right = found.map_or(vec!["…"; columns], Clone::clone);
        right.resize(columns, "…");
        right[0] = name;
        cells.iter().for_each(|(column, text)| right[*column] = text);
        if found != Some(&right) {
            wrong += &format!("| {} |\n", right.join(" | "));
        }
    }
    let unknown = table.iter().find(|row| expected.iter().all(|(name, _)| row[0] != *name));
    assert!(
        wrong.is_empty(),
        "docs/protocols.md, '{heading}': these rows are missing or wrong, here they are right:\n{wrong}"
    );
    assert!(unknown.is_none(), "docs/protocols.md, '{heading}': a row that no test knows: {unknown:?}");
}

#[test]
fn the_table_of_protocols_is_exact() {
    let [ring, odd] = [Modulus::power_of_two(32), Modulus::odd(ODD)].map(|m| figures(&ROWS, m, DEFAULT_DIGIT));
    let cell = |figure: Option<(String, u64)>| {
        figure.map_or(["–".into(), "–".into()], |(bits, rounds)| [bits, rounds.to_string()])
    };
    let row = |((name, ring), odd): ((&'static str, _), _)| {
        let ([ring_bits, ring_rounds], [odd_bits, odd_rounds]) = (cell(ring), cell(odd));
        (name, vec![(3, ring_bits), (4, ring_rounds), (5, odd_bits), (6, odd_rounds)])
    };
    let expected: Vec<_> = ROWS.into_iter().zip(ring).zip(odd).map(row).collect();
    check("## Protocols and costs", &expected, 8);
}

#[test]
fn the_table_by_digits_is_exact() {
    let rows: Vec<&str> = ["millionaires", "drelu", "relu", "truncate", "relu_shift", "clip", "divide"]
        .iter()
        .filter_map(|name| ROWS.into_iter().find(|row| row.starts_with(&format!("`{name}`"))))
        .collect();
    let digits = [1, 4, 6, 7, 8].map(|m| figures(&rows, Modulus::power_of_two(32), m));
    let row = |(i, &name): (usize, &&'static str)| {
        let columns: Vec<_> = digits.iter().filter_map(|figures| figures[i].as_ref()).collect();
        let mut cells: Vec<_> = columns.iter().map(|(bits, _)| bits.clone()).enumerate().collect();
        cells.iter_mut().for_each(|(column, _)| *column += 1);
        let rounds: Vec<String> = columns.iter().map(|(_, rounds)| rounds.to_string()).collect();
        cells.push((columns.len() + 1, rounds.join(", ")));
        (name, cells)
    };
    let expected: Vec<_> = rows.iter().enumerate().map(row).collect();
    check("## Costs by digit width", &expected, 7);
}

/// Bits per value, correlated OTs included at what an iteration of Ferret costs each.
fn silent_bits(cost: &Cost, set: LpnSet) -> f64 {
    let cots = cost.demand.cots(Party::Server) + cost.demand.cots(Party::Client);
    let wide: usize = cost.demand.rots().filter(|(kind, _)| kind.width == 4).map(|(_, n)| n).sum();
    let [bit, scalar] = [set.bits_per_ot(Field::Gf2), set.min(LpnSet::B11).bits_per_ot(Field::Gf16)];
    let bits = (cots - 4 * wide as u64) as f64 * bit + wide as f64 * scalar.min(4.0 * bit);
    (8.0 * cost.online_bytes() as f64 + bits) / N as f64
}

#[test]
fn the_table_of_the_silent_path_is_exact() {
    let ring = Modulus::power_of_two(32);
    let rows = ROWS.into_iter().filter(|row| !row.starts_with("`linear") && !row.starts_with("`random"));
    let row = |name: &'static str| {
        let costs = [1, 2, 3, 4].map(|m| cost(name, ring, silent(m)).unwrap());
        let per_value = per(name) as f64 / N as f64;
        let bits = |cost: &Cost| format!("{:.1}", silent_bits(cost, LpnSet::B11) / per_value);
        let mut cells: Vec<_> = (1..).zip(costs.iter().map(bits)).collect();
        let least = silent_bits(&costs[1], LpnSet::B13) / per_value;
        let rounds: Vec<String> = costs.iter().map(|cost| cost.rounds.to_string()).collect();
        cells.extend([(5, format!("{least:.1}")), (6, rounds.join(", "))]);
        (name, cells)
    };
    check("## Costs on the silent path", &rows.map(row).collect::<Vec<_>>(), 7);
}

#[test]
fn the_silent_paths_figures_are_met() {
    let rings = [32, 37].map(Modulus::power_of_two);
    let bits = |name: &str, modulus: Modulus, set| silent_bits(&cost(name, modulus, silent(2)).unwrap(), set);
    assert!(bits("`millionaires`", rings[0], LpnSet::B11) <= 260.0);
    assert!(bits("`relu`", rings[0], LpnSet::B11) <= 330.0 && bits("`relu`", rings[1], LpnSet::B11) <= 380.0);
    // The re-sharing is another 32 bits.
    assert!(bits("`relu_shift`, s = 12", rings[0], LpnSet::B11) + 32.0 <= 400.0);
    assert!(bits("`truncate`, s = 12, x ≥ 0", rings[0], LpnSet::B12) <= 130.0);
    let bits = [LpnSet::B11, LpnSet::B13].map(|set| set.bits_per_ot(Field::Gf2));
    assert!(bits[0] <= 0.9 && bits[1] <= 0.35, "{bits:?}");
    assert!(LpnSet::B11.bits_per_ot(Field::Gf16) <= 1.0);
}

#[test]
fn every_protocol_has_a_row() {
    let modules = MODULES.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    for module in modules {
        let name = format!("`{module}`");
        assert!(ROWS.iter().any(|row| row.starts_with(&name)), "tests/documented.rs: no row for protocols/{module}.rs");
    }
}
