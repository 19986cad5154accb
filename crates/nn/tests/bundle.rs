//! Bundles on disk: what lies there in place of a file.

use std::path::Path;
use std::process::Command;

use sotto_nn::bundle::{Bundle, CARD_FILE, PROGRAM_FILE, WEIGHTS_FILE};
use tempfile::TempDir;

/// Opening a pipe would wait for its writer for ever.
#[cfg(unix)]
#[test]
fn a_pipe_or_a_folder_is_refused_and_not_waited_for() {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/wdbc");
    for odd in [PROGRAM_FILE, WEIGHTS_FILE, CARD_FILE] {
        for maker in ["mkfifo", "mkdir"] {
            let models = TempDir::new().unwrap();
            let dir = models.path().join("wdbc");
            std::fs::create_dir(&dir).unwrap();
            for file in [PROGRAM_FILE, WEIGHTS_FILE, CARD_FILE] {
                if file != odd {
                    std::fs::copy(from.join(file), dir.join(file)).unwrap();
                }
            }
            assert!(Command::new(maker).arg(dir.join(odd)).status().unwrap().success());
            let error = Bundle::load(&dir).expect_err("no file").to_string();
            assert!(error.contains(odd) && error.contains("no regular file"), "{maker}: {error}");
        }
    }
}
