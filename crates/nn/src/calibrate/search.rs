//! The search of widths: the cheapest that meet the goals.

use super::attempt::{Attempt, Setting, attempt};
use super::compile::{Aim, Scales, Widths};
use super::report::CalibrationError;

/// Fewest bits of activations, in eighths beyond the level of precision 0, and most.
const PRECISIONS: std::ops::RangeInclusive<i32> = -40..=160;
/// Where the search begins: nine bits of activations or so.
const FIRST: i32 = 8;
/// Most precisions that are tried.
const TRIES: usize = 16;
/// Most eighths of a bit from one to the next.
const FURTHEST: f64 = 32.0;
/// Fewest bits that a search of equal widths tries.
const MIN_BITS: u32 = 4;

/// The cheapest widths that meet the goals, or the closest attempt.
pub(super) fn search(setting: &Setting<'_>, most: Widths) -> Result<Attempt, CalibrationError> {
    if setting.graph.is_quantised() { equal(setting, most) } else { cheapest(setting, most) }
}

/// The least precision that meets the goals, to an eighth of a bit. Errors of scores halve with every bit, which says where
/// to look next. But the largest of many errors goes up and down, and so do decisions between close scores: what errors leave
/// room for is tried, too.
fn cheapest(setting: &Setting<'_>, most: Widths) -> Result<Attempt, CalibrationError> {
    let means = |precision| Scales::new(setting.graph, setting.data, setting.prices, Aim::Precision(precision)).means();
    let allowed = |precision: &i32| {
        let Widths { weight, activation } = means(*precision);
        weight <= most.weight && activation <= most.activation
    };
    let Some(last) = PRECISIONS.rev().find(allowed) else { return equal(setting, most) };
    let (mut missed, mut met) = (*PRECISIONS.start() - 1, last + 1);
    let (mut tried, mut best) = (Vec::new(), None::<(i32, Attempt)>);
    let (mut next, mut steps) = (FIRST.min(last), [0, 1]);
    while tried.len() < TRIES {
        tried.push(next);
        let wanted = match attempt(setting, Aim::Precision(next)) {
            Ok(found) => {
                let eighths = (8.0 * found.likeness.excess().log2()).ceil().clamp(-FURTHEST, FURTHEST) as i32;
                let wanted = if found.likeness.met() {
                    met = met.min(next);
                    next + eighths.min(-1)
                } else {
                    missed = missed.max(next.min(met - 1));
                    // Where errors are small enough, decisions are luck first, and then take more and more.
                    steps = if eighths > 0 { [0, 1] } else { [steps[1], steps[0] + steps[1]] };
                    next + eighths.max(steps[1])
                };
                if best.as_ref().is_none_or(|(_, best)| found.preferred(best)) {
                    best = Some((wanted, found));
                }
                wanted
            }
            // What fits no ring does not fit with more bits either.
            Err(_) => {
                met = met.min(next);
                missed + (met - missed) / 2
            }
        };
        next = wanted.clamp(missed + 1, met.max(missed + 2) - 1);
        if met - missed > 1 {
            continue;
        }
        let room = best.as_ref().filter(|(_, best)| best.likeness.met()).map_or(met, |(wanted, _)| *wanted);
        match (room.max(*PRECISIONS.start())..met).find(|precision| !tried.contains(precision)) {
            Some(precision) => next = precision,
            None => break,
        }
    }
    // Decisions between close scores are luck, which equal widths may have, too.
    match best.map(|(_, best)| best) {
        Some(best) if best.likeness.met() => Ok(best),
        Some(best) => Ok(equal(setting, most).ok().filter(|other| other.preferred(&best)).unwrap_or(best)),
        None => equal(setting, most),
    }
}

/// Finds the smallest equal widths that meet the goals, then lowers each of the two as far as the goals allow. When even the
/// largest widths miss the goals, the closest attempt wins.
fn equal(setting: &Setting<'_>, most: Widths) -> Result<Attempt, CalibrationError> {
    let mut best: Option<Attempt> = None;
    for bits in MIN_BITS..=most.weight.max(most.activation) {
        let widths = Widths { weight: bits.min(most.weight), activation: bits.min(most.activation) };
        let next = match (attempt(setting, Aim::Mean(widths)), &best) {
            (Ok(next), _) => next,
            // Wider ones fit no ring either.
            (Err(_), Some(_)) => break,
            (Err(error), None) => return Err(error),
        };
        if best.as_ref().is_none_or(|best| next.likeness.closer(&best.likeness)) {
            best = Some(next);
        }
        if best.as_ref().is_some_and(|best| best.likeness.met()) {
            break;
        }
    }
    let mut best = match best {
        Some(best) => best,
        None => return attempt(setting, Aim::Mean(most)),
    };
    let lower_activation = |w: Widths| Widths { activation: w.activation - 1, ..w };
    let lower_weight = |w: Widths| Widths { weight: w.weight - 1, ..w };
    for lower in [lower_activation as fn(Widths) -> Widths, lower_weight] {
        while best.likeness.met() {
            let widths = lower(best.widths);
            if widths.weight < 2 || widths.activation < 2 {
                break;
            }
            let next = attempt(setting, Aim::Mean(widths))?;
            if !next.likeness.met() {
                break;
            }
            best = next;
        }
    }
    Ok(best)
}
