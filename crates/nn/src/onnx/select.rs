//! Elements of a value in another order, or fewer of them, or with constants between them, by operations that a program has.
//!
//! Rows and columns at regular distances are a pool of one element, or a kernel with a single 1 where the first is not the
//! first; chosen channels are a 1×1 convolution with ones; zeros around are padding, of channels as rows of a reshaped map.

use super::error::Problem;
use super::state::Lowering;
use super::view::View;
use crate::graph::{Conv, FloatOp, Linear, map};
use crate::{ValueId, Window};

/// Largest matrix of zeros and ones that stands for an order of elements nothing else computes.
const MAX_MATRIX: usize = 1 << 20;

/// A box of elements of a map, each axis on its own: element `[c, y, x]` is `[channels[c], rows[y], columns[x]]`.
#[derive(Debug, PartialEq)]
struct Boxed {
    channels: Vec<usize>,
    rows: Vec<usize>,
    columns: Vec<usize>,
    /// The map that it is read from.
    from: [usize; 3],
    /// Constants before and after the box, along each axis.
    pads: [(usize, usize); 3],
}

impl Boxed {
    /// Whether it is some channels of a map, with rows and columns as they are.
    fn is_channels(&self) -> bool {
        let whole = |places: &[usize], len: usize| places.iter().copied().eq(0..len);
        whole(&self.rows, self.from[1]) && whole(&self.columns, self.from[2]) && self.pads[1..] == [(0, 0); 2]
    }

    /// The channel of the map for each channel of the view, where that is not constant.
    fn padded_channels(&self) -> Vec<Option<usize>> {
        let (before, after) = self.pads[0];
        let none = |n: usize| std::iter::repeat_n(None, n);
        none(before).chain(self.channels.iter().copied().map(Some)).chain(none(after)).collect()
    }
}

/// Finds the box of a settled view of the shape `to` over a map.
fn boxed(view: &View, from: [usize; 3], to: [usize; 3]) -> Option<Boxed> {
    let at = |c: usize, y: usize, x: usize| (c * to[1] + y) * to[2] + x;
    let live = |c: usize, y: usize, x: usize| view.constant(at(c, y, x)).is_none();
    // The box's ends along each axis: the first and the last place with an element that is not constant.
    let mut ends = [(usize::MAX, 0); 3];
    for (c, y, x) in places(to) {
        if live(c, y, x) {
            for (end, place) in ends.iter_mut().zip([c, y, x]) {
                *end = (end.0.min(place), end.1.max(place + 1));
            }
        }
    }
    if ends[0].1 == 0 {
        return None;
    }
    let source = |c: usize, y: usize, x: usize| view.source(at(c, y, x));
    let plane = from[1] * from[2];
    let [(c0, c1), (y0, y1), (x0, x1)] = ends;
    let found = Boxed {
        channels: (c0..c1).map(|c| source(c, y0, x0) / plane).collect(),
        rows: (y0..y1).map(|y| source(c0, y, x0) % plane / from[2]).collect(),
        columns: (x0..x1).map(|x| source(c0, y0, x) % from[2]).collect(),
        from,
        pads: [0, 1, 2].map(|axis| (ends[axis].0, to[axis] - ends[axis].1)),
    };
    let inside = |c: usize, y: usize, x: usize| {
        let place = (found.channels[c] * from[1] + found.rows[y]) * from[2] + found.columns[x];
        live(c + c0, y + y0, x + x0) && source(c + c0, y + y0, x + x0) == place
    };
    places([c1 - c0, y1 - y0, x1 - x0]).all(|(c, y, x)| inside(c, y, x)).then_some(found)
}

fn places([channels, rows, columns]: [usize; 3]) -> impl Iterator<Item = (usize, usize, usize)> {
    (0..channels).flat_map(move |c| (0..rows).flat_map(move |y| (0..columns).map(move |x| (c, y, x))))
}

