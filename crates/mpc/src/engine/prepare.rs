//! Preprocessing: what an inference needs before its input is known.
//!
//! First, fresh keys of encryption where those at hand have answered enough ([`Linears::inferences_per_key`]). For
//! every linear layer, shares of W·r, where r is the client's share of the layer's input, derived from a fresh seed;
//! for all other layers together, exactly the random correlations that the plan counts, as far as the store's budget
//! goes.

use std::cell::RefCell;
use std::collections::VecDeque;

use sotto_crypto::{Block, Prg};
use sotto_nn::{Op, Program, Tensor, Weights};
use zeroize::Zeroizing;

use super::calls::Call;
use super::linears::{Linears, Method};
use super::local::local;
use super::operation::Operation;
use super::schedule::{Schedule, Step};
use super::values::Values;
use crate::error::{Result, internal};
use crate::ot::pads::Opened;
use crate::ot::store::Store;
use crate::party::served;
use crate::protocols::linear_he::{self, HeLayer, HeOptions};
use crate::protocols::linear_ot::{LinearInput, linear_ot};
use crate::session::Session;
use crate::session::lane::Lane;
use crate::session::phase::{CHOICES, CORRELATIONS, ENCRYPTION_KEYS, Phase};
use crate::share::{Arith, Ring};
use crate::sorted::Sorted;
use crate::wire::{Reader, Writer};
use crate::workers::letter::Job;

/// One inference's worth of preprocessing; used once, and wiped when it is dropped.
pub(crate) struct Prepared {
    /// The client's seed of its masks r.
    masks: Option<Prg>,
    /// Masks that encrypted layers chose, by value, each element at the width of its ring.
    chosen: Sorted<usize, Zeroizing<Vec<u8>>>,
    /// Shares of W·r by operation.
    pub(crate) linear: Sorted<usize, Arith>,
    /// Each lane's correlations.
    pub(crate) stores: Vec<Store>,
    /// By step and call: leaves whose choices were exchanged.
    opened: Sorted<usize, RefCell<Sorted<usize, Opened>>>,
}

impl Prepared {
    /// Of a further worker: correlations alone.
    pub(crate) fn of(stores: Vec<Store>) -> Self {
        Self { masks: None, chosen: Sorted::default(), linear: Sorted::default(), stores, opened: Sorted::default() }
    }

    /// The client's mask of a value; the server has none.
    pub(crate) fn mask(&mut self, s: &mut Session, program: &Program, value: usize) -> Result<Option<Arith>> {
        let Some(masks) = self.masks.as_mut() else { return Ok(None) };
        let ty = program.value(value);
        if let Some(packed) = self.chosen.get(&value) {
            let elements = Reader::new(packed).take_all(ty.len(), ty.bits)?;
            return Ok(Some(Arith::new(Ring::new(ty.bits), elements)));
        }
        // Its own stretch of the seed's key stream, 64 bits for each element.
        masks.seek((value as u64) << 40);
        let phase = s.lane().channel.phase();
        s.stats_mut().phase_mut(phase).masks += (ty.len() as u64).div_ceil(2);
        Ok(Some(Arith::random(Ring::new(ty.bits), ty.len(), masks)))
    }

    /// Keeps a mask that a layer chose, once.
    fn keep(&mut self, program: &Program, value: usize, mask: &Arith) -> Result<()> {
        if self.chosen.get(&value).is_some() {
            return Err(internal("a mask was chosen before"));
        }
        let bits = program.value(value).bits;
        let mut writer = Writer::with_capacity(mask.len() as u64 * u64::from(bits));
        writer.put_all(mask.values(), bits);
        self.chosen.insert(value, Zeroizing::new(writer.finish()));
        Ok(())
    }

    /// Runs `f` in a lane, with this inference's correlations in store.
    async fn in_lane<T>(
        &mut self,
        s: &mut Session,
        lane: usize,
        f: impl AsyncFnOnce(&mut Lane) -> Result<T>,
    ) -> Result<T> {
        let store = self.stores.get_mut(lane).ok_or_else(|| internal("a lane without a store"))?;
        let run = async |s: &mut Lane| {
            std::mem::swap(&mut s.store, store);
            let result = f(s).await;
            std::mem::swap(&mut s.store, store);
            result
        };
        s.on_lane(lane, run).await
    }

