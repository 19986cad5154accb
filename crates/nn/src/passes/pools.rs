//! Where max pools stand and in how many steps they go, by price: comparisons cost by their ring's width, and before
//! a ReLU that is wider than behind it, but elements are fewer behind a pool.

use super::fuse::{Step, non_negative};
use super::rewrite::{is_wide, sole_reader};
use crate::{Op, OpKind, Program, Sign, ValueId, ValueType, Window};

/// A rewritten program.
#[derive(Clone, Debug)]
pub struct Placed {
    /// It.
    pub program: Program,
    /// For each of its values one of the original, between whose least and largest element all of its elements lie
    /// that the result depends on, or between zero and the largest where it is a ReLU's.
    pub like: Vec<ValueId>,
}

impl Placed {
    /// Nothing rewritten yet.
    pub fn new(program: Program) -> Self {
        Self { like: (0..=program.ops.len()).collect(), program }
    }
}

/// Changes one max pool after the other to what costs least, if that is less than before: behind the ReLU or clip
/// that reads it, there in a ring of its own, and as maxima of rows and then of columns. `price` is asked for whole
/// programs; `None` is no price.
///
/// The result stays the same bit for bit as long as nothing overflows: ReLUs and clips are monotone, and a maximum
/// over a window is that of its rows' maxima.
pub fn place_max_pools(program: Program, price: &dyn Fn(&Placed) -> Option<u64>) -> Placed {
    let mut best = Placed::new(program);
    if !is_wide(&best.program) || !best.program.ops.iter().any(is_pool) {
        return best;
    }
    let mut least = price(&best);
    let mut index = 0;
    while index < best.program.ops.len() {
        for candidate in forms(&best, index) {
            let price = price(&candidate);
            if price.is_some_and(|price| least.is_none_or(|least| price < least)) {
                (best, least) = (candidate, price);
            }
        }
        index += 1;
    }
    best
}

/// The program with the max pool at `index` in every other form; none for another operation.
fn forms(placed: &Placed, index: usize) -> Vec<Placed> {
    let places = [Some((placed.clone(), index)), lower(placed, index)].into_iter().flatten();
    let rings = places.flat_map(|(placed, index)| [widen(&placed, index), Some(placed)].map(|placed| (placed, index)));
    let shapes = rings.filter_map(|(placed, index)| Some((placed?, index)));
    let shapes = shapes.flat_map(|(placed, index)| [split(&placed, index), Some(placed)]);
    // The last of the first place is the program as it is.
    shapes.flatten().filter(|form| form.program != placed.program).collect()
}

fn is_pool(op: &Op) -> bool {
    matches!(op.kind, OpKind::MaxPool { .. })
}

/// The max pool at `index` behind the ReLU or clip that alone reads it, which then has a step for every element; and
/// its new index.
pub fn lower(placed: &Placed, index: usize) -> Option<(Placed, usize)> {
    let Placed { program, like } = placed;
    if !is_pool(&program.ops[index]) {
        return None;
    }
    let reader = sole_reader(program, index + 1)?;
    Step::of(&program.ops[reader].kind).filter(Step::is_relu)?;
    let (mut program, mut like) = (program.clone(), like.clone());
    let result = program.ops[reader].output.clone();
    let read = program.ops[index].inputs.clone();
    let every = ValueType { shape: program.value(read[0]).shape.clone(), ..result.clone() };
    // Each operation keeps its name. The step's values have the extremes of what is left of them behind the pool.
    program.ops.swap(index, reader);
    (program.ops[index].inputs, program.ops[index].output) = (read, every);
    (program.ops[reader].inputs, program.ops[reader].output) = (vec![index + 1], result);
    like[index + 1] = like[reader + 1];
    Some((Placed { program, like }, reader))
}

/// A step that does nothing behind the max pool at `index` over values of ReLUs and clips: the pool's ring need not
/// be the one that its result is read in.
pub fn widen(placed: &Placed, index: usize) -> Option<Placed> {
    let op = &placed.program.ops[index];
    if !is_pool(op) || !non_negative(&placed.program)[op.inputs[0]] {
        return None;
    }
    let kind = OpKind::Shift { amount: 0, sign: Sign::NonNegative };
    let wider = Op { name: format!("{}, wider", op.name), kind, inputs: vec![index + 1], output: op.output.clone() };
    let mut placed = placed.clone();
    // Whoever read the maxima reads what follows them.
    insert(&mut placed, index + 1, wider, index + 1);
    Some(placed)
}

/// Inserts an operation at `index`, which makes a value like an earlier one; its readers are those of what stood
/// there, from value `moved` on.
fn insert(Placed { program, like }: &mut Placed, index: usize, op: Op, moved: ValueId) {
    for id in program.ops[index..].iter_mut().flat_map(|op| &mut op.inputs) {
        *id += usize::from(*id >= moved);
    }
    like.insert(index + 1, like[op.inputs[0]]);
    program.ops.insert(index, op);
}

/// The max pool at `index` as one of rows and one of columns.
pub fn split(placed: &Placed, index: usize) -> Option<Placed> {
    let op = &placed.program.ops[index];
    let OpKind::MaxPool { window: Window { kernel, stride, pads } } = op.kind else { return None };
    if kernel.contains(&1) {
        return None;
    }
    let rows = Window { kernel: [1, kernel[1]], stride: [1, stride[1]], pads: [0, pads[1], 0, pads[3]] };
    let columns = Window { kernel: [kernel[0], 1], stride: [stride[0], 1], pads: [pads[0], 0, pads[2], 0] };
    let way = placed.program.geometry(op, rows).ok()?;
    let mut between = op.output.clone();
    between.shape = way.output_shape(&op.output.shape, way.channels);
    let first = Op {
        name: format!("{}, rows", op.name),
        kind: OpKind::MaxPool { window: rows },
        inputs: op.inputs.clone(),
        output: between,
    };
    let mut placed = placed.clone();
    insert(&mut placed, index, first, index + 1);
    let columns_of = &mut placed.program.ops[index + 1];
    (columns_of.kind, columns_of.inputs) = (OpKind::MaxPool { window: columns }, vec![index + 1]);
    Some(placed)
}
