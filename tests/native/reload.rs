//! Models that change while the server runs: new sessions get what is there, running ones keep what they have.

use std::path::Path;
use std::time::Duration;

use sotto_mpc::ErrorKind;
use sotto_nn::bundle::Bundle;
use sotto_nn::{Tensor, Weights, reference};
use sotto_server::config::ServeConfig;
use sotto_tests::{Running, SYNTHETIC, config, infer_once, session, start_with, synthetic, wide_input};

/// The synthetic model with other weights.
fn other() -> Bundle {
    let bundle = synthetic();
    let negated = |tensor: &Tensor| {
        let data = tensor.data().iter().map(|&weight| if weight > -50 { -weight } else { weight }).collect();
        Tensor::new(tensor.shape().to_vec(), data).unwrap()
    };
    let mut weights = Weights::default();
    for (name, tensor) in bundle.weights.iter() {
        weights.insert(name, negated(tensor));
    }
    let mut card = bundle.card.clone();
    for sample in &mut card.samples {
        let input = bundle.card.quantise(&bundle.program, &sample.values).unwrap();
        sample.expected = reference::run_output(&bundle.program, &weights, &input).unwrap();
    }
    Bundle { weights, card, ..bundle }
}

fn plain(bundle: &Bundle, seed: u64) -> Vec<i64> {
    reference::run_output(&bundle.program, &bundle.weights, &wide_input(seed)).unwrap()
}

/// Puts a bundle in the place of another, as an operator should: written elsewhere, and then moved.
fn put(folder: &Path, bundle: &Bundle, id: &str) {
    let elsewhere = tempfile::TempDir::new().unwrap();
    let (written, place) = (elsewhere.path().join(id), folder.join(id));
    Bundle { id: id.into(), ..bundle.clone() }.save(&written).unwrap();
    let _ = std::fs::remove_dir_all(&place);
    std::fs::rename(written, place).unwrap();
}

/// Waits until a session with the model has this result, or this error.
async fn becomes(server: &Running, model: &str, wanted: Result<Vec<i64>, ErrorKind>) {
    for _ in 0..400 {
        let outcome = session(&server.url, model, None, async |mut client| {
            let output = client.infer(&wide_input(3)).await?.output;
            client.close().await?;
            Ok(output)
        });
        if outcome.await.map_err(|error| error.kind()) == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("it never becomes {wanted:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_keeps_its_model_and_the_next_one_gets_the_new() {
    let server = start_with(ServeConfig { strict: false, ..config() }).await;
    let folder = server.models.path().to_owned();
    let (before, after) = (synthetic(), other());
    assert_ne!(plain(&before, 3), plain(&after, 3));
    let (ready, is_ready) = tokio::sync::oneshot::channel();
    let (changed, has_changed) = std::sync::mpsc::channel::<()>();
    let running = tokio::spawn({
        let url = server.url.clone();
        async move {
            session(&url, SYNTHETIC, None, async move |mut client| {
                client.preprocess().await?;
                ready.send(()).unwrap();
                has_changed.recv().unwrap();
                let prepared_before = client.infer(&wide_input(1)).await?.output;
                let prepared_after = client.infer(&wide_input(2)).await?.output;
                client.close().await?;
                Ok([prepared_before, prepared_after])
            })
            .await
        }
    });
    is_ready.await.unwrap();
    put(&folder, &after, SYNTHETIC);
    put(&folder, &before, "another");
    server.reload();
    becomes(&server, SYNTHETIC, Ok(plain(&after, 3))).await;
    becomes(&server, "another", Ok(plain(&before, 3))).await;
    changed.send(()).unwrap();
    assert_eq!(running.await.unwrap().unwrap(), [plain(&before, 1), plain(&before, 2)]);
    // A version that cannot be read leaves the one before; one that is gone is gone.
    std::fs::write(folder.join(SYNTHETIC).join("program.json"), "{").unwrap();
    std::fs::remove_dir_all(folder.join("another")).unwrap();
    server.reload();
    becomes(&server, "another", Err(ErrorKind::UnknownModel)).await;
    assert_eq!(infer_once(&server.url, wide_input(3)).await.unwrap(), plain(&after, 3));
    // Nothing at all is no offer.
    std::fs::remove_dir_all(folder.join(SYNTHETIC)).unwrap();
    server.reload();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(infer_once(&server.url, wide_input(3)).await.unwrap(), plain(&after, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watched_folder_is_read_without_being_asked() {
    let watch = Some(Duration::from_millis(50));
    let server = start_with(ServeConfig { watch, strict: false, ..config() }).await;
    put(server.models.path(), &other(), SYNTHETIC);
    becomes(&server, SYNTHETIC, Ok(plain(&other(), 3))).await;
    // What cannot be used is left alone until it changes.
    std::fs::write(server.models.path().join(SYNTHETIC).join("program.json"), "{").unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    becomes(&server, SYNTHETIC, Ok(plain(&other(), 3))).await;
    put(server.models.path(), &synthetic(), SYNTHETIC);
    becomes(&server, SYNTHETIC, Ok(plain(&synthetic(), 3))).await;
}
