//! The models on offer: bundles from a directory, and what the API says of each.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use clap::ValueEnum;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use sotto_mpc::plan::{Plan, plan};
use sotto_mpc::{Params, ServedModel};
use sotto_nn::bundle::{Bundle, CARD_FILE, PROGRAM_FILE, WEIGHTS_FILE};
use sotto_nn::card::InputSchema;
use sotto_nn::{Card, ModelDigest, Program, Weights};
use tracing::warn;

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
    /// The card as a list of models has it.
    brief_json: Box<RawValue>,
    /// The program as clients get it.
    program_json: Box<RawValue>,
    /// What a private inference costs with the default parameters.
    pub plan: Plan,
    /// The folder that it was read from, and its state then.
    path: PathBuf,
    stamp: Option<Stamp>,
}

impl Model {
    /// `stamp` is from before the files are read: what changes meanwhile is read again the next time.
    fn load(path: &Path, policy: &RevealPolicy, stamp: Option<Stamp>) -> Result<Self> {
        let bundle = load_bundle(path)?;
        let reveal = policy.of(&bundle.id);
        let Bundle { id, program, weights, card } = bundle;
        let program = match reveal {
            Reveal::Scores => program,
            Reveal::Class => {
                let refused = |e| Error::Usage(format!("model '{id}' cannot be served with --reveal class: {e}"));
                card.revealing_decision(program).map_err(refused)?
            }
        };
        let defect = |e: &dyn std::fmt::Display| Error::Internal(format!("model '{id}': {e}"));
        let plan = plan(&program, Params::of_a_browser()).map_err(|e| defect(&e))?;
        let raw = |json: String| RawValue::from_string(json).map_err(|e| defect(&e));
        let card_json = raw(card.to_public_json().map_err(|e| defect(&e))?)?;
        let brief_json = raw(brief(&card).map_err(|e| defect(&e))?.to_string())?;
        let program_json = raw(program.to_json())?;
        let digest = ModelDigest::of(card_json.get(), program_json.get());
        let served = ServedModel::new(&id, Arc::new(program), Arc::new(weights), Some(digest));
        Ok(Self { id, served, card, digest, card_json, brief_json, program_json, plan, path: path.to_owned(), stamp })
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

/// Which files a bundle was read from: another version has another stamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stamp(Vec<(u64, u64, SystemTime)>);

impl Stamp {
    /// Of the bundle in a folder, if its files are all there.
    fn of(path: &Path) -> Option<Self> {
        let file = |name| {
            let data = path.join(name).metadata().ok()?;
            Some((data.ino(), data.len(), data.modified().ok()?))
        };
        [PROGRAM_FILE, WEIGHTS_FILE, CARD_FILE].into_iter().map(file).collect::<Option<_>>().map(Stamp)
    }
}

/// The models on offer.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    /// By id.
    models: BTreeMap<String, Arc<Model>>,
    /// Folders of bundles that could not be used, and their state then.
    pub(crate) left_out: BTreeMap<PathBuf, Option<Stamp>>,
}

impl Registry {
    /// Loads every subdirectory of `dir` that holds a bundle. What starts with a dot, and
    /// subdirectories with none of a bundle's files, are other things (half a copy, training scripts) and are left alone.
    /// A bundle that cannot be used is logged and left out, or, when `strict`, the error.
    ///
    /// # Errors
    /// [`Error::Usage`] naming the first broken bundle and file, or the directory when it has no bundle at all.
    pub fn load(dir: &Path, policy: &RevealPolicy, strict: bool) -> Result<Registry> {
        Registry::default().reload(dir, policy, strict, true)
    }

