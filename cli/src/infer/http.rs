//! One HTTP GET, for the model's card and program.

use std::time::Duration;

use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Request, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Largest answer that is read; a card is a few KiB, a program well below a MiB.
const MAX_BODY: usize = 64 << 20;
const PATIENCE: Duration = Duration::from_secs(30);

/// Why there is no body.
#[derive(Debug)]
pub(super) enum Failure {
    /// The server answered with this status instead of 200.
    Status(u16),
    /// No complete answer.
    Connection(String),
}

/// The body of `http://{authority}{path}`.
pub(super) async fn get(authority: &str, path: &str) -> Result<Bytes, Failure> {
    timeout(PATIENCE, fetch(authority, path))
        .await
        .unwrap_or_else(|_| Err(Failure::Connection(format!("no answer within {} seconds", PATIENCE.as_secs()))))
}

async fn fetch(authority: &str, path: &str) -> Result<Bytes, Failure> {
    let lost = |e: &dyn std::fmt::Display| Failure::Connection(e.to_string());
    let stream = TcpStream::connect(authority).await.map_err(|e| lost(&e))?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|e| lost(&e))?;
    // Ends with the sender; its error shows in the request's.
    tokio::spawn(connection);
    let request = Request::get(path)
        .header(header::HOST, authority)
        .header(header::ACCEPT, "application/json")
        .body(Empty::<Bytes>::new())
        .map_err(|e| lost(&e))?;
    let response = sender.send_request(request).await.map_err(|e| lost(&e))?;
    if response.status() != 200 {
        return Err(Failure::Status(response.status().as_u16()));
    }
    let body = Limited::new(response.into_body(), MAX_BODY).collect().await.map_err(|e| lost(&e))?;
    Ok(body.to_bytes())
}
