//! SCI-HE: the server's weights W, the client's r ↦ shares of `W·r`, by Ring-LWE encryption. Preprocessing only.
//!
//! Source: CrypTFlow2 (CCS 2020), section 5 (linear layers by HE), with the encoding of "Cheetah" (USENIX Security 2022) and packed replies;
//! see [`sotto_he::linear`] and docs/notes/he-security.md. The client encrypts r, N elements in a polynomial. The server multiplies by polynomials
//! of weights, hides the noise, and returns what the client needs. Over a ring that is a and the lowest bits of b, whose
//! upper bits are the server's share; over Z_n all of b, to which the server adds minus its share at random.
//!
//! Bytes as [`cost`] says, 2 rounds: all ciphertexts of the client, then all replies. A session needs the keys of
//! [`Session::setup_encryption`] first.

use sotto_crypto::{Block, Prg};
use sotto_he::linear::{Answer, ConvShape, Evaluation, LAYER_DISTANCE, LevelPlans, LinearPlan, plans};
use sotto_he::{FitError, Parts, Reply};
use zeroize::Zeroizing;

use super::linear_ot::{LinearInput, LinearShape};
use crate::cost::Cost;
use crate::error::Result;
use crate::error::internal;
use crate::parallel::Threads;
use crate::party::served;
use crate::session::Session;
use crate::session::keys::HeKeys;
use crate::share::Arith;
use crate::wire::{Reader, Writer, bytes_for};

/// A layer with its way through encryption.
#[derive(Clone, Debug)]
pub struct HeLayer {
    /// Public shape.
    pub shape: LinearShape,
    /// The cut, the bits, the counts.
    pub plan: LinearPlan,
}

