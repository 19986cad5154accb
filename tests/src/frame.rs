//! WebSocket frames as they are on the wire, for proxies that change them (RFC 6455, section 5.2).

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

/// The first byte of a whole binary message, of a text, a ping, a pong and a Close.
pub const BINARY: u8 = 0x82;
/// See [`BINARY`].
pub const TEXT: u8 = 0x81;
/// See [`BINARY`].
pub const PING: u8 = 0x89;
/// See [`BINARY`].
pub const PONG: u8 = 0x8a;
/// See [`BINARY`].
pub const CLOSE: u8 = 0x88;
/// The bit of the first byte that ends a message.
pub const FINAL: u8 = 0x80;

/// Says in the second byte that there is a mask.
const MASKED: u8 = 0x80;

/// One frame.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The first byte: end of message, reserved bits, kind.
    pub first: u8,
    /// What the payload is masked with on the wire, as all of a client's are.
    pub mask: Option<[u8; 4]>,
    /// The payload without mask.
    pub payload: Vec<u8>,
}

impl Frame {
    /// Reads the next frame of an honest peer.
    pub async fn read(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Frame> {
        let (first, second) = (from.read_u8().await?, from.read_u8().await?);
        let len = match second & !MASKED {
            126 => u64::from(from.read_u16().await?),
            127 => from.read_u64().await?,
            short => u64::from(short),
        };
        let mut mask = None;
        if second & MASKED != 0 {
            from.read_exact(mask.insert([0; 4])).await?;
        }
        let mut payload = vec![0; usize::try_from(len).map_err(io::Error::other)?];
        from.read_exact(&mut payload).await?;
        toggle(&mut payload, mask);
        Ok(Frame { first, mask, payload })
    }

    /// The frame on the wire.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.announcing(self.payload.len() as u64);
        let start = bytes.len();
        bytes.extend(&self.payload);
        toggle(&mut bytes[start..], self.mask);
        bytes
    }

    /// The frame's head, for a payload of `len` bytes.
    pub fn announcing(&self, len: u64) -> Vec<u8> {
        let masked = if self.mask.is_some() { MASKED } else { 0 };
        let mut bytes = vec![self.first];
        match len {
            0..126 => bytes.push(masked | len as u8),
            126..0x1_0000 => {
                bytes.push(masked | 126);
                bytes.extend((len as u16).to_be_bytes());
            }
            _ => {
                bytes.push(masked | 127);
                bytes.extend(len.to_be_bytes());
            }
        }
        bytes.extend(self.mask.into_iter().flatten());
        bytes
    }
}

/// Puts a mask on or takes it off.
fn toggle(payload: &mut [u8], mask: Option<[u8; 4]>) {
    if let Some(mask) = mask {
        payload.iter_mut().zip(mask.iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
    }
}
