//! Linear layers by oblivious transfer and by encryption.

mod shape;

use std::sync::Arc;

use clap::{Args, ValueEnum};
use futures_executor::block_on;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use serde::Serialize;
use sotto_bench::Spec;
use sotto_he::linear::{ConvShape, MAX_LEVELS, networks};
use sotto_mpc::protocols::linear_he::{HeInput, HeOptions, linear_he};
use sotto_mpc::protocols::linear_ot::{LinearInput, LinearShape, linear_ot};
use sotto_mpc::{Arith, Channel, Encryption, Linears, Method, Modulus, Party, Phase, Session, Supply, Threads};
use sotto_nn::{Geometry, Window, reference};

use super::args::{CommonArgs, Source, parse_modulus};
use super::link::run_both;
use crate::choices::within;
use crate::clock::{pool, pool_seconds, thread_seconds};
use crate::output::{say, say_json};
use crate::table::{bytes, table};
use crate::{Error, Result};

/// Options of the linear layers' bench.
#[derive(Args, Clone, Debug)]
pub(crate) struct LinearArgs {
    /// A layer: INPUTS:OUTPUTS, or CxHxW:M:KHxKW with :sSTRIDE, :pPAD and :gGROUPS behind it. May be repeated.
    #[arg(long, value_name = "SHAPE", required_unless_present = "network", value_parser = shape::parse)]
    pub(super) shape: Vec<ConvShape>,

    /// All linear layers of a network, by shape alone.
    #[arg(long, value_enum, conflicts_with = "shape")]
    pub(super) network: Option<Network>,

    /// Bits of the ring of inputs and results.
    #[arg(long, value_name = "L", default_value_t = 32, value_parser = within(Spec::BITS))]
    pub(super) bits: u32,

    /// Shares add up modulo this odd number instead of 2^L.
    #[arg(long, value_name = "N", conflicts_with = "bits", value_parser = parse_modulus)]
    pub(super) modulus: Option<u64>,

    /// Bits of a weight.
    #[arg(long, value_name = "BITS", default_value_t = 8, value_parser = within(Spec::BITS))]
    pub(super) weight_bits: u32,

    /// Most levels of packing replies, 2^LEVELS in one; 0 for none. How many pay is counted with their keys.
    #[arg(long, value_name = "LEVELS", default_value_t = MAX_LEVELS, value_parser = within(0..=MAX_LEVELS))]
    pub(super) packing: u32,

    /// Sets this share of the kernels to zero, and lets the server leave out what is all zero.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    pub(super) sparse: f64,

    /// Counts bytes and ciphertexts without running anything.
    #[arg(long)]
    pub(super) count: bool,

    /// What every bench has.
    #[command(flatten)]
    pub(super) common: CommonArgs,
}

/// Networks with well-known shapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Network {
    /// SqueezeNet 1.1, 224x224.
    #[value(name = "squeezenet-1.1")]
    SqueezeNet,
    /// ResNet-50, 224x224.
    #[value(name = "resnet-50")]
    ResNet50,
}

/// One layer's measurement.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct LayerRecord {
    /// The layer, as on the command line.
    pub(super) shape: String,
    /// `ot` or `he`.
    pub(super) method: String,
    /// Payload bytes of the layer's preprocessing.
    pub(super) bytes_client_to_server: u64,
    /// Payload bytes of the layer's preprocessing.
    pub(super) bytes_server_to_client: u64,
    /// What encryption took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) he: Option<Encryption>,
    /// Processor seconds of each party, all threads of the server; zero when only counted.
    pub(super) client_seconds: f64,
    /// See `client_seconds`.
    pub(super) server_seconds: f64,
    /// Wall-clock seconds.
    pub(super) seconds: f64,
}

