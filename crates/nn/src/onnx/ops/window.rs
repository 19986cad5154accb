//! The attributes that convolutions and pools share: kernel, strides, pads, dilations, rounding.

use super::super::node::{NodeContext, Problem};
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
    kernel: usize,
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
}

/// The dimensions after the channels, one or two.
pub(super) fn spatial(shape: &[usize]) -> Result<&[usize], Problem> {
    match shape {
        [_, dims @ ..] if matches!(dims.len(), 1 | 2) => Ok(dims),
        _ => Err(format!(
            "its input has the shape {shape:?}; it must be [channels, length] or [channels, height, width]"
        )),
    }
}

/// The attribute `kernel_shape`.
pub(super) fn kernel_shape(node: &NodeContext<'_>) -> Result<Vec<usize>, Problem> {
    let kernel = node.ints("kernel_shape").ok_or("its attribute kernel_shape is missing")?;
    sizes("kernel_shape", kernel, 1)
}

/// Reads the window of a node over an input of `shape`. With `ceil` the output's size is rounded up in the source, which is
/// accepted where rounding down gives the same.
pub(super) fn sliding(
    node: &NodeContext<'_>,
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
    if dilations.iter().any(|&d| d != 1) {
        return Err(format!("dilations {dilations:?} are not supported; train with dilation 1 and a larger kernel"));
    }
    let (strides, pads) = (list("strides", 1, 1, n)?, list("pads", 0, 0, 2 * n)?);
    let mode = auto_pad(node)?;
    let mut axes = Vec::with_capacity(n);
    for i in 0..n {
        let axis = Axis { extent: dims[i], kernel: kernel[i], stride: strides[i], before: pads[i], after: pads[i + n] };
        axes.push(mode.applied(axis)?);
    }
    of_axes(&axes, ceil)
}

fn of_axes(axes: &[Axis], ceil: bool) -> Result<Sliding, Problem> {
    let mut output = Vec::with_capacity(axes.len());
    let mut full = true;
    for axis in axes {
        let room = (axis.extent + axis.before + axis.after).checked_sub(axis.kernel).ok_or_else(|| {
            format!(
                "its kernel of {} is larger than its padded input, {}",
                axis.kernel,
                axis.extent + axis.before + axis.after
            )
        })?;
        if ceil && room % axis.stride != 0 {
            return Err(
                "ceil_mode gives a larger output here, which is not supported; export with ceil_mode off, or pad \
                 the input so that the windows fit"
                    .into(),
            );
        }
        let last = room / axis.stride;
        full &= axis.before == 0 && last * axis.stride + axis.kernel <= axis.extent;
        output.push(last + 1);
    }
    let unit = Axis { extent: 1, kernel: 1, stride: 1, before: 0, after: 0 };
    let [y, x] = match *axes {
        [x] => [unit, x],
        [y, x] => [y, x],
        _ => return Err("only maps of one or two dimensions are supported".into()),
    };
    let window = Window {
        kernel: [y.kernel, x.kernel],
        stride: [y.stride, x.stride],
        pads: [y.before, x.before, y.after, x.after],
    };
    Ok(Sliding { window, output, full })
}

impl Sliding {
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
    pub(super) fn padded(&mut self, node: &mut NodeContext<'_>, x: ValueId) -> Result<ValueId, Problem> {
        let Window { kernel, pads, .. } = self.window;
        if (0..4).all(|side| pads[side] < kernel[side % 2]) {
            return Ok(x);
        }
        self.window.pads = [0; 4];
        let mut shape = node.shape(x).to_vec();
        let [top, left, bottom, right] = pads;
        let width = shape.len() - 1;
        shape[width] += left + right;
        if width == 2 {
            shape[1] += top + bottom;
        }
        node.push_value(FloatOp::Pad(pads), vec![x], shape)
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

fn auto_pad(node: &NodeContext<'_>) -> Result<AutoPad, Problem> {
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
