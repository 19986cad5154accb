//! Preprocessing: what an inference needs before its input is known.
//!
//! For every linear layer, shares of W·r, where r is the client's share of the layer's input, derived from a fresh seed; for
//! all other layers together, exactly the random correlations that the plan counts, as far as the store's budget goes.

use std::collections::BTreeMap;

use sotto_crypto::{Block, Prg};
use sotto_nn::{Op, OpKind, Program, Weights};
use zeroize::Zeroizing;

use crate::error::internal;
use crate::exec::geometry;
use crate::plan;
use crate::protocols::linear_ot::{LinearInput, LinearShape, linear_ot};
use crate::share::{Arith, Ring};
use crate::{Phase, Result, Session};

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

/// Prepares one inference. The server passes its weights, the client none.
pub(crate) async fn preprocess(s: &mut Session, program: &Program, weights: Option<&Weights>) -> Result<Prepared> {
    let linear_ops = || program.ops.iter().enumerate().filter(|(_, op)| op.kind.weights().is_some());
    s.begin_phase(Phase::Preprocess, linear_ops().count() + 1);
    let masks = weights.is_none().then(|| {
        let seed = Zeroizing::new(Block::random(&mut s.rng));
        Prg::new(*seed)
    });
    let mut prepared = Prepared { masks, linear: BTreeMap::new() };
    for (k, op) in linear_ops() {
        let step = s.begin_step(&op.name);
        let share = linear_layer(s, program, op, weights, &mut prepared).await?;
        prepared.linear.insert(k, share);
        s.end_step(step, &op.name);
    }
    let step = s.begin_step(CORRELATIONS);
    s.reserve_lanes(&plan::stored(program, s.params())?).await?;
    s.end_step(step, CORRELATIONS);
    s.end_phase();
    Ok(prepared)
}

async fn linear_layer(
    s: &mut Session,
    program: &Program,
    op: &Op,
    weights: Option<&Weights>,
    prepared: &mut Prepared,
) -> Result<Arith> {
    let (shape, name) = linear_shape(program, op)?;
    match weights {
        Some(weights) => {
            let w = weights.get(name).ok_or_else(|| internal(format!("no weights '{name}'")))?;
            linear_ot(s, &shape, LinearInput::Weights(w.data())).await
        }
        None => {
            let r = prepared.mask(program, op.inputs[0]).ok_or_else(|| internal("the client has no masks"))?;
            linear_ot(s, &shape, LinearInput::Mask(&Arith::new(shape.modulus, r.values().to_vec()))).await
        }
    }
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
            let geometry = geometry(program, op, *window)?;
            let channels = outputs.len() / geometry.output_len();
            Ok((LinearShape::conv(geometry, channels, *groups, *weight_bits, ring), weight))
        }
        _ => Err(internal(format!("{} is not a linear layer", op.name))),
    }
}
