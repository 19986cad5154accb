//! Conv with stored weights, over maps of one or two dimensions.

use super::super::error::Problem;
use super::super::meaning::Meaning;
use super::super::node::NodeContext;
use super::super::view::View;
use super::window::{ATTRIBUTES, sliding, spatial};
use crate::ValueId;
use crate::graph::{Conv, FloatOp, map};

pub(super) fn conv(node: &mut NodeContext<'_, '_>) -> Result<Meaning, Problem> {
    let x = node.value(0)?;
    spatial(&x.shape)?;
    node.state.arrange_input(&x, &x.shape[1..]);
    let (shape, weight) = node.weights(1, "weights")?;
    let x = node.settled_but_steps(0)?;
    let bias = if node.has_input(2) { Some(bias(node, shape.first().copied().unwrap_or(0))?) } else { None };
    convolved(node, &x, &shape, &weight, bias).map(Meaning::Value)
}

/// The convolution of a view with weights of `shape`, by the node's attributes.
pub(super) fn convolved(
    node: &mut NodeContext<'_, '_>,
    x: &View,
    shape: &[usize],
    weight: &[f64],
    bias: Option<Vec<f64>>,
) -> Result<View, Problem> {
    node.only_attributes(&[&ATTRIBUTES[..], &["group"]].concat())?;
    let dims = spatial(&x.shape)?.to_vec();
    let own = &x.shape[1..];
    let [outputs, inputs, ref kernel @ ..] = *shape else {
        return Err(format!("its weights have the shape {shape:?}"));
    };
    if kernel.len() != dims.len() || shape.contains(&0) {
        return Err(format!("its weights have the shape {shape:?}, and its input {own:?}"));
    }
    if bias.as_ref().is_some_and(|bias| bias.len() != outputs) {
        return Err(format!("its bias has not one number for each of {outputs} channels"));
    }
    if node.ints("kernel_shape").is_some_and(|given| !given.iter().copied().eq(kernel.iter().map(|&k| k as i64))) {
        return Err(format!("its kernel_shape is not that of its weights, {kernel:?}"));
    }
    let group = node.int("group", 1);
    let groups = usize::try_from(group).ok().filter(|&g| g > 0 && outputs % g == 0);
    let Some(groups) = groups.filter(|&g| inputs.checked_mul(g) == Some(own[0])) else {
        return Err(format!("{group} groups with weights of the shape {shape:?} cannot read {} channels", own[0]));
    };
    let mut sliding = sliding(node, &x.shape, kernel, false)?;
    let to = sliding.shape(outputs, own[0], outputs.saturating_mul(inputs))?;
    node.state.room(&[outputs, inputs, sliding.window.area()])?;
    let weight = sliding.dilated(weight, kernel);
    let mut conv = Conv { outputs, inputs, groups, window: sliding.window, weight, bias };
    let x = &taken_in(node, &mut conv, x, sliding.full)?;
    if groups > 1 && inputs == 1 {
        let channels = node.state.separate(x, own, false)?;
        if channels.is_permutation() {
            reorder(&mut conv, &channels.order);
            let id = sliding.padded(node, channels.id)?;
            conv.window = sliding.window;
            let id = node.state.push(FloatOp::Conv(conv), vec![id], to.clone())?;
            return Ok(channels.of(id, outputs / groups, &to[1..]));
        }
    }
    let id = match node.state.channels(x, own) {
        Some(channels) if groups == 1 => {
            pick_channels(node, &mut conv, x.id, &channels)?;
            node.state.reshape(x.id, &[&[conv.inputs], &dims[..]].concat())?
        }
        _ => node.state.plain(x, own)?,
    };
    let id = sliding.padded(node, id)?;
    conv.window = sliding.window;
    let id = node.state.push(FloatOp::Conv(conv), vec![id], to.clone())?;
    Ok(View::whole(id, [&[1], &to[..]].concat()))
}

