//! A model on disk: a directory with `program.json`, `weights.safetensors` and `card.json`. Its name is the model's id.
//!
//! Weights are stored as the narrowest signed integers that hold them, with a digest of what they are. It is checked when they
//! are read, and stays in their file: a public one would confirm guesses.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use safetensors::{Dtype, SafeTensors, View};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::calibrate::{Range, bounds};
use crate::card::CardError;
use crate::{Card, ModelDigest, Program, Tensor, Weights, reference, ring};

/// File name of the program.
pub const PROGRAM_FILE: &str = "program.json";
/// File name of the weights.
pub const WEIGHTS_FILE: &str = "weights.safetensors";
/// File name of the card.
pub const CARD_FILE: &str = "card.json";

/// Name of the digest in the metadata of the weights' file.
const DIGEST: &str = "sotto-digest";
/// What the digest starts with.
const DIGEST_LABEL: &[u8] = b"sotto weights 1";

const MAX_WEIGHTS_BYTES: u64 = 4 << 30;
const MAX_CARD_BYTES: u64 = 16 << 20;
const MAX_ID: usize = 64;

/// A model: everything that a server needs to offer it.
#[derive(Clone, Debug, PartialEq)]
pub struct Bundle {
    /// The model's id: 1 to 64 of `a-z`, `0-9` and `-`, starting and ending with a letter or digit.
    pub id: String,
    /// The public architecture.
    pub program: Program,
    /// The secret weights.
    pub weights: Weights,
    /// The public card.
    pub card: Card,
}

/// Why a bundle cannot be read or written.
#[derive(Debug, Error)]
pub enum BundleError {
    /// A file cannot be read or written.
    #[error("{}: {source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file's content is wrong.
    #[error("{}: {problem}", file.display())]
    Content {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The id, which is the directory's name, cannot be one.
    #[error("'{id}' cannot be a model's id: 1 to {MAX_ID} of a-z, 0-9 and -, no - at either end")]
    Id {
        /// The id.
        id: String,
    },
}

/// Checks a model id.
pub fn check_id(id: &str) -> Result<(), BundleError> {
    let allowed = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    let good =
        (1..=MAX_ID).contains(&id.len()) && id.bytes().all(allowed) && !id.starts_with('-') && !id.ends_with('-');
    if good { Ok(()) } else { Err(BundleError::Id { id: id.to_owned() }) }
}

impl Bundle {
    /// Reads a bundle and checks its parts against each other, the samples' expected scores included.
    pub fn load(dir: &Path) -> Result<Self, BundleError> {
        let id = dir_id(dir)?;
        let file = dir.join(PROGRAM_FILE);
        let json = read(&file, Program::MAX_JSON as u64)?;
        let program = Program::from_json(&json).map_err(|e| content(&file, e))?;
        let file = dir.join(WEIGHTS_FILE);
        let weights = decode_weights(&read(&file, MAX_WEIGHTS_BYTES)?).map_err(|e| content(&file, e))?;
        program.validate_weights(&weights).map_err(|e| content(&file, e))?;
        let file = dir.join(CARD_FILE);
        let card = Card::from_json(&read(&file, MAX_CARD_BYTES)?).map_err(|e| content(&file, e))?;
        let bundle = Self { id, program, weights, card };
        bundle.check_card().map_err(|e| content(&file, e))?;
        Ok(bundle)
    }

    /// Writes the bundle into `dir`, whose name must be the id; makes the directory when it is missing.
    pub fn save(&self, dir: &Path) -> Result<(), BundleError> {
        if dir_id(dir)? != self.id {
            return Err(content(dir, format!("the directory of model '{}' must have that name", self.id)));
        }
        self.program.validate().map_err(|e| content(&dir.join(PROGRAM_FILE), e))?;
        self.program.validate_weights(&self.weights).map_err(|e| content(&dir.join(WEIGHTS_FILE), e))?;
        self.check_card().map_err(|e| content(&dir.join(CARD_FILE), e))?;
        fs::create_dir_all(dir).map_err(|source| BundleError::Io { file: dir.to_owned(), source })?;
        write(&dir.join(PROGRAM_FILE), (self.program.to_json() + "\n").as_bytes())?;
        let file = dir.join(WEIGHTS_FILE);
        write(&file, &encode_weights(&self.weights).map_err(|e| content(&file, e))?)?;
        let file = dir.join(CARD_FILE);
        write(&file, (self.card.to_json().map_err(|e| content(&file, e))? + "\n").as_bytes())
    }

