//! How a program's linear layers are prepared: each by oblivious transfer or by encryption, whichever costs less.
//!
//! Both parties compute the same choice from the public program. Costs are exact bytes; encryption also pays for the server's work
//! ([`sotto_he::linear`]) and, once, for its keys. Keys for more levels of packing make replies fewer, so every number of levels is tried.

use serde::Serialize;
use sotto_he::FitError;
use sotto_he::linear::{LAYER_DISTANCE, LevelPlans, LinearPlan, MAX_LEVELS};
use sotto_nn::{Op, OpKind, Program};

use crate::cost::Cost;
use crate::error::{Error, ErrorKind, Result, internal};
use crate::party::{LinearKind, Params};
use crate::protocols::linear_he::{self, HeLayer};
use crate::protocols::linear_ot::{self, LinearShape};
use crate::session::keys::{KeySets, key_bytes};
use crate::share::Ring;
use crate::sorted::Sorted;

/// What one inference may tell, the least that a client may ask for: [`Params::KEY_DISTANCES`]. SECURITY.
const MOST_DISTANCE: f64 = 1.0 / (1u64 << *Params::KEY_DISTANCES.start()) as f64;

/// Way of one layer.
#[derive(Clone, Debug)]
pub enum Method {
    /// By oblivious transfer.
    Ot(LinearShape),
    /// By homomorphic encryption.
    He(Box<HeLayer>),
}

/// A layer's ciphertexts, for people.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Encryption {
    /// Parameter set.
    pub set: &'static str,
    /// Channels and output channels in a polynomial.
    pub channels: usize,
    /// See `channels`.
    pub outputs: usize,
    /// Tiles of the output plane.
    pub tiles: usize,
    /// Ciphertexts from the client.
    pub uploads: usize,
    /// Products of a ciphertext with a polynomial of weights.
    pub products: usize,
    /// Ciphertexts that the server computes.
    pub computed: usize,
    /// Replies, into which they are packed.
    pub replies: usize,
    /// Key switches of the packing.
    pub key_switches: usize,
    /// Bits of a coefficient of an upload without its element and with it, and of a and b of a reply, as they travel.
    pub upload_bits: [u32; 2],
    /// See `upload_bits`.
    pub reply_bits: [u32; 2],
    /// Flooding is uniform between minus and plus two to this many bits.
    pub flood_bits: u32,
    /// log₂ of the bound on a reply's noise, flooding and packing included.
    pub noise_bits: f64,
    /// Bits between the worst case of all that is added to a message and the first wrong result.
    pub margin_bits: f64,
}

/// What the keys of a program's encrypted layers answer before fresh ones come, for people.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KeyUse {
    /// Values with flooded noise in one inference.
    pub values: u64,
    /// −log₂ of the statistical distance of one inference's noise from the flooding alone, at least.
    pub distance_bits: f64,
    /// Inferences that are prepared with one set of keys.
    pub inferences: u64,
    /// Bytes of a set of keys.
    pub key_bytes: u64,
}

impl Method {
    /// The layer's ciphertexts, if it is encrypted.
    pub fn encryption(&self) -> Option<Encryption> {
        let Method::He(layer) = self else { return None };
        let (plan, budget) = (&layer.plan, &layer.plan.budget);
        Some(Encryption {
            set: plan.set().name(),
            channels: plan.tiling.channels,
            outputs: plan.tiling.outputs,
            tiles: plan.counts.tiles,
            uploads: plan.counts.inputs,
            products: plan.counts.products,
            computed: plan.counts.outputs,
            replies: plan.replies(),
            key_switches: plan.key_switches(),
            upload_bits: [budget.split.rest_bits(), budget.bits_of_upload().iter().sum()],
            reply_bits: budget.bits_of_reply(),
            flood_bits: budget.flood_bits,
            noise_bits: budget.noise.log2(),
            margin_bits: budget.margin(),
        })
    }