/// All layers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct LinearRecord {
    /// `linear`.
    pub(super) op: String,
    /// Bits of an element.
    pub(super) bits: u32,
    /// The odd n of Z_n.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) modulus: Option<u64>,
    /// Bits of a weight.
    pub(super) weight_bits: u32,
    /// Bytes of keys, client to server, once a session.
    pub(super) key_bytes: u64,
    /// Bytes of all layers and keys.
    pub(super) total_bytes: u64,
    /// Results that were compared with the reference.
    pub(super) checked: u64,
    /// Each layer.
    pub(super) layers: Vec<LayerRecord>,
}

/// A share between 0 and 1.
fn share(text: &str) -> std::result::Result<f64, String> {
    let value: f64 = text.parse().map_err(|e| format!("{e}"))?;
    if (0.0..=1.0).contains(&value) { Ok(value) } else { Err("it must be from 0 to 1".into()) }
}

/// Measures and prints.
///
/// # Errors
/// [`Error::Mismatch`] naming the first layer whose result differs from the reference's.
pub(super) fn run(args: &LinearArgs) -> Result<()> {
    if args.common.ot == Source::Ideal {
        return Err(Error::Usage("linear layers are measured over real OTs".into()));
    }
    let modulus = args.modulus.map_or_else(|| Modulus::power_of_two(args.bits), Modulus::odd);
    let shapes = match args.network {
        Some(Network::SqueezeNet) => networks::squeezenet_1_1(),
        Some(Network::ResNet50) => networks::resnet_50(),
        None => args.shape.iter().copied().zip(0..).collect(),
    };
    let layers: Vec<Layer> =
        shapes.iter().map(|&(shape, _)| Layer::new(shape, args.weight_bits, modulus)).collect::<Result<_>>()?;
    let params = args.common.params();
    let shape = |layer: &Layer| layer.shape.clone().over(params.ot);
    let named = layers.iter().zip(&shapes).enumerate().map(|(operation, (layer, &(_, input)))| sotto_mpc::Layer {
        operation,
        name: &layer.name,
        shape: shape(layer),
        input,
    });
    let kind = args.common.protocols.linear;
    let linears =
        Linears::for_layers(named.collect(), kind, args.packing).map_err(|e| Error::Input(e.message().into()))?;
    let mut supply = Supply::new(params);
    let mut records: Vec<LayerRecord> =
        layers.iter().zip(linears.iter()).map(|(layer, (_, method))| layer.record(method, &mut supply)).collect();
    let mut checked = 0;
    if !args.count {
        checked = measure(args, &layers, &linears, &mut records)?;
    }
    let total = records.iter().map(|r| r.bytes_client_to_server + r.bytes_server_to_client).sum::<u64>();
    let record = LinearRecord {
        op: "linear".into(),
        bits: modulus.bits(),
        modulus: args.modulus,
        weight_bits: args.weight_bits,
        key_bytes: linears.key_bytes(),
        total_bytes: total + linears.key_bytes(),
        checked,
        layers: records,
    };
    if args.common.json { say_json(&record) } else { say(&for_people(&record)) }
}

/// A layer to measure.
struct Layer {
    name: String,
    shape: LinearShape,
    modulus: Modulus,
}

impl Layer {
    fn new(conv: ConvShape, weight_bits: u32, modulus: Modulus) -> Result<Self> {
        let name = shape::format(&conv);
        if weight_bits > modulus.bits() {
            return Err(Error::Usage(format!("weights of {weight_bits} bits do not fit {} bits", modulus.bits())));
        }
        // Padding is the same on both sides, or less at the end.
        let after = [0, 1].map(|a| {
            ((conv.output[a] - 1) * conv.stride[a] + conv.kernel[a]).saturating_sub(conv.input[a] + conv.pads[a])
        });
        let pads = [conv.pads[0], conv.pads[1], after[0], after[1]];
        let window = Window { kernel: conv.kernel, stride: conv.stride, pads };
        let input = [conv.channels, conv.input[0], conv.input[1]];
        let geometry = Geometry::new(&input, window).map_err(|e| Error::Usage(format!("{name}: {e}")))?;
        let shape = LinearShape::conv(geometry, conv.outputs, conv.groups, weight_bits, modulus);
        Ok(Self { name, shape, modulus })
    }

