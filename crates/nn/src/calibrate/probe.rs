//! Accepted inputs that drive a network's values up, to see what its rings must hold beyond the calibration rows.
//!
//! All of them are corners: every element at an end of its range. Values of a network are piecewise linear in its
//! input, so the largest first-layer value of all is at the corner that its weights' signs name, and further ones are
//! found by going to the corner that the gradient names, again and again. Nothing here is random: the same files give
//! the same search.

use super::Data;
use crate::ValueId;
use crate::graph::{FloatOp, Graph};

/// Calibration rows from which corners are made.
const ROWS: usize = 16;
/// Steps of an ascent.
const STEPS: usize = 8;
/// What a step of an ascent costs: two runs of the network and one backwards.
const STEP_COST: usize = 3;

/// The largest, or smallest, element of a value so far.
struct Goal {
    value: ValueId,
    /// 1 or −1.
    sign: f64,
    best: f64,
    element: usize,
    /// Where it is reached: for each input element whether it is at its high end.
    corner: Vec<bool>,
    /// Whether the last step found nothing better.
    done: bool,
}

struct Search<'a, F> {
    graph: &'a Graph,
    data: &'a Data<'a>,
    goals: Vec<Goal>,
    visit: F,
}

/// Calls `visit` with accepted inputs, the ends of the range first, as long as that takes no more than `runs` runs of
/// the network.
pub(super) fn search(graph: &Graph, data: &Data, runs: usize, visit: impl FnMut(&[f64])) {
    let grows = |op: &FloatOp| {
        use FloatOp::{Add, AveragePool, BatchNorm, Conv, Linear};
        matches!(op, Linear(_) | Conv(_) | BatchNorm(_) | Add | AveragePool(_))
    };
    let values = (0..graph.nodes.len()).filter(|&k| grows(&graph.nodes[k].op)).map(|k| k + 1);
    let goal = |(value, sign)| Goal { value, sign, best: f64::MIN, element: 0, corner: vec![], done: false };
    let goals = values.flat_map(|value| [(value, 1.0), (value, -1.0)]).map(goal).collect();
    let mut search = Search { graph, data, goals, visit };
    let mut left = runs;
    for corner in starts(data).into_iter().take(runs) {
        search.run(&corner);
        left -= 1;
    }
    for _ in 0..STEPS {
        for index in 0..search.goals.len() {
            if left < STEP_COST {
                return;
            }
            left -= search.step(index);
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

impl<F: FnMut(&[f64])> Search<'_, F> {
    fn input(&self, corner: &[bool]) -> Vec<f64> {
        self.data.input.iter().zip(corner).map(|(range, &up)| if up { range.high } else { range.low }).collect()
    }

    /// Runs the network at a corner, whose values may be the best of any goal.
    fn run(&mut self, corner: &[bool]) {
        let input = self.input(corner);
        let values = self.graph.run(&input);
        for goal in &mut self.goals {
            let signed = values[goal.value].iter().map(|v| goal.sign * v).enumerate();
            let Some((element, best)) = signed.reduce(|a, b| if b.1 > a.1 { b } else { a }) else { continue };
            if best > goal.best {
                (goal.best, goal.element, goal.done) = (best, element, false);
                corner.clone_into(&mut goal.corner);
            }
        }
        (self.visit)(&input);
    }

    /// Goes to the corner that the gradient of a goal names; returns what that cost.
    fn step(&mut self, index: usize) -> usize {
        let Goal { value, sign, best, element, ref corner, done } = self.goals[index];
        if done || corner.is_empty() {
            return 0;
        }
        let values = self.graph.run(&self.input(corner));
        let slopes = self.graph.gradient(&values, value, element);
        let turn = |(&up, slope): (&bool, f64)| if slope == 0.0 { up } else { sign * slope > 0.0 };
        let next: Vec<bool> = corner.iter().zip(slopes).map(turn).collect();
        let moved = next != *corner;
        if moved {
            self.run(&next);
        }
        let goal = &mut self.goals[index];
        goal.done = goal.best <= best;
        if moved { STEP_COST } else { STEP_COST - 1 }
    }
}
