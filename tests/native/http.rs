//! The HTTP side: page, headers, API.

use serde_json::Value;
use sotto_server::config::ServeConfig;
use sotto_tests::{Running, SYNTHETIC, config, start, start_with, synthetic};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Status line and headers in lower case, and the body.
async fn get(server: &Running, path: &str) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(&server.authority).await.unwrap();
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\nAccept-Encoding: br, gzip\r\nConnection: close\r\n\r\n",
        server.authority
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n").expect("headers end") + 4;
    (String::from_utf8_lossy(&answer[..end]).to_lowercase(), answer[end..].to_vec())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_comes_with_its_headers() {
    let page = TempDir::new().unwrap();
    std::fs::create_dir(page.path().join("assets")).unwrap();
    std::fs::write(page.path().join("index.html"), "<!doctype html>").unwrap();
    std::fs::write(page.path().join("assets/client-1a2b.wasm"), b"\0asm").unwrap();
    std::fs::write(page.path().join("assets/client-1a2b.wasm.br"), b"compressed").unwrap();
    let server = start_with(ServeConfig { page: Some(page.path().to_owned()), ..config() }).await;

    let (head, body) = get(&server, "/").await;
    assert!(head.starts_with("http/1.1 200") && head.contains("content-type: text/html"), "{head}");
    assert_eq!(body, b"<!doctype html>");
    for header in [
        "cross-origin-opener-policy: same-origin",
        "cross-origin-embedder-policy: require-corp",
        "x-content-type-options: nosniff",
        "'wasm-unsafe-eval'",
        "cache-control: no-cache",
    ] {
        assert!(head.contains(header), "'{header}' is not in {head}");
    }
    assert!(!head.contains("'unsafe-eval'") && !head.contains("'unsafe-inline'"), "{head}");

    let (head, body) = get(&server, "/assets/client-1a2b.wasm").await;
    assert!(head.contains("content-type: application/wasm") && head.contains("content-encoding: br"), "{head}");
    assert!(head.contains("immutable") && head.contains("cross-origin-embedder-policy"), "{head}");
    assert_eq!(body, b"compressed");

    for outside in ["/nonesuch", "/../Cargo.toml", "/%2e%2e/Cargo.toml", "/assets/nonesuch.wasm"] {
        let (head, _) = get(&server, outside).await;
        assert!(head.starts_with("http/1.1 404") && head.contains("cache-control: no-cache"), "{outside}: {head}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_gives_what_is_public_and_no_more() {
    let server = start().await;
    let (head, body) = get(&server, "/api/models").await;
    assert!(head.contains("content-type: application/json"), "{head}");
    let list: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(list[0]["id"], SYNTHETIC);
    assert!(list[0]["sizes"]["online_bytes"].as_u64().unwrap() > 0);

    let (_, body) = get(&server, "/api/models/synthetic").await;
    let detail: Value = serde_json::from_slice(&body).unwrap();
    let model = synthetic();
    assert_eq!(detail["program"], serde_json::from_str::<Value>(&model.program.to_json()).unwrap());
    let keys: Vec<&String> = detail.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["card", "id", "plan", "program", "sizes"]);
    for (name, tensor) in model.weights.iter() {
        let numbers = serde_json::to_string(tensor.data()).unwrap();
        let text = String::from_utf8_lossy(&body);
        assert!(!text.contains(numbers.trim_matches(['[', ']'])), "the description contains the weights {name}");
    }

    let (head, body) = get(&server, "/api/models/none").await;
    assert!(head.starts_with("http/1.1 404"), "{head}");
    assert!(serde_json::from_slice::<Value>(&body).unwrap()["error"].is_string());
    assert_eq!(get(&server, "/livez").await.1, b"ok\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_without_a_page_is_a_configuration_error() {
    let empty = TempDir::new().unwrap();
    let config = ServeConfig { page: Some(empty.path().to_owned()), ..config() };
    let error = sotto_server::app::Server::bind(config).await.err().expect("no page, no server");
    assert!(error.to_string().contains("index.html"), "{error}");
}
