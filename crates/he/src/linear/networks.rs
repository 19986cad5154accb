//! Linear layers of two ImageNet networks, for measurements.

use super::ConvShape;

fn conv(channels: usize, side: usize, outputs: usize, kernel: usize, stride: usize, pad: usize) -> ConvShape {
    let output = (side + 2 * pad - kernel) / stride + 1;
    ConvShape {
        channels,
        input: [side; 2],
        output: [output; 2],
        kernel: [kernel; 2],
        stride: [stride; 2],
        pads: [pad; 2],
        outputs,
        groups: 1,
    }
}

/// A layer's shape, and the number of the value that it reads.
pub type NetworkLayer = (ConvShape, usize);

/// SqueezeNet 1.1 (Iandola et al., 2016), 224×224.
pub fn squeezenet_1_1() -> Vec<NetworkLayer> {
    let mut layers = vec![(conv(3, 224, 64, 3, 2, 0), 0)];
    let fires = [
        (55, 64, 16, 64),
        (55, 128, 16, 64),
        (27, 128, 32, 128),
        (27, 256, 32, 128),
        (13, 256, 48, 192),
        (13, 384, 48, 192),
        (13, 384, 64, 256),
        (13, 512, 64, 256),
    ];
    for (side, input, squeeze, expand) in fires {
        let read = layers.len();
        layers.push((conv(input, side, squeeze, 1, 1, 0), read));
        layers.push((conv(squeeze, side, expand, 1, 1, 0), read + 1));
        layers.push((conv(squeeze, side, expand, 3, 1, 1), read + 1));
    }
    layers.push((conv(512, 13, 1000, 1, 1, 0), layers.len()));
    layers
}

/// ResNet-50 (He et al., CVPR 2016), 224×224, with strides in the 3×3 convolutions.
pub fn resnet_50() -> Vec<NetworkLayer> {
    let mut layers = vec![(conv(3, 224, 64, 7, 2, 3), 0)];
    let mut channels = 64;
    for (side, width, blocks, stride) in [(56, 64, 3, 1), (56, 128, 4, 2), (28, 256, 6, 2), (14, 512, 3, 2)] {
        for block in 0..blocks {
            let (input, step) = if block == 0 { (side, stride) } else { (side / stride, 1) };
            let read = layers.len();
            layers.push((conv(channels, input, width, 1, 1, 0), read));
            layers.push((conv(width, input, width, 3, step, 1), read + 1));
            layers.push((conv(width, input / step, 4 * width, 1, 1, 0), read + 2));
            if block == 0 {
                layers.push((conv(channels, input, 4 * width, 1, step, 0), read));
            }
            channels = 4 * width;
        }
    }
    layers.push((conv(2048, 1, 1000, 1, 1, 0), layers.len()));
    layers
}
