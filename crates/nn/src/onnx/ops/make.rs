//! Constants that a file stores in a node or describes: Constant, ConstantOfShape, Range, DequantizeLinear of stored weights.

use super::super::constant::{Constant, Data};
use super::super::error::Problem;
use super::super::meaning::Meaning;
use super::super::node::{NodeContext, axis_of};
use super::super::printable::printable;

pub(super) fn constant(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    let [attribute] = &node.proto.attribute[..] else { return Err("it must have exactly one attribute".into()) };
    let constant = match attribute.name.as_str() {
        "value" => {
            let tensor = attribute.t.as_ref().ok_or("its tensor is missing")?;
            Constant::read(tensor, node.state.folder).map_err(|e| e.to_string())?
        }
        "value_float" => Constant::floats(&[attribute.f]).scalar(),
        "value_floats" => Constant::floats(&attribute.floats),
        "value_int" => Constant::ints(vec![attribute.i]).scalar(),
        "value_ints" => Constant::ints(attribute.ints.clone()),
        other => return Err(format!("its attribute '{}' is not supported", printable(other))),
    };
    Ok(constant.into())
}

pub(super) fn constant_of_shape(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["value"])?;
    let dims = node.integers(0, "shape")?;
    let shape: Option<Vec<usize>> = dims.iter().map(|&dim| usize::try_from(dim).ok()).collect();
    let shape = shape.ok_or_else(|| format!("its shape {dims:?} is not one"))?;
    let count = node.state.room(&shape)?;
    let value = match node.attribute("value").and_then(|a| a.t.as_ref()) {
        None => Constant::floats(&[0.0]),
        Some(tensor) => Constant::read(tensor, node.state.folder).map_err(|e| e.to_string())?,
    };
    if value.len() != 1 {
        return Err("its value is not one number".into());
    }
    Ok(value.picked(shape, &vec![0; count]).into())
}

pub(super) fn range(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&[])?;
    let constants = [node.constant(0)?, node.constant(1)?, node.constant(2)?];
    let numbers = constants.iter().map(|c| match c.to_floats()[..] {
        [number] => Ok(number),
        _ => Err("its start, limit and step must be one number each".to_owned()),
    });
    let numbers = numbers.collect::<Result<Vec<f64>, _>>()?;
    let (start, step) = (numbers[0], numbers[2]);
    let count = ((numbers[1] - start) / step).ceil().max(0.0);
    if !count.is_finite() || count > f64::from(u32::MAX) {
        return Err("its numbers never reach the limit".into());
    }
    let count = node.state.room(&[count as usize])?;
    let values = (0..count).map(|k| start + k as f64 * step);
    let whole = constants.iter().all(|c| matches!(c.data, Data::Int(_)));
    let data = if whole { Data::Int(values.map(|v| v as i64).collect()) } else { Data::Float(values.collect()) };
    Ok(Constant { shape: vec![count], data }.into())
}

/// `(x − zero point)·scale` of stored integers, with one scale, or one for each place of an axis.
pub(super) fn dequantize_linear(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["axis", "block_size", "output_dtype"])?;
    let Meaning::Constant(x) = node.input(0)? else {
        return Err("its input is computed".into());
    };
    if node.int("block_size", 0) != 0 {
        return Err("scales for blocks are not supported, only for a tensor or its channels".into());
    }
    let (_, scales) = node.weights(1, "scales")?;
    let zeros = if node.has_input(2) { node.weights(2, "zero points")?.1 } else { vec![0.0; scales.len()] };
    let axis = if scales.len() == 1 { 0 } else { axis_of(x.shape.len(), node.int("axis", 1))? };
    let (places, inner) = match scales.len() {
        1 => (1, 1),
        _ => (x.shape[axis], x.shape[axis + 1..].iter().product::<usize>()),
    };
    if scales.len() != places || zeros.len() != places {
        return Err(format!("it has {} scales and {} zero points for {places}", scales.len(), zeros.len()));
    }
    let place = |k: usize| k / inner.max(1) % places;
    let data = x.to_floats().iter().enumerate().map(|(k, v)| (v - zeros[place(k)]) * scales[place(k)]).collect();
    Ok(Constant { shape: x.shape.clone(), data: Data::Float(data) }.into())
}
