//! Random programs of linear layers alone, for rings and weights that encryption has room for.

use proptest::prelude::*;

use super::cnn::{Conv, plane};
use super::{Builder, Case, Dense, Draw};
use crate::Window;

/// Most bits of a weight.
const WEIGHT_BITS: usize = 12;

/// Programs of one or two linear layers with `inputs` inputs each, over rings of 16 to 41 bits: fully connected ones, and
/// convolutions over lines and planes with any stride, padding and groups.
pub fn linear_cases(inputs: usize) -> impl Strategy<Value = Case> {
    let rings = (16u32..=41, 0u32..=3, prop::option::weighted(0.3, 16u32..=41));
    let dimensions = prop_oneof![1 => Just(0usize), 2 => Just(1), 4 => Just(2)];
    let input = (dimensions, 1usize..=3, 1usize..=4, [1usize..=10, 1usize..=10]);
    (rings, input, any::<u64>()).prop_map(
        move |((first, spare, second), (dimensions, groups, fan_in, extents), seed)| {
            let mut shape = vec![groups * fan_in];
            shape.extend(&extents[..dimensions]);
            if dimensions == 0 {
                shape[0] *= extents[0];
            }
            let mut draw = Draw(seed);
            let mut builder = Builder::with_shape(shape, first + spare, Draw(draw.next()), inputs);
            builder.linear_layer(first, groups, &mut draw);
            if let Some(second) = second {
                builder.linear_layer(second, 1, &mut draw);
            }
            builder.case
        },
    )
}

impl Builder {
    /// A convolution where the last value has planes, or most often; a fully connected layer otherwise.
    fn linear_layer(&mut self, bits: u32, groups: usize, draw: &mut Draw) {
        let (x, input) = self.last();
        let bits = bits.min(input.bits);
        if input.shape.len() > 1 && draw.below(8) > 0 {
            let window = draw.wide_window(&input.shape);
            let outputs = groups * (1 + draw.below(6));
            self.convolve(x, Conv { outputs, groups, window, bits, most_weight_bits: WEIGHT_BITS }, draw);
        } else {
            let x = if input.shape.len() > 1 { self.flatten() } else { x };
            let weight_bits = 1 + draw.below(WEIGHT_BITS) as u32;
            let dense = Dense { outputs: 1 + draw.below(20), bits, weight_bits, bias: draw.below(2) == 0 };
            self.dense(&format!("op{x}"), x, dense, draw);
        }
    }
}

impl Draw {
    /// A window of any kernel that fits the padded value, with strides up to 3; pads are shorter than the kernel.
    fn wide_window(&mut self, shape: &[usize]) -> Window {
        let mut window = Window { kernel: [1; 2], stride: [1; 2], pads: [0; 4] };
        // A line has no first axis.
        for axis in usize::from(shape.len() == 2)..2 {
            let kernel = 1 + self.below(5);
            let pads = [0; 2].map(|_: usize| if self.below(2) == 0 { 0 } else { self.below(kernel) });
            window.kernel[axis] = kernel.min(plane(shape)[axis] + pads[0] + pads[1]);
            window.stride[axis] = 1 + self.below(3);
            (window.pads[axis], window.pads[axis + 2]) = (pads[0], pads[1]);
        }
        window
    }
}
