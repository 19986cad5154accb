//! Tickets that somebody else gives out: JSON Web Tokens (RFC 7519) of one issuer, checked as RFC 8725 says.
//!
//! Asymmetric algorithms from a fixed list alone, by keys from a file; `exp`, `aud`, `iss` and `sub` must be there. Nothing
//! that a token says of where its key is (`jku`, `jwk`, `x5u`, `x5c`) is looked at. No word of a token is logged or answered.

mod keys;
mod ring;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::SystemTime;

use clap::Args;
use jsonwebtoken::errors::ErrorKind as Fault;
use jsonwebtoken::{Validation, decode, decode_header};
use serde_json::Value;
use sha2::{Digest, Sha256};
use sotto_mpc::{ErrorKind, MAX_TICKET, Ticket};
use tracing::warn;

use self::keys::{Fingerprint, KeySet};
use super::budget::Budget;
use super::ticket::hex;
use crate::text::printable;
use crate::{Error, Result};

/// How many seconds the issuer's clock and this one may be apart.
const LEEWAY: u64 = 30;

/// The claim that says what the subject may use, as a budget is written.
const BUDGET: &str = "sotto_budget";

/// Most bytes of a subject's name.
const MOST_SUBJECT: usize = 1024;

/// What a token may say that it is (`typ`): without it, any of the issuer's other tokens for the same audience would do (RFC 8725, 3.11).
const TYPES: [&str; 2] = ["jwt", "at+jwt"];

/// Whose tokens are tickets, and with which keys they are signed.
#[derive(Args, Clone, Debug, Default)]
pub struct JwtOptions {
    /// Take JSON Web Tokens for tickets that are signed with one of these public keys: a JWK Set, with keys for ES256, ES384, EdDSA
    /// (Ed25519), RS256 to RS512 or PS256 to PS512. Read again on SIGHUP, and with --watch when it has changed.
    #[arg(long, value_name = "FILE", env = "SOTTO_JWT_KEYS")]
    pub jwt_keys: Option<PathBuf>,

    /// The issuer of these tokens, as their claim iss has it.
    #[arg(long, value_name = "ISSUER", env = "SOTTO_JWT_ISSUER")]
    pub jwt_issuer: Option<String>,

    /// What this server is called in their claim aud.
    #[arg(long, value_name = "AUDIENCE", env = "SOTTO_JWT_AUDIENCE")]
    pub jwt_audience: Option<String>,
}

impl JwtOptions {
    /// Reads the keys; no tokens are taken with none of the options.
    ///
    /// # Errors
    /// [`Error::Usage`] with the option that is missing, or the file and what is wrong with it.
    pub(crate) fn load(&self) -> Result<Option<Issuer>> {
        let text = |option: &Option<String>| option.clone().filter(|text| !text.is_empty());
        match (&self.jwt_keys, text(&self.jwt_issuer), text(&self.jwt_audience)) {
            (None, None, None) => Ok(None),
            (Some(file), Some(name), Some(audience)) => Issuer::load(file.clone(), name, audience).map(Some),
            _ => Err(Error::Usage("--jwt-keys, --jwt-issuer and --jwt-audience need each other".into())),
        }
    }
}

/// An issuer of tokens, with the keys that it has now.
#[derive(Debug)]
pub(crate) struct Issuer {
    name: String,
    audience: String,
    file: PathBuf,
    keys: RwLock<Arc<KeySet>>,
    /// The file's state when it was last read, whatever came of it.
    stamp: Mutex<Option<Stamp>>,
}

/// Which file was read: another version has another stamp.
type Stamp = (u64, u64, SystemTime);

/// Who bears a token that is valid now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bearer {
    /// The account, as [`subject`] has it.
    pub(crate) account: String,
    /// What the token says that it may use; empty where it says nothing.
    pub(crate) budget: Budget,
    pub(crate) term: Term,
}

/// How long a token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Term {
    /// The first second since 1970 in which it is not.
    ends: i64,
    /// The key that it is signed with.
    key: Fingerprint,
}

/// Whether a ticket is a token and no random string.
pub(crate) fn is_token(ticket: &Ticket) -> bool {
    ticket.reveal().bytes().filter(|&byte| byte == b'.').count() == 2
}

/// The name of a subject's account: of 128 bits of a hash, since a subject can be a person's name.
pub fn subject(issuer: &str, subject: &str) -> String {
    let mut hash = Sha256::new();
    // Its length first, so that no other issuer and subject are the same bytes.
    hash.update((issuer.len() as u64).to_le_bytes());
    hash.update(issuer);
    hash.update(subject);
    hex(&hash.finalize()[..16])
}

impl Issuer {
    fn load(file: PathBuf, name: String, audience: String) -> Result<Self> {
        ring::install();
        let stamp = Mutex::new(stamp(&file));
        let keys = RwLock::new(Arc::new(read(&file)?));
        Ok(Issuer { name, audience, file, keys, stamp })
    }

    /// Reads the keys again if the file is another one than the last time, or if `again`. How many there are, if it did.
    ///
    /// # Errors
    /// [`Error::Usage`] with what is wrong: the keys stay what they were.
    pub(crate) fn reload(&self, again: bool) -> Result<Option<usize>> {
        let now = stamp(&self.file);
        let before = std::mem::replace(&mut *self.stamp.lock().unwrap_or_else(PoisonError::into_inner), now);
        if !again && before == now {
            return Ok(None);
        }
        let keys = read(&self.file)?;
        let count = keys.len();
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
        Ok(Some(count))
    }

