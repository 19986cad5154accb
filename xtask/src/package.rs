//! The npm package `@sotto/client` in `client-wasm/pkg`: the compiled modules, their bindings, types, manifest and README.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;
use wasm_bindgen_cli_support::Bindgen;

use crate::node::tsc;
use crate::shell::{root, run_quietly};

/// Names of the modules' bindings.
pub(crate) const CLIENT: &str = "sotto_client";
pub(crate) const WORKERS: &str = "sotto_workers";
pub(crate) const TOOLS: &str = "sotto_tools";

/// Writes the package around compiled modules, each with the name of its bindings, to a folder of `client-wasm`, unless the one that is
/// there came from the same inputs.
pub(crate) fn write(modules: &[(&str, PathBuf)], folder: &str) -> Result<()> {
    let client = root().join("client-wasm");
    let pkg = client.join(folder);
    let stamp = pkg.join(".inputs");
    let inputs = digest(modules, &client)?;
    if fs::read_to_string(&stamp).is_ok_and(|last| last == inputs) {
        return Ok(());
    }
    if pkg.exists() {
        fs::remove_dir_all(&pkg)?;
    }
    for (name, module) in modules {
        Bindgen::new()
            .input_path(module)
            .out_name(name)
            .web(true)?
            .typescript(true)
            .omit_default_module_path(false) // so that `init()` finds the module beside the bindings
            .remove_name_section(true)
            .remove_producers_section(true)
            .generate(&pkg)
            .context("wasm-bindgen failed")?;
    }
    fs::write(pkg.join("package.json"), manifest())?;
    let committed = committed(&client)?;
    for file in &committed {
        fs::copy(file, pkg.join(file.file_name().unwrap_or_default()))
            .with_context(|| format!("cannot copy {}", file.display()))?;
    }
    // TypeScript is compiled where the bindings are, whose declarations it reads.
    run_quietly(tsc().arg("--project").arg(&pkg))?;
    for file in committed.iter().filter_map(|file| file.file_name()).map(Path::new).filter(|file| !is_shipped(file)) {
        fs::remove_file(pkg.join(file))?;
    }
    fs::write(stamp, inputs)?;
    Ok(())
}

/// Committed files of the package, in `client-wasm/npm`: TypeScript, its configuration, and what is shipped as it is.
fn committed(client: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(client.join("npm")).context("cannot read client-wasm/npm")?;
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}

/// Whether a committed file is part of the package, and not what a part is made from.
fn is_shipped(file: &Path) -> bool {
    file.extension().is_none_or(|extension| extension != "ts") && file != Path::new("tsconfig.json")
}

/// The name of the archive that `npm pack` makes.
pub(crate) fn archive() -> String {
    format!("sotto-client-{}.tgz", env!("CARGO_PKG_VERSION"))
}

/// Prints the size of what a page downloads.
pub(crate) fn report_sizes() -> Result<()> {
    let pkg = root().join("client-wasm/pkg");
    for file in [CLIENT, WORKERS, TOOLS].iter().flat_map(|name| [format!("{name}_bg.wasm"), format!("{name}.js")]) {
        let bytes = fs::read(pkg.join(&file)).with_context(|| format!("cannot read {file}"))?;
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(&bytes)?;
        println!("web: {file}: {} kB, {} kB gzipped", kilobytes(bytes.len()), kilobytes(gzip.finish()?.len()));
    }
    Ok(())
}

fn kilobytes(bytes: usize) -> String {
    format!("{:.1}", bytes as f64 / 1000.0)
}

/// A digest of everything that goes into the package.
fn digest(modules: &[(&str, PathBuf)], client: &Path) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    manifest().hash(&mut hasher);
    let modules = modules.iter().map(|(_, module)| module.clone());
    for path in committed(client)?.into_iter().chain(modules).chain([std::env::current_exe()?]) {
        fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// Written as text: bundlers take the first condition of an export that they know, and a map would sort `default` before `types`.
fn manifest() -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!(
        r#"{{
  "name": "@sotto/client",
  "version": "{version}",
  "description": "The browser's half of a private neural-network inference, for a Web Worker",
  "license": "MIT OR Apache-2.0",
  "type": "module",
  "main": "index.js",
  "types": "index.d.ts",
  "exports": {{
    ".": {{
      "types": "./index.d.ts",
      "node": "./node.js",
      "default": "./index.js"
    }},
    "./module": {{
      "types": "./module.d.ts",
      "node": "./node.js",
      "default": "./module.js"
    }},
    "./worker": {{
      "types": "./sotto_worker.d.ts",
      "node": "./sotto_worker_node.js",
      "default": "./sotto_worker.js"
    }},
    "./workers": {{
      "types": "./workers.d.ts",
      "node": "./workers_node.js",
      "default": "./workers.js"
    }},
    "./tools": {{
      "types": "./tools.d.ts",
      "node": "./tools_node.js",
      "default": "./tools.js"
    }},
    "./{CLIENT}_bg.wasm": "./{CLIENT}_bg.wasm",
    "./{WORKERS}_bg.wasm": "./{WORKERS}_bg.wasm",
    "./{TOOLS}_bg.wasm": "./{TOOLS}_bg.wasm",
    "./package.json": "./package.json"
  }},
  "files": ["*.js", "*.d.ts", "*.wasm", "README.md"],
  "sideEffects": ["./{CLIENT}.js", "./{WORKERS}.js", "./{TOOLS}.js", "./sotto_worker.js", "./sotto_worker_node.js"],
  "engines": {{ "node": ">=22" }}
}}
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_condition_of_an_export_is_the_default() {
        let text = manifest();
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["exports"]["."]["types"], "./index.d.ts");
        assert!(text.find(r#""types": "./"#).unwrap() < text.find(r#""default": "./"#).unwrap());
    }
}
