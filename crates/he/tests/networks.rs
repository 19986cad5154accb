//! Exact bytes of the linear layers of two ImageNet networks, by shapes alone.

use std::collections::HashSet;

use sotto_crypto::Modulus;
use sotto_he::ParamSet;
use sotto_he::linear::networks::{resnet_50, squeezenet_1_1};
use sotto_he::linear::{ConvShape, LAYER_DISTANCE, LevelPlans, MAX_LEVELS, plans};

/// Bytes of all layers and keys with at most so many levels of packing.
fn total(layers: &[LevelPlans], levels: u32) -> u64 {
    let chosen: Vec<_> = layers.iter().map(|plans| plans.at_most(levels).1).collect();
    let used = chosen.iter().map(|plan| plan.levels()).max().unwrap_or(0);
    let body = |set: ParamSet| set.degree() as u64 * u64::from(set.residues_bits()) / 8;
    let keys = body(ParamSet::N4096) * (1 + 4 * u64::from(used));
    keys + chosen.iter().map(|plan| plan.bits().iter().sum::<u64>() / 8).sum::<u64>()
}

fn of(shape: ConvShape, bits: u32, chooses: bool, distance: f64) -> LevelPlans {
    plans(shape, 8, Modulus::power_of_two(bits), chooses, distance).unwrap()
}

/// A layer is flooded by as many bits as its part asks for, whatever it is; and what its ciphertexts make is as good as uniform.
#[test]
fn a_layer_stays_within_its_part() {
    for (shape, _) in resnet_50() {
        for bits in [24, 37, 64] {
            let elements = (shape.input_len() as f64).log2();
            let plans = of(shape, bits, true, LAYER_DISTANCE);
            let plan = plans.at_most(MAX_LEVELS).1;
            assert!(plan.distance() <= LAYER_DISTANCE, "{shape:?}, {bits} bits: 2^{:.1}", plan.distance().log2());
            let log_q = if plan.set() == ParamSet::N4096 { 105.99 } else { 134.97 };
            let most = elements + f64::from(bits) - log_q + 0.01;
            assert!(plan.distance_of_made().log2() <= most, "{shape:?}, {bits} bits");
        }
    }
}

#[test]
fn bytes_of_imagenet_networks() {
    for (name, layers, most, exact) in [
        ("SqueezeNet 1.1", squeezenet_1_1(), [110, 40], [65_358_530, 35_481_570]),
        ("ResNet-50", resnet_50(), [700, 200], [382_703_304, 172_799_687]),
    ] {
        for bits in [24, 32, 37] {
            let mut read = HashSet::new();
            let plans: Vec<_> =
                layers.iter().map(|&(shape, input)| of(shape, bits, read.insert(input), LAYER_DISTANCE)).collect();
            let plain = total(&plans, 0);
            let packed = (0..=MAX_LEVELS).map(|levels| total(&plans, levels)).min().unwrap();
            for (bytes, most) in [(plain, most[0]), (packed, most[1])] {
                assert!(bytes <= most * 1_000_000, "{name}, {bits} bits: {bytes} bytes, at most {most} million");
            }
            if bits == 37 {
                assert_eq!([plain, packed], exact, "{name}");
            }
        }
    }
}
