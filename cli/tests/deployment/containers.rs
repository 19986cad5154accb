//! deploy/Containerfile and deploy/kubernetes.yaml: nothing here builds an image or has a cluster, so what can be compared is that the two, the
//! unit and the program agree.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use saphyr::{LoadableYamlNode, Yaml};
use tempfile::TempDir;

use crate::files::{deploy, free_port, kubernetes, shipped};
use crate::manager::status;

/// Libraries of `gcr.io/distroless/cc-debian12`, as its packages have them: libc6, libgcc-s1, libstdc++6.
const BASE: [&str; 8] = [
    "ld-linux-x86-64.so.2",
    "ld-linux-aarch64.so.1",
    "libc.so.6",
    "libdl.so.2",
    "libgcc_s.so.1",
    "libm.so.6",
    "libpthread.so.0",
    "librt.so.1",
];

/// The first word's rest in each line of the file that begins with it.
fn instructions(word: &str) -> Vec<String> {
    let text = std::fs::read_to_string(deploy().join("Containerfile")).unwrap();
    text.lines().filter_map(|line| Some(line.strip_prefix(word)?.strip_prefix(' ')?.to_owned())).collect()
}

/// What a path of keys and numbers leads to.
#[track_caller]
fn at<'a, 'b>(yaml: &'a Yaml<'b>, path: &str) -> &'a Yaml<'b> {
    path.split('/').fold(yaml, |yaml, key| match key.parse::<usize>() {
        Ok(number) => yaml.as_sequence().unwrap_or_else(|| panic!("{path}: {key}")).get(number).unwrap(),
        Err(_) => yaml.as_mapping_get(key).unwrap_or_else(|| panic!("{path}: {key}")),
    })
}

/// The document of a kind.
#[track_caller]
fn of<'a, 'b>(documents: &'a [Yaml<'b>], kind: &str) -> &'a Yaml<'b> {
    let mut found = documents.iter().filter(|document| at(document, "kind").as_str() == Some(kind));
    let first = found.next().unwrap_or_else(|| panic!("there is no {kind}"));
    assert!(found.next().is_none(), "one {kind}");
    first
}

#[test]
fn the_image_has_every_library_that_the_program_loads() {
    // Of the package that links programs.
    let output = Command::new("readelf").arg("-d").arg(env!("CARGO_BIN_EXE_sotto")).output().expect("there is readelf");
    let text = String::from_utf8(output.stdout).unwrap();
    let needed: Vec<&str> = text.lines().filter_map(|line| line.split_once("[")?.1.split(']').next()).collect();
    assert!(!cfg!(target_os = "linux") || !needed.is_empty(), "{text}");
    let missing: Vec<_> = needed.iter().filter(|library| !BASE.contains(library)).collect();
    assert!(missing.is_empty(), "gcr.io/distroless/cc-debian12 has no {missing:?}");
    assert!(instructions("FROM").last().unwrap().starts_with("gcr.io/distroless/cc-debian12"));
}

