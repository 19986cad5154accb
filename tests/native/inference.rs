//! Real server, real client, every result against the reference executor.

use std::path::Path;
use std::time::Duration;

use sotto_cli::infer::{Answer, Request, Row, ask};
use sotto_cli::native_client::{self, Access};
use sotto_mpc::{ErrorKind, Params};
use sotto_nn::reference;
use sotto_server::config::ServeConfig;
use sotto_server::models::Reveal;
use sotto_server::models::load_bundle;
use sotto_tests::{
    Running, SYNTHETIC, config, infer_once, session, shipped_models, start, start_with, synthetic, wide_input,
};

fn plain(input: &[i64]) -> Vec<i64> {
    let model = synthetic();
    reference::run_output(&model.program, &model.weights, input).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_runs_many_inferences_prepared_and_not() {
    let server = start().await;
    let inputs: Vec<_> = (0..6).map(wide_input).collect();
    let expected: Vec<_> = inputs.iter().map(|input| plain(input)).collect();
    let outputs = session(&server.url, SYNTHETIC, None, async move |mut client| {
        let mut outputs = Vec::new();
        for (k, input) in inputs.iter().enumerate() {
            for _ in 0..(k % 3) {
                if client.prepared() < 3 {
                    client.preprocess().await?;
                }
            }
            outputs.push(client.infer(input).await?.output);
        }
        client.close().await?;
        Ok(outputs)
    })
    .await
    .unwrap();
    assert_eq!(outputs, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_run_side_by_side() {
    let server = start().await;
    let runs = (0..6).map(|k| infer_once(&server.url, wide_input(100 + k)));
    for (k, output) in futures_util::future::join_all(runs).await.into_iter().enumerate() {
        assert_eq!(output.unwrap(), plain(&wide_input(100 + k as u64)));
    }
}

/// Runs all samples of all shipped models, `reveal` as given, and compares with what `expected` makes of a sample's scores. Not of
/// `photo`, which takes hundreds of megabytes each and is run in a browser.
async fn run_shipped_samples(reveal: Reveal, expected: impl Fn(&[i64]) -> Vec<i64>) {
    let models = shipped_models();
    let config = ServeConfig { models: models.clone(), reveal, ..config() };
    let server = sotto_server::app::Server::bind(config).await.unwrap();
    let url = format!("ws://{}/ws", server.address());
    let ids = server.models();
    assert!(ids.len() >= 2, "{ids:?}");
    tokio::spawn(server.run(std::future::pending(), std::future::pending()));
    for id in ids.into_iter().filter(|id| id != "photo") {
        let bundle = load_bundle(&models.join(&id)).unwrap();
        assert!(!bundle.card.samples.is_empty(), "{id} has samples");
        let inputs: Vec<_> =
            bundle.card.samples.iter().map(|s| bundle.card.quantise(&bundle.program, &s.values).unwrap()).collect();
        let outputs = session(&url, &id, None, async move |mut client| {
            let mut outputs = Vec::new();
            for input in &inputs {
                outputs.push(client.infer(input).await?.output);
            }
            client.close().await?;
            Ok(outputs)
        })
        .await
        .unwrap();
        let expected: Vec<_> = bundle.card.samples.iter().map(|s| expected(&s.expected)).collect();
        assert_eq!(outputs, expected, "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn shipped_samples_are_bit_exact() {
    run_shipped_samples(Reveal::Scores, <[i64]>::to_vec).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_can_reveal_the_class_alone() {
    run_shipped_samples(Reveal::Class, |scores| vec![reference::argmax(scores, 64) as i64]).await;
}

/// Saves a model for each task that can be served so, and serves them.
async fn serve_tasks(folder: &Path, reveal: Reveal) -> String {
    let bundles = sotto_tests::tasks().unwrap().into_iter();
    for bundle in bundles.filter(|bundle| reveal == Reveal::Scores || bundle.id != "value") {
        bundle.save(&folder.join(&bundle.id)).unwrap();
    }
    let config = ServeConfig { models: folder.into(), reveal, ..config() };
    let server = sotto_server::app::Server::bind(config).await.unwrap();
    let url = format!("ws://{}/ws", server.address());
    tokio::spawn(server.run(std::future::pending(), std::future::pending()));
    url
}

/// The words of `sotto infer` for all samples of a model, and whether all results are the plain computation's.
async fn infer_samples(url: &str, model: &str) -> Vec<(String, bool)> {
    let request = Request {
        server: url.into(),
        access: Access::default(),
        model: model.into(),
        limits: native_client::LIMITS,
        max_bytes: u64::MAX,
        top: 3,
        retries: 0,
    };
    let rows = |card: &sotto_nn::Card| {
        let row = |s: &sotto_nn::card::Sample| Row {
            name: s.name.clone(),
            values: s.values.clone(),
            expected: Some(s.expected.clone()),
            truth: s.truth(),
        };
        Ok(card.samples.iter().map(row).collect())
    };
    let report = ask(&request, rows, Params::default()).await.unwrap();
    let exact = |answer: &Answer| {
        answer.matches == Some(true) && (answer.missed == (model == "logit" && answer.name.starts_with("[2.0")))
    };
    report.answers.iter().map(|answer| (answer.prediction.label(), exact(answer))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_task_is_decided_from_scores_and_in_secret_alike() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let open = serve_tasks(folders[0].path(), Reveal::Scores).await;
    let decided = serve_tasks(folders[1].path(), Reveal::Class).await;
    for (model, expected) in [
        ("logit", ["benign", "malignant", "malignant", "malignant"]),
        ("findings", ["effusion, nodule", "effusion, nodule", "mass, nodule", "effusion, nodule"]),
    ] {
        let expected: Vec<_> = expected.map(|label| (label.to_owned(), true)).to_vec();
        assert_eq!(infer_samples(&open, model).await, expected);
        assert_eq!(infer_samples(&decided, model).await, expected);
    }
    let years = infer_samples(&open, "value").await;
    let years: Vec<&str> = years.iter().map(|(words, _)| words.as_str()).collect();
    assert_eq!(years, ["14.000 years", "12.000 years", "4.000 years", "24.000 years"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_has_no_decision_to_reveal() {
    let folder = tempfile::tempdir().unwrap();
    let value = sotto_tests::tasks().unwrap().into_iter().find(|bundle| bundle.id == "value").unwrap();
    value.save(&folder.path().join("value")).unwrap();
    let config = ServeConfig { models: folder.path().into(), reveal: Reveal::Class, ..config() };
    let refused = sotto_server::app::Server::bind(config).await.err().unwrap().to_string();
    assert!(refused.contains("its answer is a number, which only its score says: reveal the scores"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_server_says_so_and_recovers() {
    let server = start_with(ServeConfig { max_sessions: 1, ..config() }).await;
    let (url, input) = (server.url.clone(), wide_input(1));
    let first = session(&server.url, SYNTHETIC, None, async move |mut client| {
        client.preprocess().await?;
        // While this session runs, there is no place for another.
        let refused = tokio::runtime::Handle::current().block_on(infer_once(&url, wide_input(2))).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Busy, "{refused}");
        assert!(refused.message().contains("full"), "{refused}");
        let output = client.infer(&input).await?.output;
        client.close().await?;
        Ok(output)
    });
    assert_eq!(first.await.unwrap(), plain(&wide_input(1)));
    // The place is free once the server has seen the first session's end.
    let mut outcome = infer_once(&server.url, wide_input(3)).await;
    while outcome.as_ref().is_err_and(|e| e.kind() == ErrorKind::Busy) {
        tokio::time::sleep(Duration::from_millis(20)).await;
        outcome = infer_once(&server.url, wide_input(3)).await;
    }
    assert_eq!(outcome.unwrap(), plain(&wide_input(3)));
}

#[tokio::test(flavor = "multi_thread")]
async fn shutdown_lets_a_running_session_end() {
    let server = start().await;
    let (prepared, is_prepared) = tokio::sync::oneshot::channel();
    let (resume, resumed) = std::sync::mpsc::channel();
    let input = wide_input(1);
    let running = tokio::spawn({
        let url = server.url.clone();
        async move {
            session(&url, SYNTHETIC, None, async move |mut client| {
                client.preprocess().await?;
                prepared.send(()).unwrap();
                resumed.recv().unwrap();
                let output = client.infer(&input).await?.output;
                client.close().await?;
                Ok(output)
            })
            .await
        }
    });
    is_prepared.await.unwrap();
    server.shut_down();
    // New connections are refused before the running session goes on.
    while tokio::net::TcpStream::connect(&server.authority).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    resume.send(()).unwrap();
    assert_eq!(running.await.unwrap().unwrap(), plain(&wide_input(1)));
    server.stopped().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shutdown_cuts_a_session_after_the_grace_time() {
    let server = start_with(ServeConfig { shutdown_grace: Duration::from_millis(300), ..config() }).await;
    expect_cut(server, |server| server.shut_down()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_cuts_a_session_at_once() {
    let server = start_with(ServeConfig { shutdown_grace: Duration::from_secs(3600), ..config() }).await;
    expect_cut(server, |server| {
        server.shut_down();
        server.hurry();
    })
    .await;
}

/// Stops a server during a session, whose client is then told that the server is shutting down.
async fn expect_cut(server: Running, stop: impl FnOnce(&Running)) {
    let (prepared, is_prepared) = tokio::sync::oneshot::channel();
    let running = tokio::spawn({
        let url = server.url.clone();
        async move {
            session(&url, SYNTHETIC, None, async move |mut client| {
                client.preprocess().await?;
                prepared.send(()).unwrap();
                std::thread::sleep(Duration::from_secs(2));
                client.infer(&wide_input(1)).await
            })
            .await
        }
    });
    is_prepared.await.unwrap();
    stop(&server);
    server.stopped().await;
    let error = running.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed, "{error}");
    assert!(error.message().contains("shutting down"), "{error}");
}