    fn record(&self, method: &Method, supply: &mut Supply) -> LayerRecord {
        let cost = method.cost();
        let cost = supply.generate(0, &cost.demand) + cost;
        let he = method.encryption();
        LayerRecord {
            shape: self.name.clone(),
            method: if he.is_some() { "he" } else { "ot" }.into(),
            bytes_client_to_server: cost.to_server,
            bytes_server_to_client: cost.to_client,
            he,
            client_seconds: 0.0,
            server_seconds: 0.0,
            seconds: 0.0,
        }
    }

    /// Random weights, so many kernels of which are zero, and random elements of r.
    fn values(&self, args: &LinearArgs, rng: &mut ChaCha20Rng) -> (Vec<i64>, Arith) {
        let unused = 64 - args.weight_bits;
        let area = self.shape.geometry.window.area();
        let mut weights = Vec::with_capacity(self.shape.weight_len());
        for _ in 0..self.shape.weight_len() / area {
            let zero = (rng.next_u32() as f64) < args.sparse * f64::from(u32::MAX);
            weights.extend((0..area).map(|_| if zero { 0 } else { (rng.next_u64() << unused) as i64 >> unused }));
        }
        let r = (0..self.shape.input_len()).map(|_| rng.next_u64()).collect();
        (weights, Arith::new(self.modulus, r))
    }
}

/// A layer at one party.
struct Measured {
    share: Arith,
    /// What was multiplied, at the client.
    r: Arith,
    cpu_seconds: f64,
    seconds: f64,
    bytes: [u64; 2],
}

fn measure(args: &LinearArgs, layers: &[Layer], linears: &Linears, records: &mut [LayerRecord]) -> Result<u64> {
    let mut rng = ChaCha20Rng::seed_from_u64(args.common.seed);
    let values: Vec<(Vec<i64>, Arith)> = layers.iter().map(|layer| layer.values(args, &mut rng)).collect();
    let pool = pool()?;
    let party = |channel, party| block_on(run_layers(channel, party, args, linears, &values, &pool));
    let (client, server) = run_both(|c| party(c, Party::Client), |c| party(c, Party::Server))?;
    let mut checked = 0;
    for (k, layer) in layers.iter().enumerate() {
        let (ours, theirs, record) = (&client.value[k], &server.value[k], &mut records[k]);
        (record.client_seconds, record.server_seconds) = (ours.cpu_seconds, theirs.cpu_seconds);
        record.seconds = ours.seconds;
        if ours.bytes != [record.bytes_client_to_server, record.bytes_server_to_client] {
            return Err(Error::Internal(format!("{}: sent other bytes than planned", record.shape)));
        }
        let (weights, r) = (&values[k].0, &ours.r);
        let signed: Vec<i64> = r.values().iter().map(|&v| v as i64).collect();
        let (geometry, groups) = (&layer.shape.geometry, layer.shape.groups);
        let expected = match layer.modulus {
            Modulus::PowerOfTwo(_) => reference::conv_wrapping(weights, None, &signed, geometry, groups),
            Modulus::Odd(_) => modular(layer, weights, r),
        };
        for (i, (&a, &b)) in ours.share.values().iter().zip(theirs.share.values()).enumerate() {
            let (got, wanted) = (layer.modulus.add(a, b), layer.modulus.reduce(expected[i] as u64));
            if got != wanted {
                return Err(Error::Mismatch(format!("{}: output {i} is {got}, not {wanted}", record.shape)));
            }
        }
        checked += expected.len() as u64;
    }
    Ok(checked)
}