    /// Checks the card against the program and the scores that this can give, and that the samples' expected scores are what it
    /// computes.
    pub fn check_card(&self) -> Result<(), String> {
        self.card.validate(&self.program).map_err(|e| e.to_string())?;
        let said = self.card.possible.iter().flatten();
        if said.zip(self.possible_scores()).any(|(said, range)| said[0] > range[0] || said[1] < range[1]) {
            return Err("the program can give scores that the card calls impossible".into());
        }
        for sample in &self.card.samples {
            let at = |problem: String| format!("sample '{}': {problem}", sample.name);
            let scores = self.scores(&sample.values).map_err(at)?;
            if scores != sample.expected {
                return Err(at(format!("the program gives {scores:?}, not the expected {:?}", sample.expected)));
            }
        }
        Ok(())
    }

    /// Smallest and largest score of each class that an input can give that the card accepts, by interval arithmetic, overflows
    /// included. Rounded outwards to three bits: more would tell of the weights.
    pub fn possible_scores(&self) -> Vec<[i64; 2]> {
        let elements = self.card.input.elements().map(|element| element.standardised_range());
        let input: Vec<_> = elements.map(|(low, high)| Range { low, high }).collect();
        let scores = self.program.scores();
        let bits = self.program.value(scores).bits;
        let values = bounds::accepted(&self.program, &self.weights, &input);
        let rounded = |interval: bounds::Interval| {
            let step = 1 << interval.bits().saturating_sub(3);
            let (low, high) = (interval.low.div_euclid(step) * step, (interval.high.div_euclid(step) + 1) * step - 1);
            // Both fit 64 bits, as the ring does.
            [low.max(ring::min(bits).into()) as i64, high.min(ring::max(bits).into()) as i64]
        };
        values[scores].elements().map(rounded).collect()
    }

    /// Digest of the public part, when the scores are revealed.
    pub fn digest(&self) -> Result<ModelDigest, CardError> {
        Ok(ModelDigest::of(&self.card.to_public_json()?, &self.program.to_json()))
    }

    /// The program's integer class scores for raw feature values.
    pub(crate) fn scores(&self, values: &[f64]) -> Result<Vec<i64>, String> {
        let input = self.card.quantise(&self.program, values).map_err(|e| e.to_string())?;
        let mut all = reference::run(&self.program, &self.weights, &input).map_err(|e| e.to_string())?;
        Ok(all.swap_remove(self.program.scores()))
    }
}

fn dir_id(dir: &Path) -> Result<String, BundleError> {
    let id = dir.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    check_id(&id)?;
    Ok(id)
}

fn content(file: &Path, problem: impl ToString) -> BundleError {
    BundleError::Content { file: file.to_owned(), problem: problem.to_string() }
}

fn read(file: &Path, limit: u64) -> Result<Vec<u8>, BundleError> {
    let io = |source| BundleError::Io { file: file.to_owned(), source };
    let metadata = fs::metadata(file).map_err(io)?;
    if !metadata.is_file() {
        // Opening a pipe would wait for its writer.
        return Err(content(file, "it is no regular file"));
    }
    let len = metadata.len();
    if len > limit {
        return Err(content(file, format!("it has {len} bytes, more than the {limit} allowed")));
    }
    fs::read(file).map_err(io)
}

/// Writes beside the file and renames, so that a server never reads half a file.
fn write(file: &Path, bytes: &[u8]) -> Result<(), BundleError> {
    let io = |source| BundleError::Io { file: file.to_owned(), source };
    let part = file.with_extension("part");
    fs::write(&part, bytes).map_err(io)?;
    fs::rename(&part, file).map_err(io)
}

/// A tensor in the bytes of its narrowest type.
struct Narrow<'a> {
    tensor: &'a Tensor,
    dtype: Dtype,
}

