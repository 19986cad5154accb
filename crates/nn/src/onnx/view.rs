//! What a name of the file stands for, when it depends on the network's input.

use std::rc::Rc;

use crate::ValueId;

/// Stands for the input in the file's order, until it is known in which order the network reads it.
pub(super) const FILE_INPUT: ValueId = usize::MAX;

/// Elements of a value of the graph in any order, each with a factor and a summand of its own. Moving elements, and arithmetic
/// with constants, change a view and compute nothing; what reads it takes as much of it as it can into its weights.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct View {
    /// The value, or [`FILE_INPUT`].
    pub(super) id: ValueId,
    /// Dimensions in the file, with the batch of one row.
    pub(crate) shape: Vec<usize>,
    /// Element k is computed from element `order[k]` of the value; without it, from element k.
    order: Option<Rc<[usize]>>,
    /// Of each element; without it, factors are 1 and summands 0.
    affine: Option<Rc<Affine>>,
}

/// `scale[k]·x + shift[k]`. An element with the factor 0 is a constant.
#[derive(Clone, Debug, Default, PartialEq)]
struct Affine {
    scale: Vec<f64>,
    shift: Vec<f64>,
}

impl View {
    /// All of a value, in order.
    pub(crate) fn whole(id: ValueId, shape: Vec<usize>) -> Self {
        Self { id, shape, order: None, affine: None }
    }

    /// The same elements of another value, with the same functions.
    pub(crate) fn over(&self, id: ValueId) -> Self {
        Self { id, ..self.clone() }
    }

    /// The same functions of other elements: element k is computed from element `order(source(k))` of value `id`.
    pub(super) fn relocated(&self, id: ValueId, order: &[usize]) -> Self {
        Self { id, order: Some((0..self.len()).map(|k| order[self.source(k)]).collect()), ..self.clone() }
    }

    /// All elements of a value with as many, in its order.
    pub(super) fn in_order(&self, id: ValueId) -> Self {
        Self { id, order: None, ..self.clone() }
    }

    /// Whether both take the same elements of their values.
    pub(crate) fn has_order_of(&self, other: &Self) -> bool {
        self.len() == other.len()
            && match (&self.order, &other.order) {
                (None, None) => true,
                _ => (0..self.len()).all(|k| self.source(k) == other.source(k)),
            }
    }

    /// Number of elements.
    pub(crate) fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// The element of the value from which element `k` is computed.
    pub(super) fn source(&self, k: usize) -> usize {
        self.order.as_ref().map_or(k, |order| order[k])
    }

    /// Factor and summand of element `k`.
    pub(super) fn affine(&self, k: usize) -> (f64, f64) {
        self.affine.as_ref().map_or((1.0, 0.0), |affine| (affine.scale[k], affine.shift[k]))
    }

    /// Whether elements are those of a value of `len` elements, none left out, in its order.
    pub(super) fn is_in_order(&self, len: usize) -> bool {
        self.len() == len
            && self.order.as_ref().is_none_or(|order| order.iter().enumerate().all(|(k, &source)| k == source))
    }

    /// Whether any element has a factor or a summand.
    pub(super) fn is_affine(&self) -> bool {
        (0..self.affine.as_ref().map_or(0, |affine| affine.scale.len())).any(|k| self.affine(k) != (1.0, 0.0))
    }

    /// The number that element `k` is, if it is a constant.
    pub(super) fn constant(&self, k: usize) -> Option<f64> {
        let (scale, shift) = self.affine(k);
        (scale == 0.0).then_some(shift)
    }

    /// Whether it has lists of its own for its elements.
    pub(super) fn has_lists(&self) -> bool {
        self.order.is_some() || self.affine.is_some()
    }

    /// The same elements under another shape.
    pub(crate) fn reshaped(&self, shape: Vec<usize>) -> Self {
        Self { shape, ..self.clone() }
    }

    /// Elements of this view, by their indices.
    pub(crate) fn picked(&self, shape: Vec<usize>, indices: &[usize]) -> Self {
        let order = indices.iter().map(|&k| self.source(k)).collect();
        let pick = |from: &[f64]| indices.iter().map(|&k| from[k]).collect();
        let affine = self.affine.as_ref().map(|a| Rc::new(Affine { scale: pick(&a.scale), shift: pick(&a.shift) }));
        Self { id: self.id, shape, order: Some(order), affine }
    }

    /// `scale·x + shift` of every element.
    pub(crate) fn mapped(&self, coefficients: impl Fn(usize) -> (f64, f64)) -> Self {
        let mut affine = Affine::default();
        for k in 0..self.len() {
            let ((inner, added), (scale, shift)) = (self.affine(k), coefficients(k));
            // A number times zero is zero also where the number's range has no end.
            affine.scale.push(if scale == 0.0 { 0.0 } else { inner * scale });
            affine.shift.push(if scale == 0.0 { shift } else { added * scale + shift });
        }
        Self { affine: Some(Rc::new(affine)), ..self.clone() }
    }

    /// The same elements before their functions; `f` of constants remains.
    pub(super) fn bare(&self, f: impl Fn(f64) -> f64) -> Self {
        if (0..self.len()).all(|k| self.affine.is_none() || self.constant(k).is_none()) {
            return Self { affine: None, ..self.clone() };
        }
        let pair = |k| self.constant(k).map_or((1.0, 0.0), |c| (0.0, f(c)));
        let (scale, shift) = (0..self.len()).map(pair).unzip();
        Self { affine: Some(Rc::new(Affine { scale, shift })), ..self.clone() }
    }

    /// The factor and the summand of all elements, if they have the same.
    pub(crate) fn uniform(&self) -> Option<(f64, f64)> {
        let first = if self.len() > 0 { self.affine(0) } else { (1.0, 0.0) };
        let all = first.0 != 0.0 && (0..self.len()).all(|k| self.affine(k) == first);
        all.then_some(first)
    }

    /// The same without factors and summands that only rounding keeps from 1 and 0.
    pub(crate) fn without_rounding(&self) -> Self {
        let size = (0..self.len()).map(|k| self.affine(k).1.abs()).fold(1.0, f64::max);
        let near = |(scale, shift): (f64, f64)| (scale - 1.0).abs() < 1e-12 && shift.abs() < 1e-12 * size;
        if (0..self.len()).all(|k| near(self.affine(k))) { Self { affine: None, ..self.clone() } } else { self.clone() }
    }

    /// Whether factors and summands are numbers.
    pub(super) fn is_finite(&self) -> bool {
        self.affine.as_ref().is_none_or(|a| a.scale.iter().chain(&a.shift).all(|v| v.is_finite()))
    }
}
