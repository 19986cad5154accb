//! Comparisons of constants, and choices by them.

use super::super::advice::advice;
use super::super::constant::{Constant, Data};
use super::super::elements::{broadcast, spread};
use super::super::error::Problem;
use super::super::meaning::Meaning;
use super::super::node::NodeContext;
use super::super::view::View;
use super::fold::{Binary, combined};

pub(super) fn compare(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&[])?;
    let op = node.proto.op_type.as_str();
    let (Meaning::Constant(a), Meaning::Constant(b)) = (node.input(0)?, node.input(1)?) else {
        return Err(format!("of computed values it is not supported{}", advice("", op)));
    };
    macro_rules! truth {
        ($f:expr) => {
            Binary { floats: |a, b| f64::from(u8::from($f(&a, &b))), ints: |a, b| Some(i64::from($f(&a, &b))) }
        };
    }
    let f = match op {
        "Equal" => truth!(PartialEq::eq),
        "Greater" => truth!(PartialOrd::gt),
        "GreaterOrEqual" => truth!(PartialOrd::ge),
        "Less" => truth!(PartialOrd::lt),
        "LessOrEqual" => truth!(PartialOrd::le),
        "And" => Binary { floats: f64::min, ints: |a, b| Some(a.min(b)) },
        _ => Binary { floats: f64::max, ints: |a, b| Some(a.max(b)) },
    };
    let result = combined(node, &a, &b, f)?;
    Ok(Constant { data: Data::Int(result.to_floats().into_iter().map(|v| v as i64).collect()), ..result }.into())
}

/// `Where` with a stored condition.
pub(super) fn pick(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&[])?;
    let condition = node.constant(0).map_err(|_| "its condition depends on the input".to_owned())?;
    let (yes, no) = (node.input(1)?, node.input(2)?);
    let shape = broadcast(&condition.shape, &broadcast(yes.shape(), no.shape())?)?;
    node.state.room(&shape)?;
    let truth = condition.to_floats();
    let holds: Vec<bool> = spread(&condition.shape, &shape).into_iter().map(|i| truth[i] != 0.0).collect();
    let (from_yes, from_no) = (spread(yes.shape(), &shape), spread(no.shape(), &shape));
    let one_of = |view: &View, from: &[usize], other: Vec<f64>, is_view: &dyn Fn(usize) -> bool| {
        view.picked(shape.clone(), from).mapped(|k| if is_view(k) { (1.0, 0.0) } else { (0.0, other[k]) })
    };
    let spread_out = |constant: &Constant, from: &[usize]| {
        let values = constant.to_floats();
        from.iter().map(|&i| values[i]).collect::<Vec<f64>>()
    };
    Ok(match (&yes, &no) {
        (Meaning::Constant(a), Meaning::Constant(b)) => match (&a.data, &b.data) {
            (Data::Int(a), Data::Int(b)) => {
                let picked = (0..holds.len()).map(|k| if holds[k] { a[from_yes[k]] } else { b[from_no[k]] });
                Constant { shape: shape.clone(), data: Data::Int(picked.collect()) }.into()
            }
            _ => {
                let (a, b) = (spread_out(a, &from_yes), spread_out(b, &from_no));
                let picked = (0..holds.len()).map(|k| if holds[k] { a[k] } else { b[k] });
                Constant { shape: shape.clone(), data: Data::Float(picked.collect()) }.into()
            }
        },
        (Meaning::Value(view), Meaning::Constant(b)) => {
            Meaning::Value(one_of(view, &from_yes, spread_out(b, &from_no), &|k| holds[k]))
        }
        (Meaning::Constant(a), Meaning::Value(view)) => {
            Meaning::Value(one_of(view, &from_no, spread_out(a, &from_yes), &|k| !holds[k]))
        }
        _ => return Err("it picks from two computed values, which is not supported".into()),
    })
}