    /// Who bears a token.
    ///
    /// # Errors
    /// `Ticket` with what is wrong with it. Of what it claims, nothing is said before its signature is right.
    pub(crate) fn verify(&self, token: &Ticket) -> sotto_mpc::Result<Bearer> {
        let token = token.reveal();
        if token.len() > MAX_TICKET {
            return Err(refused("the ticket is too long"));
        }
        // A token without signature has an algorithm that is none.
        let unreadable = "the ticket is no JSON Web Token with an algorithm that is known here";
        let header = decode_header(token).map_err(|_| refused(unreadable))?;
        if !ring::is_allowed(header.alg) {
            return Err(refused("the ticket is signed by an algorithm that is not allowed here"));
        }
        if header.typ.as_deref().is_some_and(|typ| !TYPES.contains(&short(typ).as_str())) {
            return Err(refused("the ticket is a token for something else, as its typ says"));
        }
        let mut validation = Validation::new(header.alg);
        validation.leeway = LEEWAY;
        validation.validate_nbf = true;
        validation.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
        validation.set_audience(&[&self.audience]);
        validation.set_issuer(&[&self.name]);
        let keys = self.keys();
        let mut why = "the ticket is signed with a key that is not known here";
        for key in keys.of(&header) {
            match decode::<BTreeMap<String, Value>>(token, &key.key, &validation) {
                Ok(token) => return self.bearer(&token.claims, key.fingerprint),
                Err(error) => why = what_is_wrong(error.kind()),
            }
            // With more than one key that fits, another one may be the right one; everything else is wrong with all.
            if why != SIGNATURE {
                break;
            }
        }
        Err(refused(why))
    }

    /// What a token says whose signature, audience and time are right.
    fn bearer(&self, claims: &BTreeMap<String, Value>, key: Fingerprint) -> sotto_mpc::Result<Bearer> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        // A list of issuers is none; RFC 7519 knows one.
        let (Some(issuer), Some(name), Some(expires)) =
            (text("iss"), text("sub"), claims.get("exp").and_then(Value::as_f64))
        else {
            return Err(refused(what_is_wrong(&Fault::InvalidClaimFormat(String::new()))));
        };
        if name.is_empty() || name.len() > MOST_SUBJECT {
            return Err(refused("the ticket's sub is empty, or too long"));
        }
        let budget = match claims.get(BUDGET) {
            None => Budget::default(),
            Some(Value::String(budget)) => budget.parse().map_err(|_| refused(WRONG_BUDGET))?,
            Some(_) => return Err(refused(WRONG_BUDGET)),
        };
        // Of what is beyond all integers, the cast makes the largest.
        let ends = (expires.ceil() as i64).saturating_add(LEEWAY as i64 + 1);
        Ok(Bearer { account: subject(issuer, name), budget, term: Term { ends, key } })
    }

    /// Whether a token that was valid still is.
    ///
    /// # Errors
    /// `Ticket` where it has expired, or its key was taken out of the file.
    pub(crate) fn check(&self, term: &Term, now: i64) -> sotto_mpc::Result<()> {
        if now >= term.ends {
            return Err(refused(what_is_wrong(&Fault::ExpiredSignature)));
        }
        if !self.keys().has(&term.key) {
            return Err(refused("the key that the ticket is signed with is not known here any more"));
        }
        Ok(())
    }

    fn keys(&self) -> Arc<KeySet> {
        // Nothing panics while it holds the lock.
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

const SIGNATURE: &str = "the ticket's signature is not that of its key";
const WRONG_BUDGET: &str = "the ticket's sotto_budget is no budget";

fn refused(why: &str) -> sotto_mpc::Error {
    sotto_mpc::Error::new(ErrorKind::Ticket, why)
}

/// What somebody is told: no word of the token.
fn what_is_wrong(fault: &Fault) -> &'static str {
    match fault {
        Fault::InvalidSignature => SIGNATURE,
        Fault::ExpiredSignature => "the ticket has expired",
        Fault::ImmatureSignature => "the ticket is not valid yet",
        Fault::InvalidAudience => "the ticket is for another audience",
        Fault::InvalidIssuer => "the ticket is of another issuer",
        Fault::MissingRequiredClaim(_) => "the ticket lacks one of exp, aud, iss and sub, or it cannot be read",
        Fault::InvalidClaimFormat(_) => "one of the ticket's claims cannot be read",
        _ => "the ticket is no JSON Web Token that can be read",
    }
}

/// A media type as RFC 7515, 4.1.9 shortens it.
fn short(typ: &str) -> String {
    let typ = typ.to_ascii_lowercase();
    typ.strip_prefix("application/").map(str::to_owned).unwrap_or(typ)
}

fn read(file: &Path) -> Result<KeySet> {
    let keys = KeySet::read(file)?;
    for why in &keys.left_out {
        warn!(file = %file.display(), why = printable(why), "a key of tokens is left out");
    }
    Ok(keys)
}

fn stamp(file: &Path) -> Option<Stamp> {
    let data = file.metadata().ok()?;
    Some((data.ino(), data.len(), data.modified().ok()?))
}