impl<'a> Narrow<'a> {
    fn new(tensor: &'a Tensor) -> Self {
        let fits = |bits| tensor.data().iter().all(|&v| crate::ring::contains(v, bits));
        let dtype = match () {
            () if fits(8) => Dtype::I8,
            () if fits(16) => Dtype::I16,
            () if fits(32) => Dtype::I32,
            () => Dtype::I64,
        };
        Self { tensor, dtype }
    }

    fn width(&self) -> usize {
        match self.dtype {
            Dtype::I8 => 1,
            Dtype::I16 => 2,
            Dtype::I32 => 4,
            _ => 8,
        }
    }
}

impl View for Narrow<'_> {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        self.tensor.shape()
    }

    fn data(&self) -> Cow<'_, [u8]> {
        let width = self.width();
        let bytes = self.tensor.data().iter().flat_map(|v| v.to_le_bytes().into_iter().take(width));
        Cow::Owned(bytes.collect())
    }

    fn data_len(&self) -> usize {
        self.tensor.len() * self.width()
    }
}

fn encode_weights(weights: &Weights) -> Result<Vec<u8>, String> {
    let views = weights.iter().map(|(name, tensor)| (name, Narrow::new(tensor)));
    let metadata = HashMap::from([(DIGEST.to_owned(), digest(weights))]);
    safetensors::serialize(views, Some(metadata)).map_err(|e| e.to_string())
}

/// SHA-256 in hexadecimal digits over a label and, in the order of the names, each tensor's name, shape and elements, names and
/// shapes behind their lengths. Numbers take eight bytes.
fn digest(weights: &Weights) -> String {
    let mut hasher = Sha256::new_with_prefix(DIGEST_LABEL);
    let count = |n: usize| (n as u64).to_le_bytes();
    for (name, tensor) in weights.iter() {
        hasher.update(count(name.len()));
        hasher.update(name);
        hasher.update(count(tensor.shape().len()));
        tensor.shape().iter().for_each(|&extent| hasher.update(count(extent)));
        tensor.data().iter().for_each(|v| hasher.update(v.to_le_bytes()));
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads a file of weights.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn decode_weights(bytes: &[u8]) -> Result<Weights, String> {
    let file = SafeTensors::deserialize(bytes).map_err(|e| format!("not a safetensors file: {e}"))?;
    let mut weights = Weights::new();
    for (name, view) in file.iter() {
        let width = match view.dtype() {
            Dtype::I8 => 1,
            Dtype::I16 => 2,
            Dtype::I32 => 4,
            Dtype::I64 => 8,
            other => return Err(format!("tensor '{name}' has type {other:?}; weights are I8, I16, I32 or I64")),
        };
        let data = view.data().chunks_exact(width).map(sign_extended).collect();
        let tensor = Tensor::new(view.shape().to_vec(), data).map_err(|e| format!("tensor '{name}': {e}"))?;
        weights.insert(name, tensor);
    }
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|e| format!("not a safetensors file: {e}"))?;
    match header.metadata().as_ref().and_then(|metadata| metadata.get(DIGEST)) {
        None => Err("it has no digest of the weights: import the model again".into()),
        Some(stored) if *stored != digest(&weights) => {
            Err("the weights do not have their digest: the file is damaged".into())
        }
        Some(_) => Ok(weights),
    }
}

/// The signed integer of 1 to 8 little-endian bytes.
fn sign_extended(bytes: &[u8]) -> i64 {
    let value = bytes.iter().rev().fold(0u64, |value, &byte| value << 8 | u64::from(byte));
    crate::ring::from_ring(value, 8 * bytes.len() as u32)
}
