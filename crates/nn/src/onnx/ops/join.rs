//! Concat and Pad: operators that put elements next to each other.

use super::super::constant::{Constant, Data};
use super::super::error::Problem;
use super::super::meaning::{Head, Meaning, Scores};
use super::super::node::{NodeContext, axis_of};
use super::super::state::own_shape;
use super::super::view::View;
use super::head::both_classes;
use crate::ValueId;
use crate::graph::{FloatOp, map};

/// The most values that one operation of a program reads.
const MAX_PARTS: usize = 256;

pub(super) fn concat(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["axis"])?;
    let given = node.attribute("axis").ok_or("its attribute axis is missing")?.i;
    let mut parts = Vec::with_capacity(node.proto.input.len());
    for index in 0..node.proto.input.len() {
        parts.push(match node.input(index)? {
            Meaning::Value(_) => Meaning::Value(node.settled_but_steps(index)?),
            other => other,
        });
    }
    joined(node, parts, given)
}

/// Parts next to each other along an axis.
pub(super) fn joined(node: &mut NodeContext<'_, '_>, mut parts: Vec<Meaning>, given: i64) -> Result<Meaning, Problem> {
    if let Some(scores) = both_classes(&parts) {
        return Ok(scores);
    }
    // Sigmoids side by side are those of the scores side by side.
    let sigmoid = |part: &Meaning| match part {
        Meaning::Dropped(scores) if scores.head == Head::Sigmoid => Some(scores.clone()),
        _ => None,
    };
    let sigmoids: Option<Vec<Scores>> = parts.iter().map(sigmoid).collect();
    let last = sigmoids.and_then(|all| {
        parts = all.iter().map(|scores| Meaning::Value(scores.view.clone())).collect();
        all.last().cloned()
    });
    let first = parts.first().ok_or("it has no inputs")?.shape().to_vec();
    let axis = axis_of(first.len(), given)?;
    let mut shape = first.clone();
    shape[axis] = 0;
    for part in &parts {
        let other = part.shape();
        let fits = other.len() == first.len() && (0..first.len()).all(|i| i == axis || other[i] == first[i]);
        if !fits {
            return Err(format!("the shapes {first:?} and {other:?} cannot be put together along axis {given}"));
        }
        shape[axis] = shape[axis].saturating_add(other[axis]);
    }
    node.state.room(&shape)?;
    if parts.iter().all(|part| matches!(part, Meaning::Constant(_))) {
        return Ok(constants(&parts, shape, axis).into());
    }
    let view = values(node, &parts, shape, axis)?;
    Ok(match last {
        Some(scores) => Meaning::Dropped(Scores { view, ..scores }),
        None => Meaning::Value(view),
    })
}

/// For each element of the whole along an axis: its part, and its place in that.
fn laid_out(parts: &[Meaning], axis: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
    let inner: Vec<usize> = parts.iter().map(|part| part.shape()[axis..].iter().product()).collect();
    let outer = parts[0].shape()[..axis].iter().product::<usize>();
    (0..outer).flat_map(move |o| {
        let of = |(part, &n): (usize, &usize)| (o * n..(o + 1) * n).map(move |k| (part, k));
        inner.iter().enumerate().flat_map(of).collect::<Vec<_>>()
    })
}

fn constants(parts: &[Meaning], shape: Vec<usize>, axis: usize) -> Constant {
    let stored: Vec<&Constant> =
        parts.iter().filter_map(|part| if let Meaning::Constant(c) = part { Some(&**c) } else { None }).collect();
    let integers: Option<Vec<&[i64]>> = stored.iter().map(|c| c.as_ints()).collect();
    let data = match integers {
        Some(ints) => Data::Int(laid_out(parts, axis).map(|(part, k)| ints[part][k]).collect()),
        None => {
            let floats: Vec<Vec<f64>> = stored.iter().map(|c| c.to_floats()).collect();
            Data::Float(laid_out(parts, axis).map(|(part, k)| floats[part][k]).collect())
        }
    };
    Constant { shape, data }
}

fn values(node: &mut NodeContext<'_, '_>, parts: &[Meaning], shape: Vec<usize>, axis: usize) -> Result<View, Problem> {
    let mut views = Vec::new();
    for part in parts {
        match part {
            Meaning::Value(view) => views.push(Some(view.clone())),
            Meaning::Constant(_) => views.push(None),
            Meaning::Dropped(..) => return Err("it reads an operator that is supported at the end only".into()),
        }
    }
    let own = own_shape(&shape);
    let plain = |view: &Option<View>| {
        view.as_ref().is_some_and(|v| v.is_in_order(node.state.graph.len(v.id)) && !v.is_affine())
    };
    if views.iter().all(plain)
        && let Some(own_axis) = axis.checked_sub(1)
        && own.len() + 1 == shape.len()
    {
        let mut inputs = Vec::new();
        for view in views.iter().flatten() {
            inputs.push(node.state.plain(view, &own_shape(&view.shape))?);
        }
        let id = concatenated(node, inputs, own_axis, own)?;
        return Ok(View::whole(id, shape));
    }
    beside(node, parts, &views, shape, axis)
}

