//! `sotto-squeezenet FOLDER`: a bundle `squeezenet` in a folder, for tests that are not written in Rust: SqueezeNet 1.0 (Iandola
//! and others, 2016) with random weights of 11 bits and activations of 12, as an import leaves such a network. No value of
//! its sample overflows a ring.

use std::path::Path;
use std::process::ExitCode;

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use sotto_nn::bundle::Bundle;
use sotto_nn::card::InputSchema;
use sotto_nn::{Geometry, Op, OpKind, Program, Sign, Tensor, ValueId, ValueType, Weights, Window, reference, ring};
use sotto_tests::{plain_card, plain_image, sample};

const WEIGHT_BITS: u32 = 11;
const ACTIVATION_BITS: u32 = 12;
/// Ring of the sums.
const RING_BITS: u32 = 26;
const INPUT: [usize; 3] = [3, 224, 224];
const CLASSES: usize = 1000;
/// Outputs of each fire module's squeeze; either half of its expand has four times as many.
const FIRES: [usize; 8] = [16, 16, 32, 32, 48, 48, 64, 64];
/// The fire modules in front of a pool, counted from 2 as the paper does.
const POOLED: [usize; 2] = [4, 8];

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("sotto-squeezenet: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let folder = std::env::args_os().nth(1).ok_or("name a folder")?;
    let bundle = bundle()?;
    bundle.save(&Path::new(&folder).join(&bundle.id)).map_err(|error| error.to_string())
}

fn bundle() -> Result<Bundle, String> {
    let Network { program, weights, .. } = network()?;
    let classes = (0..CLASSES).map(|class| class.to_string()).collect();
    // The program reads the odd numbers from -255 to 255.
    let mut card = plain_card("SqueezeNet", InputSchema::Image(plain_image(INPUT, 127.5, 0.5)), classes);
    let mut rng = ChaCha20Rng::seed_from_u64(8);
    let values: Vec<f64> = (0..program.input.len()).map(|_| f64::from(rng.next_u32() as u8)).collect();
    let input = card.quantise(&program, &values).map_err(|error| error.to_string())?;
    check_rings(&program, &weights, &input)?;
    card.samples = vec![sample("noise", values, (&card, &program, &weights))?];
    Ok(Bundle { id: "squeezenet".into(), program, weights, card })
}

/// Runs the program in rings of 64 bits: where each value fits its ring, none overflows.
fn check_rings(program: &Program, weights: &Weights, input: &[i64]) -> Result<(), String> {
    let mut wide = program.clone();
    wide.input.bits = ring::MAX_BITS;
    wide.ops.iter_mut().for_each(|op| op.output.bits = ring::MAX_BITS);
    let values = reference::run(&wide, weights, input).map_err(|error| error.to_string())?;
    for (op, values) in program.ops.iter().zip(&values[1..]) {
        if let Some(value) = values.iter().find(|&&value| !ring::contains(value, op.output.bits)) {
            return Err(format!("'{}' overflows its ring of {} bits with {value}", op.name, op.output.bits));
        }
    }
    Ok(())
}

fn network() -> Result<Network, String> {
    let mut network = Network::new();
    let stem = Window { kernel: [7, 7], stride: [2, 2], pads: [2; 4] };
    let mut x = network.conv("conv1", 0, 96, stem, true)?;
    x = network.pool("pool1", x)?;
    for (index, squeeze) in FIRES.into_iter().enumerate() {
        let number = index + 2;
        let pooled = POOLED.contains(&number);
        x = network.fire(&format!("fire{number}"), x, squeeze, pooled)?;
        if pooled {
            x = network.pool(&format!("pool{number}"), x)?;
        }
    }
    x = network.conv("conv10", x, CLASSES, window(1), false)?;
    let [_, rows, columns] = network.shape(x);
    let mean = Window { kernel: [rows, columns], stride: [1; 2], pads: [0; 4] };
    let sums = network.push("sums", OpKind::SumPool { window: mean }, &[x], [CLASSES, 1, 1], RING_BITS);
    let divide = OpKind::Divide { divisor: (rows * columns) as u64, sign: Sign::NonNegative };
    let means = network.push("means", divide, &[sums], [CLASSES, 1, 1], ACTIVATION_BITS);
    network.push("scores", OpKind::Reshape, &[means], [CLASSES], ACTIVATION_BITS);
    Ok(network)
}

/// A square window that keeps a plane's size.
fn window(side: usize) -> Window {
    Window { kernel: [side; 2], stride: [1; 2], pads: [side / 2; 4] }
}

/// A program under construction.
struct Network {
    program: Program,
    weights: Weights,
    rng: ChaCha20Rng,
}

