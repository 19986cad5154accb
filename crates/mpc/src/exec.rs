//! The secure executor: runs a program on shares, operation for operation as the reference executor of `sotto-nn`.
//!
//! Between operations every value is an additive sharing in its own ring. A linear layer wants the client's share of its
//! input to be the mask r of the preprocessing: the client sends the difference once, and the server computes on `x − r` in the
//! clear.

use std::ops::Range;

use sotto_crypto::memcheck;
use sotto_nn::kernels::{self, Layer, Operand, Windows};
use sotto_nn::{Op, OpKind, Program, Tensor, Weights};

use crate::error::internal;
use crate::preprocess::Prepared;
use crate::protocols::{argmax, clip, divide, maxpool, relu, relu_shift, truncate};
use crate::share::{Arith, Ring};
use crate::{Party, Phase, Result, Session, Store, plan};

/// Name of the last step, which shows the client its result.
pub(crate) const REVEAL: &str = "reveal";

/// What a party brings to the online phase.
pub(crate) enum Own<'a> {
    /// The client's input.
    Input(Arith),
    /// The server's weights.
    Weights(&'a Weights),
}

/// What the client learns and sent.
pub(crate) struct Outcome {
    /// Signed result; empty at the server.
    pub(crate) output: Vec<i64>,
    /// `x − r` as sent; empty at the server, or when no linear layer reads the input.
    pub(crate) masked_input: Vec<u64>,
    /// Whether all that crossed the connection so far arrived as it was sent; true at the server, which does not get to know.
    pub(crate) intact: bool,
}

/// A value during execution.
#[derive(Clone)]
struct Value {
    share: Arith,
    /// Whether the client's share is the preprocessed mask.
    masked: bool,
}

/// Runs the online phase of one inference.
pub(crate) async fn run(s: &mut Session, program: &Program, mut prepared: Prepared, own: Own<'_>) -> Result<Outcome> {
    s.begin_phase(Phase::Online, program.ops.len() + 1);
    let ring = Ring::new(program.input.bits);
    let input = match &own {
        Own::Input(x) => x.clone(),
        Own::Weights(_) => Arith::zeros(ring, program.input.len()),
    };
    let mut values = vec![Value { share: input, masked: false }];
    let mut masked_input = Vec::new();
    let mut store = Store::new(s.params());
    for (k, op) in program.ops.iter().enumerate() {
        let step = s.begin_step(&op.name);
        if op.kind.weights().is_some() {
            let sent = reshare(s, program, &mut prepared, &mut values, op.inputs[0]).await?;
            if op.inputs[0] == 0 && masked_input.is_empty() {
                masked_input = sent;
            }
        }
        let share = match &op.kind {
            OpKind::Linear { .. } | OpKind::Conv { .. } => linear(program, k, &values, &mut prepared, &own)?,
            _ => step_on_shares(s, program, op, &values, &mut store).await?,
        };
        values.push(Value { share, masked: false });
        free(&mut values, program, k);
        s.end_step(step, &op.name);
    }
    let step = s.begin_step(REVEAL);
    let last = values.pop().ok_or_else(|| internal("a program has a result"))?;
    let (output, intact) = reveal(s, &last.share).await?;
    s.end_step(step, REVEAL);
    s.end_phase();
    Ok(Outcome { output, masked_input, intact })
}

/// Drops the inputs of operation `k` that no later one reads.
fn free(values: &mut [Value], program: &Program, k: usize) {
    let read_later = |id: &usize| program.ops[k + 1..].iter().any(|op| op.inputs.contains(id));
    for &id in program.ops[k].inputs.iter().filter(|id| !read_later(id)) {
        values[id].share = Arith::zeros(values[id].share.modulus(), 0);
    }
}

/// Makes the client's share of a value its mask: the client sends `share − r`, the server adds it. Once per value.
async fn reshare(
    s: &mut Session,
    program: &Program,
    prepared: &mut Prepared,
    values: &mut [Value],
    id: usize,
) -> Result<Vec<u64>> {
    let value = &mut values[id];
    if value.masked {
        return Ok(Vec::new());
    }
    value.masked = true;
    match prepared.mask(program, id) {
        Some(mask) => {
            let difference = value.share.sub(&mask);
            s.send_share(&difference).await?;
            value.share = mask;
            Ok(difference.values().to_vec())
        }
        None => {
            let difference = s.recv_share(value.share.modulus(), value.share.len()).await?;
            value.share = value.share.add(&difference);
            Ok(Vec::new())
        }
    }
}

