//! Exact bytes of the linear layers of two ImageNet networks, by shapes alone.

use sotto_crypto::Modulus;
use sotto_he::ParamSet;
use sotto_he::linear::{ConvShape, LevelPlans, MAX_LEVELS, plans};

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

/// SqueezeNet 1.1.
fn squeezenet() -> Vec<ConvShape> {
    let mut layers = vec![conv(3, 224, 64, 3, 2, 0)];
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
        layers.push(conv(input, side, squeeze, 1, 1, 0));
        layers.push(conv(squeeze, side, expand, 1, 1, 0));
        layers.push(conv(squeeze, side, expand, 3, 1, 1));
    }
    layers.push(conv(512, 13, 1000, 1, 1, 0));
    layers
}

/// ResNet-50 with strides in the 3×3 convolutions.
fn resnet50() -> Vec<ConvShape> {
    let mut layers = vec![conv(3, 224, 64, 7, 2, 3)];
    let mut channels = 64;
    for (side, width, blocks, stride) in [(56, 64, 3, 1), (56, 128, 4, 2), (28, 256, 6, 2), (14, 512, 3, 2)] {
        for block in 0..blocks {
            let (input, step) = if block == 0 { (side, stride) } else { (side / stride, 1) };
            layers.push(conv(channels, input, width, 1, 1, 0));
            layers.push(conv(width, input, width, 3, step, 1));
            layers.push(conv(width, input / step, 4 * width, 1, 1, 0));
            if block == 0 {
                layers.push(conv(channels, input, 4 * width, 1, step, 0));
            }
            channels = 4 * width;
        }
    }
    layers.push(conv(2048, 1, 1000, 1, 1, 0));
    layers
}

/// Bytes of all layers and keys with at most so many levels of packing.
fn total(layers: &[LevelPlans], levels: u32) -> (u64, [usize; 4]) {
    let chosen: Vec<_> = layers.iter().map(|plans| plans.at_most(levels).1).collect();
    let used = chosen.iter().map(|plan| plan.levels()).max().unwrap_or(0);
    let body = |set: ParamSet| set.degree() as u64 * u64::from(set.residues_bits()) / 8;
    let keys = body(ParamSet::N4096) * (1 + 4 * u64::from(used));
    let bytes: u64 = chosen.iter().map(|plan| plan.bits().iter().sum::<u64>() / 8).sum();
    let sum = |f: &dyn Fn(&sotto_he::linear::LinearPlan) -> usize| chosen.iter().map(|p| f(p)).sum();
    (
        bytes + keys,
        [sum(&|p| p.counts.inputs), sum(&|p| p.counts.outputs), sum(&|p| p.replies()), sum(&|p| p.key_switches())],
    )
}

#[test]
fn bytes_of_imagenet_networks() {
    for (name, layers, most, exact) in [
        ("SqueezeNet 1.1", squeezenet(), [168, 75], [88_869_504, 57_135_147]),
        ("ResNet-50", resnet50(), [900, 300], [508_401_432, 291_553_355]),
    ] {
        for bits in [24, 32, 37] {
            let plans: Vec<_> =
                layers.iter().map(|&shape| plans(shape, 8, Modulus::power_of_two(bits)).unwrap()).collect();
            let plain = total(&plans, 0);
            let packed = (0..=MAX_LEVELS).map(|levels| total(&plans, levels)).min_by_key(|t| t.0).unwrap();
            println!(
                "{name}, {bits} bits: bytes, [uploads, outputs, replies, key switches]: {plain:?}, packed {packed:?}"
            );
            for (bytes, most) in [(plain.0, most[0]), (packed.0, most[1])] {
                assert!(bytes <= most * 1_000_000, "{name}, {bits} bits: {bytes} bytes, at most {most} million");
            }
            if bits == 37 {
                assert_eq!([plain.0, packed.0], exact, "{name}");
            }
        }
    }
}
