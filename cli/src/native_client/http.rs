//! One HTTP GET, for the model's card and program; and what a status says.

use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{self, HeaderMap};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use sotto_server::printable;
use tokio::io::{AsyncRead, AsyncWrite};

use super::access::Headers;
use super::address::Address;
use super::cause::words;

/// Largest answer that is read; a card is a few KiB, a program well below a MiB.
const MAX_BODY: usize = 64 << 20;

/// Why there is no body.
#[derive(Debug)]
pub(super) enum Failure {
    /// Another status than 200, with its headers.
    Status(StatusCode, HeaderMap),
    /// No complete answer.
    Connection { why: String, passing: bool },
}

/// The body of a route.
pub(super) async fn get(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    address: &Address,
    route: &str,
    headers: &Headers,
) -> Result<Bytes, Failure> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|e| lost(address, &e))?;
    let connection = tokio::spawn(connection);
    let mut request = Request::get(address.path(route))
        .header(header::HOST, address.authority())
        .header(header::ACCEPT, "application/json")
        .body(Empty::<Bytes>::new())
        .map_err(|e| Failure::Connection { why: e.to_string(), passing: false })?;
    headers.add_to(request.headers_mut());
    let response = match sender.send_request(request).await {
        Ok(response) => response,
        // A connection that ended before the request was sent knows why.
        Err(error) if error.is_canceled() => {
            let ended = connection.await.ok().and_then(std::result::Result::err);
            return Err(lost(address, ended.as_ref().unwrap_or(&error)));
        }
        Err(error) => return Err(lost(address, &error)),
    };
    if response.status() != StatusCode::OK {
        return Err(Failure::Status(response.status(), response.headers().clone()));
    }
    let body = Limited::new(response.into_body(), MAX_BODY).collect().await;
    let body = body.map_err(|e| Failure::Connection { why: words(&*e), passing: true })?;
    Ok(body.to_bytes())
}

fn lost(address: &Address, error: &hyper::Error) -> Failure {
    let foreign = error.is_parse() || error.is_incomplete_message();
    let hint = match (foreign, address.secure) {
        (true, false) => "; a server with TLS is asked with wss://",
        _ => "",
    };
    Failure::Connection { why: words(error) + hint, passing: !error.is_parse() && super::cause::tls(error).is_none() }
}

/// What is wrong, by a status and its headers, and what to do about it.
pub(super) fn status_words(status: StatusCode, headers: &HeaderMap) -> String {
    let code = status.as_u16();
    match status {
        _ if status.is_redirection() => {
            let to = headers.get(header::LOCATION).map_or("elsewhere".into(), |to| {
                printable(&String::from_utf8_lossy(to.as_bytes()).chars().take(200).collect::<String>())
            });
            format!("HTTP status {code} leads to {to}, which is not followed: give that address if you trust it")
        }
        StatusCode::UNAUTHORIZED | StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
            format!("HTTP status {code}: a user and password, or a token, is asked for: --basic-auth-file or --header")
        }
        _ => format!("HTTP status {code}"),
    }
}

/// Whether a status may be another one in a while.
pub(super) fn is_passing(status: StatusCode) -> bool {
    status.is_server_error() || [StatusCode::TOO_MANY_REQUESTS, StatusCode::REQUEST_TIMEOUT].contains(&status)
}
