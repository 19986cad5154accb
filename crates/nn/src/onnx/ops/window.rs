//! The attributes that convolutions and pools share: kernel, strides, pads, dilations, rounding.

use super::super::elements::chosen;
use super::super::error::Problem;
use super::super::node::NodeContext;
use super::super::printable::printable;
use crate::graph::FloatOp;
use crate::{ValueId, Window};

/// The attributes that [`sliding`] reads.
pub(super) const ATTRIBUTES: [&str; 5] = ["auto_pad", "dilations", "kernel_shape", "pads", "strides"];
/// Bound of kernels, strides and pads.
const MAX_STEP: usize = 1 << 26;
/// Bounds of what a program accepts: elements under all windows, and products of a convolution.
const MAX_READ: usize = 1 << 28;
const MAX_PRODUCTS: usize = 1 << 36;

/// One spatial dimension.
#[derive(Clone, Copy)]
struct Axis {
    extent: usize,
    /// From the first to the last element, with what lies between them.
    kernel: usize,
    dilation: usize,
    stride: usize,
    before: usize,
    after: usize,
}

/// A window over a map, and the spatial dimensions of its output.
pub(super) struct Sliding {
    /// The window, `[1, k]` over a map of one dimension.
    pub(super) window: Window,
    /// As many as the input has.
    pub(super) output: Vec<usize>,
    /// Whether no window reads padding.
    pub(super) full: bool,
    /// Whether a kernel has gaps.
    pub(super) is_dilated: bool,
    /// In the source's order.
    axes: Vec<Axis>,
}

/// The dimensions after batch and channels, one or two.
pub(super) fn spatial(shape: &[usize]) -> Result<&[usize], Problem> {
    match shape {
        [1, _, dims @ ..] if matches!(dims.len(), 1 | 2) => Ok(dims),
        _ => Err(format!(
            "its input has the shape {shape:?}; it must be [1, channels, length] or [1, channels, height, width]"
        )),
    }
}

/// The attribute `kernel_shape`.
pub(super) fn kernel_shape(node: &NodeContext<'_, '_>) -> Result<Vec<usize>, Problem> {
    let kernel = node.ints("kernel_shape").ok_or("its attribute kernel_shape is missing")?;
    sizes("kernel_shape", kernel, 1)
}

/// Reads the window of a node over an input of `shape`. With `ceil` there is one more window where one starts before the end of
/// the input or of the padding before it, as in onnxruntime and PyTorch; it reads padding beyond what the file says.
pub(super) fn sliding(
    node: &NodeContext<'_, '_>,
    shape: &[usize],
    kernel: &[usize],
    ceil: bool,
) -> Result<Sliding, Problem> {
    let dims = spatial(shape)?;
    let list = |name: &str, default: usize, least: usize, count: usize| match node.ints(name) {
        None => Ok(vec![default; count]),
        Some(found) if found.len() == count => sizes(name, found, least),
        Some(found) => Err(format!("its attribute {name} is {found:?} and needs {count} numbers")),
    };
    let n = dims.len();
    if kernel.len() != n {
        return Err(format!("its kernel {kernel:?} has not as many dimensions as its input {dims:?}"));
    }
    let dilations = list("dilations", 1, 1, n)?;
    let (strides, pads) = (list("strides", 1, 1, n)?, list("pads", 0, 0, 2 * n)?);
    let mode = auto_pad(node)?;
    let mut axes = Vec::with_capacity(n);
    for i in 0..n {
        let span = (kernel[i] - 1).saturating_mul(dilations[i]).saturating_add(1);
        if span > MAX_STEP {
            return Err(format!("its kernel spans {span} elements"));
        }
        let (dilation, stride) = (dilations[i], strides[i]);
        let axis = Axis { extent: dims[i], kernel: span, dilation, stride, before: pads[i], after: pads[i + n] };
        axes.push(mode.applied(axis)?);
    }
    of_axes(axes, ceil)
}

fn of_axes(axes: Vec<Axis>, ceil: bool) -> Result<Sliding, Problem> {
    let mut output = Vec::with_capacity(axes.len());
    let mut full = true;
    // Beyond the file's where a last window reaches further.
    let mut after = Vec::with_capacity(axes.len());
    for axis in &axes {
        let padded = axis.extent + axis.before + axis.after;
        let room = padded
            .checked_sub(axis.kernel)
            .ok_or_else(|| format!("its kernel of {} is larger than its padded input, {padded}", axis.kernel))?;
        let mut last = if ceil { room.div_ceil(axis.stride) } else { room / axis.stride };
        if last * axis.stride >= axis.extent + axis.before {
            last -= usize::from(ceil);
        }
        let reach = last * axis.stride + axis.kernel;
        full &= axis.before == 0 && reach <= axis.extent;
        after.push(axis.after.max(reach.saturating_sub(axis.extent + axis.before)));
        output.push(last + 1);
    }
    let unit = Axis { extent: 1, kernel: 1, dilation: 1, stride: 1, before: 0, after: 0 };
    let [y, x] = match axes[..] {
        [x] => [unit, Axis { after: after[0], ..x }],
        [y, x] => [Axis { after: after[0], ..y }, Axis { after: after[1], ..x }],
        _ => return Err("only maps of one or two dimensions are supported".into()),
    };
    let window = Window {
        kernel: [y.kernel, x.kernel],
        stride: [y.stride, x.stride],
        pads: [y.before, x.before, y.after, x.after],
    };
    let is_dilated = axes.iter().any(|axis| axis.dilation != 1);
    Ok(Sliding { window, output, full, is_dilated, axes })
}

