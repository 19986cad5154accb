//! The choice of a cut: fewest bytes, with a price on the server's work.

use sotto_crypto::Modulus;

use super::encode::LinearPlan;
use super::grid::{ConvShape, Grid};
use super::tiling::{Counts, Tiling};
use crate::noise::{Budget, FLOODING, FitError, Load};
use crate::pack::key_switches;
use crate::params::{ParamSet, exp2};
use crate::split::Split;

/// Most levels of packing.
pub const MAX_LEVELS: u32 = 12;

/// Distance of one inference's values of a layer beyond which it is flooded by more bits than [`FLOODING`], unless there are very many layers:
/// 2^−24. SECURITY.
pub const LAYER_DISTANCE: f64 = 1.0 / (1 << 24) as f64;

/// Bytes that work is worth at 12 Mbit/s, a home's uplink, and one core. AGREEMENT.
mod price {
    /// A ciphertext that the server computes and hides.
    pub(super) const OUTPUT: u64 = 500;
    /// A key switch.
    pub(super) const KEY_SWITCH: u64 = 300;
    /// A product of a ciphertext with weights.
    pub(super) const PRODUCT: u64 = 30;
}

/// The cheapest plans of a layer that take at most so many levels of packing, from none on.
#[derive(Clone, Debug)]
pub struct LevelPlans {
    plans: Vec<(u64, LinearPlan)>,
}

impl LevelPlans {
    /// The cheapest plan with at most `levels` levels, and its price: bytes, and what its work is worth in bytes.
    pub fn at_most(&self, levels: u32) -> (u64, &LinearPlan) {
        let (price, plan) = &self.plans[(levels as usize).min(self.plans.len() - 1)];
        (*price, plan)
    }
}

/// Plans for a layer whose weights have `weight_bits` bits and whose shares add up in `t`. With `chooses` the ciphertexts may make
/// the elements of r; without it they are given. The layer's values of one inference are at a distance ([`LinearPlan::distance`]) of at most
/// `distance`, if the set has room for as much flooding.
///
/// # Errors
/// When no parameter set has room: what is missing in the largest.
pub fn plans(
    shape: ConvShape,
    weight_bits: u32,
    t: Modulus,
    chooses: bool,
    distance: f64,
) -> Result<LevelPlans, FitError> {
    let (grid, mut refused) = (Grid::new(shape), None);
    for set in ParamSet::ALL {
        let chosen = if chooses && Split::new(set, t, 0).suits(t) { grid.elements() } else { 0 };
        let load = Load::of(set, t, shape.taps(), weight_bits);
        match search(&grid, load, chosen) {
            Ok(plans) => return Ok(flooded(&grid, load, chosen, plans, distance)),
            Err(error) => refused = Some(error),
        }
    }
    Err(refused.unwrap_or(FitError::Modulus { set: ParamSet::N8192 }))
}

/// The plans, with as many more bits of flooding as keep the layer within its part of what a key may tell, if the set
/// has room for them.
fn flooded(grid: &Grid, load: Load, chosen: usize, plans: LevelPlans, part: f64) -> LevelPlans {
    let distance = |plans: &LevelPlans| plans.plans.iter().map(|(_, plan)| plan.distance()).fold(0.0, f64::max);
    let wanted = (0..FLOODING).find(|&more| distance(&plans) <= part * exp2(more)).unwrap_or(FLOODING);
    let more =
        (1..=wanted).rev().find_map(|more| search(grid, Load { flooding: load.flooding + more, ..load }, chosen).ok());
    more.unwrap_or(plans)
}

