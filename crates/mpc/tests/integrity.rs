//! A bit that changes on the way: no wrong result is ever given, and the server cannot tell a refused result from a good one.

mod common;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use common::model::model;
use futures_channel::mpsc;
use futures_executor::LocalPool;
use futures_util::task::LocalSpawnExt;
use futures_util::{SinkExt, StreamExt};
use sotto_mpc::{
    Channel, Client, ClientOptions, ErrorKind, Incoming, LinearKind, Params, Party, Result, ServerOptions, Stats,
    serve_session,
};
use sotto_nn::reference;

const INPUTS: [[i64; 3]; 3] = [[100, -200, 300], [-1, 0, 1], [511, -512, 7]];

/// Which bit of which frame changes: the frame's number in its direction.
#[derive(Clone, Copy, Debug)]
struct Flip {
    sender: Party,
    frame: usize,
    bit: usize,
}

/// What the two ends have of a session; a party that waits for ever has nothing.
#[derive(Default)]
struct Ends {
    /// The client's results.
    client: Option<Result<Vec<Result<Vec<i64>>>>>,
    /// The server's end.
    server: Option<Result<Stats>>,
    /// Lengths of the frames that each party sent.
    frames: [Vec<usize>; 2],
}

/// A session with an inference for each input. The client goes on after a damaged result.
fn session(params: Params, flip: Option<Flip>) -> Ends {
    let mut pool = LocalPool::new();
    let ends = Rc::new(RefCell::new(Ends::default()));
    let (client, client_transport) = Channel::new();
    let (server, server_transport) = Channel::new();
    let forward = |sender: Party, mut from: mpsc::Receiver<Vec<u8>>, mut to: mpsc::Sender<Incoming>| {
        let ends = ends.clone();
        async move {
            let number = Cell::new(0);
            while let Some(mut frame) = from.next().await {
                ends.borrow_mut().frames[sender as usize].push(frame.len());
                match flip {
                    Some(flip) if flip.sender == sender && flip.frame == number.get() => {
                        let bit = flip.bit % (8 * frame.len());
                        frame[bit / 8] ^= 1 << (bit % 8);
                    }
                    _ => {}
                }
                number.set(number.get() + 1);
                if to.send(Incoming::Frame(frame)).await.is_err() {
                    return;
                }
            }
        }
    };
    let spawner = pool.spawner();
    spawner.spawn_local(forward(Party::Client, client_transport.outgoing, server_transport.incoming)).unwrap();
    spawner.spawn_local(forward(Party::Server, server_transport.outgoing, client_transport.incoming)).unwrap();
    let options = ClientOptions { model: "m".into(), params, rng_seed: Some([1; 32]), ..ClientOptions::default() };
    let here = ends.clone();
    let client = async move {
        let outcome = infer_all(client, options).await;
        here.borrow_mut().client = Some(outcome);
    };
    spawner.spawn_local(client).unwrap();
    let here = ends.clone();
    let server = async move {
        let model = model();
        let find = |id: &str| (id == model.id()).then(|| model.clone());
        let options = ServerOptions { rng_seed: Some([2; 32]), ..ServerOptions::default() };
        let outcome = serve_session(server, &find, options).await;
        here.borrow_mut().server = Some(outcome);
    };
    spawner.spawn_local(server).unwrap();
    // Parties that took different ways can both wait; a transport would end that by a timeout.
    pool.run_until_stalled();
    drop(pool);
    std::mem::take(&mut ends.borrow_mut())
}

async fn infer_all(channel: Channel, options: ClientOptions) -> Result<Vec<Result<Vec<i64>>>> {
    let mut client = Client::connect(channel, options).await?;
    let mut results = Vec::new();
    for input in INPUTS {
        results.push(match client.infer(&input).await {
            Ok(inference) => Ok(inference.output),
            Err(error) if error.kind() == ErrorKind::Damaged => Err(error),
            Err(error) => return Err(error),
        });
    }
    client.close().await?;
    Ok(results)
}

/// Flips bits in every frame of a session, and counts how the sessions ended: all results right, some refused, others.
fn flip_everywhere(params: Params) -> [usize; 3] {
    let model = model();
    let expected = INPUTS.map(|input| reference::run_output(model.program(), model.weights(), &input).unwrap());
    let clean = session(params, None);
    let results = clean.client.unwrap().unwrap();
    assert!(results.into_iter().map(Result::unwrap).eq(expected.clone()));
    let untouched = clean.server.unwrap().unwrap();
    let mut counts = [0; 3];
    for sender in [Party::Client, Party::Server] {
        for (frame, len) in clean.frames[sender as usize].iter().enumerate() {
            // The first bit, the last, or one in between.
            let bit = [0, 8 * len - 1, 7919 * frame + 5][frame % 3];
            let flip = Flip { sender, frame, bit };
            let ends = session(params, Some(flip));
            let Some(Ok(results)) = ends.client else {
                counts[2] += 1;
                continue;
            };
            let refused = results.iter().any(Result::is_err);
            for (result, expected) in results.iter().zip(&expected) {
                assert!(result.as_ref().is_ok_and(|output| output == expected) || result.is_err(), "{flip:?}");
            }
            counts[usize::from(refused)] += 1;
            if refused {
                // What the server sees is a session like any other, to the byte.
                let Stats { inferences, .. } = ends.server.unwrap().unwrap();
                assert_eq!(inferences, untouched.inferences, "{flip:?}");
                assert_eq!(ends.frames, clean.frames, "{flip:?}");
            }
        }
    }
    counts
}

#[test]
fn no_flipped_bit_gives_a_wrong_result() {
    // Two lanes and a store that does not suffice.
    let [right, refused, ended] = flip_everywhere(Params { chunk: 16, store: 4000, ..Params::default() });
    assert!(refused > 100 && right < 10, "{right} right, {refused} refused, {ended} ended otherwise");
}

#[test]
fn no_flipped_bit_gives_a_wrong_result_with_encrypted_layers() {
    let [right, refused, ended] = flip_everywhere(Params { linear: LinearKind::He, ..Params::default() });
    assert!(refused > 50 && right < 10, "{right} right, {refused} refused, {ended} ended otherwise");
}
