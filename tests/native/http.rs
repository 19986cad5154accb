//! The HTTP side: page, headers, API.

use serde_json::{Value, json};
use sotto_nn::Description;
use sotto_server::config::ServeConfig;
use sotto_tests::{Running, SYNTHETIC, config, start, start_with, synthetic};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::{self, client::IntoClientRequest};

/// Status line and headers in lower case, and the body.
async fn get(server: &Running, path: &str) -> (String, Vec<u8>) {
    get_with(server, path, "Accept-Encoding: br, gzip\r\n").await
}

/// As [`get`], with header lines of the caller's choice.
async fn get_with(server: &Running, path: &str, headers: &str) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(&server.authority).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n{headers}Connection: close\r\n\r\n", server.authority);
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n").expect("headers end") + 4;
    (String::from_utf8_lossy(&answer[..end]).to_lowercase(), answer[end..].to_vec())
}

const LARGE: usize = 100_000;
const SECRET: &str = "beside the page";

/// A server of a page whose directory has neighbours.
async fn start_with_page() -> (TempDir, Running) {
    let site = TempDir::new().unwrap();
    let page = site.path().join("page");
    std::fs::create_dir_all(page.join("assets")).unwrap();
    std::fs::write(page.join("index.html"), "<!doctype html>").unwrap();
    std::fs::write(page.join("assets/client-1a2b.wasm"), vec![7; LARGE]).unwrap();
    std::fs::write(page.join("assets/client-1a2b.wasm.gz"), "as gzip").unwrap();
    std::fs::write(page.join("assets/client-1a2b.wasm.br"), "as brotli").unwrap();
    std::fs::write(page.join("assets/plain-3c4d.js"), "x".repeat(LARGE)).unwrap();
    std::fs::write(site.path().join("secret.txt"), SECRET).unwrap();
    let server = start_with(ServeConfig { page: Some(page), ..config() }).await;
    (site, server)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_comes_with_its_headers() {
    let (_site, server) = start_with_page().await;

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
    assert_eq!(body, b"as brotli");

    for missing in ["/nonesuch", "/assets/nonesuch.wasm"] {
        let (head, _) = get(&server, missing).await;
        assert!(head.starts_with("http/1.1 404") && head.contains("cache-control: no-cache"), "{missing}: {head}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_sent_as_the_build_compressed_them() {
    let (_site, server) = start_with_page().await;
    for (accepted, coding, body) in [
        ("", None, vec![7; LARGE]),
        ("Accept-Encoding: gzip\r\n", Some("gzip"), b"as gzip".to_vec()),
        ("Accept-Encoding: gzip, deflate, br, zstd\r\n", Some("br"), b"as brotli".to_vec()),
        ("Accept-Encoding: br;q=0, gzip;q=0.5\r\n", Some("gzip"), b"as gzip".to_vec()),
    ] {
        let (head, sent) = get_with(&server, "/assets/client-1a2b.wasm", accepted).await;
        assert!(head.contains("content-type: application/wasm") && head.contains("vary: accept-encoding"), "{head}");
        assert!(head.contains("etag: ") && head.contains("immutable"), "{head}");
        assert_eq!(coding.is_none(), !head.contains("content-encoding"), "{accepted}: {head}");
        assert!(coding.is_none_or(|coding| head.contains(&format!("content-encoding: {coding}\r\n"))), "{head}");
        assert!(sent == body, "{accepted}: {} bytes", sent.len());
    }
    // What the build has not compressed is sent as it is: the server has other things to do.
    let (head, body) = get(&server, "/assets/plain-3c4d.js").await;
    assert!(!head.contains("content-encoding") && body.len() == LARGE, "{head}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_has_of_the_api_is_not_sent_again() {
    let server = start().await;
    for path in ["/api/models", "/api/models/synthetic"] {
        let (head, plain) = get_with(&server, path, "").await;
        assert!(head.contains("vary: accept-encoding") && head.contains("cache-control: no-cache"), "{head}");
        assert!(!head.contains("content-encoding"), "{head}");
        let (packed_head, packed) = get(&server, path).await;
        assert!(packed_head.contains("content-encoding: gzip"), "{packed_head}");
        assert!(packed.len() < plain.len(), "{} of {} bytes", packed.len(), plain.len());
        let etag = head.lines().find_map(|line| line.strip_prefix("etag: ")).expect("an ETag");
        assert!(packed_head.contains(etag), "{packed_head}");
        let (head, body) = get_with(&server, path, &format!("If-None-Match: {}\r\n", etag.replace("w/", "W/"))).await;
        assert!(head.starts_with("http/1.1 304") && head.contains(etag) && body.is_empty(), "{head}");
        let (head, body) = get_with(&server, path, "If-None-Match: \"another\"\r\n").await;
        assert!(head.starts_with("http/1.1 200") && body == plain, "{head}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_has_of_each_card_what_models_are_chosen_by() {
    let server = start().await;
    let card = async |path: &str, of: &str| {
        let (_, body) = get_with(&server, path, "").await;
        let answer: serde_json::Value = serde_json::from_slice(&body).unwrap();
        answer.pointer(of).unwrap_or_else(|| panic!("{path} has no {of}: {answer}")).clone()
    };
    let (brief, whole) = (card("/api/models", "/0/card").await, card("/api/models/synthetic", "/card").await);
    assert_eq!(brief["title"], whole["title"]);
    let fields = whole["input"]["fields"].as_array().map(Vec::len);
    assert_eq!(brief["input"], serde_json::json!({"kind": "fields", "count": fields.expect("fields")}));
    assert_eq!(brief["samples"].as_array().map(Vec::len), Some(0));
    assert!(whole["samples"].as_array().is_some_and(|samples| !samples.is_empty()), "{whole}");
    for left_out in ["statistics", "possible", "overflow"] {
        assert!(brief.get(left_out).is_none(), "{left_out}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_beside_the_page_is_served() {
    let (site, server) = start_with_page().await;
    let absolute = format!("/{}", site.path().join("secret.txt").display());
    for outside in [
        "/secret.txt",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e%2fsecret.txt",
        "/..%5csecret.txt",
        "/assets/../../secret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "//../secret.txt",
        &absolute,
    ] {
        // Uncompressed, or the secret would not be recognised.
        let (head, body) = get_with(&server, outside, "").await;
        assert!(head.starts_with("http/1.1 4"), "{outside}: {head}");
        assert!(!String::from_utf8_lossy(&body).contains(SECRET), "{outside} leads out of the page");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn allowed_origins_may_read_the_api_and_no_others() {
    let allow_origin = vec!["https://a.example".parse().unwrap()];
    let server = start_with(ServeConfig { allow_origin, ..config() }).await;
    let (head, _) = get_with(&server, "/api/models", "Origin: https://a.example\r\n").await;
    assert!(head.contains("access-control-allow-origin: https://a.example\r\n"), "{head}");
    let (head, _) = get_with(&server, "/api/models", "Origin: https://b.example\r\n").await;
    assert!(!head.contains("access-control-allow-origin"), "{head}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_open_for_known_origins_only() {
    let allow_origin = vec!["https://a.example".parse().unwrap()];
    let server = start_with(ServeConfig { allow_origin, ..config() }).await;
    let own = [format!("http://{}", server.authority), format!("https://{}", server.authority)];
    for known in [&own[0], &own[1], "https://a.example"] {
        let mut request = server.url.as_str().into_client_request().unwrap();
        request.headers_mut().insert("origin", known.parse().unwrap());
        assert!(connect_async(request).await.is_ok(), "{known}");
    }
    for foreign in ["https://b.example", "http://a.example", "https://a.example:444", "null"] {
        let mut request = server.url.as_str().into_client_request().unwrap();
        request.headers_mut().insert("origin", foreign.parse().unwrap());
        match connect_async(request).await {
            Err(tungstenite::Error::Http(answer)) => assert_eq!(answer.status(), 403, "{foreign}"),
            other => panic!("{foreign}: {other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_gives_what_is_public_and_no_more() {
    let server = start().await;
    let (head, body) = get_with(&server, "/api/models", "").await;
    assert!(head.contains("content-type: application/json"), "{head}");
    let list: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(list[0]["id"], SYNTHETIC);
    assert!(list[0]["sizes"]["online_bytes"].as_u64().unwrap() > 0);
    assert_eq!(list[0]["card"]["samples"], json!([]));

    let (_, body) = get_with(&server, "/api/models/synthetic", "").await;
    let detail: Value = serde_json::from_slice(&body).unwrap();
    let model = synthetic();
    assert_eq!(detail["program"], serde_json::from_str::<Value>(&model.program.to_json()).unwrap());
    let keys: Vec<&String> = detail.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["card", "digest", "id", "plan", "program", "sizes"]);
    let described = Description::from_json(std::str::from_utf8(&body).unwrap()).unwrap();
    assert_eq!(
        (detail["digest"].as_str().unwrap(), described.digest),
        (&*described.digest.to_string(), model.digest().unwrap())
    );
    assert_eq!(list[0]["digest"], detail["digest"]);
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
