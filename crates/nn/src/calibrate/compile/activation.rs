//! What follows layers: ReLUs that also shift, and averages.

use super::{Compiler, to_fixed};
use crate::calibrate::CalibrationError;
use crate::graph::Node;
use crate::{OpKind, Sign, ValueId, Window, ring};

/// Bits of a number that the 64-bit rings of a first run hold with room to spare.
const ROOM: u32 = ring::MAX_BITS - 2;

impl Compiler<'_> {
    pub(super) fn relu(&mut self, id: ValueId, node: &Node) -> ValueId {
        let x = self.values[node.inputs[0]];
        let amount = self.excess(id, x);
        let kind = if amount == 0 { OpKind::Relu } else { OpKind::ReluShift { amount } };
        self.push(&node.name, kind, vec![x], node.shape.clone(), self.frac_bits(x) - amount)
    }

    /// The bound is rounded to the value's scale; one that is larger than anything in a ring is none.
    pub(super) fn clip(&mut self, id: ValueId, node: &Node, max: f64) -> ValueId {
        let x = self.values[node.inputs[0]];
        let (frac_bits, amount) = (self.frac_bits(x), self.excess(id, x));
        if max.log2() + f64::from(frac_bits) >= f64::from(ROOM) {
            return self.relu(id, node);
        }
        let kind = OpKind::Clip { max: to_fixed(max, frac_bits) as u64, amount };
        self.push(&node.name, kind, vec![x], node.shape.clone(), frac_bits - amount)
    }

    /// Whole numbers have no fractional bits, however many an activation may have.
    pub(super) fn steps(&mut self, node: &Node, count: u32) -> ValueId {
        let x = self.values[node.inputs[0]];
        let amount = self.frac_bits(x);
        let kind = OpKind::Clip { max: to_fixed(count.into(), amount) as u64, amount };
        self.push(&node.name, kind, vec![x], node.shape.clone(), 0)
    }

    /// Windows of 2^k elements are summed, and the sum has k fractional bits more. Other sums are divided, and what is finer
    /// than an activation goes with it.
    pub(super) fn average_pool(
        &mut self,
        id: ValueId,
        node: &Node,
        window: &Window,
    ) -> Result<ValueId, CalibrationError> {
        let read = node.inputs[0];
        let size = window.kernel.iter().product::<usize>() as u64;
        let doubled = if size.is_power_of_two() { size.ilog2() } else { 0 };
        let fine = self.frac_bits(self.values[read]) + doubled > ROOM;
        let x = if fine { self.narrow(read, &node.name) } else { self.values[read] };
        let frac_bits = self.frac_bits(x);
        let kind = OpKind::SumPool { window: *window };
        let sum = self.push(&node.name, kind, vec![x], node.shape.clone(), frac_bits + doubled);
        if size.is_power_of_two() {
            return Ok(sum);
        }
        self.check_magnitude(&node.name, sum, self.data.value(id).peak() * size as f64)?;
        let amount = self.excess(id, x).min(ROOM - 1 - size.ilog2());
        let kind = OpKind::Divide { divisor: size << amount, sign: Sign::Any };
        Ok(self.push(&format!("{} (mean)", node.name), kind, vec![sum], node.shape.clone(), frac_bits - amount))
    }

    /// How many bits finer `x` is than graph value `id`, which is computed from it, needs to be. The result of the network
    /// keeps its full precision: nothing computes with it.
    fn excess(&self, id: ValueId, x: ValueId) -> u32 {
        if self.is_last(id) { 0 } else { self.frac_bits(x).saturating_sub(self.scales.of(id)) }
    }
}
