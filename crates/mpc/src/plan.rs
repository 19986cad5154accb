//! What a program will cost, exactly, before it runs: correlations, bytes each way, rounds.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Serialize;
use sotto_nn::kernels::Windows;
use sotto_nn::{Op, OpKind, Program, ValueType};

use crate::channel::DIGEST_BYTES;
use crate::error::internal;
use crate::exec::REVEAL;
use crate::ot::{ClassicOt, SilentOt};
use crate::protocols::{argmax, clip, divide, relu, relu_shift, tournament, truncate};
use crate::{
    Chunks, Cost, Demand, Encryption, Error, ErrorKind, KeyUse, Linears, Method, Modulus, OtKind, Params, Party,
    Result, Store, Supply,
};

/// Payload bytes each way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Bytes {
    /// Client to server.
    pub to_server: u64,
    /// Server to client.
    pub to_client: u64,
}

/// Cost of one operation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OpPlan {
    /// The operation's name.
    pub name: String,
    /// Bytes of its own preprocessing: linear layers. The correlations of the others are generated together, as far as the
    /// store goes.
    pub preprocess: Bytes,
    /// Its ciphertexts, for a linear layer that is encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption: Option<Encryption>,
    /// Random 1-of-2 OTs that it takes.
    pub bit_ots: usize,
    /// Random 1-of-2^m OTs, m ≥ 2, that it takes.
    pub leaf_ots: usize,
    /// Bit triples that it takes; a pair counts as two.
    pub triples: usize,
    /// Correlated OTs of both directions that make them on the silent path.
    pub correlated_ots: usize,
    /// Online bytes, with those of correlations beyond the store.
    pub online: Bytes,
    /// Online rounds on its own; neighbours may share one.
    pub rounds: u64,
}

/// Cost of a program: one session's setup and one inference.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plan {
    /// Setup of a session.
    pub setup: Bytes,
    /// Preprocessing of one inference, its command byte and a renewal of keys before it included.
    pub preprocess: Bytes,
    /// Online phase of one inference, its command byte included.
    pub online: Bytes,
    /// Online rounds of one inference.
    pub online_rounds: u64,
    /// How long keys of encrypted layers are used, if there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys: Option<KeyUse>,
    /// Per operation, and the reveal.
    pub ops: Vec<OpPlan>,
}

impl Plan {
    /// Bytes of a session with one inference, both ways.
    pub fn total(&self) -> u64 {
        [self.setup, self.preprocess, self.online].iter().map(|b| b.to_server + b.to_client).sum()
    }
}

/// Plans `program`, which must be valid.
///
/// # Errors
/// [`Internal`](crate::ErrorKind::Internal) for a program that was not validated, and as [`Linears::choose`].
pub fn plan(program: &Program, params: Params) -> Result<Plan> {
    plan_next(program, params, &mut Supply::new(params))
}

/// [`plan`] for the next inference of a session: what the silent path makes depends on what it made before.
///
/// # Errors
/// As [`plan`].
pub fn plan_next(program: &Program, params: Params, supply: &mut Supply) -> Result<Plan> {
    plan_with(program, params, &Linears::choose(program, params)?, supply)
}

/// [`plan`] with the choice of the linear layers' ways that it would make.
pub(crate) fn plan_with(program: &Program, params: Params, linears: &Linears, supply: &mut Supply) -> Result<Plan> {
    let command = || Cost::message(Party::Server, 8);
    check_memory(program, params, linears)?;
    let (mut preprocess, mut online) = (command(), command());
    if supply.renews_keys(linears.inferences_per_key(params)) {
        preprocess += Cost::message(Party::Server, 8 * linears.key_bytes());
    }
    let mut masked = vec![false; program.ops.len() + 1];
    let mut layers = BTreeMap::new();
    for (k, method) in linears.iter() {
        let cost = method.cost();
        layers.insert(k, supply.generate(0, &cost.demand) + cost);
    }
    for (lane, demand) in stored(program, params)?.iter().enumerate() {
        preprocess += supply.generate(lane, demand);
    }
    let mut store = Store::new(params);
    let mut ops = Vec::new();
    for (k, op) in program.ops.iter().enumerate() {
        let mut cost = Cost::default();
        let own_preprocess = layers.remove(&k).unwrap_or_default();
        if linears.method(k).is_some() && !std::mem::replace(&mut masked[op.inputs[0]], true) {
            cost += Cost::message(Party::Server, bits(program.value(op.inputs[0])));
        }
        cost += chunks(program, op, params, &mut store)?.cost(supply);
        let encryption = linears.method(k).and_then(Method::encryption);
        ops.push(OpPlan { encryption, ..op_plan(&op.name, &own_preprocess, &cost) });
        preprocess += own_preprocess;
        online += cost;
    }
    let output = program.output();
    let digest = Cost::message(Party::Client, 8 * DIGEST_BYTES as u64);
    let reveal = Cost::message(Party::Client, bits(output)) + digest;
    ops.push(op_plan(REVEAL, &Cost::default(), &reveal));
    online += reveal;
    let (mut setup_to_server, setup_to_client) = match params.ot {
        OtKind::Classic => ClassicOt::setup_bytes(),
        OtKind::Silent => (SilentOt::setup_bytes(), SilentOt::setup_bytes()),
    };
    setup_to_server += linears.key_bytes();
    Ok(Plan {
        setup: Bytes { to_server: setup_to_server, to_client: setup_to_client },
        preprocess: Bytes { to_server: preprocess.to_server, to_client: preprocess.to_client },
        online: Bytes { to_server: online.to_server, to_client: online.to_client },
        online_rounds: online.rounds,
        keys: linears.key_use(params),
        ops,
    })
}

