//! The modules of a crate: what each defines, imports and names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemUse, Macro, Meta, UseTree, Visibility};

/// One module, in a file of its own or within another's.
#[derive(Default)]
pub(super) struct Module {
    /// The file that it is in.
    pub(super) file: PathBuf,
    /// `None` for the crate's root.
    pub(super) parent: Option<usize>,
    pub(super) children: BTreeMap<String, usize>,
    /// Names of its own items, but for modules.
    pub(super) defines: BTreeSet<String>,
    /// By their name here: what it imports or re-exports.
    pub(super) imports: BTreeMap<String, Vec<String>>,
    /// Modules (or enums) of which it takes all names.
    pub(super) globs: Vec<Vec<String>>,
    /// Every path in its code, and every import that is no re-export.
    pub(super) names: Vec<Vec<String>>,
}

/// Reads a crate from its root file on; `read` gives a file's text, or `None` where there is none.
pub(super) fn modules(root: &Path, read: &dyn Fn(&Path) -> Option<String>) -> Result<Vec<Module>> {
    let mut reader = Reader { read, modules: Vec::new() };
    let folder = root.parent().unwrap_or(Path::new("")).to_path_buf();
    let items = reader.parse(root)?;
    reader.module(items, root, &folder, None)?;
    Ok(reader.modules)
}

struct Reader<'a> {
    read: &'a dyn Fn(&Path) -> Option<String>,
    modules: Vec<Module>,
}

impl Reader<'_> {
    fn parse(&self, file: &Path) -> Result<Vec<Item>> {
        let text = (self.read)(file).with_context(|| format!("cannot read {}", file.display()))?;
        Ok(syn::parse_file(&text).with_context(|| format!("cannot parse {}", file.display()))?.items)
    }

    /// Adds a module whose children's files are in `folder`.
    fn module(&mut self, items: Vec<Item>, file: &Path, folder: &Path, parent: Option<usize>) -> Result<usize> {
        let index = self.modules.len();
        self.modules.push(Module { file: file.to_path_buf(), parent, ..Module::default() });
        for item in items {
            let Item::Mod(module) = item else {
                Collector(&mut self.modules[index]).visit_item(&item);
                continue;
            };
            if tests_only(&module.attrs) {
                continue;
            }
            let name = module.ident.to_string();
            let inner = folder.join(&name);
            let child = match module.content {
                Some((_, items)) => self.module(items, file, &inner, Some(index))?,
                None => {
                    let (flat, nested) = (folder.join(format!("{name}.rs")), inner.join("mod.rs"));
                    let file = if (self.read)(&flat).is_some() { flat } else { nested };
                    self.module(self.parse(&file)?, &file, &inner, Some(index))?
                }
            };
            self.modules[index].children.insert(name, child);
        }
        Ok(index)
    }
}

fn tests_only(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        _ => false,
    })
}

/// Fills in one module.
struct Collector<'a>(&'a mut Module);

impl<'ast> Visit<'ast> for Collector<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let (name, attributes) = match item {
            Item::Const(item) => (Some(&item.ident), &item.attrs),
            Item::Enum(item) => (Some(&item.ident), &item.attrs),
            Item::Fn(item) => (Some(&item.sig.ident), &item.attrs),
            Item::Impl(item) => (None, &item.attrs),
            Item::Macro(item) => (item.ident.as_ref(), &item.attrs),
            Item::Static(item) => (Some(&item.ident), &item.attrs),
            Item::Struct(item) => (Some(&item.ident), &item.attrs),
            Item::Trait(item) => (Some(&item.ident), &item.attrs),
            Item::Type(item) => (Some(&item.ident), &item.attrs),
            Item::Union(item) => (Some(&item.ident), &item.attrs),
            Item::Use(item) => (None, &item.attrs),
            _ => return visit::visit_item(self, item),
        };
        if tests_only(attributes) {
            return;
        }
        self.0.defines.extend(name.map(ToString::to_string));
        visit::visit_item(self, item);
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if item.leading_colon.is_none() {
            let exported = !matches!(item.vis, Visibility::Inherited);
            self.import(&item.tree, &mut Vec::new(), exported);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            self.0.names.push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.tokens(call.tokens.clone());
        visit::visit_macro(self, call);
    }
}

impl Collector<'_> {
    fn import(&mut self, tree: &UseTree, path: &mut Vec<String>, exported: bool) {
        let mut add = |name: &str, alias: &str, path: &[String]| {
            // `use x::{self}` is `use x`.
            let itself = name == "self" && !path.is_empty();
            let full: Vec<_> = path.iter().cloned().chain((!itself).then(|| name.to_owned())).collect();
            let alias = if alias == "self" { full.last().cloned().unwrap_or_default() } else { alias.to_owned() };
            if !exported {
                self.0.names.push(full.clone());
            }
            self.0.imports.insert(alias, full);
        };
        match tree {
            UseTree::Path(inner) => {
                path.push(inner.ident.to_string());
                self.import(&inner.tree, path, exported);
                path.pop();
            }
            UseTree::Name(name) => add(&name.ident.to_string(), &name.ident.to_string(), path),
            UseTree::Rename(name) => add(&name.ident.to_string(), &name.rename.to_string(), path),
            UseTree::Glob(_) => self.0.globs.push(path.clone()),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(tree, path, exported)),
        }
    }

    /// Paths of at least two names in a macro's call or definition. A name alone may be anything there.
    fn tokens(&mut self, stream: TokenStream) {
        let (mut path, mut colons) = (Vec::new(), 0);
        for tree in stream {
            match tree {
                TokenTree::Ident(name) if colons == 2 || path.is_empty() => path.push(name.to_string()),
                TokenTree::Ident(name) => self.end(&mut path, Some(name.to_string())),
                TokenTree::Punct(sign) if sign.as_char() == ':' && !path.is_empty() => {
                    colons += 1;
                    continue;
                }
                TokenTree::Group(group) => {
                    self.end(&mut path, None);
                    self.tokens(group.stream());
                }
                _ => self.end(&mut path, None),
            }
            colons = 0;
        }
        self.end(&mut path, None);
    }

    fn end(&mut self, path: &mut Vec<String>, next: Option<String>) {
        let ended = std::mem::replace(path, next.into_iter().collect());
        if ended.len() > 1 {
            self.0.names.push(ended);
        }
    }
}
