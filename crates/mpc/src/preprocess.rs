//! Preprocessing: what an inference needs before its input is known.
//!
//! First, fresh keys of encryption where those at hand have answered enough ([`Linears::inferences_per_key`]). For
//! every linear layer, shares of W·r, where r is the client's share of the layer's input, derived from a fresh seed;
//! for all other layers together, exactly the random correlations that the plan counts, as far as the store's budget
//! goes.

use std::collections::{BTreeMap, VecDeque};

use sotto_crypto::{Block, Prg};
use sotto_nn::{Op, OpKind, Program, Tensor, Weights};
use zeroize::Zeroizing;

use crate::error::internal;
use crate::plan;
use crate::protocols::linear_he::{self, HeLayer, HeOptions};
use crate::protocols::linear_ot::{LinearInput, LinearShape, linear_ot};
use crate::session::ENCRYPTION_KEYS;
use crate::share::{Arith, Ring};
use crate::{Linears, Method, Phase, Result, Session};

/// Name of the step that generates correlations.
pub(crate) const CORRELATIONS: &str = "correlations";

/// One inference's worth of preprocessing; used once.
pub(crate) struct Prepared {
    /// The client's seed of all its masks r.
    masks: Option<Prg>,
    /// Shares of W·r by operation.
    pub(crate) linear: BTreeMap<usize, Arith>,
}

impl Prepared {
    /// The client's mask of a value; the server has none.
    pub(crate) fn mask(&mut self, program: &Program, value: usize) -> Option<Arith> {
        self.masks.as_mut().map(|prg| mask(prg, program, value))
    }
}

/// r for a value: its own stretch of the seed's key stream.
fn mask(prg: &mut Prg, program: &Program, value: usize) -> Arith {
    let ty = program.value(value);
    prg.seek((value as u64) << 40);
    Arith::random(Ring::new(ty.bits), ty.len(), prg)
}

/// What a party brings to the preprocessing.
#[derive(Clone, Copy)]
pub(crate) enum Role<'a> {
    Client,
    Server { weights: &'a Weights, encryption: HeOptions },
}

/// Replies that may wait at the server until the uploads that come before them are through: layers by encryption run in batches of
/// so many bytes, whose uploads come before their replies. AGREEMENT.
const BATCH_BYTES: u64 = 64 << 20;

/// Prepares one inference.
pub(crate) async fn preprocess(
    s: &mut Session,
    program: &Program,
    linears: &Linears,
    role: Role<'_>,
) -> Result<Prepared> {
    let (mut by_ot, mut by_he) = (Vec::new(), Vec::new());
    for (k, method) in linears.iter() {
        match method {
            Method::Ot(shape) => by_ot.push((k, shape)),
            Method::He(layer) => by_he.push((k, &**layer)),
        }
    }
    // Counted before anything is answered, by both parties.
    let renews = s.he.as_ref().is_some_and(|keys| keys.answered >= linears.inferences_per_key(s.params()));
    s.begin_phase(Phase::Preprocess, by_ot.len() + 2 * by_he.len() + 1 + usize::from(renews));
    if renews {
        let step = s.begin_step(ENCRYPTION_KEYS);
        s.setup_encryption(linears.keys()).await?;
        s.end_step(step, ENCRYPTION_KEYS);
    }
    s.he.iter_mut().for_each(|keys| keys.answered += 1);
    let masks = matches!(role, Role::Client).then(|| {
        let seed = Zeroizing::new(Block::random(&mut s.rng));
        Prg::new(*seed)
    });
    let mut prepared = Prepared { masks, linear: BTreeMap::new() };
    let mut rest = &by_he[..];
    while !rest.is_empty() {
        let (batch, later) = rest.split_at(batch_len(rest));
        encrypted(s, program, batch, role, &mut prepared).await?;
        rest = later;
    }
    for (k, shape) in by_ot {
        let op = &program.ops[k];
        let step = s.begin_step(&op.name);
        let share = match role {
            Role::Server { weights, .. } => linear_ot(s, shape, LinearInput::Weights(tensor(op, weights)?)).await?,
            Role::Client => {
                linear_ot(s, shape, LinearInput::Mask(&layer_mask(program, op, shape, &mut prepared)?)).await?
            }
        };
        prepared.linear.insert(k, share);
        s.end_step(step, &op.name);
    }
    let step = s.begin_step(CORRELATIONS);
    s.reserve_lanes(&plan::stored(program, s.params())?).await?;
    s.end_step(step, CORRELATIONS);
    s.end_phase();
    Ok(prepared)
}

/// Layers whose replies fit the bound together, at least one.
fn batch_len(layers: &[(usize, &HeLayer)]) -> usize {
    let mut held = 0;
    let fits = |(_, layer): &&(usize, &HeLayer)| {
        held += layer.plan.bits()[1] / 8;
        held <= BATCH_BYTES
    };
    layers.iter().take_while(fits).count().max(1)
}

/// Layers by encryption: all uploads, while the server already computes, then all replies.
async fn encrypted(
    s: &mut Session,
    program: &Program,
    layers: &[(usize, &HeLayer)],
    role: Role<'_>,
    prepared: &mut Prepared,
) -> Result<()> {
    let mut computed = VecDeque::new();
    for &(k, layer) in layers {
        let op = &program.ops[k];
        let step = s.begin_step(&op.name);
        match role {
            Role::Server { weights, encryption } => {
                computed.push_back(linear_he::compute(s, layer, tensor(op, weights)?, encryption).await?);
            }
            Role::Client => {
                let r = layer_mask(program, op, &layer.shape, prepared)?;
                linear_he::upload(s, layer, &r).await?;
            }
        }
        s.end_step(step, &op.name);
    }
    for &(k, layer) in layers {
        let name = &program.ops[k].name;
        let step = s.begin_step(name);
        let share = match computed.pop_front() {
            Some(computed) => linear_he::reply(s, layer, computed).await?,
            None => linear_he::receive(s, layer).await?,
        };
        prepared.linear.insert(k, share);
        s.end_step(step, name);
    }
    Ok(())
}

/// A layer's weights.
fn tensor<'a>(op: &Op, weights: &'a Weights) -> Result<&'a [i64]> {
    let name = op.kind.weights().map_or("", |w| w.0);
    weights.get(name).map(Tensor::data).ok_or_else(|| internal(format!("no weights '{name}'")))
}

/// The client's mask of a layer's input, modulo the layer's own modulus.
fn layer_mask(program: &Program, op: &Op, shape: &LinearShape, prepared: &mut Prepared) -> Result<Arith> {
    let r = prepared.mask(program, op.inputs[0]).ok_or_else(|| internal("the client has no masks"))?;
    Ok(Arith::new(shape.modulus, r.values().to_vec()))
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
