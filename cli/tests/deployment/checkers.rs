//! deploy/sotto.service and deploy/kubernetes.yaml, by the word of systemd and of Kubernetes' schemas: nothing boots here.

use std::process::Command;

use saphyr::{LoadableYamlNode, Yaml};
use tempfile::TempDir;

use crate::files::{deploy, kubernetes};
use crate::host::tool;

/// Most exposure, in tenths of a point of ten, that `systemd-analyze security` may find: what is left is the network.
const EXPOSURE: &str = "15";

#[test]
fn systemd_takes_the_unit_and_finds_little_exposed() {
    let unit = std::fs::read_to_string(deploy().join("sotto.service")).unwrap();
    // It looks whether the program is there.
    let unit = unit.replace("/usr/local/bin/sotto", env!("CARGO_BIN_EXE_sotto"));
    let folder = TempDir::new().unwrap();
    for name in ["sotto.service", "sotto@.service"] {
        let file = folder.path().join(name);
        std::fs::write(&file, &unit).unwrap();
        let offline = ["security", "--offline=true", "--threshold", EXPOSURE];
        for command in [&["verify"][..], &offline] {
            let output = Command::new("systemd-analyze").args(command).arg(&file).output().unwrap();
            let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
            assert!(output.status.success(), "{command:?} of {name}: {said}");
            assert!(!said.contains(&format!("{name}:")) || command[0] != "verify", "{said}");
        }
    }
}

/// By the schemas of Kubernetes, which the package has.
#[test]
fn kubernetes_takes_the_objects() {
    let validate = tool("kubernetes-validate");
    let folder = TempDir::new().unwrap();
    let check = |text: &str| {
        let file = folder.path().join("kubernetes.yaml");
        std::fs::write(&file, text).unwrap();
        let output = Command::new(&validate).arg("--strict").arg(&file).output().unwrap();
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        (output.status.success(), said)
    };
    let (right, said) = check(&kubernetes());
    let objects = Yaml::load_from_str(&kubernetes()).unwrap().len();
    assert!(right && said.matches("passed").count() == objects, "{said}");
    let (right, _) = check(&kubernetes().replace("replicas: 2", "replicas: two"));
    assert!(!right, "it looks");
}