    /// The opened leaves of a step, by call.
    pub(crate) fn opened(&mut self, step: usize) -> RefCell<Sorted<usize, Opened>> {
        self.opened.remove(&step).unwrap_or_default()
    }
}

/// What a party brings to the preprocessing.
#[derive(Clone, Copy)]
pub(crate) enum Role<'a> {
    Client,
    Server { weights: &'a Weights, encryption: &'a HeOptions },
}

/// Replies that may wait at the server until the uploads that come before them are through: layers by encryption run in batches of
/// so many bytes, whose uploads come before their replies. AGREEMENT.
const BATCH_BYTES: u64 = 64 << 20;

/// Prepares one inference.
pub(crate) async fn preprocess(
    s: &mut Session,
    program: &Program,
    schedule: &Schedule,
    linears: &Linears,
    role: Role<'_>,
) -> Result<Prepared> {
    let mut prepared = shares(s, program, schedule, linears, role).await?;
    choices(s, program, schedule, &mut prepared).await?;
    s.end_phase();
    Ok(prepared)
}

/// The linear layers' shares, and the correlations of all other operations.
pub(crate) async fn shares(
    s: &mut Session,
    program: &Program,
    schedule: &Schedule,
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
    s.begin_phase(Phase::Preprocess, by_ot.len() + 2 * by_he.len() + 2 + usize::from(renews));
    if renews {
        let step = s.begin_step(ENCRYPTION_KEYS);
        s.setup_encryption(linears.keys()).await?;
        s.end_step(step, ENCRYPTION_KEYS);
    }
    s.he.iter_mut().for_each(|keys| keys.answered += 1);
    let masks = matches!(role, Role::Client).then(|| {
        let seed = Zeroizing::new(Block::random(&mut s.lane().rng));
        Prg::new(*seed)
    });
    let mut prepared = Prepared { masks, ..Prepared::of(Vec::new()) };
    // While this worker is at the linear layers, the others begin with what is theirs.
    s.crew.tell_all(Job::Prepare);
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
            Role::Server { weights, .. } => {
                served!(linear_ot(s.lane(), shape, LinearInput::Weights(layer_weights(op, weights)?)).await?)
            }
            Role::Client => {
                let mask = client_mask(s, program, op.inputs[0], &mut prepared)?;
                let r = Arith::new(shape.modulus, mask.values().to_vec());
                linear_ot(s.lane(), shape, LinearInput::Mask(&r)).await?
            }
        };
        prepared.linear.insert(k, share);
        s.end_step(step, &op.name);
    }
    let step = s.begin_step(CORRELATIONS);
    prepared.stores = correlations(s, schedule).await?;
    s.hear_crew().await?;
    s.end_step(step, CORRELATIONS);
    Ok(prepared)
}

/// The correlations of a worker's calls, by lane.
pub(crate) async fn correlations(s: &mut Session, schedule: &Schedule) -> Result<Vec<Store>> {
    let demands = schedule.stored(s.worker());
    let others = s.exchange_stores(demands.iter().map(|_| Store::default()).collect());
    let reserved = s.reserve(&demands).await;
    let stores = s.exchange_stores(others);
    reserved?;
    Ok(stores)
}

