//! The client of a private inference.

use std::collections::VecDeque;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use sotto_nn::Program;

use crate::exec::{self, Own};
use crate::handshake;
use crate::preprocess::{self, Prepared};
use crate::share::Ring;
use crate::{Channel, Error, ErrorKind, Observer, Params, Party, Phase, Result, Session, Stats};

/// What the client sends to say what comes next.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Command {
    /// Prepare one inference.
    Preprocess = 1,
    /// Run one inference.
    Infer = 2,
    /// End the session.
    Close = 3,
}

/// How to connect.
#[derive(Clone, Debug, Default)]
pub struct ClientOptions {
    /// Model id.
    pub model: String,
    /// Agreement parameters.
    pub params: Params,
    /// Fixes the client's randomness: tests and wire traces only.
    pub rng_seed: Option<[u8; 32]>,
}

/// A client's session with a server.
pub struct Client {
    session: Session,
    program: Program,
    prepared: VecDeque<Prepared>,
}

/// What an inference yields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inference {
    /// The program's result, signed.
    pub output: Vec<i64>,
    /// The input as the server saw it: `x − r` in the input's ring.
    pub masked_input: Vec<u64>,
}

impl Client {
    /// Handshake and base OTs.
    ///
    /// # Errors
    /// Of any kind; the channel is dropped then.
    pub async fn connect(mut channel: Channel, options: ClientOptions) -> Result<Self> {
        options.params.validate()?;
        let rng = rng(options.rng_seed)?;
        let program = handshake::greet(&mut channel, &options.model, options.params).await?;
        let session = Session::setup(channel, Party::Client, options.params, rng).await?;
        Ok(Self { session, program, prepared: VecDeque::new() })
    }

    /// The public architecture.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Reports progress to `observer` from now on.
    pub fn on_progress(&mut self, observer: Observer) {
        self.session.set_observer(observer);
    }

    /// Inferences that are prepared and not yet used.
    pub fn prepared(&self) -> usize {
        self.prepared.len()
    }

    /// Bytes, rounds and seconds so far.
    pub fn stats(&self) -> &Stats {
        self.session.stats()
    }

    /// Prepares one more inference; needs no input.
    pub async fn preprocess(&mut self) -> Result<()> {
        self.command(Phase::Preprocess, Command::Preprocess).await?;
        let prepared = preprocess::preprocess(&mut self.session, &self.program, None).await;
        self.prepared.push_back(prepared.map_err(|e| self.session.in_phase(e))?);
        Ok(())
    }

    /// Runs one inference on the program's fixed-point input; prepares it first when nothing is prepared.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] when the input has another length or a value outside the input's ring; the session stays usable.
    pub async fn infer(&mut self, input: &[i64]) -> Result<Inference> {
        let input = self.ring_input(input)?;
        if self.prepared.is_empty() {
            self.preprocess().await?;
        }
        let prepared =
            self.prepared.pop_front().ok_or_else(|| Error::new(ErrorKind::Internal, "nothing is prepared"))?;
        self.command(Phase::Online, Command::Infer).await?;
        let outcome = exec::run(&mut self.session, &self.program, prepared, Own::Input(input)).await;
        let outcome = outcome.map_err(|e| self.session.in_phase(e))?;
        self.session.channel.stats_mut().inferences += 1;
        Ok(Inference { output: outcome.output, masked_input: outcome.masked_input })
    }

    /// Ends the session.
    pub async fn close(mut self) -> Result<Stats> {
        self.command(Phase::Online, Command::Close).await?;
        Ok(self.session.stats().clone())
    }

    fn ring_input(&self, input: &[i64]) -> Result<Vec<u64>> {
        let ty = &self.program.input;
        if input.len() != ty.len() {
            return Err(Error::input(format!("the model takes {} values, got {}", ty.len(), input.len())));
        }
        let ring = Ring::new(ty.bits);
        let element = |(i, &v): (usize, &i64)| {
            let element = ring.from_signed(v);
            let fits = ring.to_signed(element) == v;
            fits.then_some(element).ok_or_else(|| Error::input(format!("input {i} does not fit {} bits", ty.bits)))
        };
        input.iter().enumerate().map(element).collect()
    }

    async fn command(&mut self, phase: Phase, command: Command) -> Result<()> {
        self.session.channel.set_phase(phase);
        self.session.channel.send(vec![command as u8]).await
    }
}

/// The operating system's randomness, or a fixed seed for tests.
pub(crate) fn rng(seed: Option<[u8; 32]>) -> Result<ChaCha20Rng> {
    match seed {
        Some(seed) => Ok(ChaCha20Rng::from_seed(seed)),
        None => sotto_crypto::os_rng().map_err(|e| Error::new(ErrorKind::Internal, e.to_string())),
    }
}
