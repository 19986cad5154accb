//! What a server says of itself.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::scrape::Scrape;

/// Status and body of a resource.
pub async fn get(authority: &str, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(authority).await.expect("the server accepts connections");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("the server reads requests");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("the server answers with text");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head ends");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    (status, body.to_owned())
}

/// Why a server is not ready: nothing when it is.
pub async fn reasons(authority: &str) -> Vec<String> {
    let (status, body) = get(authority, "/readyz").await;
    let answer: Value = serde_json::from_str(&body).expect("readiness is JSON");
    let reasons = answer["reasons"].as_array().into_iter().flatten();
    let reasons: Vec<String> = reasons.filter_map(|reason| reason.as_str().map(str::to_owned)).collect();
    let is_ready = reasons.is_empty();
    assert_eq!((status, answer["ready"].as_bool()), (if is_ready { 200 } else { 503 }, Some(is_ready)));
    reasons
}

/// Waits until these are the reasons.
///
/// # Panics
/// After half a minute.
pub async fn becomes(authority: &str, wanted: &[&str]) {
    for _ in 0..150 {
        if reasons(authority).await == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("it stays with {:?} instead of {wanted:?}", reasons(authority).await);
}

/// The server's metrics.
pub async fn scrape(authority: &str) -> Scrape {
    let (status, body) = get(authority, "/metrics").await;
    assert_eq!(status, 200, "{body}");
    Scrape::read(&body).unwrap_or_else(|why| panic!("{why}\n{body}"))
}

/// Waits until no session is open and nothing is held for one, which is a moment after the last one's client is gone.
///
/// # Panics
/// After half a minute.
pub async fn comes_to_rest(authority: &str) -> Scrape {
    let held = ["sotto_sessions", "sotto_places_taken", "sotto_places_waiting", "sotto_prepared"];
    for _ in 0..150 {
        let scrape = scrape(authority).await;
        if held.iter().all(|family| scrape.sum(family) == 0) && scrape.get("sotto_prepared_memory_bytes") == 0 {
            return scrape;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("something stays held: {:#?}", scrape(authority).await.values);
}
