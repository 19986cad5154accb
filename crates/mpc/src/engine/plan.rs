//! What a program will cost, exactly, before it runs: correlations, bytes each way, rounds.

use serde::Serialize;
use sotto_nn::{Program, ValueType};

use super::linears::{Encryption, KeyUse, Linears, Method, linear_shape};
use super::operation::Operation;
use super::schedule::{Schedule, Step, check_memory};
use crate::channel::DIGEST_BYTES;
use crate::cost::Cost;
use crate::error::Result;
use crate::ot::source::Source;
use crate::ot::supply::Supply;
use crate::party::{Params, Party};
use crate::session::phase::REVEAL;
use crate::sorted::Sorted;
use crate::wire::bytes_for;

/// Payload bytes each way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Bytes {
    /// Client to server.
    pub to_server: u64,
    /// Server to client.
    pub to_client: u64,
}

impl Bytes {
    /// Both ways.
    pub fn both(self) -> u64 {
        self.to_server + self.to_client
    }
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
    /// Correlated OTs of both directions that make them on the silent path, 1-of-16 OTs as four.
    pub correlated_ots: usize,
    /// Of its OTs those of 16, which come as such where many are asked for.
    pub wide_ots: usize,
    /// Online bytes of a call on all of it, with prepared correlations, and the x − r that it asks for.
    pub online: Bytes,
    /// Rounds of that on its own; neighbours share some.
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
    /// Products of the server's weights with `x − r`.
    pub products: u64,
    /// Bytes of prepared correlations, and of masks that encrypted layers chose, that each party holds for it: client, server.
    pub stored: [u64; 2],
    /// Correlations that the online phase generates, because they are beyond the budget.
    pub generated_online: u64,
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

/// Bytes of the masks that encrypted layers choose.
fn chosen_masks(program: &Program, linears: &Linears) -> u64 {
    let chosen = linears.iter().filter(|(_, method)| matches!(method, Method::He(layer) if layer.plan.chooses));
    let values = chosen.map(|(operation, _)| program.value(program.ops[operation].inputs[0]));
    values.map(|value| bytes_for(value.len() as u64 * u64::from(value.bits))).sum()
}

/// Plans `program`, which must be valid.
///
/// # Errors
/// [`Internal`](crate::error::ErrorKind::Internal) for a program that was not validated, and as [`Linears::choose`].
pub fn plan(program: &Program, params: Params) -> Result<Plan> {
    plan_next(program, params, &mut Supply::new(params))
}

/// [`plan`] for the next inference of a session: what the silent path makes depends on what it made before.
///
/// # Errors
/// As [`plan`].
pub fn plan_next(program: &Program, params: Params, supply: &mut Supply) -> Result<Plan> {
    plan_with(program, params, &Linears::choose(program, params)?, &Schedule::new(program, params)?, supply)
}

/// [`plan`] with the choice of the linear layers' ways and the schedule that it would make.
pub(crate) fn plan_with(
    program: &Program,
    params: Params,
    linears: &Linears,
    schedule: &Schedule,
    supply: &mut Supply,
) -> Result<Plan> {
    let command = || Cost::message(Party::Server, 8);
    check(program, linears, schedule)?;
    let (mut preprocess, mut online) = (command(), command());
    if supply.renews_keys(linears.inferences_per_key(params)) {
        preprocess += Cost::message(Party::Server, 8 * linears.key_bytes());
    }
    let mut layers = Sorted::default();
    for (k, method) in linears.iter() {
        let cost = method.cost();
        layers.insert(k, supply.generate(0, &cost.demand) + cost);
    }
    let demands = (0..schedule.workers()).flat_map(|worker| schedule.stored(worker));
    for (lane, demand) in demands.enumerate() {
        preprocess += supply.generate(lane, &demand);
    }
    let mut ops = Sorted::default();
    let (mut generated_online, mut products) = (0, 0);
    for step in schedule.steps() {
        let mut cost = Cost::default();
        match step {
            Step::Linear { operation, reshares } => {
                let op = &program.ops[*operation];
                if *reshares {
                    cost += Cost::message(Party::Server, bits(program.value(op.inputs[0])));
                }
                products += linear_shape(program, op)?.0.products();
                let own = layers.remove(operation).unwrap_or_default();
                let encryption = linears.method(*operation).and_then(Method::encryption);
                ops.insert(*operation, OpPlan { encryption, ..op_plan(&op.name, &own, &cost) });
                preprocess += own;
            }
            Step::Local(k) => ops.insert(*k, op_plan(&program.ops[*k].name, &cost, &cost)),
            Step::Calls { operations, calls } => {
                cost += calls.cost(supply);
                generated_online += calls.generated();
                for &k in operations {
                    let operation = Operation::new(program, &program.ops[k], params)?;
                    let mut whole = operation.cost(0..operation.items());
                    let opened: u64 =
                        calls.iter().filter(|call| call.operation == k).filter_map(|call| call.opened).sum();
                    let before = Cost::message(Party::Server, opened);
                    if opened > 0 {
                        whole = whole.without_first(opened);
                    }
                    ops.insert(k, op_plan(&program.ops[k].name, &before, &whole));
                }
                let messages = calls.iter().filter_map(|call| call.opened);
                messages.for_each(|bits| preprocess += Cost::message(Party::Server, bits));
            }
        }
        online += cost;
    }
    let output = program.output();
    let digest = Cost::message(Party::Client, 8 * DIGEST_BYTES as u64);
    let reveal = Cost::message(Party::Client, bits(output)) + digest;
    let mut ops: Vec<OpPlan> = ops.into_values().collect();
    ops.push(op_plan(REVEAL, &Cost::default(), &reveal));
    online += reveal;
    let [mut setup_to_server, setup_to_client] =
        <[u64; 2]>::from(Source::setup_bytes(params.ot)).map(|bytes| bytes * u64::from(params.workers));
    setup_to_server += linears.key_bytes();
    Ok(Plan {
        setup: Bytes { to_server: setup_to_server, to_client: setup_to_client },
        preprocess: Bytes { to_server: preprocess.to_server, to_client: preprocess.to_client },
        online: Bytes { to_server: online.to_server, to_client: online.to_client },
        online_rounds: online.rounds,
        products,
        stored: [schedule.memory(Party::Client) + chosen_masks(program, linears), schedule.memory(Party::Server)],
        generated_online,
        keys: linears.key_use(params),
        ops,
    })
}

/// Refuses a program of which a single call would hold too much in correlations at once.
///
/// # Errors
/// [`ErrorKind::Version`](crate::error::ErrorKind::Version) with the operation and the numbers.
pub(crate) fn check(program: &Program, linears: &Linears, schedule: &Schedule) -> Result<()> {
    for (k, method) in linears.iter() {
        check_memory(&program.ops[k].name, method.cost().demand.most_memory())?;
    }
    schedule.check_memory(program)
}

fn bits(value: &ValueType) -> u64 {
    value.len() as u64 * u64::from(value.bits)
}

fn op_plan(name: &str, preprocess: &Cost, cost: &Cost) -> OpPlan {
    let ots = |leaf: bool| cost.demand.rots().filter(|(kind, _)| (kind.width > 1) == leaf).map(|(_, n)| n).sum();
    OpPlan {
        name: name.into(),
        preprocess: Bytes { to_server: preprocess.to_server, to_client: preprocess.to_client },
        encryption: None,
        bit_ots: ots(false),
        leaf_ots: ots(true),
        triples: cost.demand.triples + 2 * cost.demand.pairs,
        correlated_ots: [Party::Server, Party::Client].map(|sender| cost.demand.cots(sender) as usize).iter().sum(),
        wide_ots: [Party::Server, Party::Client].map(|sender| cost.demand.ots(sender).wide as usize).iter().sum(),
        online: Bytes { to_server: cost.to_server, to_client: cost.to_client },
        rounds: cost.rounds,
    }
}
