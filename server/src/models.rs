//! The models on offer: bundles from a directory, and what the API says of each.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use serde_json::value::RawValue;
use sotto_mpc::plan::{Bytes, Plan, plan};
use sotto_mpc::{Params, ServedModel};
use sotto_nn::bundle::{Bundle, CARD_FILE, PROGRAM_FILE, WEIGHTS_FILE};
use sotto_nn::{Card, ModelDigest, Program, Weights};

use crate::config::Reveal;
use crate::{Error, Result};

/// A model as it is served.
#[derive(Debug)]
pub struct Model {
    /// Its name on the wire and in addresses.
    pub id: String,
    /// The public architecture.
    pub program: Arc<Program>,
    /// The secret weights.
    pub weights: Arc<Weights>,
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
            Reveal::Class => program.revealing_class_only(),
        };
        let defect = |e: &dyn std::fmt::Display| Error::Internal(format!("model '{id}': {e}"));
        let plan = plan(&program, Params::default()).map_err(|e| defect(&e))?;
        let raw = |json: String| RawValue::from_string(json).map_err(|e| defect(&e));
        let card_json = raw(card.to_public_json().map_err(|e| defect(&e))?)?;
        let program_json = raw(program.to_json())?;
        let digest = ModelDigest::of(card_json.get(), program_json.get());
        let (program, weights) = (Arc::new(program), Arc::new(weights));
        Ok(Self { id, program, weights, card, digest, card_json, program_json, plan })
    }

    /// The model as the protocol wants it.
    pub fn served(&self) -> ServedModel {
        let digest = Some(self.digest);
        ServedModel { id: self.id.clone(), program: self.program.clone(), weights: self.weights.clone(), digest }
    }
}

/// The models on offer, by id.
#[derive(Debug)]
pub struct Registry(BTreeMap<String, Model>);

impl Registry {
    /// Loads every subdirectory of `dir` that holds a bundle, to be served with `reveal`. Subdirectories with none of a bundle's files are other
    /// things (training scripts, say) and are left alone.
    ///
    /// # Errors
    /// [`Error::Usage`] naming the broken bundle and file, or the directory when it has no bundle at all.
    pub fn load(dir: &Path, reveal: Reveal) -> Result<Registry> {
        let entries = std::fs::read_dir(dir).map_err(|e| Error::Usage(format!("--models {}: {e}", dir.display())))?;
        let mut models = BTreeMap::new();
        for entry in entries {
            let path = entry.map_err(|e| Error::file(dir, e))?.path();
            if [PROGRAM_FILE, WEIGHTS_FILE, CARD_FILE].iter().any(|file| path.join(file).is_file()) {
                let model = Model::new(load_bundle(&path)?, reveal)?;
                models.insert(model.id.clone(), model);
            }
        }
        if models.is_empty() {
            return Err(Error::Usage(format!("--models {}: there is no model bundle in it", dir.display())));
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
            operations: model.program.ops.len(),
            parameters: model.weights.iter().map(|(_, tensor)| tensor.len()).sum(),
            setup_bytes: sum(model.plan.setup),
            preprocess_bytes: sum(model.plan.preprocess),
            online_bytes: sum(model.plan.online),
            online_rounds: model.plan.online_rounds,
        }
    }
}

fn sum(bytes: Bytes) -> u64 {
    bytes.to_server + bytes.to_client
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
