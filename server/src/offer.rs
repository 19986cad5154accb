//! What is on offer: replaced as a whole while the server runs. Sessions keep the model that they began with.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use crate::Result;
use crate::http::answers::Answers;
use crate::models::{Changes, Registry, RevealPolicy};

/// Where models come from.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) folder: PathBuf,
    pub(crate) reveal: RevealPolicy,
    pub(crate) strict: bool,
}

/// The models on offer at one time, and what the API says of them.
#[derive(Debug)]
pub(crate) struct Offered {
    pub(crate) models: Registry,
    pub(crate) answers: Answers,
}

/// The models on offer.
#[derive(Debug)]
pub(crate) struct Offer {
    source: Source,
    now: RwLock<Arc<Offered>>,
}

impl Offer {
    /// Reads the models.
    ///
    /// # Errors
    /// As [`Registry::load`].
    pub(crate) fn load(source: Source) -> Result<Self> {
        let models = Registry::load(&source.folder, &source.reveal, source.strict)?;
        let answers = Answers::new(&models)?;
        Ok(Self { source, now: RwLock::new(Arc::new(Offered { models, answers })) })
    }

    /// What is on offer.
    pub(crate) fn now(&self) -> Arc<Offered> {
        // Nothing panics while it holds the lock.
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads what has changed, and offers that from now on. Takes seconds where a large model is new. `again`: also
    /// what could not be used and has not changed since.
    ///
    /// # Errors
    /// As [`Registry::reload`]: what was on offer stays.
    pub(crate) fn reload(&self, again: bool) -> Result<Changes> {
        let before = self.now();
        let models = before.models.reload(&self.source.folder, &self.source.reveal, self.source.strict, again)?;
        let changes = models.changes(&before.models);
        if changes != Changes::default() || models.left_out != before.models.left_out {
            let answers = Answers::new(&models)?;
            *self.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Offered { models, answers });
        }
        Ok(changes)
    }
}
