//! Accepted inputs that drive a network's values up, to see what its rings must hold beyond the calibration rows.
//!
//! All of them are corners: every element at an end of its range. Values of a network are piecewise linear in its
//! input, so the largest first-layer value of all is at the corner that its weights' signs name, and further ones are
//! found by going to the corner that the gradient names, again and again. Nothing here is random: the same files give
//! the same search. It runs in single precision, since whatever it finds is run exactly afterwards.

use rayon::prelude::*;

use super::Data;
use crate::ValueId;
use crate::graph::{FloatOp, Graph};
use crate::products::extremes;

/// Calibration rows from which corners are made.
const ROWS: usize = 16;
/// Most steps of an ascent.
const STEPS: usize = 8;
/// What a step of an ascent costs: a run of the network and one backwards. An ascent begins with one more.
const STEP_COST: usize = 2;
/// Ascents at a time, on all of the machine's threads. The search depends on it, not on their number.
const BATCH: usize = 8;

/// The largest, or smallest, element of a value so far.
struct Goal {
    value: ValueId,
    /// 1 or −1.
    sign: f32,
    best: f32,
    element: usize,
    /// Where it is reached: for each input element whether it is at its high end.
    corner: Vec<bool>,
}

/// A corner and how far its values reach: for each goal the element and what it is, times the goal's sign.
struct Found {
    corner: Vec<bool>,
    reached: Vec<(usize, f32)>,
}

struct Search<'a> {
    graph: Graph<f32>,
    data: &'a Data<'a>,
    goals: Vec<Goal>,
}

/// Calls `visit` with accepted inputs that each reach further than those before, the ends of the range first, and the runs of the
/// network that finding them took, as long as all take no more than `runs`.
pub(super) fn search(graph: &Graph, data: &Data, runs: usize, mut visit: impl FnMut(&[Vec<f64>], usize)) {
    let grows = |op: &FloatOp| {
        use FloatOp::{Add, AveragePool, BatchNorm, Conv, Linear};
        matches!(op, Linear(_) | Conv(_) | BatchNorm(_) | Add | AveragePool(_))
    };
    let values = (0..graph.nodes.len()).filter(|&k| grows(&graph.nodes[k].op)).map(|k| k + 1);
    let goal = |(value, sign)| Goal { value, sign, best: f32::MIN, element: 0, corner: vec![] };
    let goals: Vec<Goal> = values.flat_map(|value| [(value, 1.0), (value, -1.0)]).map(goal).collect();
    let mut search = Search { graph: graph.single(), data, goals };
    let mut starts = starts(data);
    starts.truncate(runs);
    let mut left = runs - starts.len();
    for corners in starts.chunks(BATCH) {
        let run = |corner: &Vec<bool>| search.found(corner, &search.run(corner));
        let found = corners.par_iter().map(run).collect();
        visit(&search.keep(found), corners.len());
    }
    let all: Vec<usize> = (0..search.goals.len()).collect();
    for (index, batch) in all.chunks(BATCH).enumerate() {
        // What is left is for all goals that are left.
        let share = left / (all.len() - index * BATCH);
        let steps = (share.saturating_sub(1) / STEP_COST).clamp(1, STEPS);
        let affordable = batch.len().min(left / (1 + steps * STEP_COST));
        let ascents: Vec<_> = batch[..affordable].par_iter().map(|&goal| search.ascend(goal, steps)).collect();
        for (found, cost) in ascents {
            left -= cost;
            visit(&search.keep(found), cost);
        }
    }
}

/// Corners to start from: all low, all high, runs of 1, 2, 4, … elements that alternate, and the calibration rows'
/// elements above and below their middle, each with its opposite.
fn starts(data: &Data) -> Vec<Vec<bool>> {
    let len = data.input.len();
    let mut corners = vec![vec![false; len]];
    let runs = (0..usize::BITS).map(|k| 1usize << k).take_while(|&run| run < len);
    corners.extend(runs.map(|run| (0..len).map(|i| i / run % 2 == 1).collect()));
    let count = data.rows.len().min(ROWS);
    for row in (0..count).map(|k| &data.rows[k * data.rows.len() / count]) {
        let middle = row.iter().sum::<f64>() / len as f64;
        corners.push(row.iter().map(|&v| v > middle).collect());
    }
    corners.into_iter().flat_map(|corner| [corner.iter().map(|up| !up).collect(), corner]).collect()
}

impl Search<'_> {
    /// Remembers corners that reach further than those before for any goal. Returns them as inputs.
    fn keep(&mut self, found: Vec<Found>) -> Vec<Vec<f64>> {
        let mut further = Vec::new();
        for Found { corner, reached } in found {
            let better: Vec<usize> = (0..self.goals.len()).filter(|&k| reached[k].1 > self.goals[k].best).collect();
            for &k in &better {
                let goal = &mut self.goals[k];
                ((goal.element, goal.best), goal.corner) = (reached[k], corner.clone());
            }
            if !better.is_empty() {
                further.push(at(self.data, &corner));
            }
        }
        further
    }

    /// Every value at a corner.
    fn run(&self, corner: &[bool]) -> Vec<Vec<f32>> {
        self.graph.run(&at(self.data, corner).into_iter().map(|v| v as f32).collect::<Vec<_>>())
    }

    fn found(&self, corner: &[bool], values: &[Vec<f32>]) -> Found {
        // A value's goals, up and down, follow each other.
        let ends = self.goals.chunk_by(|a, b| a.value == b.value).flat_map(|goals| {
            let value = &values[goals[0].value];
            let ends = extremes(value);
            goals.iter().map(move |goal| goal.best_of(value, ends))
        });
        Found { corner: corner.to_vec(), reached: ends.collect() }
    }

    /// Goes from a goal's best corner to the one that the gradient names, as long as that reaches further. Returns the corners on
    /// the way, and what it cost.
    fn ascend(&self, index: usize, steps: usize) -> (Vec<Found>, usize) {
        let Goal { value, sign, mut best, mut element, ref corner } = self.goals[index];
        let (mut way, mut cost, mut corner) = (Vec::new(), 1, corner.clone());
        if corner.is_empty() {
            return (way, 0);
        }
        let mut values = self.run(&corner);
        for _ in 0..steps {
            let slopes = self.graph.gradient(&values, value, element);
            let turn = |(&up, slope): (&bool, f32)| if slope == 0.0 { up } else { sign * slope > 0.0 };
            let next: Vec<bool> = corner.iter().zip(slopes).map(turn).collect();
            if next == corner {
                return (way, cost + 1);
            }
            cost += STEP_COST;
            values = self.run(&next);
            let found = self.found(&next, &values);
            let reached = found.reached[index];
            way.push(found);
            if reached.1 <= best {
                break;
            }
            ((element, best), corner) = (reached, next);
        }
        (way, cost)
    }
}

impl Goal {
    /// The element that reaches furthest, and how far, of a value whose ends are given.
    fn best_of(&self, value: &[f32], (low, high): (f32, f32)) -> (usize, f32) {
        let best = if self.sign > 0.0 { high } else { low };
        // NaN has no place, and is no best either.
        value.iter().position(|&v| v == best).map_or((0, f32::MIN), |element| (element, self.sign * best))
    }
}

/// The accepted input at a corner.
fn at(data: &Data, corner: &[bool]) -> Vec<f64> {
    data.input.iter().zip(corner).map(|(range, &up)| if up { range.high } else { range.low }).collect()
}