    /// Bytes and rounds of the layer's preprocessing.
    pub fn cost(&self) -> Cost {
        match self {
            Method::Ot(shape) => linear_ot::cost(shape),
            Method::He(layer) => linear_he::cost(layer),
        }
    }
}

/// Ways of all linear layers of a program.
#[derive(Clone, Debug, Default)]
pub struct Linears {
    methods: Sorted<usize, Method>,
    keys: KeySets,
    misfits: Vec<(usize, FitError)>,
}

/// A linear layer of a program.
pub struct Layer<'a> {
    /// The operation's number.
    pub operation: usize,
    /// Its name.
    pub name: &'a str,
    /// Its public shape.
    pub shape: LinearShape,
    /// The value that it reads: the first encrypted layer that reads it chooses the client's mask.
    pub input: usize,
}

/// A layer with what either way costs.
struct Candidate {
    operation: usize,
    input: usize,
    shape: LinearShape,
    /// Plans that choose r, and those that are given it, if another layer reads the same value before.
    plans: std::result::Result<[Option<LevelPlans>; 2], FitError>,
}

impl Linears {
    /// The choice for a valid program.
    ///
    /// # Errors
    /// [`ErrorKind::Version`] when encryption is demanded and a layer does not fit, with the numbers, or when the encrypted layers of one
    /// inference alone would tell more than keys may.
    pub fn choose<'a>(program: &'a Program, params: Params) -> Result<Self> {
        let ops = program.ops.iter().enumerate().filter(|(_, op)| op.kind.weights().is_some());
        let layer = |(operation, op): (usize, &'a Op)| {
            let shape = linear_shape(program, op)?.0.over(params.ot);
            Ok(Layer { operation, name: &op.name, shape, input: op.inputs[0] })
        };
        let layers = ops.map(layer);
        Self::for_layers(layers.collect::<Result<_>>()?, params.linear, MAX_LEVELS)
    }

    /// The choice for layers in the order of their operations, with at most so many levels of packing.
    ///
    /// # Errors
    /// As [`Linears::choose`].
    pub fn for_layers(layers: Vec<Layer<'_>>, kind: LinearKind, most_levels: u32) -> Result<Self> {
        // Very many layers share what an inference may tell.
        let parts = [LAYER_DISTANCE, MOST_DISTANCE / layers.len().max(1) as f64];
        let mut refusal = None;
        for part in parts {
            let linears = Self::within(&layers, kind, most_levels, part)?;
            match linears.refusal() {
                None => return Ok(linears),
                more => refusal = more,
            }
        }
        Err(refusal.unwrap_or_else(|| internal("no choice of linear layers")))
    }

    /// Why not even one inference is prepared like this: it alone would tell more than a key may.
    fn refusal(&self) -> Option<Error> {
        let distance = self.distance();
        let message = || {
            format!(
                "an inference with these encrypted layers would be 2^{:.1} from what can be simulated, more than 2^{:.0}; \
                 they can be prepared by oblivious transfer",
                distance.log2(),
                MOST_DISTANCE.log2(),
            )
        };
        (distance > MOST_DISTANCE).then(|| Error::new(ErrorKind::Version, message()))
    }

    /// The choice when a layer may tell so much, if the parameters have room for that.
    fn within(layers: &[Layer<'_>], kind: LinearKind, most_levels: u32, part: f64) -> Result<Self> {
        let mut read = Vec::new();
        let candidate = |&Layer { operation, name, ref shape, input }: &Layer<'_>| {
            let again = read.contains(&input);
            read.push(input);
            let plans = [Some(true), again.then_some(false)];
            let plans = plans.map(|chooses| chooses.map(|c| linear_he::layer_plans_within(shape, c, part)).transpose());
            let plans = match plans {
                [Ok(choosing), Ok(given)] => Ok([choosing, given]),
                [Err(error), _] | [_, Err(error)] => Err(error),
            };
            match (kind, &plans) {
                (LinearKind::He, Err(error)) => {
                    let message = format!("layer '{name}' cannot be encrypted: {error}");
                    Err(Error::new(ErrorKind::Version, message))
                }
                _ => Ok(Candidate { operation, input, shape: shape.clone(), plans }),
            }
        };
        let candidates: Vec<Candidate> = layers.iter().map(candidate).collect::<Result<_>>()?;
        let plain = (kind != LinearKind::He).then_some(None);
        let packed = (kind != LinearKind::Ot).then_some(0..=most_levels).into_iter().flatten().map(Some);
        let assigned = plain.into_iter().chain(packed).map(|levels| assign(&candidates, kind, levels));
        let mut best = assigned.min_by_key(|(price, _)| *price).map(|(_, linears)| linears).unwrap_or_default();
        best.misfits = candidates.into_iter().filter_map(|c| Some((c.operation, c.plans.err()?))).collect();
        Ok(best)
    }

    /// The way of an operation, if it is a linear layer.
    pub fn method(&self, operation: usize) -> Option<&Method> {
        self.methods.get(&operation)
    }

    /// The operations with their ways, in order.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &Method)> {
        self.methods.iter().map(|(&operation, method)| (operation, method))
    }

    /// The operations that encryption has no room for, with the numbers.
    pub fn misfits(&self) -> &[(usize, FitError)] {
        &self.misfits
    }

    /// The keys that the layers need.
    pub fn keys(&self) -> &KeySets {
        &self.keys
    }

    /// Bytes of those keys, client to server.
    pub fn key_bytes(&self) -> u64 {
        key_bytes(&self.keys)
    }

    /// Plans of the encrypted layers.
    fn encrypted(&self) -> impl Iterator<Item = &LinearPlan> {
        self.methods.values().filter_map(|method| match method {
            Method::He(layer) => Some(&layer.plan),
            Method::Ot(_) => None,
        })
    }

    /// Statistical distance, at most, of what either party sees of one inference's encrypted layers from what can be simulated without the
    /// other's secrets: the client of the weights, the server of r.
    fn distance(&self) -> f64 {
        let sum = |of: fn(&LinearPlan) -> f64| self.encrypted().map(of).sum::<f64>();
        sum(LinearPlan::distance).max(sum(LinearPlan::distance_of_made))
    }

    /// Inferences that one set of keys prepares: as many as keep all that it answers within the agreed statistical
    /// distance, and at least one: alone it is within [`MOST_DISTANCE`]. Both parties count them.
    pub fn inferences_per_key(&self, params: Params) -> u64 {
        let most = 1.0 / (1u64 << params.key_distance) as f64;
        // Nothing encrypted is no distance, and never too much; conversions of floats saturate.
        ((most / self.distance()) as u64).max(1)
    }

    /// The same for people, if a layer is encrypted.
    pub fn key_use(&self, params: Params) -> Option<KeyUse> {
        (!self.keys.is_empty()).then(|| KeyUse {
            values: self.encrypted().map(|plan| plan.shape().output_len() as u64).sum(),
            distance_bits: -self.distance().log2(),
            inferences: self.inferences_per_key(params),
            key_bytes: self.key_bytes(),
        })
    }
}

