//! Arithmetic on constants.

use super::super::advice::advice;
use super::super::constant::{Constant, Data};
use super::super::elements::{broadcast, spread};
use super::super::error::Problem;
use super::super::meaning::Meaning;
use super::super::node::NodeContext;
use super::tail;

/// A function of two numbers, for both kinds of them.
#[derive(Clone, Copy)]
pub(super) struct Binary {
    pub(super) floats: fn(f64, f64) -> f64,
    /// `None` where there is no result.
    pub(super) ints: fn(i64, i64) -> Option<i64>,
}

/// The function of each pair of elements that broadcasting puts together.
pub(super) fn combined(
    node: &mut NodeContext<'_, '_>,
    a: &Constant,
    b: &Constant,
    f: Binary,
) -> Result<Constant, Problem> {
    let shape = broadcast(&a.shape, &b.shape)?;
    node.state.room(&shape)?;
    let pairs = spread(&a.shape, &shape).into_iter().zip(spread(&b.shape, &shape));
    let data = match (&a.data, &b.data) {
        (Data::Int(a), Data::Int(b)) => {
            let results: Option<_> = pairs.map(|(i, j)| (f.ints)(a[i], b[j])).collect();
            Data::Int(results.ok_or("it has no result for its stored integers")?)
        }
        _ => {
            let (a, b) = (a.to_floats(), b.to_floats());
            Data::Float(pairs.map(|(i, j)| (f.floats)(a[i], b[j])).collect())
        }
    };
    Ok(Constant { shape, data })
}

/// Functions of one number, of constants only.
pub(super) fn of_constants(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&[])?;
    let op = node.proto.op_type.as_str();
    let x = match node.input(0)? {
        Meaning::Constant(x) => x,
        other => {
            let refused = || format!("of a computed value it is not supported{}", advice("", op));
            return tail::function(op, &other).ok_or_else(refused);
        }
    };
    let shape = x.shape.clone();
    if let (Data::Int(data), "Not") = (&x.data, op) {
        return Ok(Constant { shape, data: Data::Int(data.iter().map(|&v| i64::from(v == 0)).collect()) }.into());
    }
    let f: fn(f64) -> f64 = match op {
        "Ceil" => f64::ceil,
        "Exp" => f64::exp,
        "Floor" => f64::floor,
        "Log" => f64::ln,
        "Reciprocal" => f64::recip,
        "Sqrt" => f64::sqrt,
        _ => return Err("it is one of truth values only".into()),
    };
    Ok(Constant { shape, data: Data::Float(x.to_floats().into_iter().map(f).collect()) }.into())
}