/// Takes factors and summands of a view's channels into the weights, if that can be; otherwise they are computed before. Where
/// the convolution pads, only its factors are taken in: its zeros are those of real numbers.
fn taken_in(node: &mut NodeContext<'_, '_>, conv: &mut Conv, x: &View, unpadded: bool) -> Result<View, Problem> {
    let plane = x.len() / (conv.inputs * conv.groups).max(1);
    let elements: Vec<usize> = (0..x.len()).collect();
    let of_channel = |elements: &[usize]| {
        let zeros = elements.iter().any(|&k| x.constant(k).is_some());
        let mut others = elements.iter().filter(|&&k| x.constant(k) != Some(0.0)).map(|&k| x.affine(k));
        let (scale, shift) = others.next().unwrap_or((1.0, 0.0));
        let fits = scale != 0.0 && others.all(|other| other == (scale, shift));
        let stays = if unpadded && !zeros { 0.0 } else { shift / scale };
        fits.then_some((scale, shift, stays))
    };
    let found: Option<Vec<(f64, f64, f64)>> = elements.chunks(plane.max(1)).map(of_channel).collect();
    let Some(found) = found.filter(|_| x.is_affine()) else { return node.state.settled(x) };
    let pairs: Vec<(f64, f64)> =
        found.iter().map(|&(scale, shift, stays)| (scale, if stays == 0.0 { shift } else { 0.0 })).collect();
    let taps = conv.window.area();
    let bias = conv.bias.get_or_insert_with(|| vec![0.0; conv.outputs]);
    for (o, weights) in conv.weight.chunks_exact_mut(conv.inputs * taps).enumerate() {
        let first = o / (conv.outputs / conv.groups) * conv.inputs;
        for (weights, (scale, shift)) in weights.chunks_exact_mut(taps).zip(&pairs[first..]) {
            bias[o] += shift * weights.iter().sum::<f64>();
            weights.iter_mut().for_each(|w| *w *= scale);
        }
    }
    let bare = x.bare(|c| c);
    if found.iter().all(|&(_, _, stays)| stays == 0.0) {
        return Ok(bare);
    }
    let moved = bare.mapped(|k| if bare.constant(k).is_some() { (1.0, 0.0) } else { (1.0, found[k / plane].2) });
    node.state.settled(&moved)
}

/// Lets a depthwise convolution compute the kernels of channel k with channel `order[k]`.
fn reorder(conv: &mut Conv, order: &[usize]) {
    let each = conv.outputs / conv.groups;
    let moved = |from: &[f64], len: usize| {
        let mut to = vec![0.0; from.len()];
        for (k, kernels) in from.chunks_exact(each * len).enumerate() {
            to[order[k] * each * len..][..each * len].copy_from_slice(kernels);
        }
        to
    };
    conv.weight = moved(&conv.weight, conv.window.area());
    conv.bias = conv.bias.as_deref().map(|bias| moved(bias, 1));
}

/// Lets a convolution read all channels of a value of which it read some.
fn pick_channels(
    node: &mut NodeContext<'_, '_>,
    conv: &mut Conv,
    id: ValueId,
    channels: &[Option<usize>],
) -> Result<(), Problem> {
    let (all, taps) = (map(node.state.graph.shape(id))[0], conv.window.area());
    node.state.room(&[conv.outputs, all, taps])?;
    let mut weight = vec![0.0; conv.outputs * all * taps];
    for o in 0..conv.outputs {
        for (k, channel) in channels.iter().enumerate() {
            let Some(channel) = channel else { continue };
            let from = &conv.weight[(o * conv.inputs + k) * taps..][..taps];
            weight[(o * all + channel) * taps..][..taps].iter_mut().zip(from).for_each(|(to, from)| *to += from);
        }
    }
    (conv.inputs, conv.weight) = (all, weight);
    Ok(())
}

fn bias(node: &mut NodeContext<'_, '_>, outputs: usize) -> Result<Vec<f64>, Problem> {
    let (shape, data) = node.weights(2, "biases")?;
    if shape == [outputs] {
        return Ok(data);
    }
    Err(format!("its bias has the shape {shape:?}, and the layer {outputs} channels"))
}
