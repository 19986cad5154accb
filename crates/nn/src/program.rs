//! The inference program: a straight line of integer operations, each defined modulo its own ring.
//!
//! A [`Program`] is the *public architecture*: operation kinds, shapes, ring widths, shifts and the names and shapes of
//! the weights. The weights themselves live apart, in [`Weights`](crate::Weights). Both parties of a secure inference
//! hold the program, only the server holds weights.

mod error;
mod validate;

use serde::{Deserialize, Serialize};

pub use error::ProgramError;

use crate::{Geometry, Window, ring};

/// Index of a value: 0 is the program's input, `k + 1` the output of operation `k`.
pub type ValueId = usize;

/// Shape, ring and scale of a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValueType {
    /// Row-major dimensions; the batch dimension is not part of the shape.
    pub shape: Vec<usize>,
    /// Ring width ℓ in bits, 1..=64: elements live in Z_{2^ℓ}, read as two's complement.
    pub bits: u32,
    /// Scale: the real number is the signed integer divided by `2^frac_bits`.
    pub frac_bits: u32,
}

impl ValueType {
    /// Number of elements. Of a validated program: an unchecked shape may overflow.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether the value has no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// How much is known about the sign of a value that is shifted; decides which truncation protocol is exact for it.
///
/// A guarantee is a promise of whoever made the program. The cheap protocols have no answer of their own outside it (what
/// they return depends on the random shares), so the reference executor refuses such a value with
/// [`GuaranteeBroken`](crate::reference::GuaranteeBroken), and the importer promises only what holds for every input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sign {
    /// Any value of the ring.
    Any,
    /// The signed value is ≥ 0 (for example the output of a ReLU).
    NonNegative,
    /// The signed value lies in `[-2^{ℓ-2}, 2^{ℓ-2})`; needs ℓ ≥ 2, and a shift of at most ℓ − 2.
    Bounded,
}

/// What an operation computes. All arithmetic is modulo `2^bits` of the output unless stated otherwise; inputs wider than
/// that are first reduced, which on shares is local and free.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "kebab-case", deny_unknown_fields)]
pub enum OpKind {
    /// Fully connected layer `y[m] = Σ_k W[m,k]·x[k] + b[m]`. The input has as many elements as W has columns.
    Linear {
        /// Name of the `[outputs, inputs]` weight tensor.
        weight: String,
        /// Name of the `[outputs]` bias tensor, at the accumulator's scale.
        bias: Option<String>,
        /// Every weight fits this many bits in two's complement (public, at most the ring's width).
        weight_bits: u32,
    },
    /// Convolution over `[C, H, W]` or `[C, L]` with zero padding, `O` output channels.
    Conv {
        /// Name of the `[O, C/groups, kh, kw]` weight tensor.
        weight: String,
        /// Name of the `[O]` bias tensor, at the accumulator's scale.
        bias: Option<String>,
        /// Every weight fits this many bits in two's complement (public, at most the ring's width).
        weight_bits: u32,
        /// The kernel's way.
        window: Window,
        /// Groups of channels, each convolved on its own; C for a depthwise convolution.
        groups: usize,
    },
    /// Largest value under every window, channel by channel, by the tree of [`crate::reference`] in the input's ring, which is
    /// the output's. Padding is left out.
    MaxPool {
        /// The windows.
        window: Window,
    },
    /// Sum under every window, channel by channel; padding counts as zero.
    SumPool {
        /// The windows.
        window: Window,
    },
    /// Elementwise `(a << shift_a) + (b << shift_b)`; the shifts bring both operands to one scale.
    Add {
        /// Left shift of the first operand.
        shift_a: u32,
        /// Left shift of the second operand.
        shift_b: u32,
    },
    /// `max(x, 0)` in the input's ring, which is the output's.
    Relu,
    /// Arithmetic shift right (floor) in the input's ring, then written to the output's ring.
    Shift {
        /// Bits shifted out, less than the input's width.
        amount: u32,
        /// What the program guarantees of the input.
        sign: Sign,
    },
    /// `max(x, 0) >> amount` in the input's ring, then written to the output's ring (narrower or wider).
    ReluShift {
        /// Bits shifted out, less than the input's width.
        amount: u32,
    },
    /// `min(max(x, 0), max) >> amount` in the input's ring, then written to the output's ring.
    Clip {
        /// The upper threshold, non-negative in the input's ring.
        max: u64,
        /// Bits shifted out, less than the input's width.
        amount: u32,
    },
    /// `⌊x / divisor⌋` of the signed value in the input's ring, then written to the output's ring.
    Divide {
        /// The divisor, at least 1 and below half of the input's ring, at most 2^62.
        divisor: u64,
        /// What the program guarantees of the input.
        sign: Sign,
    },
    /// The inputs one after the other along an axis, each first shifted left to one scale. Local.
    Concat {
        /// The axis; all other extents are equal.
        axis: usize,
        /// Left shift of each input.
        shifts: Vec<u32>,
    },
    /// Zeros around every plane. Local.
    Pad {
        /// Rows and columns at the top, left, bottom and right.
        pads: [usize; 4],
    },
    /// Index of the largest element (signed reading; the lowest index wins ties), by the balanced tree of
    /// [`crate::reference`]. The output has one element and its ring must hold the index as a non-negative number.
    Argmax,
    /// −1 where `x − least` is ≥ 0 in the input's ring, otherwise 0, for each element: the only values of the output's ring of
    /// one bit.
    Threshold {
        /// The smallest value above the threshold, for each element.
        least: Vec<i64>,
    },
    /// The same elements under another shape. Local.
    Reshape,
}

