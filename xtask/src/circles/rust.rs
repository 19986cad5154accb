//! The graph of a Rust crate.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use super::graph::Graph;
use super::tree::{self, Module};
use crate::shell::{cargo, read, root};

/// The graph of each crate of the workspace, by its name.
pub(super) fn graphs() -> Result<Vec<(String, Graph)>> {
    let metadata = read(cargo().args(["metadata", "--no-deps", "--offline", "--format-version", "1"]));
    let metadata: Value = serde_json::from_str(&metadata.context("cannot run `cargo metadata`")?)?;
    let packages = metadata["packages"].as_array().context("`cargo metadata` names no packages")?;
    packages.iter().map(|package| Ok((text(&package["name"])?.to_owned(), package_graph(package)?))).collect()
}

fn package_graph(package: &Value) -> Result<Graph> {
    let mut graph = Graph::default();
    for target in package["targets"].as_array().into_iter().flatten() {
        let kinds = target["kind"].as_array().into_iter().flatten().filter_map(Value::as_str);
        if kinds.into_iter().all(|kind| !["lib", "bin", "cdylib", "rlib"].contains(&kind)) {
            continue;
        }
        let source = PathBuf::from(text(&target["src_path"])?);
        let source = source.strip_prefix(root()).unwrap_or(&source);
        add(&mut graph, source, &|file| fs::read_to_string(root().join(file)).ok())?;
    }
    Ok(graph)
}

fn text(value: &Value) -> Result<&str> {
    value.as_str().context("`cargo metadata` is not as expected")
}

/// Adds the files and arrows of the module tree with this root file.
fn add(graph: &mut Graph, source: &Path, read: &dyn Fn(&Path) -> Option<String>) -> Result<()> {
    let modules = tree::modules(source, read)?;
    let file = |module: usize| modules[module].file.to_string_lossy();
    for (index, module) in modules.iter().enumerate() {
        graph.file(&file(index));
        for name in &module.names {
            if let Some(Found::Item(owner, item)) = resolve(&modules, index, name, DEPTH) {
                graph.arrow(&file(index), &file(owner), item);
            }
        }
    }
    Ok(())
}

/// What a path leads to within its crate.
#[derive(Clone, Copy)]
enum Found<'a> {
    Module(usize),
    /// An item of this module, and its name there.
    Item(usize, &'a str),
}

/// Imports of imports that are followed: some name each other, by globs, without end.
const DEPTH: usize = 16;

/// What a path in a module's code leads to; `None` outside the crate.
fn resolve<'a>(modules: &'a [Module], module: usize, path: &'a [String], depth: usize) -> Option<Found<'a>> {
    let (first, mut rest) = path.split_first()?;
    let mut found = match first.as_str() {
        "crate" => Found::Module(0),
        "self" => Found::Module(module),
        "super" => Found::Module(modules[module].parent?),
        name => look_up(modules, module, name, depth)?,
    };
    while let (Found::Module(at), Some((name, behind))) = (found, rest.split_first()) {
        found = match name.as_str() {
            "super" => Found::Module(modules[at].parent?),
            // What no item has as its name is made by a macro.
            name => look_up(modules, at, name, depth).unwrap_or(Found::Item(at, name)),
        };
        rest = behind;
    }
    Some(found)
}

/// What a name means in a module.
fn look_up<'a>(modules: &'a [Module], module: usize, name: &'a str, depth: usize) -> Option<Found<'a>> {
    let depth = depth.checked_sub(1)?;
    let here = &modules[module];
    if let Some(&child) = here.children.get(name) {
        return Some(Found::Module(child));
    }
    if here.defines.contains(name) {
        return Some(Found::Item(module, name));
    }
    if let Some(path) = here.imports.get(name) {
        // `use name;` or `use name::Thing as name` of another crate would lead here again.
        return if path[0] == name { None } else { resolve(modules, module, path, depth) };
    }
    here.globs.iter().find_map(|path| match resolve(modules, module, path, depth)? {
        Found::Module(of) if of != module => look_up(modules, of, name, depth),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Graph, add};

    /// The circles of a crate of these files.
    fn circles(files: &[(&str, &str)]) -> Vec<String> {
        let mut graph = Graph::default();
        let read = |path: &Path| files.iter().find(|(name, _)| Path::new(name) == path).map(|(_, text)| (*text).into());
        add(&mut graph, Path::new("lib.rs"), &read).unwrap();
        assert_eq!(graph.files(), files.len());
        graph.circles().into_iter().collect()
    }

    #[test]
    fn the_owner_of_an_item_counts_and_not_who_re_exports_it() {
        let lib = ("lib.rs", "mod a; mod b; mod c; pub use c::*; pub use a::f; pub use b::X as Y;");
        let c = ("c.rs", "pub fn g() {}");
        let (a, b) = (("a.rs", "use crate::Y; pub fn f() -> Y { crate::g(); }"), ("b.rs", "pub struct X;"));
        assert!(circles(&[lib, a, b, c]).is_empty());
        let back = ("b.rs", "pub struct X; fn h() { vec![crate::f()]; }");
        assert_eq!(circles(&[lib, a, back, c]), ["a.rs -(X)-> b.rs -(f)-> a.rs"]);
    }

    #[test]
    fn a_parent_and_its_child_may_not_use_each_other() {
        let child = ("a/b.rs", "use super::{X, c::Z}; pub fn f(_: X, _: Z) {}");
        let (lib, other) = (("lib.rs", "mod a;"), ("a/c.rs", "pub struct Z;"));
        let gathers = ("a.rs", "mod b; mod c; pub(crate) use b::f; pub struct X;");
        assert!(circles(&[lib, gathers, child, other]).is_empty());
        for uses in ["fn g(x: X) { f(x, c::Z) }", "fn g(x: X) { self::b::f(x) }", "use b as d; fn g() { d::f(X) }"] {
            let parent = format!("{} {uses}", gathers.1);
            assert_eq!(circles(&[lib, ("a.rs", &parent), child, other]), ["a.rs -(f)-> a/b.rs -(X)-> a.rs"], "{uses}");
        }
    }

    #[test]
    fn tests_and_other_crates_do_not_count() {
        let lib = ("lib.rs", "mod a; mod b; pub fn f() { b::g() } #[cfg(test)] mod tests { use super::a::h; }");
        let a = ("a.rs", "use b::X; use ::b::Y; pub fn h() { crate::f() } #[cfg(test)] use crate::b::g;");
        let b = ("b.rs", "pub fn g() {} #[cfg(test)] mod tests { use crate::a::h; }");
        assert!(circles(&[lib, a, b]).is_empty());
    }
}
