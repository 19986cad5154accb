//! What the names of a file stand for.

use std::rc::Rc;

use super::advice::advice;
use super::constant::Constant;
use super::error::Problem;
use super::view::View;

/// What an ONNX value name stands for.
#[derive(Clone)]
pub(crate) enum Meaning {
    /// Depends on the network's input.
    Value(View),
    /// Known at import.
    Constant(Rc<Constant>),
    /// Class scores behind a dropped final operator; only another one of those may read it.
    Dropped(Scores),
}

/// Class scores, of which a dropped operator makes something.
#[derive(Clone)]
pub(crate) struct Scores {
    pub(crate) view: View,
    pub(crate) head: Head,
    /// The last operator that was dropped.
    pub(crate) op: String,
}

/// What a dropped operator makes of scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Head {
    Softmax,
    Sigmoid,
    /// 1 minus a sigmoid.
    Complement,
    /// Their class, or what has their order.
    Class,
    /// Their exponentials, and these with 1 added.
    Exp,
    OnePlusExp,
    /// The sum of their sigmoids, and what makes up for one that is 0.
    Total,
    Guard,
}

impl Head {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Softmax => "Softmax",
            Self::Sigmoid | Self::Complement => "Sigmoid",
            Self::Class => "ArgMax",
            Self::Exp | Self::OnePlusExp => "Exp",
            Self::Total | Self::Guard => "ReduceSum",
        }
    }
}

impl Scores {
    /// What to say where an operator in the middle of a network reads input `index`.
    pub(crate) fn misplaced(&self, index: usize) -> Problem {
        let advice = match self.op.as_str() {
            "Softmax" | "LogSoftmax" | "ArgMax" => "",
            op => advice("", op),
        };
        format!("its input {index} comes from {}, which is supported at a network's end only{advice}", self.op)
    }
}

impl From<Constant> for Meaning {
    fn from(constant: Constant) -> Self {
        Self::Constant(Rc::new(constant))
    }
}

impl Meaning {
    /// Dimensions in the file, with a batch of 1.
    pub(crate) fn shape(&self) -> &[usize] {
        match self {
            Self::Value(view) => &view.shape,
            Self::Dropped(scores) => &scores.view.shape,
            Self::Constant(constant) => &constant.shape,
        }
    }

    /// The same elements under another shape of as many.
    pub(crate) fn reshaped(&self, shape: Vec<usize>) -> Self {
        match self {
            Self::Value(view) => Self::Value(view.reshaped(shape)),
            Self::Dropped(scores) => Self::Dropped(Scores { view: scores.view.reshaped(shape), ..scores.clone() }),
            Self::Constant(constant) => constant.reshaped(shape).into(),
        }
    }
}
