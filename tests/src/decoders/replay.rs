//! A party alone, before frames that an honest peer once sent, with changes: so that what reads ciphertexts, keys, offsets and shares
//! gets messages that begin right.

use std::cell::RefCell;

use futures_executor::block_on;
use futures_util::future::join3;
use futures_util::{SinkExt, StreamExt};
use sotto_mpc::testing::run2_tapped;
use sotto_mpc::{Channel, Incoming, Party, Transport};

/// Bytes of a change.
const CHANGE: usize = 8;

/// What each party got of the other in an honest run: the client first.
pub type Frames = [Vec<Vec<u8>>; 2];

/// Runs both parties honestly.
pub fn record<C: Future, S: Future>(
    client: impl FnOnce(Channel) -> C,
    server: impl FnOnce(Channel) -> S,
) -> (Frames, C::Output, S::Output) {
    let frames = RefCell::new(Frames::default());
    let tap = |from: Party, frame: &[u8]| frames.borrow_mut()[from.peer() as usize].push(frame.to_vec());
    let (client, server) = block_on(run2_tapped(client, server, tap));
    (frames.into_inner(), client, server)
}

/// Runs one party alone, before these frames with these changes; then its peer is gone.
pub fn replay<F: Future>(frames: &[Vec<u8>], changes: &[u8], party: impl FnOnce(Channel) -> F) -> F::Output {
    let (channel, Transport { mut outgoing, mut incoming }) = Channel::new();
    let frames = changed(frames, changes);
    let feed = async move {
        for frame in frames {
            if incoming.send(frame).await.is_err() {
                return;
            }
        }
    };
    let drain = async move { while outgoing.next().await.is_some() {} };
    block_on(join3(party(channel), feed, drain)).0
}

/// The frames after changes of eight bytes each: which frame, what, where (four bytes), and with what (two).
fn changed(frames: &[Vec<u8>], changes: &[u8]) -> Vec<Incoming> {
    let mut frames: Vec<Incoming> = frames.iter().cloned().map(Incoming::Frame).collect();
    for change in changes.chunks_exact(CHANGE) {
        if frames.is_empty() {
            return frames;
        }
        let which = usize::from(change[0]) % frames.len();
        let at = u32::from_le_bytes([change[2], change[3], change[4], change[5]]) as usize;
        let value = u16::from_le_bytes([change[6], change[7]]);
        let Incoming::Frame(frame) = &mut frames[which] else { continue };
        match change[1] % 8 {
            0 => frame.truncate(at % (frame.len() + 1)),
            1 => frame.extend(std::iter::repeat_n(change[7], usize::from(change[6]))),
            2 => drop(frames.remove(which)),
            3 => frames.insert(which, frames[which].clone()),
            4 => {
                frames[which] = Incoming::Closed { code: value, reason: String::from_utf8_lossy(&change[2..6]).into() }
            }
            5 => frame.fill(change[7]),
            _ => {
                let len = frame.len().max(1);
                for (k, byte) in value.to_le_bytes().into_iter().enumerate() {
                    if let Some(place) = frame.get_mut((at + k) % len) {
                        *place ^= byte;
                    }
                }
            }
        }
    }
    frames
}