/// Kernel, stride and first place that pick `places` of an axis of `len`, if they are at regular distances.
fn regular(places: &[usize], len: usize) -> Option<(usize, usize, usize)> {
    let first = *places.first()?;
    let stride = places.get(1).map_or(Some(len), |second| second.checked_sub(first).filter(|&step| step > 0))?;
    if !places.iter().enumerate().all(|(i, &place)| place == first + i * stride) {
        return None;
    }
    // The smallest kernel that holds the first place and leaves no further window.
    let kernel = (first + 1).max((len + 1).saturating_sub(stride * places.len()));
    Some((kernel, stride, first))
}

/// Some channels of a value's map, which operations on each channel by itself may read in the value's order.
pub(super) struct Channels {
    /// The map, `[C, L]` or `[C, H, W]`.
    pub(super) id: ValueId,
    /// The map's channel for each of the view's.
    pub(super) order: Vec<usize>,
    /// Channels of the map.
    pub(super) count: usize,
}

impl Channels {
    /// Whether it is all channels of the map, each once.
    pub(super) fn is_permutation(&self) -> bool {
        let mut sorted = self.order.clone();
        sorted.sort_unstable();
        sorted.into_iter().eq(0..self.count)
    }

    /// The view's channels of what was computed of the map: a value `id` with maps of the shape `to`, `each` for one channel.
    pub(super) fn of(&self, id: ValueId, each: usize, to: &[usize]) -> View {
        let whole = View::whole(id, [&[1, self.count * each], to].concat());
        if self.order.iter().copied().eq(0..self.count) {
            return whole;
        }
        let plane: usize = each * to.iter().product::<usize>();
        let indices: Vec<usize> = self.order.iter().flat_map(|&c| c * plane..(c + 1) * plane).collect();
        whole.picked([&[1, self.order.len() * each], to].concat(), &indices)
    }
}

