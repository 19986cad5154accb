//! The models on offer: bundles from a directory, and what the API says of each.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use sotto_mpc::plan::{Bytes, Plan, plan};
use sotto_mpc::{Params, ServedModel};
use sotto_nn::bundle::{Bundle, CARD_FILE, PROGRAM_FILE, WEIGHTS_FILE};
use sotto_nn::{Card, Program, Weights};

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
        let plan = plan(&program, Params::default()).map_err(|e| Error::Internal(format!("model '{id}': {e}")))?;
        Ok(Self { id, program: Arc::new(program), weights: Arc::new(weights), card, plan })
    }

    /// The model as the protocol wants it.
    pub fn served(&self) -> ServedModel {
        ServedModel { id: self.id.clone(), program: self.program.clone(), weights: self.weights.clone() }
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
    card: &'a Card,
    sizes: Sizes,
}

/// Everything public about a model.
#[derive(Clone, Debug, Serialize)]
pub struct Detail<'a> {
    id: &'a str,
    card: &'a Card,
    sizes: Sizes,
    program: &'a Program,
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
        Self { id: &model.id, card: &model.card, sizes: Sizes::from(model) }
    }
}

impl<'a> From<&'a Model> for Detail<'a> {
    fn from(model: &'a Model) -> Self {
        let Summary { id, card, sizes } = Summary::from(model);
        Self { id, card, sizes, program: &model.program, plan: &model.plan }
    }
}