/// One operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Op {
    /// Name for people: the source model's node name where there is one.
    pub name: String,
    /// What it computes.
    pub kind: OpKind,
    /// The values that it reads, all earlier than its own output.
    pub inputs: Vec<ValueId>,
    /// Its output.
    pub output: ValueType,
}

/// A program: the input's type and operations in execution order. The last operation's output is the result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// Format version, [`Program::VERSION`].
    pub version: u32,
    /// The input.
    pub input: ValueType,
    /// The operations.
    pub ops: Vec<Op>,
}

impl OpKind {
    /// Names of weight and bias and the weight's bits, of an operation that has weights.
    pub fn weights(&self) -> Option<(&str, Option<&str>, u32)> {
        match self {
            OpKind::Linear { weight, bias, weight_bits } | OpKind::Conv { weight, bias, weight_bits, .. } => {
                Some((weight, bias.as_deref(), *weight_bits))
            }
            _ => None,
        }
    }
}

impl Program {
    /// The format version that this code reads and writes.
    pub const VERSION: u32 = 1;

    /// The longest JSON that [`from_json`](Self::from_json) looks at, in bytes.
    pub const MAX_JSON: usize = 1 << 20;

    /// The type of a value. `id` must be at most `ops.len()`.
    pub fn value(&self, id: ValueId) -> &ValueType {
        if id == 0 { &self.input } else { &self.ops[id - 1].output }
    }

    /// The type of the result.
    pub fn output(&self) -> &ValueType {
        self.value(self.ops.len())
    }

    /// The way of `window` over the first value that `op` reads.
    ///
    /// # Errors
    /// As [`Geometry::new`]; none for a window of a valid program.
    pub fn geometry(&self, op: &Op, window: Window) -> Result<Geometry, String> {
        Geometry::new(&self.value(op.inputs[0]).shape, window)
    }

    /// The value that holds the scores: the input of a final [`OpKind::Argmax`] or [`OpKind::Threshold`], otherwise the result.
    pub fn scores(&self) -> ValueId {
        match self.ops.last() {
            Some(Op { kind: OpKind::Argmax | OpKind::Threshold { .. }, inputs, .. }) if inputs.len() == 1 => inputs[0],
            _ => self.ops.len(),
        }
    }

    /// Whether the result is the scores, and not what they decide.
    pub fn gives_scores(&self) -> bool {
        self.scores() == self.ops.len()
    }

    /// Whether this can be a result, whatever weights and input are: as many elements as the type says, all in its ring, and an
    /// index of a class where the class alone is revealed.
    pub fn can_give(&self, output: &[i64]) -> bool {
        let (scores, ty) = (self.value(self.scores()).len(), self.output());
        let picks = matches!(self.ops.last(), Some(Op { kind: OpKind::Argmax, .. }));
        let is_class = |v: i64| usize::try_from(v).is_ok_and(|v| v < scores);
        let fits = |&v: &i64| ring::contains(v, ty.bits) && (!picks || is_class(v));
        output.len() == ty.len() && output.iter().all(fits)
    }

    /// The same program with the class alone as its result: an argmax of the scores at the end, unless it decides already.
    pub fn revealing_class_only(self) -> Self {
        // Wide enough for the last index as a non-negative number.
        let index = ValueType { shape: vec![1], bits: self.output().len().ilog2() + 2, frac_bits: 0 };
        self.deciding("class", OpKind::Argmax, index)
    }

    /// The same program with a bit for each score as its result, whether it is at least `least`, unless it decides already.
    pub fn revealing_above(self, least: Vec<i64>) -> Self {
        let bits = ValueType { bits: 1, frac_bits: 0, ..self.output().clone() };
        self.deciding("decision", OpKind::Threshold { least }, bits)
    }

    /// Ends a program of scores with a decision. The scores are first written to a ring one bit wider (where there is one), because
    /// decisions compare by differences: those of any two scores fit there.
    fn deciding(mut self, name: &str, kind: OpKind, decision: ValueType) -> Self {
        if self.gives_scores() {
            let (scores, output) = (self.ops.len(), self.output());
            let wider = ValueType { bits: (output.bits + 1).min(64), ..output.clone() };
            let widen = OpKind::Shift { amount: 0, sign: Sign::Any };
            self.ops.push(Op { name: "scores, wider".into(), kind: widen, inputs: vec![scores], output: wider });
            self.ops.push(Op { name: name.into(), kind, inputs: vec![scores + 1], output: decision });
        }
        self
    }

    /// The canonical JSON: fields in declaration order, no spaces.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a program has string keys and finite numbers only")
    }

    /// Reads and validates a program; safe on bytes from anywhere.
    pub fn from_json(json: &[u8]) -> Result<Self, ProgramError> {
        if json.len() > Self::MAX_JSON {
            return Err(ProgramError::TooLong { len: json.len() });
        }
        let program: Self = serde_json::from_slice(json).map_err(|e| ProgramError::Json(e.to_string()))?;
        program.validate()?;
        Ok(program)
    }
}
