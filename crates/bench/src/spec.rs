//! What one bench of an operation is, as both parties have to know it.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use sotto_mpc::protocols::{divide, lookup};
use sotto_mpc::{Modulus, Params};
use sotto_nn::Sign;

use crate::{Error, Op, Result};

/// An operation, its sizes and the public seed of everything random. Options that the operation does not have are ignored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The operation.
    pub op: Op,
    /// Ring width (millionaires and equality: width of the integers; lookup: of the index).
    pub bits: u32,
    /// Shares add up modulo this odd number instead of 2^bits.
    pub modulus: Option<u64>,
    /// Values in the batch.
    pub n: u32,
    /// Bits to shift out.
    pub shift: u32,
    /// The divisor.
    pub divisor: u64,
    /// Clip's upper threshold, if not three quarters of the largest value.
    pub max: Option<u64>,
    /// Values in a window.
    pub window: u32,
    /// Width of the output ring, if not the usual one.
    pub out_bits: Option<u32>,
    /// What is known of the values.
    pub sign: Sign,
    /// Parameters of the session.
    pub params: Params,
    /// Whether OTs come from the ideal functionality: not secure, shows the cost of everything else.
    pub ideal: bool,
    /// Seed of the inputs and of the parties' randomness.
    pub seed: u64,
}

impl Spec {
    /// Widths of rings and integers.
    pub const BITS: RangeInclusive<u32> = 1..=64;
    /// Sizes of a batch.
    pub const SIZES: RangeInclusive<u32> = 1..=1 << 24;
    /// Sizes of a window.
    pub const WINDOWS: RangeInclusive<u32> = 1..=1024;
    /// Divisors.
    pub const DIVISORS: RangeInclusive<u64> = 1..=divide::MAX_DIVISOR;

    /// An operation over 32 bits, with the options that `sotto bench` has by default.
    pub fn new(op: Op) -> Self {
        Spec {
            op,
            bits: 32,
            modulus: None,
            n: 8192,
            shift: 12,
            divisor: 49,
            max: None,
            window: 4,
            out_bits: None,
            sign: Sign::Any,
            params: Params::default(),
            ideal: false,
            seed: 1,
        }
    }

    /// Checks everything that can be wrong with options, wherever they come from.
    ///
    /// # Errors
    /// [`Error::Spec`] naming the option as on the command line.
    pub fn validate(&self) -> Result<()> {
        self.validate_ranges()?;
        self.params.validate().map_err(|e| Error::Spec(e.message().into()))?;
        let (op, bits) = (self.op, self.modulus().bits());
        let wrong = |problem: String| Err(Error::Spec(problem));
        if op.shifts() && self.shift >= bits {
            return wrong(format!("--shift {} must be less than the {bits} bits of a value", self.shift));
        }
        if matches!(op, Op::Truncate | Op::Divide) && self.sign == Sign::Bounded && bits < 2 {
            return wrong("--sign bounded needs --bits 2 or more".into());
        }
        if self.modulus.is_some() && (op.takes_private() || op == Op::Lookup) {
            return wrong(format!("{} has no --modulus", op.name()));
        }
        if op == Op::Lookup && bits > lookup::MAX_BITS {
            return wrong(format!("a lookup has indices of at most {} bits, not {bits}", lookup::MAX_BITS));
        }
        if op == Op::Clip && self.max() > self.modulus().largest_positive() {
            return wrong(format!("--max {} is negative in {bits} bits", self.max()));
        }
        if self.out_bits.is_some() && self.out().is_none() {
            return wrong(format!("{} has no --out-bits", op.name()));
        }
        match self.out_bits {
            Some(out) if op == Op::Argmax && out < index_bits(self.n) => {
                wrong(format!("--out-bits {out} does not hold the indices of {} values", self.n))
            }
            _ => Ok(()),
        }
    }

    /// What the command line's parser has checked already, and a peer's message has not.
    fn validate_ranges(&self) -> Result<()> {
        let within = [
            ("--bits", Self::BITS.contains(&self.bits)),
            ("--out-bits", self.out_bits.is_none_or(|bits| Self::BITS.contains(&bits))),
            ("--modulus", self.modulus.is_none_or(Modulus::is_odd_modulus)),
            ("--n", Self::SIZES.contains(&self.n)),
            ("--window", Self::WINDOWS.contains(&self.window)),
            ("--divisor", Self::DIVISORS.contains(&self.divisor)),
        ];
        match within.iter().find(|(_, holds)| !holds) {
            Some((option, _)) => Err(Error::Spec(format!("{option} is out of range"))),
            None => Ok(()),
        }
    }

    /// What the shares add up in.
    pub fn modulus(&self) -> Modulus {
        self.modulus.map_or_else(|| Modulus::power_of_two(self.bits), Modulus::odd)
    }

    /// Clip's upper threshold.
    pub fn max(&self) -> u64 {
        self.max.unwrap_or_else(|| self.modulus().largest_positive() / 4 * 3)
    }

    /// What the result's shares add up in, for operations that have a choice.
    pub fn out(&self) -> Option<Modulus> {
        let ring = |default: u32| Some(Modulus::power_of_two(self.out_bits.unwrap_or(default)));
        match self.op {
            Op::ReluShift | Op::Truncate | Op::Clip | Op::Divide if self.modulus.is_some() => Some(self.modulus()),
            Op::ReluShift | Op::Truncate | Op::Clip | Op::Divide => ring(self.bits),
            Op::Lookup => ring(32),
            Op::Argmax => ring(index_bits(self.n)),
            _ => None,
        }
    }

    /// Values that each result needs (argmax: each of the batch's values).
    pub(crate) fn values_each(&self) -> usize {
        if self.op == Op::Maxpool { self.window as usize } else { 1 }
    }

    /// Values that the batch needs.
    pub(crate) fn values(&self) -> usize {
        self.n as usize * self.values_each()
    }

    /// Results of the batch.
    pub(crate) fn results(&self) -> usize {
        if self.op == Op::Argmax { 1 } else { self.n as usize }
    }
}

/// Bits of the indices of `n` values.
fn index_bits(n: u32) -> u32 {
    (n.max(2) - 1).ilog2() + 2
}