impl Axis {
    /// How many elements of the window at each of `count` places lie in the input, or with `padding` also in the file's padding.
    fn counts(&self, count: usize, padding: bool) -> Vec<usize> {
        let (before, after) = if padding {
            (0, self.before + self.extent + self.after)
        } else {
            (self.before, self.before + self.extent)
        };
        let inside =
            |at: usize| (at * self.stride + self.kernel).min(after).saturating_sub((at * self.stride).max(before));
        (0..count).map(inside).collect()
    }
}

impl Sliding {
    /// How many elements count under the window at each place of the output.
    pub(super) fn counts(&self, padding: bool) -> Vec<usize> {
        self.axes.iter().zip(&self.output).fold(vec![1], |counts, (axis, &n)| {
            let along = axis.counts(n, padding);
            counts.iter().flat_map(|count| along.iter().map(move |n| count * n)).collect()
        })
    }

    /// Kernels of the extents `kernel` with zeros in their gaps.
    pub(super) fn dilated(&self, weight: &[f64], kernel: &[usize]) -> Vec<f64> {
        if !self.is_dilated {
            return weight.to_vec();
        }
        let spans: Vec<usize> = self.axes.iter().map(|axis| axis.kernel).collect();
        let places: Vec<Vec<usize>> =
            self.axes.iter().zip(kernel).map(|(axis, &n)| (0..n).map(|i| i * axis.dilation).collect()).collect();
        let taps = chosen(&spans, &places);
        let mut kernels = vec![0.0; weight.len() / taps.len() * self.window.area()];
        for (from, to) in weight.chunks_exact(taps.len()).zip(kernels.chunks_exact_mut(self.window.area())) {
            from.iter().zip(&taps).for_each(|(w, &tap)| to[tap] = *w);
        }
        kernels
    }

    /// Dimensions of the output with its channels. `read` is the number of input channels, `products` that of pairs of an
    /// input and an output channel.
    pub(super) fn shape(&self, channels: usize, read: usize, products: usize) -> Result<Vec<usize>, Problem> {
        let shape: Vec<usize> = std::iter::once(channels).chain(self.output.iter().copied()).collect();
        for (count, most) in [(read, MAX_READ), (products, MAX_PRODUCTS)] {
            let factors = self.output.iter().chain(&self.window.kernel).chain([&count]);
            if factors.fold(1usize, |work, &factor| work.saturating_mul(factor)) > most {
                return Err(format!("its windows read more than {most} elements for an output of the shape {shape:?}"));
            }
        }
        Ok(shape)
    }

    /// Lets a separate operation pad where a window would lie in the padding whole, which a program's windows must not.
    pub(super) fn padded(&mut self, node: &mut NodeContext<'_, '_>, x: ValueId) -> Result<ValueId, Problem> {
        let Window { kernel, pads, .. } = self.window;
        if (0..4).all(|side| pads[side] < kernel[side % 2]) {
            return Ok(x);
        }
        self.window.pads = [0; 4];
        let mut shape = node.state.graph.shape(x).to_vec();
        let [top, left, bottom, right] = pads;
        let width = shape.len() - 1;
        shape[width] += left + right;
        if width == 2 {
            shape[1] += top + bottom;
        }
        node.state.push(FloatOp::Pad(pads), vec![x], shape)
    }
}

/// How pads are found.
#[derive(Clone, Copy, PartialEq)]
enum AutoPad {
    /// By the attribute `pads`.
    NotSet,
    /// None.
    Valid,
    /// As many as it takes for ⌈extent / stride⌉ outputs, the odd one after (`true`) or before the input.
    Same { after: bool },
}

fn auto_pad(node: &NodeContext<'_, '_>) -> Result<AutoPad, Problem> {
    let mode = match node.string("auto_pad").unwrap_or(b"NOTSET") {
        b"NOTSET" | b"" => return Ok(AutoPad::NotSet),
        b"VALID" => AutoPad::Valid,
        b"SAME_UPPER" => AutoPad::Same { after: true },
        b"SAME_LOWER" => AutoPad::Same { after: false },
        other => {
            let other = printable(&String::from_utf8_lossy(other));
            return Err(format!("its auto_pad '{other}' is none of NOTSET, VALID, SAME_UPPER and SAME_LOWER"));
        }
    };
    if node.ints("pads").is_some_and(|pads| pads.iter().any(|&p| p != 0)) {
        return Err("it has both pads and auto_pad; leave one of them out".into());
    }
    Ok(mode)
}

impl AutoPad {
    fn applied(self, axis: Axis) -> Result<Axis, Problem> {
        let AutoPad::Same { after } = self else { return Ok(axis) };
        let last = (axis.extent.div_ceil(axis.stride) - 1).saturating_mul(axis.stride);
        let total = last.saturating_add(axis.kernel).saturating_sub(axis.extent);
        if total > MAX_STEP {
            return Err(format!("auto_pad asks for {total} zeros"));
        }
        let less = total / 2;
        let (before, after) = if after { (less, total - less) } else { (total - less, less) };
        Ok(Axis { before, after, ..axis })
    }
}

fn sizes(name: &str, values: &[i64], least: usize) -> Result<Vec<usize>, Problem> {
    let size = |&value: &i64| usize::try_from(value).ok().filter(|v| (least..=MAX_STEP).contains(v));
    let checked: Option<Vec<usize>> = values.iter().map(size).collect();
    checked.ok_or_else(|| format!("its attribute {name} is {values:?}; only {least} to {MAX_STEP} can be"))
}