impl Lowering<'_> {
    /// If a settled view of maps, `[C, H, W]`, is some channels of a value, and others that are zero: the channel for each.
    pub(super) fn channels(&self, view: &View, to: &[usize]) -> Option<Vec<Option<usize>>> {
        let zero_or_none = |k| view.constant(k).is_none_or(|c| c == 0.0);
        if view.is_in_order(self.graph.len(view.id)) || !(0..view.len()).all(zero_or_none) {
            return None;
        }
        let (from, to) = (map(self.graph.shape(view.id)), map(to));
        let found = boxed(view, from, to).filter(|found| found.is_channels() && from[1..] == to[1..])?;
        Some(found.padded_channels())
    }

    /// The maps of a view for an operation on each channel by itself. Where they are channels of a value in another order, or
    /// where `any` of them may be left out, that is the value itself.
    pub(super) fn separate(&mut self, view: &View, own: &[usize], any: bool) -> Result<Channels, Problem> {
        let view = self.settled(view)?;
        if let Some(order) = self.channels(&view, own).and_then(|all| all.into_iter().collect::<Option<Vec<usize>>>()) {
            let count = map(self.graph.shape(view.id))[0];
            if any || count <= order.len() {
                let id = self.reshape(view.id, &[&[count], &own[1..]].concat())?;
                return Ok(Channels { id, order, count });
            }
        }
        Ok(Channels { id: self.plain(&view, own)?, order: (0..own[0]).collect(), count: own[0] })
    }

    /// A value with the elements of a settled view, under `shape`.
    pub(super) fn selected(&mut self, view: &View, shape: &[usize]) -> Result<ValueId, Problem> {
        let to = map(shape);
        let count = self.graph.len(view.id);
        let own = map(self.graph.shape(view.id));
        let mut candidates = vec![own, to];
        // A value without planes of its own may have those of what is made of it.
        let plane = to[1] * to[2];
        candidates.extend(count.is_multiple_of(plane).then(|| [count / plane, to[1], to[2]]));
        let fits = |from: &[usize; 3]| from.iter().product::<usize>() == count;
        let found = candidates.into_iter().filter(fits).find_map(|from| {
            let found = boxed(view, from, to)?;
            let cut = (regular(&found.rows, from[1])?, regular(&found.columns, from[2])?);
            Some((found, cut))
        });
        let id = match found {
            Some((found, (rows, columns))) => self.select(view.id, &found, rows, columns)?,
            None => self.permuted(view)?,
        };
        let id = self.constants_added(view, id)?;
        self.reshape(id, shape)
    }

    fn select(
        &mut self,
        id: ValueId,
        found: &Boxed,
        rows: (usize, usize, usize),
        columns: (usize, usize, usize),
    ) -> Result<ValueId, Problem> {
        let Boxed { channels, from, pads, .. } = found;
        let mut id = self.reshape(id, from)?;
        let mut shape = *from;
        let unit = Window { kernel: [1, 1], stride: [1, 1], pads: [0; 4] };
        if !found.rows.iter().copied().eq(0..from[1]) || !found.columns.iter().copied().eq(0..from[2]) {
            let window = Window { kernel: [rows.0, columns.0], stride: [rows.1, columns.1], pads: [0; 4] };
            shape = [from[0], found.rows.len(), found.columns.len()];
            let op = if window.area() == 1 {
                FloatOp::AveragePool(window)
            } else {
                let mut kernel = vec![0.0; window.area()];
                kernel[rows.2 * columns.0 + columns.2] = 1.0;
                let weight = kernel.repeat(from[0]);
                FloatOp::Conv(Conv { outputs: from[0], inputs: 1, groups: from[0], window, weight, bias: None })
            };
            id = self.push(op, vec![id], shape.to_vec())?;
        }
        if !channels.iter().copied().eq(0..from[0]) {
            let (outputs, inputs) = (channels.len(), from[0]);
            let mut weight = vec![0.0; outputs * inputs];
            channels.iter().enumerate().for_each(|(o, &c)| weight[o * inputs + c] = 1.0);
            shape[0] = outputs;
            let conv = Conv { outputs, inputs, groups: 1, window: unit, weight, bias: None };
            id = self.push(FloatOp::Conv(conv), vec![id], shape.to_vec())?;
        }
        let [(before, after), (top, bottom), (left, right)] = *pads;
        if [top, bottom, left, right] != [0; 4] {
            shape = [shape[0], shape[1] + top + bottom, shape[2] + left + right];
            id = self.push(FloatOp::Pad([top, left, bottom, right]), vec![id], shape.to_vec())?;
        }
        if (before, after) != (0, 0) {
            let plane = shape[1] * shape[2];
            let rows = self.reshape(id, &[1, shape[0], plane])?;
            shape[0] += before + after;
            id = self.push(FloatOp::Pad([before, 0, after, 0]), vec![rows], vec![1, shape[0], plane])?;
        }
        self.reshape(id, &shape)
    }

    /// Any order, by a matrix.
    fn permuted(&mut self, view: &View) -> Result<ValueId, Problem> {
        let (outputs, inputs) = (view.len(), self.graph.len(view.id));
        if outputs.saturating_mul(inputs) > MAX_MATRIX {
            return Err(format!(
                "it needs {outputs} of {inputs} elements in an order (transposed, picked or repeated) that the network's \
                 layers cannot compute; only the input's order, channels, and what a fully connected layer reads can change"
            ));
        }
        let mut weight = vec![0.0; outputs * inputs];
        (0..outputs).filter(|&k| view.constant(k).is_none()).for_each(|k| weight[k * inputs + view.source(k)] = 1.0);
        let flat = self.reshape(view.id, &[inputs])?;
        self.push(FloatOp::Linear(Linear { outputs, inputs, weight, bias: None }), vec![flat], vec![outputs])
    }

    /// Puts the view's constants where so far zeros are.
    fn constants_added(&mut self, view: &View, id: ValueId) -> Result<ValueId, Problem> {
        let constants = (0..view.len()).map(|k| view.constant(k).unwrap_or(0.0)).collect::<Vec<_>>();
        if constants.iter().all(|&c| c == 0.0) {
            return Ok(id);
        }
        let filled = View::whole(id, vec![view.len()]).mapped(|k| (1.0, constants[k]));
        Ok(self.settled(&filled)?.id)
    }
}
