//! Two parties on two threads, joined by a WebSocket on loopback.

use std::thread;

use sotto_mpc::{Channel, ErrorKind, Transport};
use sotto_server::ws::{self, Ending, Limits, OneSocket, Signals, Socket};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_tungstenite::{accept_async_with_config, client_async_with_config};

use crate::clock::thread_seconds;
use crate::{Error, Result, runtime};

/// A party's result and the processor time that its thread took.
#[derive(Debug)]
pub(super) struct Finished<T> {
    pub(super) value: T,
    pub(super) cpu_seconds: f64,
}

/// Runs both parties to their ends, each blocking a thread of its own.
///
/// # Errors
/// The party's error that was the cause: when one fails, the other only sees its connection end.
pub(super) fn run_both<C: Send, S: Send>(
    client: impl FnOnce(Channel) -> sotto_mpc::Result<C> + Send,
    server: impl FnOnce(Channel) -> sotto_mpc::Result<S> + Send,
) -> Result<(Finished<C>, Finished<S>)> {
    let runtime = runtime::start(0)?;
    let ((client_channel, server_channel), pumps) = open(&runtime)?;
    let (client, server) = thread::scope(|scope| {
        let client = scope.spawn(move || timed(|| client(client_channel)));
        let server = scope.spawn(move || timed(|| server(server_channel)));
        (client.join(), server.join())
    });
    runtime.block_on(pumps);
    let panicked = |_| Error::Internal("a party's thread panicked".into());
    match (client.map_err(panicked)?, server.map_err(panicked)?) {
        (Ok(client), Ok(server)) => Ok((client, server)),
        (Err(e), Ok(_)) | (Ok(_), Err(e)) => Err(e.into()),
        (Err(a), Err(b)) => Err(if is_echo(&a) { b } else { a }.into()),
    }
}

fn is_echo(error: &sotto_mpc::Error) -> bool {
    matches!(error.kind(), ErrorKind::Transport | ErrorKind::Closed)
}

fn timed<T>(party: impl FnOnce() -> sotto_mpc::Result<T>) -> sotto_mpc::Result<Finished<T>> {
    let before = thread_seconds();
    let value = party()?;
    Ok(Finished { value, cpu_seconds: thread_seconds() - before })
}

/// Two joined channels, and the pumps between them.
fn open(runtime: &Runtime) -> Result<((Channel, Channel), impl Future<Output = ()> + use<>)> {
    let (client, client_end) = Channel::new();
    let (server, server_end) = Channel::new();
    let pumps = runtime.block_on(join(client_end, server_end))?;
    Ok(((client, server), pumps))
}

async fn join(client: Transport, server: Transport) -> Result<impl Future<Output = ()> + use<>> {
    let lost = |e: &dyn std::fmt::Display| Error::Connection(format!("no WebSocket on loopback: {e}"));
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|e| lost(&e))?;
    let address = listener.local_addr().map_err(|e| lost(&e))?;
    let connect = TcpStream::connect(address);
    let (connected, accepted) = tokio::try_join!(connect, listener.accept()).map_err(|e| lost(&e))?;
    for stream in [&connected, &accepted.0] {
        stream.set_nodelay(true).map_err(|e| lost(&e))?;
    }
    let url = format!("ws://{address}/ws");
    let ((client_socket, _), server_socket) = tokio::try_join!(
        client_async_with_config(url, connected, Some(ws::config())),
        accept_async_with_config(accepted.0, Some(ws::config())),
    )
    .map_err(|e| lost(&e))?;
    let pumps = [(client_socket, client), (server_socket, server)].map(|(socket, transport)| {
        let (socket, session) = (Socket::from(ws::split_tungstenite(socket)), std::future::ready(Ending::normal()));
        tokio::spawn(ws::pump(socket, OneSocket, transport, Limits::default(), Signals::default(), session))
    });
    Ok(async {
        for pump in pumps {
            // A pump does not panic, and how the connection closed after the last result is of no interest.
            let _ = pump.await;
        }
    })
}