fn concatenated(
    node: &mut NodeContext<'_, '_>,
    ids: Vec<ValueId>,
    axis: usize,
    shape: Vec<usize>,
) -> Result<ValueId, Problem> {
    match ids[..] {
        [only] => node.state.reshape(only, &shape),
        _ if ids.len() > MAX_PARTS => Err(format!("it puts {} values together; {MAX_PARTS} are the most", ids.len())),
        _ => node.state.push(FloatOp::Concat { axis }, ids, shape),
    }
}

/// Values side by side, each once, by their channels where their maps are alike; the result is a view of that.
fn beside(
    node: &mut NodeContext<'_, '_>,
    parts: &[Meaning],
    views: &[Option<View>],
    shape: Vec<usize>,
    axis: usize,
) -> Result<View, Problem> {
    let graph = &node.state.graph;
    let mut ids: Vec<ValueId> = Vec::new();
    views.iter().flatten().filter(|view| view.len() > 0).for_each(|view| {
        if !ids.contains(&view.id) {
            ids.push(view.id);
        }
    });
    let maps: Vec<[usize; 3]> = ids.iter().map(|&id| map(graph.shape(id))).collect();
    let alike = maps.iter().all(|m| m[1..] == maps[0][1..]);
    let mut starts = Vec::new();
    let mut total = 0usize;
    for &id in &ids {
        starts.push(total);
        total = total.saturating_add(graph.len(id));
    }
    let whole = if alike { vec![maps.iter().map(|m| m[0]).sum(), maps[0][1], maps[0][2]] } else { vec![total] };
    let mut inputs = Vec::new();
    for (&id, own) in ids.iter().zip(&maps) {
        let own = if alike { own.to_vec() } else { vec![own.iter().product()] };
        inputs.push(node.state.reshape(id, &own)?);
    }
    let joined = concatenated(node, inputs, 0, whole)?;
    let floats: Vec<Option<Vec<f64>>> =
        parts.iter().map(|part| if let Meaning::Constant(c) = part { Some(c.to_floats()) } else { None }).collect();
    let start = |view: &View| ids.iter().position(|&id| id == view.id).map_or(0, |k| starts[k]);
    let begins: Vec<usize> = views.iter().map(|view| view.as_ref().map_or(0, &start)).collect();
    let (mut order, mut functions) = (Vec::new(), Vec::new());
    for (part, k) in laid_out(parts, axis) {
        let view = views[part].as_ref();
        order.push(view.map_or(0, |view| begins[part] + view.source(k)));
        let constant = || (0.0, floats[part].as_ref().map_or(0.0, |c| c[k]));
        functions.push(view.map_or_else(constant, |view| view.affine(k)));
    }
    let view = View::whole(joined, vec![total]).picked(shape, &order);
    Ok(view.mapped(|k| functions[k]))
}

/// With any constant. Pads are attributes up to opset 10, and inputs from there on, their axes from opset 18 on.
pub(super) fn pad(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    node.only_attributes(&["mode", "pads", "value"])?;
    if !matches!(node.string("mode"), None | Some(b"" | b"constant")) {
        return Err("only its mode 'constant' is supported; pad with zeros".into());
    }
    let value = match node.number(2)? {
        Some(value) => value,
        None => node.float("value", 0.0)?,
    };
    if !value.is_finite() {
        return Err("it pads with a value that is not a finite number".into());
    }
    let view = node.settled_but_steps(0)?;
    let pads = pads(node, view.shape.len())?;
    let to: Vec<usize> = view.shape.iter().zip(&pads).map(|(n, (a, b))| n.saturating_add(a + b)).collect();
    if to == view.shape {
        return Ok(Meaning::Value(view));
    }
    let count = node.state.room(&to)?;
    let axes: Vec<Vec<usize>> =
        (0..to.len()).map(|axis| (pads[axis].0..pads[axis].0 + view.shape[axis]).collect::<Vec<_>>()).collect();
    let mut inside: Vec<Option<usize>> = vec![None; count];
    for (k, place) in super::super::elements::chosen(&to, &axes).into_iter().enumerate() {
        inside[place] = Some(k);
    }
    let indices: Vec<usize> = inside.iter().map(|k| k.unwrap_or(0)).collect();
    let padded = view.picked(to, &indices);
    Ok(Meaning::Value(padded.mapped(|k| if inside[k].is_some() { (1.0, 0.0) } else { (0.0, value) })))
}

/// Elements before and after each axis.
fn pads(node: &mut NodeContext<'_, '_>, rank: usize) -> Result<Vec<(usize, usize)>, Problem> {
    let given = node.listed(1, "pads")?.ok_or("its pads are missing")?;
    let axes = if node.has_input(3) { node.integers(3, "axes")? } else { (0..rank as i64).collect() };
    if given.len() != 2 * axes.len() {
        return Err(format!("its pads {given:?} are not two for each of {} axes", axes.len()));
    }
    let size = |value: i64| {
        let size = usize::try_from(value).ok().filter(|&size| size <= 1 << 26);
        size.ok_or_else(|| format!("its pads {given:?} are not all 0 to {}; cutting off is not supported", 1 << 26))
    };
    let mut pads = vec![(0, 0); rank];
    for (i, &axis) in axes.iter().enumerate() {
        pads[axis_of(rank, axis)?] = (size(given[i])?, size(given[i + axes.len()])?);
    }
    Ok(pads)
}