/// `chosen` elements are made by the ciphertexts.
pub(super) fn search(grid: &Grid, load: Load, chosen: usize) -> Result<LevelPlans, FitError> {
    let nominal = |level: u32| Budget::fit(&Load { fold: 1 << level, ..load });
    let mut budgets = vec![nominal(0)?];
    budgets.extend((1..=MAX_LEVELS).map_while(|level| nominal(level).ok()));
    let mut best: Vec<Option<(u64, Tiling, Counts)>> = vec![None; budgets.len()];
    for channels in channel_counts(grid, load.set) {
        for tile in tiles(grid, load.set, channels) {
            let Some(tiling) = Tiling::new(grid, load.set, channels, tile) else { continue };
            let counts = tiling.counts(grid);
            for (level, budget) in budgets.iter().enumerate().take(channels.trailing_zeros() as usize + 1) {
                let price = price(grid, load, &counts, chosen, 1 << level, budget);
                if best[level].as_ref().is_none_or(|b| price < b.0) {
                    best[level] = Some((price, tiling, counts));
                }
            }
            if tiling.outputs == grid.shape().outputs {
                break;
            }
        }
    }
    let mut plans: Vec<(u64, LinearPlan)> = Vec::new();
    for (level, found) in best.into_iter().enumerate() {
        let candidate = found.and_then(|(_, tiling, counts)| finish(grid, load, tiling, counts, chosen, 1 << level));
        match (candidate, plans.last().cloned()) {
            (Some(new), Some(old)) => plans.push(if new.0 < old.0 { new } else { old }),
            (Some(new), None) => plans.push(new),
            (None, Some(old)) => plans.push(old),
            (None, None) => {}
        }
    }
    match plans.is_empty() {
        false => Ok(LevelPlans { plans }),
        // Every layer can be cut into single outputs of single channels, unless a kernel alone is wider than a polynomial.
        true => Err(FitError::Kernel { set: load.set }),
    }
}

/// The plan of a cut with the bits that suit its counts.
pub(super) fn finish(
    grid: &Grid,
    load: Load,
    tiling: Tiling,
    counts: Counts,
    chosen: usize,
    fold: usize,
) -> Option<(u64, LinearPlan)> {
    let outputs = grid.shape().output_len() as u64;
    let replies = counts.outputs.div_ceil(fold) as u64;
    let (places, given) = (counts.places as u64, (counts.places - chosen) as u64);
    let budget = Budget::fit(&Load { fold, counts: [places, given, replies, outputs], ..load }).ok()?;
    let price = price(grid, load, &counts, chosen, fold, &budget);
    Some((price, LinearPlan { grid: grid.clone(), tiling, counts, fold, budget, chooses: chosen > 0 }))
}

fn price(grid: &Grid, load: Load, counts: &Counts, chosen: usize, fold: usize, budget: &Budget) -> u64 {
    let n = load.set.degree() as u64;
    let [a, b] = budget.bits_of_reply().map(u64::from);
    let replies = counts.outputs.div_ceil(fold);
    let [rest, element] = budget.bits_of_upload().map(u64::from);
    let bits = counts.places as u64 * rest
        + (counts.places - chosen) as u64 * element
        + replies as u64 * n * a
        + grid.shape().output_len() as u64 * b;
    let switches = match fold {
        1 => 0,
        _ => (replies - 1) * key_switches(fold) + key_switches(counts.outputs - (replies - 1) * fold),
    };
    bits / 8
        + counts.outputs as u64 * price::OUTPUT
        + switches as u64 * price::KEY_SWITCH
        + counts.products as u64 * price::PRODUCT
}

/// Numbers of channels worth trying: those that fill the last block best, and powers of two, for packing.
pub(super) fn channel_counts(grid: &Grid, set: ParamSet) -> impl Iterator<Item = usize> {
    let all = grid.channels;
    let fills = move |count: usize| count <= all && all.div_ceil(all.div_ceil(count)) == count;
    (1..=set.degree()).filter(move |&count| count.is_power_of_two() || fills(count))
}

/// Tiles worth trying, from the largest that fits on: whole rows, or parts of one.
pub(super) fn tiles(grid: &Grid, set: ParamSet, channels: usize) -> impl Iterator<Item = [usize; 2]> {
    let places = set.degree() / channels;
    let [height, width] = grid.output;
    let rows = distinct_parts(height).map(move |rows| [rows, width]);
    let columns = distinct_parts(width).skip(1).map(|columns| [1, columns]);
    rows.chain(columns).skip_while(move |tile| tile[0] * tile[1] > places)
}

/// ⌈n/1⌉, ⌈n/2⌉, …, each once.
fn distinct_parts(n: usize) -> impl Iterator<Item = usize> {
    let mut last = 0;
    (1..=n).map(move |parts| n.div_ceil(parts)).filter(move |&part| std::mem::replace(&mut last, part) != part)
}
