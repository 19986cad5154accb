//! The models on offer: bundles from a directory, and what the API says of each.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use serde_json::value::RawValue;
use sotto_mpc::plan::{Plan, plan};
use sotto_mpc::{Params, ServedModel};
use sotto_nn::bundle::{Bundle, CARD_FILE, PROGRAM_FILE, WEIGHTS_FILE};
use sotto_nn::{Card, ModelDigest, Program, Weights};
use tracing::warn;

use crate::config::Reveal;
use crate::text::printable;
use crate::{Error, Result};

/// A model as it is served.
#[derive(Debug)]
pub struct Model {
    /// Its name on the wire and in addresses.
    pub id: String,
    /// Program and weights, as the protocol wants them.
    served: ServedModel,
    /// The public card.
    pub card: Card,
    /// Digest of card and program as clients get them, byte for byte.
    pub digest: ModelDigest,
    /// The card as clients get it.
    card_json: Box<RawValue>,
    /// The program as clients get it.
    program_json: Box<RawValue>,
    /// What a private inference costs with the default parameters.
    pub plan: Plan,
}

impl Model {
    fn new(bundle: Bundle, reveal: Reveal) -> Result<Self> {
        let Bundle { id, program, weights, card } = bundle;
        let program = match reveal {
            Reveal::Scores => program,
            Reveal::Class => {
                let refused = |e| Error::Usage(format!("model '{id}' cannot be served with --reveal class: {e}"));
                card.revealing_decision(program).map_err(refused)?
            }
        };
        let defect = |e: &dyn std::fmt::Display| Error::Internal(format!("model '{id}': {e}"));
        let plan = plan(&program, Params::default()).map_err(|e| defect(&e))?;
        let raw = |json: String| RawValue::from_string(json).map_err(|e| defect(&e));
        let card_json = raw(card.to_public_json().map_err(|e| defect(&e))?)?;
        let program_json = raw(program.to_json())?;
        let digest = ModelDigest::of(card_json.get(), program_json.get());
        let served = ServedModel::new(&id, Arc::new(program), Arc::new(weights), Some(digest));
        Ok(Self { id, served, card, digest, card_json, program_json, plan })
    }

    /// The model as the protocol wants it.
    pub fn served(&self) -> ServedModel {
        self.served.clone()
    }

    /// The public architecture.
    pub fn program(&self) -> &Program {
        self.served.program()
    }

    /// The secret weights.
    pub fn weights(&self) -> &Weights {
        self.served.weights()
    }
}

/// The models on offer, by id.
#[derive(Debug)]
pub struct Registry(BTreeMap<String, Model>);

impl Registry {
    /// Loads every subdirectory of `dir` that holds a bundle, to be served with `reveal`. What starts with a dot, and
    /// subdirectories with none of a bundle's files, are other things (half a copy, training scripts) and are left alone.
    /// A bundle that cannot be used is logged and left out, or, when `strict`, the error.
    ///
    /// # Errors
    /// [`Error::Usage`] naming the first broken bundle and file, or the directory when it has no bundle at all.
    pub fn load(dir: &Path, reveal: Reveal, strict: bool) -> Result<Registry> {
        let cannot = |e| Error::Usage(format!("--models {}: {e}", dir.display()));
        let entries = std::fs::read_dir(dir).map_err(cannot)?.map(|entry| Ok(entry?.path()));
        let mut paths = entries.collect::<std::io::Result<Vec<_>>>().map_err(cannot)?;
        paths.sort();
        let (mut models, mut left_out) = (BTreeMap::new(), Vec::new());
        for path in paths.iter().filter(|path| may_be_bundle(path)) {
            match load_bundle(path).and_then(|bundle| Model::new(bundle, reveal)) {
                Ok(model) => _ = models.insert(model.id.clone(), model),
                Err(error) if strict => return Err(error),
                Err(error) => left_out.push(error),
            }
        }
        if models.is_empty() {
            let none = Error::Usage(format!("--models {}: there is no model bundle in it", dir.display()));
            return Err(left_out.into_iter().next().unwrap_or(none));
        }
        for error in left_out {
            warn!("left out: {}", printable(&error.to_string()));
        }
        Ok(Registry(models))
    }

    /// The model of that id.
    pub fn get(&self, id: &str) -> Option<&Model> {
        self.0.get(id)
    }

    /// All models, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Model> {
        self.0.values()
    }
}

/// Whether it is a directory with a file of a bundle, or one that cannot be looked into.
fn may_be_bundle(path: &Path) -> bool {
    let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    let files = [PROGRAM_FILE, WEIGHTS_FILE, CARD_FILE];
    !hidden && path.is_dir() && files.iter().any(|file| path.join(file).try_exists().unwrap_or(true))
}

/// Reads one bundle; the error names it and the file.
pub fn load_bundle(path: &Path) -> Result<Bundle> {
    Bundle::load(path).map_err(|e| Error::Usage(format!("model bundle {} cannot be used: {e}", path.display())))
}

/// What the list of models says of one.
#[derive(Clone, Debug, Serialize)]
pub struct Summary<'a> {
    id: &'a str,
    digest: ModelDigest,
    card: &'a RawValue,
    sizes: Sizes,
}

/// Everything public about a model.
#[derive(Clone, Debug, Serialize)]
pub struct Detail<'a> {
    id: &'a str,
    digest: ModelDigest,
    card: &'a RawValue,
    sizes: Sizes,
    program: &'a RawValue,
    plan: &'a Plan,
}

/// The public size of a model and of one private inference with it.
#[derive(Clone, Copy, Debug, Serialize)]
struct Sizes {
    operations: usize,
    parameters: usize,
    setup_bytes: u64,
    preprocess_bytes: u64,
    online_bytes: u64,
    online_rounds: u64,
}

impl From<&Model> for Sizes {
    fn from(model: &Model) -> Self {
        Self {
            operations: model.program().ops.len(),
            parameters: model.weights().iter().map(|(_, tensor)| tensor.len()).sum(),
            setup_bytes: model.plan.setup.both(),
            preprocess_bytes: model.plan.preprocess.both(),
            online_bytes: model.plan.online.both(),
            online_rounds: model.plan.online_rounds,
        }
    }
}

impl<'a> From<&'a Model> for Summary<'a> {
    fn from(model: &'a Model) -> Self {
        Self { id: &model.id, digest: model.digest, card: &model.card_json, sizes: Sizes::from(model) }
    }
}

impl<'a> From<&'a Model> for Detail<'a> {
    fn from(model: &'a Model) -> Self {
        let Summary { id, digest, card, sizes } = Summary::from(model);
        Self { id, digest, card, sizes, program: &model.program_json, plan: &model.plan }
    }
}