/// The options in the cluster are the program's, and the addresses, probes, times and users of all files fit each other.
#[test]
fn the_cluster_runs_what_the_image_has() {
    let text = kubernetes();
    let documents = Yaml::load_from_str(&text).unwrap();
    let options_text = at(of(&documents, "ConfigMap"), "data/sotto.toml").as_str().unwrap();
    let options: toml::Table = options_text.parse().unwrap();
    let port = |key: &str| options[key].as_str().unwrap().rsplit_once(':').unwrap().1.parse::<i64>().unwrap();
    let (http, health) = (port("listen"), port("health-listen"));
    let pod = at(of(&documents, "Deployment"), "spec/template/spec");
    let container = at(pod, "containers/0");
    for (k, (name, port)) in [("http", http), ("health", health)].into_iter().enumerate() {
        let of_container = at(at(container, "ports"), &k.to_string());
        assert_eq!(at(of_container, "name").as_str(), Some(name));
        assert_eq!(at(of_container, "containerPort").as_integer(), Some(port));
    }
    assert_eq!(instructions("EXPOSE"), [format!("{http} {health}")]);
    assert_eq!(at(of(&documents, "Service"), "spec/ports/0/targetPort").as_str(), Some("http"));
    let policy = of(&documents, "NetworkPolicy");
    assert_eq!(at(policy, "spec/ingress/0/ports/0/port").as_integer(), Some(http));
    assert_eq!(at(policy, "spec/ingress/1/ports/0/port").as_integer(), Some(health));
    let annotations = at(of(&documents, "Deployment"), "spec/template/metadata/annotations");
    let scraped = annotations.as_mapping_get("prometheus.io/port").unwrap();
    assert_eq!(scraped.as_str(), Some(&*health.to_string()));

    // The kubelet's probes, of a server with these options.
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("sotto.toml");
    let page = folder.path().join("page");
    std::fs::create_dir(&page).unwrap();
    std::fs::write(page.join("index.html"), "").unwrap();
    let installed = |path: &str| format!("\"/usr/local/share/sotto/{path}\"");
    let shown = |path: &Path| format!("{:?}", path.display().to_string());
    for (path, own) in [("models", shipped()), ("page", page)] {
        assert!(options_text.contains(&installed(path)), "{path}");
        assert!(instructions("COPY").iter().any(|copied| copied.contains(&format!("/usr/local/share/sotto/{path}"))));
        let text = if path == "models" { options_text.to_owned() } else { std::fs::read_to_string(&file).unwrap() };
        std::fs::write(&file, text.replace(&installed(path), &shown(&own))).unwrap();
    }
    let store = folder.path().join("store.db");
    let mut check = Command::new(env!("CARGO_BIN_EXE_sotto"));
    check.args(["serve", "--config"]).arg(&file).env("SOTTO_STORE", &store);
    let output = check.arg("--check").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let probes = format!("127.0.0.1:{}", free_port());
    let mut serve = Command::new(env!("CARGO_BIN_EXE_sotto"));
    serve.args(["serve", "--config"]).arg(&file).env("SOTTO_STORE", &store);
    serve.args(["--listen", "127.0.0.1:0", "--health-listen", &probes]).stdout(Stdio::null()).stderr(Stdio::null());
    let mut server = serve.spawn().unwrap();
    let began = Instant::now();
    while status(&probes, "/livez").is_none() && began.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(20));
    }
    let answers: Vec<_> = ["startupProbe", "livenessProbe", "readinessProbe"]
        .into_iter()
        .map(|probe| at(container, probe))
        .map(|probe| {
            assert_eq!(at(probe, "httpGet/port").as_str(), Some("health"));
            status(&probes, at(probe, "httpGet/path").as_str().unwrap())
        })
        .collect();
    server.kill().unwrap();
    server.wait().unwrap();
    assert_eq!(answers, [Some(200); 3]);

    // Times: endpoints are told after two probes that fail, and killing comes after all that the server waits for.
    let seconds = |key: &str| options[key].as_integer().unwrap();
    let patience = at(pod, "terminationGracePeriodSeconds").as_integer().unwrap();
    assert!(patience > seconds("drain-delay") + seconds("shutdown-grace") + 5, "{patience}");
    let ready = at(container, "readinessProbe");
    let noticed =
        at(ready, "periodSeconds").as_integer().unwrap() * at(ready, "failureThreshold").as_integer().unwrap();
    assert!(seconds("drain-delay") >= 2 * noticed, "{noticed} seconds until a probe has failed");

    // The user, the file of options and the program.
    let user = at(pod, "securityContext/runAsUser").as_integer().unwrap();
    assert_eq!(instructions("USER"), [format!("{user}:{user}")]);
    let given: Vec<_> =
        at(container, "args").as_sequence().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
    assert_eq!(instructions("CMD"), [format!("{given:?}")]);
    let mounted = at(container, "volumeMounts/0/mountPath").as_str().unwrap();
    assert_eq!(given[1], format!("{mounted}/sotto.toml"));
    assert_eq!(instructions("ENTRYPOINT"), [r#"["/usr/local/bin/sotto", "serve"]"#]);
    assert!(at(of(&documents, "Secret"), "stringData/SOTTO_STORE").as_str().unwrap().starts_with("postgres://"));
    assert!(instructions("RUN").concat().contains("postgres"));
}
