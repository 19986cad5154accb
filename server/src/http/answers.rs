//! What the API says of the models on offer.

use std::collections::BTreeMap;

use super::answer::Answer;
use crate::Result;
use crate::models::{Detail, Model, Registry, Summary};

/// All answers about the models, written once.
#[derive(Debug)]
pub(crate) struct Answers {
    pub(super) list: Answer,
    pub(super) details: BTreeMap<String, Answer>,
}

impl Answers {
    /// Writes and compresses what there is to say of `models`.
    pub(crate) fn new(models: &Registry) -> Result<Answers> {
        let list = Answer::new(&models.iter().map(Summary::from).collect::<Vec<_>>())?;
        let detail = |model: &Model| Ok((model.id.clone(), Answer::new(&Detail::from(model))?));
        Ok(Answers { list, details: models.iter().map(detail).collect::<Result<_>>()? })
    }
}