/// Assigns every layer its cheaper way when encryption may take so many levels of packing, or is not there; with the price of all.
fn assign(candidates: &[Candidate], kind: LinearKind, levels: Option<u32>) -> (u64, Linears) {
    let mut linears = Linears::default();
    let mut total = 0;
    let mut chosen = Vec::new();
    for Candidate { operation, input, shape, plans } in candidates {
        let by_ot = linear_ot::cost(shape).price();
        let plans = plans.as_ref().ok().and_then(|[choosing, given]| match chosen.contains(input) {
            false => choosing.as_ref(),
            true => given.as_ref(),
        });
        let by_he = levels.and_then(|levels| plans.map(|plans| plans.at_most(levels)));
        let method = match by_he {
            Some((price, plan)) if kind == LinearKind::He || price < by_ot => {
                if plan.chooses {
                    chosen.push(*input);
                }
                let levels = linears.keys.entry(plan.set()).or_default();
                *levels = plan.levels().max(*levels);
                total += price;
                Method::He(Box::new(HeLayer { shape: shape.clone(), plan: plan.clone() }))
            }
            _ => {
                total += by_ot;
                Method::Ot(shape.clone())
            }
        };
        linears.methods.insert(*operation, method);
    }
    (total + linears.key_bytes(), linears)
}

