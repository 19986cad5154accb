//! The public part of a model as it travels: card and program with the bytes that they are read from, and their digest,
//! by which client, server and person know that they speak of one version.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::{Card, Program};

/// What the hash starts with.
const LABEL: &[u8] = b"sotto model 1";

/// SHA-256 over a label and, each behind its length, the JSON of a card and of a program.
///
/// Weights have no part in it: a public digest of them would confirm guesses. As text: 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ModelDigest([u8; 32]);

impl ModelDigest {
    /// Of a card's and a program's JSON, byte for byte.
    pub fn of(card: &str, program: &str) -> Self {
        let mut hasher = Sha256::new_with_prefix(LABEL);
        for part in [card, program] {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }

    /// The first twelve digits: enough for people.
    pub fn short(&self) -> String {
        self.to_string().chars().take(12).collect()
    }
}

impl fmt::Display for ModelDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ModelDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is no digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a model's digest is 64 hexadecimal digits")]
pub struct NoDigest;

impl FromStr for ModelDigest {
    type Err = NoDigest;

    fn from_str(text: &str) -> Result<Self, NoDigest> {
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
            return Err(NoDigest);
        }
        for (i, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).map_err(|_| NoDigest)?;
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for ModelDigest {
    type Error = NoDigest;

    fn try_from(text: String) -> Result<Self, NoDigest> {
        text.parse()
    }
}

impl From<ModelDigest> for String {
    fn from(digest: ModelDigest) -> String {
        digest.to_string()
    }
}

/// A model's card and program as a client received them.
#[derive(Clone, Debug, PartialEq)]
pub struct Description {
    /// The card.
    pub card: Card,
    /// The program.
    pub program: Program,
    /// Of the bytes that both were read from.
    pub digest: ModelDigest,
    /// The card's bytes.
    card_json: Box<str>,
}

/// Why a description cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DescriptionError {
    /// Card or program are missing or wrong.
    #[error("{0}")]
    Content(String),
    /// Card and program have another digest than the description says.
    #[error("it was damaged on the way: card and program do not have its digest")]
    Damaged,
}

/// The members of a description that matter here, as they stand in its JSON.
#[derive(Deserialize)]
struct Parts<'a> {
    #[serde(default)]
    digest: Option<ModelDigest>,
    #[serde(borrow)]
    card: &'a RawValue,
    #[serde(borrow)]
    program: &'a RawValue,
}

impl Description {
    /// Reads and checks what a server says of a model: JSON with `card` and `program`, and with their `digest` if it says
    /// one; further members are of no concern. Safe on text from anywhere.
    pub fn from_json(json: &str) -> Result<Self, DescriptionError> {
        let content = |e: &dyn fmt::Display| DescriptionError::Content(e.to_string());
        let parts: Parts<'_> = serde_json::from_slice(json.as_bytes()).map_err(|e| content(&e))?;
        let (card_json, program_json) = (parts.card.get(), parts.program.get());
        let digest = ModelDigest::of(card_json, program_json);
        if parts.digest.is_some_and(|said| said != digest) {
            return Err(DescriptionError::Damaged);
        }
        let program = Program::from_json(program_json.as_bytes()).map_err(|e| content(&e))?;
        let card = Card::from_json(card_json.as_bytes()).map_err(|e| content(&e))?;
        card.validate(&program).map_err(|e| content(&e))?;
        Ok(Self { card, program, digest, card_json: card_json.into() })
    }

    /// The digest of this card with the bytes of a program: this description's own if it describes that program.
    pub fn digest_with(&self, program: &str) -> ModelDigest {
        ModelDigest::of(&self.card_json, program)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_have_one_form() {
        let digest = ModelDigest::of("{}", "[]");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert_eq!(serde_json::from_str::<ModelDigest>(&serde_json::to_string(&digest).unwrap()).unwrap(), digest);
        assert_eq!(digest.short(), digest.to_string()[..12]);
        let upper = digest.to_string().to_uppercase();
        for wrong in ["", "00", &upper, &digest.to_string()[1..], &format!("{digest}0"), &"é".repeat(32)] {
            assert!(wrong.parse::<ModelDigest>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_digest_knows_where_the_card_ends() {
        assert_ne!(ModelDigest::of("ab", "c"), ModelDigest::of("a", "bc"));
        assert_ne!(ModelDigest::of("a", "b"), ModelDigest::of("b", "a"));
    }
}