impl Network {
    fn new() -> Self {
        let input = ValueType { shape: INPUT.to_vec(), bits: RING_BITS, frac_bits: 0 };
        let program = Program { version: Program::VERSION, input, ops: Vec::new() };
        Self { program, weights: Weights::new(), rng: ChaCha20Rng::seed_from_u64(7) }
    }

    fn shape(&self, x: ValueId) -> [usize; 3] {
        let shape = &self.program.value(x).shape;
        [shape[0], shape[1], shape[2]]
    }

    fn push<const N: usize>(
        &mut self,
        name: &str,
        kind: OpKind,
        inputs: &[ValueId],
        shape: [usize; N],
        bits: u32,
    ) -> ValueId {
        let output = ValueType { shape: shape.to_vec(), bits, frac_bits: 0 };
        self.program.ops.push(Op { name: name.into(), kind, inputs: inputs.to_vec(), output });
        self.program.ops.len()
    }

    /// A convolution, and the ReLU with the shift that brings its sums back to an activation's bits: in the ring that a pool
    /// computes in, or in that of the next sums.
    fn conv(
        &mut self,
        name: &str,
        x: ValueId,
        outputs: usize,
        window: Window,
        pooled: bool,
    ) -> Result<ValueId, String> {
        let fan_in = self.shape(x)[0] * window.area();
        let [rows, columns] = self.plane(x, window)?;
        let [weight, bias] = ["weight", "bias"].map(|tensor| format!("{name}.{tensor}"));
        let [kernel_rows, kernel_columns] = window.kernel;
        self.tensor(&weight, vec![outputs, self.shape(x)[0], kernel_rows, kernel_columns])?;
        self.tensor(&bias, vec![outputs])?;
        let kind = OpKind::Conv { weight, bias: Some(bias), weight_bits: WEIGHT_BITS, window, groups: 1 };
        let shape = [outputs, rows, columns];
        let sums = self.push(name, kind, &[x], shape, RING_BITS);
        // Half of the sums are negative: values stay as large as they are from layer to layer if sums are divided by the
        // deviation of the weights times the root of half the number of summands. A pool picks values twice as large.
        let deviation = f64::from(1 << (WEIGHT_BITS - 1)) / 3f64.sqrt();
        let amount = (deviation * (fan_in as f64 / 2.0).sqrt()).log2().round() as u32 + u32::from(pooled);
        let bits = if pooled { ACTIVATION_BITS } else { RING_BITS };
        Ok(self.push(&format!("{name}.relu"), OpKind::ReluShift { amount }, &[sums], shape, bits))
    }

    /// Squeezes, expands by two convolutions and joins both.
    fn fire(&mut self, name: &str, x: ValueId, squeeze: usize, pooled: bool) -> Result<ValueId, String> {
        let squeezed = self.conv(&format!("{name}.squeeze"), x, squeeze, window(1), false)?;
        let half = 4 * squeeze;
        let narrow = self.conv(&format!("{name}.expand1x1"), squeezed, half, window(1), pooled)?;
        let wide = self.conv(&format!("{name}.expand3x3"), squeezed, half, window(3), pooled)?;
        let [_, rows, columns] = self.shape(narrow);
        let joined = OpKind::Concat { axis: 0, shifts: vec![0; 2] };
        let bits = self.program.value(narrow).bits;
        Ok(self.push(name, joined, &[narrow, wide], [2 * half, rows, columns], bits))
    }

    /// Maxima of 3 × 3 in steps of 2, as rows and then columns in the activations' ring, and back into that of the sums.
    fn pool(&mut self, name: &str, mut x: ValueId) -> Result<ValueId, String> {
        for (part, kernel, stride) in [("rows", [3, 1], [2, 1]), ("columns", [1, 3], [1, 2])] {
            let window = Window { kernel, stride, pads: [0; 4] };
            let [rows, columns] = self.plane(x, window)?;
            let shape = [self.shape(x)[0], rows, columns];
            x = self.push(&format!("{name}.{part}"), OpKind::MaxPool { window }, &[x], shape, ACTIVATION_BITS);
        }
        let widened = OpKind::Shift { amount: 0, sign: Sign::NonNegative };
        Ok(self.push(name, widened, &[x], self.shape(x), RING_BITS))
    }

    /// Extents of a value behind a window.
    fn plane(&self, x: ValueId, window: Window) -> Result<[usize; 2], String> {
        Geometry::new(&self.shape(x), window).map(|geometry| geometry.output)
    }

    /// Weights of any value that has their bits.
    fn tensor(&mut self, name: &str, shape: Vec<usize>) -> Result<(), String> {
        let weight = |_| ring::from_ring(self.rng.next_u64() & ring::mask(WEIGHT_BITS), WEIGHT_BITS);
        let data = (0..shape.iter().product()).map(weight).collect();
        self.weights.insert(name, Tensor::new(shape, data).map_err(|error| error.to_string())?);
        Ok(())
    }
}