/// Shape of a linear layer and the name of its weights.
pub(crate) fn linear_shape<'a>(program: &Program, op: &'a Op) -> Result<(LinearShape, &'a str)> {
    let (outputs, ring) = (&op.output, Ring::new(op.output.bits));
    match &op.kind {
        OpKind::Linear { weight, weight_bits, .. } => {
            let inputs = program.value(op.inputs[0]).len();
            Ok((LinearShape::dense(outputs.len(), inputs, *weight_bits, ring), weight))
        }
        OpKind::Conv { weight, weight_bits, window, groups, .. } => {
            let geometry = program.geometry(op, *window).map_err(internal)?;
            let channels = outputs.len() / geometry.output_len();
            Ok((LinearShape::conv(geometry, channels, *groups, *weight_bits, ring), weight))
        }
        _ => Err(internal(format!("{} is not a linear layer", op.name))),
    }
}

#[cfg(test)]
mod tests {
    use sotto_nn::{Geometry, Window};

    use super::*;

    fn conv(channels: usize, side: usize, outputs: usize, bits: u32) -> LinearShape {
        let window = Window { kernel: [3, 3], stride: [1, 1], pads: [1; 4] };
        let geometry = Geometry::new(&[channels, side, side], window).unwrap();
        LinearShape::conv(geometry, outputs, 1, 8, crate::Modulus::power_of_two(bits))
    }

    fn layers(count: usize, shape: &LinearShape) -> Vec<Layer<'_>> {
        (0..count).map(|k| Layer { operation: k, name: "conv", shape: shape.clone(), input: k }).collect()
    }

    /// Sixteen layers of 2^−24 are 2^−20; of more, each gets less.
    #[test]
    fn many_large_layers_are_flooded_until_they_tell_little_enough_together() {
        let shape = conv(64, 224, 64, 37);
        let one = Linears::for_layers(layers(1, &shape), LinearKind::He, 0).unwrap().distance();
        assert!(LAYER_DISTANCE / 4.0 < one && one <= LAYER_DISTANCE, "2^{:.1}", one.log2());
        let count = (MOST_DISTANCE / one) as usize + 1;
        let many = Linears::for_layers(layers(count, &shape), LinearKind::He, 0).unwrap();
        assert!(many.distance() <= MOST_DISTANCE && many.inferences_per_key(Params::default()) == 1);
    }

    /// No matter why: an inference that tells more than a key may is not run.
    #[test]
    fn an_inference_that_tells_too_much_is_refused() {
        let shape = conv(4, 8, 4, 37);
        let mut linears = Linears::for_layers(layers(2, &shape), LinearKind::He, 0).unwrap();
        assert!(linears.refusal().is_none() && linears.inferences_per_key(Params::default()) > 1);
        for k in 0..2 {
            let Some(Method::He(layer)) = linears.methods.get_mut(&k) else { panic!("encryption was demanded") };
            // 256 values of 2^−28 each.
            layer.plan.budget.hidden = 2f64.powi(layer.plan.budget.flood_bits as i32 + 1 - 28);
        }
        let error = linears.refusal().unwrap();
        assert_eq!(error.kind(), ErrorKind::Version);
        assert!(error.message().contains("2^-19.0") && error.message().contains("2^-20;"), "{error}");
    }
}
