//! A server: requests of its API, and WebSockets, within TLS where the address says so.

use std::time::Duration;

use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::header::{self, HeaderValue};
use sotto_server::ws::{self, Socket};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::{client_async_with_config, tungstenite};
use tokio_util::either::Either;
use tracing::warn;

use super::access::{Access, Headers};
use super::address::Address;
use super::{cause, http};
use crate::{Error, Result};

/// How long a server may take to accept a connection and upgrade it. LOCAL.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// How long a server may take to answer a request. LOCAL.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// Why a server could not be asked.
#[derive(Debug)]
pub(crate) struct Failed {
    /// The error.
    pub(crate) error: Error,
    /// Whether it may pass: the server is full, or not there for a moment.
    pub(crate) passing: bool,
}

impl Failed {
    pub(super) fn new(why: String, passing: bool) -> Self {
        Failed { error: Error::Connection(why), passing }
    }
}

type Stream = Either<TcpStream, TlsStream<TcpStream>>;

/// A server, and how it is asked.
#[derive(Clone)]
pub(crate) struct Remote {
    address: Address,
    headers: Headers,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl Remote {
    /// As for `--server`.
    ///
    /// # Errors
    /// [`Error::Usage`] about the address, a file or a variable.
    pub(crate) fn new(server: &str, access: &Access) -> Result<Remote> {
        Self::of(Address::parse(server)?, access)
    }

    pub(super) fn of(address: Address, access: &Access) -> Result<Remote> {
        let headers = access.headers()?;
        if !address.secure && !headers.are_none() && !address.is_on_this_machine() {
            warn!("what is sent for a proxy crosses the network unencrypted: {address} is asked without TLS");
        }
        let tls = if address.secure {
            let name = ServerName::try_from(address.name().to_owned());
            let name =
                name.map_err(|_| Error::Usage(format!("--server {address}: no name that a certificate could have")))?;
            Some((access.connector()?, name))
        } else {
            None
        };
        Ok(Remote { address, headers, tls })
    }

    /// The address, for people.
    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// The same server, where sessions go on that were opened here.
    pub(super) fn to_resume(&self) -> Remote {
        Remote { address: self.address.to_resume(), ..self.clone() }
    }

    /// What the server answers to a GET of a route; nothing when there is no such thing (status 404).
    pub(crate) async fn get(&self, route: &str) -> std::result::Result<Option<Bytes>, Failed> {
        let url = self.address.url(route);
        let answer = async {
            let stream = self.stream().await.map_err(|(why, passing)| http::Failure::Connection { why, passing })?;
            http::get(stream, &self.address, route, &self.headers).await
        };
        let late = |_| Failed::new(format!("{url}: no answer within {} seconds", PATIENCE.as_secs()), true);
        match timeout(PATIENCE, answer).await.map_err(late)? {
            Ok(body) => Ok(Some(body)),
            Err(http::Failure::Status(StatusCode::NOT_FOUND, _)) => Ok(None),
            Err(http::Failure::Status(status, headers)) => {
                let why = format!("{url}: {}", http::status_words(status, &headers));
                Err(Failed::new(why, http::is_passing(status)))
            }
            Err(http::Failure::Connection { why, passing }) => {
                Err(Failed::new(format!("cannot reach {}: {why}", self.address), passing))
            }
        }
    }

    /// A WebSocket, with the limits that both sides use. `cookies` are shown, and become what the answer sets: balancers
    /// know by them where a session is.
    pub(super) async fn connect(&self, cookies: &mut Vec<HeaderValue>) -> std::result::Result<Socket, Failed> {
        let address = &self.address;
        let seconds = CONNECT_TIMEOUT.as_secs();
        let late = |_| Failed::new(format!("cannot connect to {address}: no answer within {seconds} seconds"), true);
        let connecting = async {
            let request = address.to_string().into_client_request();
            let mut request =
                request.map_err(|e| Failed { error: Error::Usage(format!("{address}: {e}")), passing: false })?;
            self.headers.add_to(request.headers_mut());
            if let Some(line) = cookie_line(cookies) {
                request.headers_mut().append(header::COOKIE, line);
            }
            let stream = self.stream().await;
            let stream =
                stream.map_err(|(why, passing)| Failed::new(format!("cannot connect to {address}: {why}"), passing))?;
            let upgraded = client_async_with_config(request, stream, Some(ws::config())).await;
            let (socket, answer) = upgraded.map_err(|e| upgrade_error(address, &e))?;
            answer.headers().get_all(header::SET_COOKIE).iter().filter_map(cookie).for_each(|set| keep(cookies, set));
            Ok(Socket::from(ws::split_tungstenite(socket)))
        };
        timeout(CONNECT_TIMEOUT, connecting).await.map_err(late)?
    }

    /// A connection without delay of small messages; or why not, and whether that may pass.
    async fn stream(&self) -> std::result::Result<Stream, (String, bool)> {
        let stream = TcpStream::connect(self.address.host_and_port()).await.map_err(|e| (e.to_string(), true))?;
        stream.set_nodelay(true).map_err(|e| (e.to_string(), true))?;
        match &self.tls {
            None => Ok(Either::Left(stream)),
            Some((connector, name)) => {
                let secure = connector.connect(name.clone(), stream).await;
                secure.map(Either::Right).map_err(|e| (cause::words(&e), cause::tls(&e).is_none()))
            }
        }
    }
}

/// The pair that a client sends back, without the attributes (RFC 6265, section 4.2).
fn cookie(set: &HeaderValue) -> Option<HeaderValue> {
    let pair = set.as_bytes().split(|&byte| byte == b';').next()?;
    HeaderValue::from_bytes(pair.trim_ascii()).ok()
}

/// A cookie in place of the one of its name.
fn keep(cookies: &mut Vec<HeaderValue>, set: HeaderValue) {
    let name = |cookie: &HeaderValue| cookie.as_bytes().split(|&byte| byte == b'=').next().map(<[u8]>::to_vec);
    cookies.retain(|old| name(old) != name(&set));
    cookies.push(set);
}

/// All of them in one header, as clients send them (RFC 6265, section 5.4).
fn cookie_line(cookies: &[HeaderValue]) -> Option<HeaderValue> {
    let all: Vec<&[u8]> = cookies.iter().map(HeaderValue::as_bytes).collect();
    HeaderValue::from_bytes(&all.join(&b"; "[..])).ok().filter(|line| !line.is_empty())
}

fn upgrade_error(address: &Address, error: &tungstenite::Error) -> Failed {
    match error {
        tungstenite::Error::Http(response) => {
            let (status, headers) = (response.status(), response.headers());
            let why = format!("{address}: no WebSocket there ({})", http::status_words(status, headers));
            Failed::new(why, http::is_passing(status))
        }
        error => {
            let broke = matches!(
                error,
                tungstenite::Error::Io(_) | tungstenite::Error::Protocol(ProtocolError::HandshakeIncomplete)
            );
            let passing = broke && cause::tls(error).is_none();
            Failed::new(format!("cannot connect to {address}: {}", cause::words(error)), passing)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_each_name_the_last_cookie_is_sent() {
        let mut cookies = Vec::new();
        assert_eq!(cookie_line(&cookies), None);
        for set in ["server=a; Path=/; HttpOnly", "other=1", "server=b"] {
            keep(&mut cookies, cookie(&HeaderValue::from_static(set)).unwrap());
        }
        assert_eq!(cookie_line(&cookies).unwrap(), "other=1; server=b");
    }
}