/// Exchanges the choices that are known before the input: the client's share of what follows a linear layer is its share of W·r,
/// or r, and with it what it compares first (docs/notes/choices-ahead.md).
pub(crate) async fn choices(
    s: &mut Session,
    program: &Program,
    schedule: &Schedule,
    prepared: &mut Prepared,
) -> Result<()> {
    let started = s.begin_step(CHOICES);
    let client = prepared.masks.is_some();
    let mut values = Values::unknown(program);
    for (number, (step, last_reads)) in schedule.walk().enumerate() {
        match step {
            Step::Linear { operation, reshares } if client => {
                if *reshares {
                    let id = program.ops[*operation].inputs[0];
                    prepared.mask(s, program, id)?.into_iter().for_each(|mask| values.set(id, mask));
                }
                let share = prepared.linear.get(operation).ok_or_else(|| internal("a layer was not prepared"))?;
                values.put(*operation, share.clone());
            }
            Step::Local(k) if client => {
                let op = &program.ops[*k];
                let inputs: Option<Vec<&Arith>> = op.inputs.iter().map(|&id| values.find(id)).collect();
                let share = inputs.map(|inputs| local(program, op, &inputs)).transpose()?;
                share.into_iter().for_each(|share| values.put(*k, share));
            }
            Step::Linear { .. } | Step::Local(_) => {}
            Step::Calls { calls, .. } => {
                for (i, call) in calls.iter().enumerate().filter(|(_, call)| call.opened.is_some()) {
                    let op = &program.ops[call.operation];
                    let y = match client {
                        true => {
                            let operation = Operation::new(program, op, s.params())?;
                            operation.compared(values.get(op.inputs[0])?, call.range.clone())
                        }
                        false => Vec::new(),
                    };
                    let y = Zeroizing::new(y);
                    match call.worker() {
                        0 => open(s, program, (number, i, call), &y, prepared).await?,
                        worker => s.crew.tell(worker, Job::Open, |writer| {
                            writer.put_all(&[number, i, y.len()].map(|k| k as u64), 32);
                            writer.put_all(&y, 64);
                        }),
                    }
                }
            }
        }
        last_reads.iter().for_each(|&id| values.drop_value(id));
    }
    s.hear_crew().await?;
    s.end_step(started, CHOICES);
    Ok(())
}

/// Exchanges the choices of a call of this worker, by the step's number and its own; `y` is what the client compares.
pub(crate) async fn open(
    s: &mut Session,
    program: &Program,
    (number, i, call): (usize, usize, &Call),
    y: &[u64],
    prepared: &mut Prepared,
) -> Result<()> {
    let operation = Operation::new(program, &program.ops[call.operation], s.params())?;
    let leaves = operation.leaves(call.range.clone());
    let leaves = leaves.ok_or_else(|| internal("a call without leaves was to be opened"))?;
    let opened = prepared.in_lane(s, call.lane(), async |s| leaves.open(s, y).await).await?;
    prepared.opened.or_insert_with(number, RefCell::default).get_mut().insert(i, opened);
    Ok(())
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
                let weights = layer_weights(op, weights)?;
                computed.push_back(served!(linear_he::compute(s, layer, weights, encryption).await?));
            }
            Role::Client => {
                let (value, t) = (op.inputs[0], layer.shape.modulus);
                let mut mask = client_mask(s, program, value, prepared)?;
                let mut r = Arith::new(t, mask.values().to_vec());
                linear_he::upload(s, layer, &mut r).await?;
                if layer.plan.chooses {
                    // The layer's modulus may be less than the value's, whose upper bits are random as before.
                    let chosen = |(m, &r): (&mut u64, &u64)| *m = *m - t.reduce(*m) + r;
                    mask.values_mut().iter_mut().zip(r.values()).for_each(chosen);
                    prepared.keep(program, value, &mask)?;
                }
            }
        }
        s.end_step(step, &op.name);
    }
    for &(k, layer) in layers {
        let name = &program.ops[k].name;
        let step = s.begin_step(name);
        let share = match computed.pop_front() {
            Some(computed) => served!(linear_he::reply(s, layer, computed).await?),
            None => linear_he::receive(s, layer).await?,
        };
        prepared.linear.insert(k, share);
        s.end_step(step, name);
    }
    Ok(())
}

/// A tensor by its name.
pub(crate) fn tensor<'a>(weights: &'a Weights, name: &str) -> Result<&'a [i64]> {
    weights.get(name).map(Tensor::data).ok_or_else(|| internal(format!("no weights '{name}'")))
}

/// A layer's weights.
fn layer_weights<'a>(op: &Op, weights: &'a Weights) -> Result<&'a [i64]> {
    tensor(weights, op.kind.weights().map_or("", |w| w.0))
}

/// The client's mask of a value.
fn client_mask(s: &mut Session, program: &Program, value: usize, prepared: &mut Prepared) -> Result<Arith> {
    prepared.mask(s, program, value)?.ok_or_else(|| internal("the client has no masks"))
}
