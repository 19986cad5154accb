//! The first two messages: the client names version, model and agreement parameters, the server answers with the public
//! architecture, and a client that wishes further workers with how many it gets. A server that refuses closes the connection
//! with an error's close code and reason.
//!
//! A client that was told of the model before (its card does not come over this connection) says which version that was, by the
//! digest of the bytes that it has, and compares again when the program is here.

use serde::{Deserialize, Serialize};
use sotto_nn::{Description, ModelDigest, Program};
use zeroize::Zeroizing;

use crate::channel::Channel;
use crate::error::{Error, ErrorKind, Result};
use crate::party::Params;
use crate::ticket::{MAX_TICKET, Ticket};

/// Version of the protocol on the wire. Any change to the transcript increments it.
pub const PROTOCOL_VERSION: u32 = 16;

/// Largest hello in bytes: a ticket, and as much for all else.
const MAX_HELLO: usize = MAX_TICKET + 4096;

/// The client's first message, JSON.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hello {
    /// [`PROTOCOL_VERSION`]; the field's name marks the protocol.
    sotto: u32,
    /// Model id.
    pub(crate) model: String,
    /// Of the card and program that the client was told of, if it was.
    digest: Option<ModelDigest>,
    /// Agreement parameters.
    pub(crate) params: Params,
    /// What lets the client in, where the server asks for that.
    pub(crate) ticket: Option<Ticket>,
}

/// What every version's hello has.
#[derive(Deserialize)]
struct AnyHello {
    sotto: u32,
}

/// Client's side: returns the program, and how many workers the session has.
pub(crate) async fn greet(
    channel: &mut Channel,
    model: &str,
    description: Option<&Description>,
    params: Params,
    ticket: Option<Ticket>,
) -> Result<(Program, u32)> {
    if ticket.as_ref().is_some_and(|ticket| ticket.reveal().len() > MAX_TICKET) {
        return Err(Error::input(format!("a ticket has at most {MAX_TICKET} bytes")));
    }
    let digest = description.map(|described| described.digest);
    let hello = Hello { sotto: PROTOCOL_VERSION, model: model.into(), digest, params, ticket };
    let message = serde_json::to_vec(&hello).map_err(|e| Error::new(ErrorKind::Internal, e.to_string()))?;
    if message.len() > MAX_HELLO {
        return Err(Error::input("the model's name is too long"));
    }
    channel.send(message).await?;
    let answer = channel.recv_up_to(crate::MAX_FRAME).await?;
    let program = Program::from_json(&answer).map_err(|e| Error::malformed(format!("the server's program: {e}")))?;
    match description {
        // By the bytes, not by what they mean: what is compared is what the digest is of.
        Some(described) if described.digest_with(&String::from_utf8_lossy(&answer)) != described.digest => {
            Err(changed())
        }
        _ => Ok((program, granted(channel, params.workers).await?)),
    }
}

/// Client's side: how many of the workers that it wished it gets.
async fn granted(channel: &mut Channel, wished: u32) -> Result<u32> {
    #[cfg(all(target_family = "wasm", not(feature = "workers")))]
    return Ok(wished);
    if wished == 1 {
        return Ok(1);
    }
    let workers = u32::from(channel.recv(1).await?[0]);
    match (1..=wished).contains(&workers) {
        true => Ok(workers),
        false => Err(Error::malformed(format!("{workers} workers in answer to a wish of {wished}"))),
    }
}

/// Server's side: reads the hello and checks version and parameters.
pub(crate) async fn await_hello(channel: &mut Channel) -> Result<Hello> {
    // There may be a ticket in it.
    let message = Zeroizing::new(channel.recv_up_to(MAX_HELLO).await?);
    let any: AnyHello = serde_json::from_slice(&message)
        .map_err(|_| Error::malformed("the first message is not a hello of this protocol"))?;
    if any.sotto != PROTOCOL_VERSION {
        let message =
            format!("this server speaks protocol version {PROTOCOL_VERSION}, the client version {}", any.sotto);
        return Err(Error::new(ErrorKind::Version, message));
    }
    let hello: Hello = serde_json::from_slice(&message).map_err(|e| Error::malformed(format!("hello: {e}")))?;
    hello.params.validate()?;
    Ok(hello)
}

/// Server's side: the program that is the answer, unless the client was told of another version than this one.
pub(crate) fn described(hello: &Hello, program: &Program, digest: Option<ModelDigest>) -> Result<Vec<u8>> {
    if hello.digest.is_some() && hello.digest != digest {
        return Err(changed());
    }
    let message = program.to_json().into_bytes();
    if message.len() > crate::MAX_FRAME {
        return Err(Error::new(ErrorKind::Internal, "the program's description is larger than a frame"));
    }
    Ok(message)
}

/// Server's side: answers, and where the client wished further workers with how many there are.
pub(crate) async fn answer(channel: &mut Channel, hello: &Hello, program: Vec<u8>, workers: u32) -> Result<()> {
    channel.send(program).await?;
    match hello.params.workers {
        1 => Ok(()),
        _ => channel.send(vec![workers as u8]).await,
    }
}

fn changed() -> Error {
    Error::new(ErrorKind::ModelChanged, "card and program of the model are not of one version: reload them")
}