    /// What is there now. Bundles whose files are the same are not read again, and sessions and their successors
    /// share what they have in memory. Of a bundle that cannot be used the version that was on offer before stays,
    /// and the log says why; it is read again when it has changed, or if `again`.
    ///
    /// # Errors
    /// As [`Registry::load`].
    pub fn reload(&self, dir: &Path, policy: &RevealPolicy, strict: bool, again: bool) -> Result<Registry> {
        let cannot = |e| Error::Usage(format!("--models {}: {e}", dir.display()));
        let entries = std::fs::read_dir(dir).map_err(cannot)?.map(|entry| Ok(entry?.path()));
        let mut paths = entries.collect::<std::io::Result<Vec<_>>>().map_err(cannot)?;
        paths.sort();
        let (mut now, mut errors) = (Registry::default(), Vec::new());
        for path in paths.iter().filter(|path| may_be_bundle(path)) {
            let stamp = Stamp::of(path);
            let before = self.models.values().find(|model| model.path == *path).cloned();
            let is_same = before.as_ref().is_some_and(|model| stamp.is_some() && model.stamp == stamp);
            let is_known = !again && self.left_out.get(path) == Some(&stamp);
            let model = if is_same || is_known {
                before
            } else {
                match Model::load(path, policy, stamp.clone()) {
                    Ok(model) => Some(Arc::new(model)),
                    Err(error) if strict => return Err(error),
                    Err(error) => {
                        errors.push((error, before.is_some()));
                        now.left_out.insert(path.clone(), stamp.clone());
                        before
                    }
                }
            };
            if is_known {
                now.left_out.insert(path.clone(), stamp);
            }
            now.models.extend(model.map(|model| (model.id.clone(), model)));
        }
        if now.models.is_empty() {
            let none = Error::Usage(format!("--models {}: there is no model bundle in it", dir.display()));
            return Err(errors.into_iter().next().map_or(none, |(error, _)| error));
        }
        for (error, stays) in errors {
            let what = if stays { "the version from before stays on offer" } else { "left out" };
            warn!("{what}: {}", printable(&error.to_string()));
        }
        Ok(now)
    }

    /// How these models differ from those before.
    pub fn changes(&self, before: &Registry) -> Changes {
        let ids = |of: &Registry, unlike: &dyn Fn(&Model) -> bool| {
            of.iter().filter(|model| unlike(model)).map(|model| model.id.clone()).collect()
        };
        let same = |one: &Model, of: &Registry| of.get(&one.id).is_some_and(|other| std::ptr::eq(&**other, one));
        Changes {
            added: ids(self, &|model| before.get(&model.id).is_none()),
            replaced: ids(self, &|model| before.get(&model.id).is_some() && !same(model, before)),
            withdrawn: ids(before, &|model| self.get(&model.id).is_none()),
        }
    }

    /// The model of that id.
    pub fn get(&self, id: &str) -> Option<&Arc<Model>> {
        self.models.get(id)
    }

    /// All models, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Model> {
        self.models.values().map(|model| &**model)
    }
}

/// Ids of models that came, changed and went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// They were not on offer.
    pub added: Vec<String>,
    /// They are another version.
    pub replaced: Vec<String>,
    /// They are no longer on offer.
    pub withdrawn: Vec<String>,
}

/// What clients learn of a result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Reveal {
    /// What the model's program computes: all scores, as a rule.
    #[default]
    Scores,
    /// The decision alone, a class or which findings are present: it is computed securely, and nobody learns the scores.
    Class,
}

/// What clients learn of results, by model.
#[derive(Clone, Debug, Default)]
pub struct RevealPolicy {
    /// Of models that are not named.
    pub reveal: Reveal,
    /// Of those that are.
    pub reveal_of: BTreeMap<String, Reveal>,
}

impl RevealPolicy {
    fn of(&self, id: &str) -> Reveal {
        self.reveal_of.get(id).copied().unwrap_or(self.reveal)
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

/// More classes are not named in the list of models.
const NAMED: usize = 12;

/// What a person chooses a model by: the card without what only its use needs, of which pictures have a hundred kilobytes. Fields are
/// counted, and of many classes none is named.
fn brief(card: &Card) -> serde_json::Result<Value> {
    let mut brief = Card { samples: Vec::new(), statistics: None, possible: None, overflow: None, ..card.clone() };
    if brief.classes.len() > NAMED {
        brief.classes.clear();
    }
    let mut value = serde_json::to_value(&brief)?;
    if let InputSchema::Fields { fields } = &card.input {
        value["input"] = json!({ "kind": "fields", "count": fields.len() });
    }
    Ok(value)
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
        Self { id: &model.id, digest: model.digest, card: &model.brief_json, sizes: Sizes::from(model) }
    }
}

impl<'a> From<&'a Model> for Detail<'a> {
    fn from(model: &'a Model) -> Self {
        let Model { id, digest, card_json, program_json, plan, .. } = model;
        Self { id, digest: *digest, card: card_json, sizes: Sizes::from(model), program: program_json, plan }
    }
}
