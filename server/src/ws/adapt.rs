//! The two WebSocket libraries' messages as the pump's.

use axum::extract::ws;
use futures_util::future::ready;
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Message};

use sotto_mpc::{MAX_NOTICE, Notice};

use crate::text::printable;

use super::{Broken, Ending, MAX_MESSAGE, Reader, Received, Sent, Writer};

/// Close code that stands for a Close frame without one (RFC 6455, section 7.1.5).
const NO_STATUS: u16 = 1005;

/// Limits of the tungstenite side of a connection. Twice the length that the pump accepts is still read, so that a peer
/// that exceeds it can be told; beyond that the connection is cut.
pub fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .max_message_size(Some(HARD_LIMIT))
        .max_frame_size(Some(HARD_LIMIT))
        .max_write_buffer_size(WRITE_LIMIT)
}

/// Longest message that is read at all.
pub(crate) const HARD_LIMIT: usize = 2 * MAX_MESSAGE;

/// Bytes that wait to be written: one message of ours and what answers the peer's pings, which it may send without reading.
pub(crate) const WRITE_LIMIT: usize = 2 * MAX_MESSAGE;

/// The halves of a server's axum WebSocket.
pub fn split_axum(socket: ws::WebSocket) -> (Reader, Writer) {
    let (sink, stream) = socket.split();
    let reader = stream.map(|message| match message {
        Ok(ws::Message::Binary(data)) => received_data(data.into()),
        Ok(ws::Message::Text(text)) => text_of_a_client(text.as_str()),
        Ok(ws::Message::Ping(_) | ws::Message::Pong(_)) => Received::Alive,
        Ok(ws::Message::Close(frame)) => received_close(frame.map(|f| (f.code, f.reason.to_string()))),
        Err(error) => match error.into_inner().downcast::<tungstenite::Error>() {
            Ok(error) => received_error(&error),
            Err(_) => Received::Gone,
        },
    });
    let writer = sink.with(|sent: Sent| {
        ready(Ok::<_, Broken>(match sent {
            Sent::Data(data) => ws::Message::Binary(data),
            Sent::Ping => ws::Message::Ping(Default::default()),
            Sent::Notice(notice) => ws::Message::Text(notice.to_json().into()),
            Sent::Close(Ending { code, reason }) => {
                ws::Message::Close(Some(ws::CloseFrame { code, reason: reason.into() }))
            }
        }))
    });
    (Box::pin(reader), Box::pin(writer))
}

/// The halves of a client's tungstenite WebSocket.
pub fn split_tungstenite<S>(socket: WebSocketStream<S>) -> (Reader, Writer)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sink, stream) = socket.split();
    let reader = stream.map(|message| match message {
        Ok(Message::Binary(data)) => received_data(data.into()),
        Ok(Message::Text(text)) => text_of_a_server(text.as_str()),
        Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => Received::Alive,
        Ok(Message::Close(frame)) => received_close(frame.map(|f| (f.code.into(), f.reason.to_string()))),
        Err(error) => received_error(&error),
    });
    let writer = sink.with(|sent: Sent| {
        ready(Ok::<_, Broken>(match sent {
            Sent::Data(data) => Message::Binary(data),
            Sent::Ping => Message::Ping(Default::default()),
            Sent::Notice(notice) => Message::Text(notice.to_json().into()),
            Sent::Close(Ending { code, reason }) => {
                Message::Close(Some(CloseFrame { code: code.into(), reason: reason.into() }))
            }
        }))
    });
    (Box::pin(reader), Box::pin(writer))
}

// Not by `sink_map_err`, which panics at the second error of a sink: a socket that broke is still closed.
impl From<axum::Error> for Broken {
    fn from(_: axum::Error) -> Self {
        Broken
    }
}

impl From<tungstenite::Error> for Broken {
    fn from(_: tungstenite::Error) -> Self {
        Broken
    }
}

fn received_data(data: Vec<u8>) -> Received {
    if data.len() > MAX_MESSAGE {
        return Received::Refused(too_long(data.len()));
    }
    Received::Data(data)
}

/// A client takes notices, and leaves alone those that it does not know.
fn text_of_a_server(text: &str) -> Received {
    if text.len() > MAX_NOTICE {
        return Received::Refused(format!("a notice of {} bytes is too long: at most {MAX_NOTICE} are", text.len()));
    }
    Notice::from_json(text).map_or(Received::Alive, Received::Notice)
}

/// A server takes those that are a client's.
fn text_of_a_client(text: &str) -> Received {
    let notice = Some(text).filter(|text| text.len() <= MAX_NOTICE).and_then(Notice::from_json);
    match notice {
        Some(notice @ (Notice::Received { .. } | Notice::Resume { .. })) => Received::Notice(notice),
        _ => {
            Received::Refused("only binary messages are understood here, and notices of what a client received".into())
        }
    }
}

fn received_close(frame: Option<(u16, String)>) -> Received {
    let (code, reason) = frame.unwrap_or((NO_STATUS, String::new()));
    Received::Close(Ending { code, reason: printable(&reason) })
}

fn received_error(error: &tungstenite::Error) -> Received {
    match error {
        tungstenite::Error::Capacity(tungstenite::error::CapacityError::MessageTooLong { size, .. }) => {
            Received::Unreadable(too_long(*size))
        }
        tungstenite::Error::Protocol(tungstenite::error::ProtocolError::ResetWithoutClosingHandshake) => Received::Gone,
        tungstenite::Error::Protocol(error) => Received::Unreadable(format!("not the WebSocket protocol: {error}")),
        tungstenite::Error::Utf8(_) => Received::Unreadable("text that is not UTF-8".into()),
        _ => Received::Gone,
    }
}

fn too_long(len: usize) -> String {
    format!("a message of {len} bytes is too long: at most {MAX_MESSAGE} are accepted")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_cannot_steer_a_terminal() {
        let Received::Close(ending) = received_close(Some((4001, "full\n\u{1b}[2J".into()))) else {
            panic!("a Close frame is a Close frame");
        };
        assert_eq!(ending, Ending { code: 4001, reason: "full\u{fffd}\u{fffd}[2J".into() });
    }
}