/// A linear layer: the server multiplies `x − r` in the clear and adds its share of W·r, the client's share is its own.
fn linear(program: &Program, k: usize, values: &[Value], prepared: &mut Prepared, own: &Own<'_>) -> Result<Arith> {
    let op = &program.ops[k];
    let missing = || internal(format!("no preprocessing for {}", op.name));
    let share = prepared.linear.remove(&k).ok_or_else(missing)?;
    let (Own::Weights(weights), Some((weight, bias, weight_bits))) = (own, op.kind.weights()) else {
        return Ok(share);
    };
    let tensor =
        |name: &str| weights.get(name).map(Tensor::data).ok_or_else(|| internal(format!("no weights '{name}'")));
    let (weights, bias) = (tensor(weight)?, bias.map(tensor).transpose()?);
    let layer = Layer { weights, weight_bits, bias, bits: op.output.bits };
    let x = values[op.inputs[0]].share.values();
    let product = match op.kind {
        OpKind::Conv { window, groups, .. } => {
            kernels::conv(&layer, x, &program.geometry(op, window).map_err(internal)?, groups)
        }
        _ => kernels::dense(&layer, x),
    };
    Ok(share.add(&Arith::new(share.modulus(), product)))
}

async fn step_on_shares(
    s: &mut Session,
    program: &Program,
    op: &Op,
    values: &[Value],
    store: &mut Store,
) -> Result<Arith> {
    let input = |i: usize| &values[op.inputs[i]].share;
    let out = Ring::new(op.output.bits);
    let chunks = plan::chunks(program, op, s.params(), store)?;
    let x = |range| input(0).slice(range);
    match &op.kind {
        OpKind::Linear { .. } | OpKind::Conv { .. } => Err(internal("linear layers run elsewhere")),
        OpKind::MaxPool { window } => {
            let windows = Windows::new(program.geometry(op, *window).map_err(internal)?);
            let places = |range: Range<usize>| range.map(|i| windows.places(i).collect()).collect::<Vec<Vec<usize>>>();
            s.map_shares(&chunks, async |s, range| maxpool::maxpool(s, input(0), &places(range)).await).await
        }
        OpKind::SumPool { window } => {
            let geometry = program.geometry(op, *window).map_err(internal)?;
            Ok(Arith::new(out, kernels::sum_pool(input(0).values(), &geometry, op.output.bits)))
        }
        OpKind::Clip { max, amount } => {
            s.map_shares(&chunks, async |s, range| clip::clip(s, &x(range), *max, *amount, out).await).await
        }
        OpKind::Divide { divisor, sign } => {
            s.map_shares(&chunks, async |s, range| divide::divide(s, &x(range), *divisor, *sign, out).await).await
        }
        OpKind::Concat { axis, shifts } => {
            let operand = |(&id, &shift): (&usize, &u32)| Operand {
                values: values[id].share.values(),
                shape: &program.value(id).shape,
                shift,
            };
            let operands: Vec<Operand<'_>> = op.inputs.iter().zip(shifts).map(operand).collect();
            Ok(Arith::new(out, kernels::concat(&operands, *axis, op.output.bits)))
        }
        OpKind::Pad { pads } => {
            let shape = &program.value(op.inputs[0]).shape;
            Ok(Arith::new(out, kernels::pad(input(0).values(), shape, *pads)))
        }
        OpKind::Add { shift_a, shift_b } => {
            let shifted = |x: &Arith, shift: u32| Arith::new(out, x.values().iter().map(|v| v << shift).collect());
            Ok(shifted(input(0), *shift_a).add(&shifted(input(1), *shift_b)))
        }
        OpKind::Relu => s.map_shares(&chunks, async |s, range| relu::relu(s, &x(range)).await).await,
        OpKind::Shift { amount, sign } => {
            s.map_shares(&chunks, async |s, range| truncate::truncate(s, &x(range), *amount, *sign, out).await).await
        }
        OpKind::ReluShift { amount } => {
            s.map_shares(&chunks, async |s, range| relu_shift::relu_shift(s, &x(range), *amount, out).await).await
        }
        OpKind::Argmax => s.map_shares(&chunks, async |s, range| argmax::argmax(s, &x(range), out).await).await,
        OpKind::Reshape => Ok(input(0).clone()),
    }
}

/// Shows the client the result: the server sends its share, and behind it the digest of the session so far.
async fn reveal(s: &mut Session, share: &Arith) -> Result<(Vec<i64>, bool)> {
    match s.party() {
        Party::Server => {
            s.send_share(share).await?;
            s.channel.attest().await?;
            Ok((Vec::new(), true))
        }
        Party::Client => {
            let sum = share.add(&s.recv_share(share.modulus(), share.len()).await?);
            let mut output: Vec<i64> = sum.values().iter().map(|&v| share.modulus().to_signed(v)).collect();
            // The client is to learn it; the server gets no answer to what the client does with it.
            memcheck::public(&mut output);
            Ok((output, s.channel.is_intact().await?))
        }
    }
}

#[cfg(test)]
mod deviation;