/// The layer modulo an odd n.
fn modular(layer: &Layer, weights: &[i64], r: &Arith) -> Vec<i64> {
    let (g, t) = (&layer.shape.geometry, layer.modulus);
    let (fan_in, fan_out) = (g.channels / layer.shape.groups, layer.shape.outputs / layer.shape.groups);
    let output = |index: usize| {
        let (m, place) = (index / g.output_len(), index % g.output_len());
        let taps: Vec<_> = g.taps(place).collect();
        let terms = (0..fan_in).flat_map(|c| taps.iter().map(move |tap| (c, tap)));
        terms.fold(0, |sum, (c, tap)| {
            let weight = weights[(m * fan_in + c) * g.window.area() + tap.kernel];
            let element = r.values()[(m / fan_out * fan_in + c) * g.input_len() + tap.input];
            t.add(sum, t.mul(t.from_signed(weight), element))
        }) as i64
    };
    (0..layer.shape.outputs * g.output_len()).map(output).collect()
}

async fn run_layers(
    channel: Channel,
    party: Party,
    args: &LinearArgs,
    linears: &Linears,
    values: &[(Vec<i64>, Arith)],
    pool: &Arc<rayon::ThreadPool>,
) -> sotto_mpc::Result<Vec<Measured>> {
    let rng = ChaCha20Rng::seed_from_u64(args.common.seed ^ (party as u64 + 1));
    let mut s = Session::setup(channel, party, args.common.params(), rng).await?;
    s.setup_encryption(linears.keys()).await?;
    let options = HeOptions { skip_zeros: args.sparse > 0.0, threads: Threads::of(pool.clone()) };
    let mut measured = Vec::new();
    for ((_, method), (weights, r)) in linears.iter().zip(values) {
        let mut r = r.clone();
        let before = s.stats().phase(Phase::Online);
        let (start, cpu) = (std::time::Instant::now(), seconds(party, pool));
        let share = match method {
            Method::Ot(shape) => {
                let input = match party {
                    Party::Client => LinearInput::Mask(&r),
                    Party::Server => LinearInput::Weights(weights),
                };
                linear_ot(s.lane(), shape, input).await?
            }
            Method::He(layer) => {
                let input = match party {
                    Party::Client => HeInput::Mask(&mut r),
                    Party::Server => HeInput::Weights(weights),
                };
                linear_he(&mut s, layer, input, &options).await?
            }
        };
        let after = s.stats().phase(Phase::Online);
        let bytes = [after.bytes_sent - before.bytes_sent, after.bytes_received - before.bytes_received];
        let (cpu_seconds, seconds) = (seconds(party, pool) - cpu, start.elapsed().as_secs_f64());
        measured.push(Measured { share, r, cpu_seconds, seconds, bytes });
    }
    Ok(measured)
}

/// Processor seconds of a party so far: its thread, and at the server those that compute on ciphertexts.
fn seconds(party: Party, pool: &rayon::ThreadPool) -> f64 {
    let own = thread_seconds();
    match party {
        Party::Client => own,
        Party::Server => own + pool_seconds(pool),
    }
}

fn for_people(record: &LinearRecord) -> String {
    let headings = [
        "layer",
        "by",
        "to server",
        "to client",
        "uploads",
        "computed",
        "replies",
        "margin",
        "client s",
        "server s",
        "wall s",
    ];
    let rows: Vec<Vec<String>> = record
        .layers
        .iter()
        .map(|layer| {
            let count = |f: &dyn Fn(&Encryption) -> String| layer.he.as_ref().map_or("-".into(), f);
            vec![
                layer.shape.clone(),
                layer.method.clone(),
                bytes(layer.bytes_client_to_server),
                bytes(layer.bytes_server_to_client),
                count(&|he| he.uploads.to_string()),
                count(&|he| he.computed.to_string()),
                count(&|he| he.replies.to_string()),
                count(&|he| format!("{:.1} bits", he.margin_bits)),
                format!("{:.3}", layer.client_seconds),
                format!("{:.3}", layer.server_seconds),
                format!("{:.3}", layer.seconds),
            ]
        })
        .collect();
    let mut text = table(&headings, &rows);
    text += &format!(
        "keys {}, in all {} = {} bytes\n",
        bytes(record.key_bytes),
        bytes(record.total_bytes),
        record.total_bytes
    );
    if record.checked > 0 {
        text += &format!("all {} results equal the plain computation\n", record.checked);
    }
    text
}