/// Bytes of correlations that one call may hold at once: a layer by OT, or all pairs of an argmax. LOCAL.
const MOST_MEMORY: u64 = 512 << 20;

/// Refuses a program of which a single call would hold more than [`MOST_MEMORY`] in correlations, which take little traffic on the
/// silent path.
///
/// # Errors
/// [`ErrorKind::Version`] with the operation and the numbers.
pub(crate) fn check_memory(program: &Program, params: Params, linears: &Linears) -> Result<()> {
    let mut store = Store::new(params);
    for (k, op) in program.ops.iter().enumerate() {
        let layer = linears.method(k).map_or(0, |method| method.cost().demand.memory());
        let bytes = chunks(program, op, params, &mut store)?.most_memory().max(layer);
        if bytes > MOST_MEMORY {
            let name = &op.name;
            let message =
                format!("operation '{name}' takes {bytes} bytes of correlations at once, more than {MOST_MEMORY}");
            return Err(Error::new(ErrorKind::Version, message));
        }
    }
    Ok(())
}

fn bits(value: &ValueType) -> u64 {
    value.len() as u64 * u64::from(value.bits)
}

fn op_plan(name: &str, preprocess: &Cost, cost: &Cost) -> OpPlan {
    let ots = |leaf: bool| cost.demand.rots.iter().filter(|(kind, _)| (kind.width > 1) == leaf).map(|(_, n)| n).sum();
    OpPlan {
        name: name.into(),
        preprocess: Bytes { to_server: preprocess.to_server, to_client: preprocess.to_client },
        encryption: None,
        bit_ots: ots(false),
        leaf_ots: ots(true),
        triples: cost.demand.triples + 2 * cost.demand.pairs,
        correlated_ots: [Party::Server, Party::Client].map(|sender| cost.demand.cots(sender) as usize).iter().sum(),
        online: Bytes { to_server: cost.to_server, to_client: cost.to_client },
        rounds: cost.rounds,
    }
}

/// The correlations that one inference's preprocessing generates in each lane.
pub(crate) fn stored(program: &Program, params: Params) -> Result<[Demand; 2]> {
    let mut store = Store::new(params);
    let mut sum = [Demand::default(), Demand::default()];
    for op in &program.ops {
        let stored = chunks(program, op, params, &mut store)?.stored();
        sum.iter_mut().zip(stored).for_each(|(sum, more)| *sum += &more);
    }
    Ok(sum)
}

/// An operation's calls and their online costs. Every operation of the program takes its part of `store`, in order.
pub(crate) fn chunks(program: &Program, op: &Op, params: Params, store: &mut Store) -> Result<Chunks> {
    let input = program.value(op.inputs[0]);
    let (n, x, out, digit) =
        (input.len(), Modulus::power_of_two(input.bits), Modulus::power_of_two(op.output.bits), params.digit);
    let cost = |range: Range<usize>| {
        let n = range.len();
        match op.kind {
            OpKind::Clip { max, amount } => clip::cost(n, x, max, amount, out, digit),
            OpKind::Divide { divisor, sign } => divide::cost(n, x, divisor, sign, out, digit),
            OpKind::Relu => relu::cost(n, x, digit),
            OpKind::Shift { amount, sign } => truncate::cost(n, x, amount, sign, out, digit),
            OpKind::ReluShift { amount } => relu_shift::cost(n, x, amount, out, digit),
            _ => Cost::default(),
        }
    };
    Ok(match op.kind {
        OpKind::Linear { .. } | OpKind::Conv { .. } | OpKind::SumPool { .. } => {
            Chunks::whole(n, store, Cost::default())
        }
        OpKind::Add { .. } | OpKind::Concat { .. } | OpKind::Pad { .. } | OpKind::Reshape => {
            Chunks::whole(n, store, Cost::default())
        }
        OpKind::MaxPool { window } => {
            let windows = Windows::new(program.geometry(op, window).map_err(internal)?);
            let sizes = |range: Range<usize>| range.map(|i| windows.size(i)).collect::<Vec<_>>();
            let cost = |range| tournament::cost(&sizes(range), x, digit);
            Chunks::new(windows.len(), windows.largest(), params, store, cost)
        }
        // The largest of all is one tree.
        OpKind::Argmax => Chunks::whole(n, store, argmax::cost(n, x, out, digit)),
        _ => Chunks::new(n, 1, params, store, cost),
    })
}