/// What a party brings to a layer.
pub enum HeInput<'a> {
    /// The server's weights, see [`LinearInput::Weights`].
    Weights(&'a [i64]),
    /// The client's r. Where the plan says so ([`LinearPlan::chooses`]), the elements that the layer reads are overwritten by others,
    /// pseudo-random to the server.
    Mask(&'a mut Arith),
}

/// Plans of a layer, by the most levels of packing that they may take. With `chooses` the layer may choose the elements of r that it
/// reads, which takes fewer bytes.
///
/// # Errors
/// When noise and shares fit no parameter set, with the numbers.
pub fn layer_plans(shape: &LinearShape, chooses: bool) -> std::result::Result<LevelPlans, FitError> {
    layer_plans_within(shape, chooses, LAYER_DISTANCE)
}

/// The same, with so much flooding that the layer tells at most so much, if there is room for it: see [`plans`].
pub(crate) fn layer_plans_within(
    shape: &LinearShape,
    chooses: bool,
    distance: f64,
) -> std::result::Result<LevelPlans, FitError> {
    let g = &shape.geometry;
    let conv = ConvShape {
        channels: g.channels,
        input: g.input,
        output: g.output,
        kernel: g.window.kernel,
        stride: g.window.stride,
        pads: [g.window.pads[0], g.window.pads[1]],
        outputs: shape.outputs,
        groups: shape.groups,
    };
    plans(conv, shape.weight_bits, shape.modulus, chooses, distance)
}

/// Bytes and rounds of a layer's preprocessing, without keys.
pub fn cost(layer: &HeLayer) -> Cost {
    let [up, down] = layer.plan.bits();
    Cost::exchange(up, 0) + Cost::exchange(0, down)
}

/// What a server may choose for itself. LOCAL.
#[derive(Clone, Default)]
pub struct HeOptions {
    /// Leaves out polynomials of weights that are all zero: sparse layers take less time, and time tells how sparse they are.
    pub skip_zeros: bool,
    /// What computes on ciphertexts, and the layers in the clear.
    pub threads: Threads,
}

/// Share of the layer applied to r, `[output channel][row][column]`.
///
/// # Errors
/// Of the channel, and `Internal` when `input` does not fit the shape or the session lacks keys.
pub async fn linear_he(s: &mut Session, layer: &HeLayer, input: HeInput<'_>, options: &HeOptions) -> Result<Arith> {
    let checked = match &input {
        HeInput::Mask(r) => LinearInput::Mask(r),
        HeInput::Weights(weights) => LinearInput::Weights(weights),
    };
    layer.shape.check(s.party(), &checked)?;
    match input {
        HeInput::Mask(r) => {
            upload(s, layer, r).await?;
            receive(s, layer).await
        }
        HeInput::Weights(weights) => served!({
            let computed = compute(s, layer, weights, options).await?;
            reply(s, layer, computed).await
        }),
    }
}

/// The client's first half: encrypts r, or chooses it, and sends what travels.
pub(crate) async fn upload(s: &mut Session, layer: &HeLayer, r: &mut Arith) -> Result<()> {
    let plan = &layer.plan;
    let mut secret = Prg::new(*Zeroizing::new(Block::random(&mut s.lane().rng)));
    let (mut stream, first) = keys(s)?.take(plan.counts.inputs as u64);
    for index in 0..plan.counts.inputs {
        let (key, t) = (keys(s)?.secret(plan.set())?, layer.shape.modulus);
        let parts = plan.encrypt(t, index, r.values_mut(), key, (&mut stream, first), &mut secret);
        s.lane().channel.send(write_parts(plan, index, &parts)).await?;
    }
    Ok(())
}

/// The client's second half: its share.
pub(crate) async fn receive(s: &mut Session, layer: &HeLayer) -> Result<Arith> {
    let (plan, t) = (&layer.plan, layer.shape.modulus);
    let mut share = Zeroizing::new(vec![0; plan.shape().output_len()]);
    for index in 0..plan.replies() {
        let message = s.lane().channel.recv(bytes_for(plan.reply_len(index))).await?;
        let replied = plan.replied(index);
        let reply = read_reply(plan, replied.len(), &message)?;
        let places: Vec<usize> = replied.iter().map(|r| r.0).collect();
        let values = Zeroizing::new(keys(s)?.secret(plan.set())?.decrypt(t, &reply, &places));
        replied.iter().zip(values.iter()).for_each(|(r, &v)| share[r.1] = v);
    }
    Ok(Arith::new(t, std::mem::take(&mut *share)))
}

/// What the server has computed of a layer and not yet sent.
pub(crate) struct Computed {
    replies: Vec<Reply>,
    share: Arith,
}

/// The server's first half: receives the client's ciphertexts and computes on them.
pub(crate) async fn compute(
    s: &mut Session,
    layer: &HeLayer,
    weights: &[i64],
    options: &HeOptions,
) -> Result<Computed> {
    let plan = &layer.plan;
    let mut uploads = Vec::with_capacity(plan.counts.inputs);
    for index in 0..plan.counts.inputs {
        let message = s.lane().channel.recv(bytes_for(plan.upload_len(index))).await?;
        uploads.push(read_parts(plan, index, &message)?);
    }
    let (stream, first) = keys(s)?.take(plan.counts.inputs as u64);
    let mut secret = Prg::new(*Zeroizing::new(Block::random(&mut s.lane().rng)));
    let keys = keys(s)?.server(plan.set())?;
    let opener = plan.opener();
    let open = |(index, parts): (usize, Parts)| opener.open(index, &parts, (&mut stream.clone(), first));
    let inputs = options.threads.map(uploads.into_iter().enumerate().collect(), open);
    let evaluation = Evaluation {
        plan,
        t: layer.shape.modulus,
        weights,
        opener: &opener,
        inputs: &inputs,
        public: &keys.public,
        packing: &keys.packing,
        skip_zeros: options.skip_zeros,
    };
    let step = evaluation.replies_at_once();
    let jobs = (0..plan.replies()).step_by(step).map(|start| {
        let seed = Zeroizing::new(secret.next_block());
        (start..(start + step).min(plan.replies()), seed)
    });
    let answers = options.threads.map(jobs.collect(), |(range, seed)| evaluation.replies(range, &mut Prg::new(*seed)));
    let mut share = Zeroizing::new(vec![0; plan.shape().output_len()]);
    let mut replies = Vec::with_capacity(plan.replies());
    for Answer { reply, share: kept } in answers.into_iter().flatten() {
        plan.replied(replies.len()).iter().zip(kept.iter()).for_each(|(r, &v)| share[r.1] = v);
        replies.push(reply);
    }
    Ok(Computed { replies, share: Arith::new(layer.shape.modulus, std::mem::take(&mut *share)) })
}

/// The server's second half: sends the replies and keeps its share.
pub(crate) async fn reply(s: &mut Session, layer: &HeLayer, computed: Computed) -> Result<Arith> {
    for (index, reply) in computed.replies.into_iter().enumerate() {
        s.lane().channel.send(write_reply(&layer.plan, index, &reply)).await?;
    }
    Ok(computed.share)
}

fn keys(s: &mut Session) -> Result<&mut HeKeys> {
    s.he.as_deref_mut().ok_or_else(|| internal("the session has no keys for encryption"))
}

/// What is left of every coefficient that is read, then the elements that travel.
fn write_parts(plan: &LinearPlan, index: usize, parts: &Parts) -> Vec<u8> {
    let [rest_bits, element_bits] = plan.budget.bits_of_upload();
    let mut writer = Writer::with_capacity(plan.upload_len(index));
    parts.rests.iter().for_each(|&v| writer.put_wide(v, rest_bits));
    writer.put_all(&parts.elements, element_bits);
    writer.finish()
}

fn read_parts(plan: &LinearPlan, index: usize, message: &[u8]) -> Result<Parts> {
    let [rest_bits, element_bits] = plan.budget.bits_of_upload();
    let [places, chosen] = plan.upload_counts(index);
    let mut reader = Reader::new(message);
    let rests = (0..places).map(|_| reader.take_wide(rest_bits)).collect::<Result<_>>()?;
    let elements = reader.take_all(places - chosen, element_bits)?;
    reader.finish()?;
    Ok(Parts { rests, elements })
}

fn write_reply(plan: &LinearPlan, index: usize, reply: &Reply) -> Vec<u8> {
    let [a_bits, b_bits] = plan.budget.bits_of_reply();
    let mut writer = Writer::with_capacity(plan.reply_len(index));
    reply.a.iter().for_each(|&v| writer.put_wide(v, a_bits));
    reply.b.iter().for_each(|&v| writer.put_wide(v, b_bits));
    writer.finish()
}

fn read_reply(plan: &LinearPlan, values: usize, message: &[u8]) -> Result<Reply> {
    let [a_bits, b_bits] = plan.budget.bits_of_reply();
    let mut reader = Reader::new(message);
    let a = (0..plan.set().degree()).map(|_| reader.take_wide(a_bits)).collect::<Result<_>>()?;
    let b = (0..values).map(|_| reader.take_wide(b_bits)).collect::<Result<_>>()?;
    reader.finish()?;
    Ok(Reply { bits: plan.budget.reply_bits, a, b })
}

#[cfg(test)]
mod deviation;
