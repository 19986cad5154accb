//! Operations that take messages: what a call on some of an operation's items costs, how it starts, and how it runs.

use std::ops::Range;

use sotto_nn::kernels::Windows;
use sotto_nn::{Op, OpKind, Program};

use crate::cost::Cost;
use crate::error::{Result, internal};
use crate::party::Params;
use crate::protocols::millionaires::Leaves;
use crate::protocols::{argmax, clip, divide, drelu, relu, relu_shift, threshold, tournament, truncate};
use crate::session::lane::Lane;
use crate::share::{Arith, Modulus};

/// An operation of a program whose parties talk.
pub(crate) struct Operation<'a> {
    op: &'a Op,
    /// Elements of the input.
    n: usize,
    x: Modulus,
    out: Modulus,
    params: Params,
    /// Of a pool.
    windows: Option<Windows>,
}

impl<'a> Operation<'a> {
    /// Operation `op` of a valid program, under `params`.
    pub(crate) fn new(program: &Program, op: &'a Op, params: Params) -> Result<Self> {
        let input = program.value(op.inputs[0]);
        let windows = match op.kind {
            OpKind::MaxPool { window } => Some(Windows::new(program.geometry(op, window).map_err(internal)?)),
            _ => None,
        };
        let [x, out] = [input.bits, op.output.bits].map(Modulus::power_of_two);
        Ok(Self { op, n: input.len(), x, out, params, windows })
    }

    /// Items that calls can divide among them: elements, windows, or the one tree of an argmax.
    pub(crate) fn items(&self) -> usize {
        match (&self.op.kind, &self.windows) {
            (_, Some(windows)) => windows.len(),
            (OpKind::Argmax, _) => 1,
            _ => self.n,
        }
    }

    /// Elements of the largest item. The tree of an argmax is a call of its own, however large.
    pub(crate) fn item_size(&self) -> usize {
        match (&self.op.kind, &self.windows) {
            (_, Some(windows)) => windows.largest(),
            (OpKind::Argmax, _) => self.n,
            _ => 1,
        }
    }

    /// The parameters of a call on a range of items: its part of the items pays that part of a round. So calls choose what the whole operation
    /// would, however it is cut.
    fn params(&self, range: &Range<usize>) -> Params {
        let part = u64::from(self.params.round_bytes) * range.len() as u64 / self.items().max(1) as u64;
        Params { round_bytes: part as u32, ..self.params }
    }

    /// Sizes of a range of windows.
    fn sizes(&self, range: Range<usize>) -> Vec<usize> {
        self.windows.as_ref().map_or(Vec::new(), |windows| range.map(|i| windows.size(i)).collect())
    }

    /// Cost of a call.
    pub(crate) fn cost(&self, range: Range<usize>) -> Cost {
        let (n, x, out, params) = (range.len(), self.x, self.out, self.params(&range));
        match self.op.kind {
            OpKind::Threshold { .. } => threshold::cost(n, x, params),
            OpKind::Clip { max, amount } => clip::cost(n, x, max, amount, out, params),
            OpKind::Divide { divisor, sign } => divide::cost(n, x, divisor, sign, out, params),
            OpKind::Relu => relu::cost(n, x, params),
            OpKind::Shift { amount, sign } => truncate::cost(n, x, amount, sign, out, params),
            OpKind::ReluShift { amount } => relu_shift::cost(n, x, amount, out, params),
            OpKind::MaxPool { .. } => tournament::cost(&self.sizes(range), x, params),
            OpKind::Argmax => argmax::cost(self.n, x, out, params),
            _ => Cost::default(),
        }
    }

    /// The leaves of the comparison with which a call begins, if it begins with one.
    pub(crate) fn leaves(&self, range: Range<usize>) -> Option<Leaves> {
        let (n, x, out, params) = (range.len(), self.x, self.out, self.params(&range));
        let pairs = |sizes: &[usize]| sizes.iter().map(|size| size / 2).sum::<usize>();
        let leaves = match self.op.kind {
            OpKind::Clip { max, amount } => clip::leaves(n, x, max, amount, params),
            OpKind::Divide { divisor, sign } => divide::leaves(n, x, divisor, sign, out, params),
            OpKind::Relu | OpKind::Threshold { .. } => drelu::leaves(n, x, params),
            OpKind::Shift { amount, sign } => truncate::leaves(n, x, amount, sign, out, params),
            OpKind::ReluShift { amount } => relu_shift::leaves(n, x, amount, params),
            OpKind::MaxPool { .. } => drelu::leaves(pairs(&self.sizes(range)), x, params),
            OpKind::Argmax => drelu::leaves(pairs(&[self.n]), x, params),
            _ => None,
        };
        leaves.filter(|leaves| leaves.choice_bits() > 0)
    }

    /// What the client compares first, from its share of the operation's input.
    pub(crate) fn compared(&self, x: &Arith, range: Range<usize>) -> Vec<u64> {
        let differences = |values: Arith, sizes: &[usize]| {
            let [left, right] = tournament::Pairs::new(sizes).sides(&values);
            left.sub(&right).values().to_vec()
        };
        match self.op.kind {
            OpKind::MaxPool { .. } => differences(self.gathered(x, range.clone()), &self.sizes(range)),
            OpKind::Argmax => differences(x.clone(), &[self.n]),
            _ => x.values()[range].to_vec(),
        }
    }

    /// The input's modulus.
    pub(crate) fn input(&self) -> Modulus {
        self.x
    }

    /// The result's.
    pub(crate) fn output(&self) -> Modulus {
        self.out
    }

    /// Elements that a call on a range of items reads.
    pub(crate) fn part_len(&self, range: Range<usize>) -> usize {
        match self.op.kind {
            OpKind::MaxPool { .. } => self.sizes(range).iter().sum(),
            OpKind::Argmax => self.n,
            _ => range.len(),
        }
    }

    /// What of the input `x` a call on a range of items reads.
    pub(crate) fn part(&self, x: &Arith, range: Range<usize>) -> Arith {
        match self.op.kind {
            OpKind::MaxPool { .. } => self.gathered(x, range),
            OpKind::Argmax => x.clone(),
            _ => x.slice(range),
        }
    }

    /// The values of a range of windows, one window after the other.
    fn gathered(&self, x: &Arith, range: Range<usize>) -> Arith {
        let places = self.windows.iter().flat_map(|windows| range.clone().flat_map(|i| windows.places(i)));
        Arith::new(x.modulus(), places.map(|place| x.values()[place]).collect())
    }

    /// A call on some of the items, of which `x` is the [part](Operation::part).
    pub(crate) async fn run(&self, s: &mut Lane, x: Arith, range: Range<usize>) -> Result<Arith> {
        s.begin_call(self.params(&range));
        let out = self.out;
        match self.op.kind {
            OpKind::Threshold { ref least } => threshold::threshold(s, &x, &least[range]).await,
            OpKind::Clip { max, amount } => clip::clip(s, &x, max, amount, out).await,
            OpKind::Divide { divisor, sign } => divide::divide(s, &x, divisor, sign, out).await,
            OpKind::Relu => relu::relu(s, &x).await,
            OpKind::Shift { amount, sign } => truncate::truncate(s, &x, amount, sign, out).await,
            OpKind::ReluShift { amount } => relu_shift::relu_shift(s, &x, amount, out).await,
            OpKind::MaxPool { .. } => tournament::largest(s, x, self.sizes(range)).await,
            OpKind::Argmax => argmax::argmax(s, &x, out).await,
            _ => Err(internal(format!("{} takes no messages", self.op.name))),
        }
    }
}
